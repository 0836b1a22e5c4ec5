"""``borg`` (ask, repository, password_file, archives, contains, read): what BorgBackup 1.x says of a repository.

``ask`` is ``list`` or ``check``; ``archives`` (a pattern, or null) says which archives count; ``contains`` are paths in
the newest; ``read`` is how much of the data is read back: nothing (null), the ``newest`` archive, or ``all``. The values
are those of ``checks.sources.repository``.

borg writes wherever it goes: a cache and notes on security into its base folder, and even a mere ``borg check`` the
files ``config`` and ``nonce`` of the repository. So it gets a base folder of its own in a scratch folder (mktemp -d),
and there, too, a stand-in for a repository on the host: copies of those two files and links to all else. The scratch
folder is removed when the command ends, also by a signal (but SIGKILL). What remains is the time of change of the
folder it was made in (/tmp) and the time of access of what was read; nothing else is written, and no lock is taken. A
repository at an address (ssh://…) has no stand-in: it is listed and its newest archive read back, which writes
nothing there either, but not checked. No question can hang: there is no terminal, and those that borg asks of moved
and unencrypted repositories are answered beforehand.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from checks.model import Fact, Message, Observation, Probe, msg
from checks.sources import repository
from checks.sources.interface import MARK, Answers, Command, Verb, one_each

# Keys of repositories in keyfile mode stay where they are; the folder is named only if it is there, as borg makes it.
_OPEN = r"""cat=$1 a=$2; shift 2
has borg || { say tool; end; }
k=${BORG_KEYS_DIR:-${BORG_CONFIG_DIR:-${XDG_CONFIG_HOME:-${BORG_BASE_DIR:-${HOME-}}/.config}/borg}/keys}
unset BORG_KEYS_DIR BORG_CONFIG_DIR BORG_CACHE_DIR BORG_SECURITY_DIR BORG_REPO BORG_PASSPHRASE BORG_PASSPHRASE_FD \
BORG_PASSCOMMAND BORG_KEY_FILE BORG_LOGGING_CONF XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
[ ! -d "$k" ] || export BORG_KEYS_DIR="$k"
umask 077
d=$(mktemp -d) && [ -d "$d" ] || { say scratch-failed; end; }
trap 'trap "" HUP INT PIPE TERM; cd /; rm -rf -- "$d"' EXIT
trap 'trap "" HUP INT PIPE TERM; exit 1' HUP INT PIPE TERM
cd -- "$d" || exit 1
export BORG_BASE_DIR="$d" TMPDIR="$d" TZ=UTC BORG_RELOCATED_REPO_ACCESS_IS_OK=yes \
BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes \
BORG_RSH="${BORG_RSH:-ssh} -oBatchMode=yes -oStrictHostKeyChecking=yes -oUpdateHostKeys=no"
if [ -n "$cat" ]; then export BORG_PASSCOMMAND="$cat"; else export BORG_PASSPHRASE=; fi
R=$repo
case $repo in /*)
[ -r "$repo" ] && [ -x "$repo" ] || { say place 'Permission denied'; end; }
[ -f "$repo/config" ] || { say place 'No such file or directory'; end; }
R=$d/repo; mkdir "$R"
for f in "$repo"/*; do case ${f##*/} in
config|nonce) e=$(cp -- "$f" "$R/" 2>&1) || { say place "$e"; end; };;
lock.*) ;;
*) ln -s -- "$f" "$R/";;
esac; done
l=$(ls -- "$repo/lock.exclusive" 2>/dev/null | head -n 1); [ -z "$l" ] || say lock "$l";;
esac
say stand-in "$R"
say tool "$(borg --version 2>/dev/null | head -n 1)"
newest() { borg list --bypass-lock --last 1 --format '{archive}{NL}' ${a:+"--glob-archives=$a"} "$R" 2>/dev/null; }
"""
_LIST = r"""c archives borg list --bypass-lock --json ${a:+"--glob-archives=$a"} "$R"
n=
[ $# = 0 ] || n=$(newest)
if [ -n "$n" ]; then
W=
for i; do W="$W$i
"; shift; set -- "$@" "pp:$i"; done
export W
say members "$({ borg list --bypass-lock --format '{path}{NL}' "$R::$n" "$@"; echo "/ended $?"; } 2>/dev/null |
awk 'BEGIN { n = split(ENVIRON["W"], w, "\n") - 1; e = 1 }
/^\/ended / { e = $2; next }
{ for (i = 1; i <= n; i++) if ($0 == w[i]) found[i] = 1 }
END { printf "%d", e; for (i = 1; i <= n; i++) printf " %d", found[i] }')"
fi
"""
_CHECK = r"""s=$1
far=
case $R in /*) ;; *) far=far;; esac
case $s$far in
newest*)
say count "$(borg list --bypass-lock --short ${a:+"--glob-archives=$a"} "$R" 2>/dev/null | grep -c .)"
set -- extract --bypass-lock --dry-run "$R::$(newest)";;
all|'') set -- check --bypass-lock --archives-only -v "$R"; [ -z "$s" ] || set -- "$@" --verify-data;;
*) say far; end;;
esac
say check "$({ borg "$@" 2>&1; echo "ended $?"; } | tail -c 16000)"
"""
_WRONG = re.compile(r"passphrase supplied in .* is incorrect")
_NOTHING = re.compile(r"Repository .* does not exist|is not a valid repository")
_TALK = re.compile(
    r"(?m)^(?:Starting |Analyzing archive |Finished |Archive consistency check complete, no problems).*\n?"
)
_FAR = msg("`borg check` writes into the repository, so that it is not run on one at an address.")


def command(probe: Probe) -> Command:
    a = probe.args
    file = a["password_file"] or ""
    given = (MARK, a["repository"], file, f"cat -- {shlex.quote(file)}" if file else "", a["archives"] or "")
    if a["ask"] == "check":
        text, rest, cap = _CHECK, (a["read"] or "",), 256 * 1024
    else:
        text, rest, cap = _LIST, tuple(member.strip("/") for member in a["contains"]), 16 * 1024 * 1024
    argv = ("sh", "-c", f"{repository.SCRIPT}{_OPEN}{text}end", "sh", *given, *rest)
    return Command(argv, deadline=probe.deadline, cap=cap, slow=True)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    return repository.read(probes, answers, command, _understood)


def _understood(probe: Probe, parts: repository.PARTS) -> dict[str, Any] | tuple[Observation, Message]:
    tool, lock = parts["tool"], parts.get("lock")
    if probe.args["ask"] == "check":
        return _checked(probe, parts)
    exit_code, said = repository.ended(parts, "archives")
    said = said.replace(parts["stand-in"], probe.args["repository"])
    nothing: dict[str, Any] = {"tool": tool, "now": int(parts["now"]), "lock": lock, "said": said}
    nothing |= {"times": [], "newest": None, "listed": False, "found": []}
    if exit_code:
        if _WRONG.search(said):
            return {**nothing, "opened": False}
        if _NOTHING.search(said) and not repository.denied(said):
            return Observation.ABSENT, msg(
                "There is no repository: {error:code}", error=repository.shortened(said)
            )
        return repository.failed(said, lock)
    try:
        made = sorted((_moment(a["time"]), a["name"]) for a in json.loads(parts["archives"])["archives"])
    except (ValueError, KeyError, TypeError):
        return Observation.MALFORMED, msg("The answer of {tool:code} cannot be read.", tool=tool)
    members = [int(n) for n in parts.get("members", "").split()]
    return {
        **nothing,
        "opened": True,
        "times": [when for when, _ in made],
        "newest": made[-1][1] if made else None,
        "listed": bool(members) and members[0] == 0,
        "found": [bool(n) for n in members[1:]],
    }


def _checked(probe: Probe, parts: repository.PARTS) -> dict[str, Any] | tuple[Observation, Message]:
    if "far" in parts:
        return Observation.NOT_ATTEMPTED, _FAR
    text, _, code = parts["check"].rpartition("ended ")
    text = text.replace(parts["stand-in"], probe.args["repository"])
    chunks = re.search(r"verified (\d+) chunks with \d+ integrity errors", text)
    count = parts.get("count", "").strip()
    amount = (int(chunks[1]),) * 2 if chunks else (1, int(count)) if count.isdigit() else (None, None)
    return {
        "tool": parts["tool"],
        "exit_code": int(code),
        "said": repository.shortened(_TALK.sub("", text)),
        "denied": repository.denied(text),
        "read": amount[0],
        "of": amount[1],
        "lock": parts.get("lock"),
    }


def _moment(text: str) -> float:
    """Seconds since the epoch; borg tells local times, which are in UTC here."""
    made = datetime.fromisoformat(text)
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()


commands = one_each(command)
VERB = Verb("borg", commands, read)
