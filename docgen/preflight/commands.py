"""Every command that a preflight runs on the host, as data: ``--plan`` prints it, :mod:`.host` runs it.

What a path or a name is goes in as an argument, never into the text of a script.
"""

from __future__ import annotations

import hashlib
import posixpath
import shlex
from typing import NamedTuple

from checks.sources.interface import Command
from checks.spec.preflight import Preflight

ANY = "0" * 32
"""Stands for what nobody can guess, where nothing is run."""

# The guard holds the lock and the folder. It removes the folder, with every process that was started for it, when it
# is told so (c), when its input ends or stays silent for a minute, and when it is asked to end itself. It answers each
# sign of life (.), but whether anybody hears that must not end it. The lock is on a folder that is there anyway, so that
# it leaves no trace and ends with whoever holds it.
_GUARD = """\
docgen() {
umask 077
D=$B/$P$N
PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"
exec 9<&0 </dev/null
say() { printf '\\n%s %s\\n' "$M" "$*"; }
gone() {
trap '' HUP INT TERM PIPE
cd /
n=0
while [ -e "$D" ]; do
for p in $(grep -lsF -- "$D/" /proc/[0-9]*/environ); do
p=${p#/proc/}
kill -KILL "${p%/environ}"
done
find "$D" -type d ! -perm -700 -exec chmod 700 {} \\;
rm -rf -- "$D"
[ -e "$D" ] || break
n=$((n + 1))
[ $n -lt 10 ] || break
sleep 1
done 2>/dev/null
}
command -v flock >/dev/null || { say lacks flock; return; }
e=$( { exec 8<"$R"; } 2>&1 ) || { say closed "$e"; return; }
exec 8<"$R"
flock -n 8 || { say busy; return; }
for f in "$B/$P"*; do
case ${f#"$B/$P"} in *[!0-9a-f]*) continue ;; esac
[ -d "$f" ] && [ ! -L "$f" ] && [ -O "$f" ] || continue
say left "$f"
if [ "$X" = yes ]; then
D=$f
gone
[ -e "$D" ] || say removed "$f"
D=$B/$P$N
fi
done
e=$(mkdir -m 700 -- "$D" 2>&1) || { say refused "$e"; return; }
trap 'gone; exit 1' HUP INT TERM
trap '' PIPE
say ready
while :; do
case $(timeout 60 head -c 1 <&9 8<&-) in
.) say here ;;
c) gone; if [ -e "$D" ]; then say stuck; else say gone; fi ;;
*) break ;;
esac
done
gone
}
docgen
"""

_CLEAN = "umask 077; unset TAR_OPTIONS POSIXLY_CORRECT GZIP BZIP BZIP2 XZ_DEFAULTS XZ_OPT\n"
# Commands that a step starts can be told by this: the guard ends them before it removes the folder.
_OWN = 'export DOCGEN_FOLDER="$1/"\n'
_UNPACK = (
    _CLEAN
    + _OWN
    + """\
unpack() {
case $(head -c 6 -- "$1" | od -An -tx1 | tr -d ' \\n') in
1f8b*) gzip -dc ;; 425a68*) bzip2 -dc ;; fd377a585a00*) xz -dc ;; 28b52ffd*) zstd -dc ;; *) cat ;;
esac <"$1"
printf 'docgen unpacked %s\\n' "$?" >&2
}
"""
)
_LIST = (
    _UNPACK
    + """\
tar --version | head -n 1 >&2
unpack "$2" | head -c "$3" | tar -tvf - -P --numeric-owner --quoting-style=c
"""
)
# In the folder that only the account can enter, what is unpacked gets the modes that a deployment would give it.
_EXTRACT = (
    _UNPACK
    + """\
mkdir -- "$1/release" && umask 022
unpack "$2" | head -c "$3" | tar -xf - -C "$1/release" --no-same-owner --no-same-permissions
"""
)
_STORAGE = """\
umask 077
mkdir -p -- "$1/storage/app" "$1/storage/logs" "$1/storage/framework/cache" "$1/storage/framework/sessions" \\
"$1/storage/framework/views"
[ -z "$2" ] || cp -- "$2" "$1/release/.env"
"""
# A clean environment: nothing of the account's own, and everything that is written lands in the folder. What goes on in
# the background must not hold the descriptors of the frame.
_PHP = """\
exec 3>&- 4>&- 5>&-
cd -- "$1/release" || exit
d=$1; shift
exec env -i PATH="$PATH" LC_ALL=C HOME="$d/" TMPDIR="$d/" DOCGEN_FOLDER="$d/" APP_CONFIG_CACHE="$d/config.php" \\
LARAVEL_STORAGE_PATH="$d/storage" "$@"
"""
UNNAMED = "–"
"""Stands for the checksum of a bundle that the file beside it does not name."""
AUTOLOADED, CACHED = "docgen-autoload-ok", "docgen-config"
# What Composer writes returns the loader that it has registered.
_AUTOLOAD = f"""\
$loader = require "vendor/autoload.php";
echo $loader instanceof Composer\\Autoload\\ClassLoader ? "{AUTOLOADED}" : "no loader";
"""
# Where the settings are cached is said by the environment; older applications have one place for it.
_CACHES = ("config.php", "release/bootstrap/cache/config.php")
_UNCACHE = 'cd -- "$1" && shift && rm -f -- "$@"\n'
_CACHED = f"""\
require "vendor/autoload.php";
$file = is_file("../config.php") ? "../config.php" : "bootstrap/cache/config.php";
$size = (int) @filesize($file);
$cached = $size ? require $file : [];
echo "\\n{CACHED} ", is_array($cached) ? count($cached) : -1, " $size";
"""
# Names with a new line make further lines, which belong to the name before them.
_FINGERPRINT = """\
find "$@" -exec stat -c 'f %f %u %g %h %i %s %y %z %n' {} + | gzip -1c
"""
_CONTENTS = """\
find "$@" -type f -exec sha256sum -- {} + | gzip -1c
"""
# Whoever opens a pipe waits for whoever fills it.
_BESIDE = """\
[ ! -e "$1" ] || [ -f "$1" ] || { printf '%s: no regular file\\n' "$1" >&2; exit 1; }
head -c 65536 -- "$1"
"""
PROPERTIES = "Id,LoadState,ActiveState,SubState,MainPID,NRestarts,ActiveEnterTimestamp"

_UPLOAD = """\
umask 077
e=$( { set -C; cat >"$1"; } 2>&1 )
printf '\\n%s %s %s\\n' "$2" "$?" "$e"
"""
# A link is made of what is whole: it fails where the name is taken, so no entry is ever written over. The next name of
# the same second is tried then; the one that was free is said.
_ENTRY = """\
umask 027
t=$1/.$2.$3
e=$( {
set -C
[ -d "$1" ] || { echo "there is no such folder" && exit 1; }
cat >"$t" && [ "$(wc -c <"$t")" -eq "$4" ] && chmod 640 -- "$t" && sync -- "$t"
} 2>&1 )
c=$?
n=$2 i=1
while [ $c = 0 ] && ! e=$(ln -T -- "$t" "$1/$n" 2>&1); do
[ -e "$1/$n" ] || [ -h "$1/$n" ] || c=1
i=$((i+1))
[ $i -lt 100 ] || c=1
n=$(printf '%s_%02d.json' "${2%.json}" $i)
done
[ $c != 0 ] || { sync -- "$1"; e=$n; }
rm -f -- "$t"
printf '\\n%s %s %s\\n' "$3" "$c" "$(printf %s "$e" | tr '\\n' ' ')"
"""


class Place(NamedTuple):
    """Where a preflight works. Paths are absolute. ``bundle`` is where the bundle lies on the host, None where it is
    sent there; ``nonce`` makes the names of this run."""

    root: str
    settings: Preflight
    bundle: str | None
    units: tuple[str, ...]
    nonce: str = ANY

    def path(self, relative: str) -> str:
        """`relative` to the root, or as it stands where it is absolute."""
        return posixpath.normpath(posixpath.join(self.root, relative))

    @property
    def prefix(self) -> str:
        """How the folders of preflights of this root begin: those of another one stay its own."""
        return f".docgen-preflight-{hashlib.sha256(self.root.encode()).hexdigest()[:8]}-"

    @property
    def folder(self) -> str:
        """The folder of its own."""
        return posixpath.join(self.path(self.settings.scratch), self.prefix + self.nonce)

    @property
    def release(self) -> str:
        """Where the bundle is unpacked."""
        return f"{self.folder}/release"

    @property
    def archive(self) -> str:
        """Where the bundle lies on the host."""
        return self.bundle or f"{self.folder}/bundle"

    @property
    def mark(self) -> str:
        """Begins what the guard says."""
        return f"docgen-{self.nonce}"


def guard(place: Place, remove_leftovers: bool) -> str:
    """The script that holds the lock and the folder."""
    values = {
        "R": place.root,
        "B": place.path(place.settings.scratch),
        "P": place.prefix,
        "N": place.nonce,
        "M": place.mark,
        "X": "yes" if remove_leftovers else "no",
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()) + _GUARD


def upload(place: Place) -> str:
    """What the bundle is sent to."""
    return _fed(_UPLOAD, place.archive, place.mark)


def entry(place: Place, name: str, size: int) -> str:
    """What the entry of the host's ledger is sent to."""
    assert place.settings.ledger
    return _fed(_ENTRY, place.path(place.settings.ledger), name, place.mark, str(size))


def _fed(script: str, *arguments: str) -> str:
    return "exec env LC_ALL=C LANGUAGE=C " + shlex.join(["sh", "-c", script, "sh", *arguments])


def fingerprint(place: Place) -> dict[str, Command]:
    """What must be the same before and after."""
    its = place.settings
    trees = [place.path(one) for one in (its.current, its.releases, its.shared)]
    kept = [place.path(one) for one in its.configuration]
    found = {
        "files": _script(_FINGERPRINT, *dict.fromkeys([*trees, *kept]), deadline=120, cap=64 * 1024**2),
        "current": Command(("readlink", "--", place.path(its.current))),
        "root": Command(("stat", "-c", "%f %u %g", "--", place.root)),
    }
    if kept:
        found["contents"] = _script(_CONTENTS, *kept, deadline=60, cap=16 * 1024**2)
    if place.units:
        found["services"] = Command(("systemctl", "show", "-p", PROPERTIES, "--", *place.units))
    return found


def space(place: Place) -> dict[str, Command]:
    """What is free, where it is tried and where it would be deployed."""
    places = (place.path(place.settings.scratch), place.path(place.settings.releases))
    return {
        f"{what} {index}": Command(("df", option, "--", one))
        for index, one in enumerate(dict.fromkeys(places))
        for what, option in (("blocks", "-Pk"), ("inodes", "-Pi"))
    }


def presence(place: Place) -> dict[str, Command]:
    """What a bundle that lay on the host already is."""
    return {"kind": Command(("stat", "-L", "-c", "%F", "--", place.bundle))} if place.bundle else {}


def digest(place: Place) -> dict[str, Command]:
    """The checksum of what lies on the host; for a bundle that lay there already, the one beside it, too."""
    found = {
        "sha256": Command(("sha256sum", "--", place.archive), deadline=300),
        "size": Command(("stat", "-L", "-c", "%s", "--", place.archive)),
    }
    if place.bundle:
        found["noted"] = _script(_BESIDE, f"{place.bundle}.sha256")
    return found


def listing(place: Place) -> dict[str, Command]:
    """What is in the bundle, by the program that will unpack it."""
    size = str(place.settings.max_size)
    return {
        "list": _script(_LIST, place.folder, place.archive, size, deadline=300, cap=128 * 1024**2),
    }


def extraction(place: Place) -> dict[str, Command]:
    """Unpacks the bundle, and makes what an application writes to."""
    its = place.settings
    dotenv = place.path(its.dotenv) if its.dotenv else ""
    return {
        "extract": _script(_EXTRACT, place.folder, place.archive, str(its.max_size), deadline=300),
        "storage": _script(_STORAGE, place.folder, dotenv),
        "revision": Command(("head", "-c", "200", "--", f"{place.release}/REVISION")),
    }


def application(place: Place) -> dict[str, Command]:
    """The release's own code."""
    if not place.settings.application:
        return {}
    php = place.settings.php
    tried = {
        "autoload": [php, "-r", _AUTOLOAD],
        "version": [php, "artisan", "--version"],
        "config": [php, "artisan", "config:cache"],
        "cached": [php, "-r", _CACHED],
    }
    steps = {
        name: _script(_PHP, place.folder, *argv, deadline=60)._replace(application=True)
        for name, argv in tried.items()
    }
    # What the bundle brought along must not pass for what the command made.
    return {"uncached": _script(_UNCACHE, place.folder, *_CACHES)} | steps


def stages(place: Place) -> dict[str, dict[str, Command]]:
    """All stages in their order. The fingerprint is taken twice, first and last."""
    return {
        "fingerprint": fingerprint(place),
        "space": space(place),
        "presence": presence(place),
        "digest": digest(place),
        "listing": listing(place),
        "extraction": extraction(place),
        "application": application(place),
    }


def _script(script: str, *arguments: str, deadline: float = 30, cap: int = 1024 * 1024) -> Command:
    return Command(("sh", "-c", script, "sh", *arguments), deadline=deadline, cap=cap)
