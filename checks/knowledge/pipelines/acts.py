"""What a command does, in the words of a deployment: by a table, from its words alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from checks.knowledge.pipelines.fates import Ran

ACTS = (
    "backup", "bundle", "cache", "checksum", "download", "extract", "gate", "migrate", "permissions", "reload",
    "request", "switch", "transfer", "upload",
)  # fmt: skip
"""The acts that a spec can name. ``gate`` is a test for a file or folder; ``bundle`` packs, ``extract`` unpacks;
``transfer`` copies to another host, ``upload`` and ``download`` are about artifacts of the CI service."""


class Deed(NamedTuple):
    """One act. ``folder``: that of the release it is about, as far as it can be told; None: it cannot. ``what``: the path
    of a test, the target of a switch, the service of a reload, the URL of a request."""

    act: str
    what: str = ""
    atomic: bool = True
    folder: str | None = None


def deeds(ran: Ran, link: str) -> list[Deed]:
    """What `ran` does; `link` is the name of the link that makes a release live."""
    argv = ran.argv
    if not argv:
        return []
    name = argv[0].rpartition("/")[2]
    found = _BY_NAME.get(name)
    made = [*(found(argv, ran, link) if found else [])]
    if _migrates(argv):
        made.append(Deed("migrate", folder=_joined(argv[1].rpartition("/")[0] or ".", ran.folder)))
    if artisan(argv).startswith(("cache:", "config:", "route:", "view:", "event:", "optimize")):
        made.append(Deed("cache", artisan(argv)))
    if re.search(r"back-?up|sicherung", name.lower()) and not made:
        made.append(Deed("backup", name))
    return made


def artisan(argv: Sequence[str]) -> str:
    """The artisan command that `argv` runs; empty where it runs none."""
    at = next((n for n, w in enumerate(argv) if w.rpartition("/")[2] == "artisan"), None)
    php = at == 0 or re.match(r"(?:php[\d.]*|\$\{\w+\})$", argv[0].rpartition("/")[2])
    return argv[at + 1] if at is not None and php and at + 1 < len(argv) else ""


def _migrates(argv: Sequence[str]) -> bool:
    words = " ".join(argv)
    if artisan(argv).startswith("migrate"):
        return (
            not artisan(argv).startswith(("migrate:status", "migrate:rollback")) and "--pretend" not in argv
        )
    return bool(
        re.search(
            r"doctrine:migrations:migrate|\bdb:migrate\b|manage\.py migrate|alembic upgrade|flyway .*migrate"
            r"|prisma migrate deploy|phinx migrate",
            words,
        )
    )


def _test(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    if len(argv) == 3 and re.fullmatch(r"-[defsrx]", argv[1]) and not ran.absent:
        return [Deed("gate", _joined(argv[2], ran.folder))]
    return []


LISTING = "listing"
"""No act of its own: it shows what is there, and fails where something of that is not."""


def _listing(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    named = [w for w in argv[1:] if not w.startswith("-")]
    words = [one for word in named for one in _braces(word)]
    return [Deed(LISTING, _joined(word, ran.folder)) for word in words] if not ran.absent else []


def _braces(word: str) -> list[str]:
    """``{a,b}/c`` as the shell writes it out: ``a/c``, ``b/c``."""
    match = re.fullmatch(r"([^{}$]*)\{([^{}]*,[^{}]*)\}(.*)", word)
    if match is None:
        return [word]
    return [one for part in match[2].split(",") for one in _braces(f"{match[1]}{part}{match[3]}")]


def _tar(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    options = argv[1] if len(argv) > 1 and not argv[1].startswith("-") else ""
    letters = options + "".join(w for w in argv[1:] if re.fullmatch(r"-[a-zA-Z]+", w))
    long = set(argv)
    to = next((argv[n + 1] for n, w in enumerate(argv[:-1]) if w in ("-C", "--directory")), None)
    if "x" in letters or long & {"--extract", "--get"}:
        return [Deed("extract", folder=_joined(to or ".", ran.folder))]
    if ("c" in letters or "--create" in long) and "/dev/null" not in argv and not ran.void:
        words = " ".join([ran.folder, *argv]).lower()
        if re.search(r"back-?up|sicherung", words):
            return [Deed("backup", "nginx" if "nginx" in words else "app")]
        named = [w for w in argv[2:] if not w.startswith("-") and w != to]
        inside = named[1] if len(named) == 2 else "."
        return [Deed("bundle", folder=_joined(inside, _joined(to, ran.folder) if to else ran.folder))]
    return []


def _joined(path: str, folder: str) -> str:
    """`path` seen from `folder`, without dots that say nothing; the folder itself is ``""``."""
    whole = path if path.startswith(("/", "~", "${", "%", "$(")) or not folder else f"{folder}/{path}"
    parts = [part for part in re.sub(r"/+", "/", whole).split("/") if part != "."]
    return "/".join(parts).rstrip("/")


def _dump(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    idle = {"--version", "-V", "--help", "--no-data", "-d", "--schema-only", "-s"} & set(argv[1:])
    nowhere = ran.void or any(w.endswith("/dev/null") for w in argv)
    return [] if idle or nowhere else [Deed("backup", "database")]


def _link(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    options, words = _split(argv)
    if "s" not in options or len(words) < 2 or not _is(words[-1], link):
        return []
    once = "f" in options and ("n" in options or "T" in options)
    return [Deed("switch", words[-1], atomic=once, folder=_joined(words[-2], ran.folder))]


def _move(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    options, words = _split(argv)
    if len(words) < 2 or not _is(words[-1], link):
        return []
    return [Deed("switch", words[-1], atomic="T" in options)]


def _remove(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    return [Deed("switch", argv[-1], atomic=False)] if any(_is(w, link) for w in argv[1:]) else []


def _is(path: str, link: str) -> bool:
    """Whether `path` is the link `link`: the whole path, or its last part where one of them is not known."""
    if path == link:
        return True
    known = path.startswith("/") and link.startswith("/")
    return not known and path.rstrip("/").rpartition("/")[2] == link.rstrip("/").rpartition("/")[2]


def _split(argv: Sequence[str]) -> tuple[str, list[str]]:
    options = "".join(w[1:] for w in argv[1:] if re.fullmatch(r"-[a-zA-Z]+", w))
    long = {"--symbolic": "s", "--force": "f", "--no-dereference": "n", "--no-target-directory": "T"}
    options += "".join(letter for word, letter in long.items() if word in argv)
    return options, [w for w in argv[1:] if not w.startswith("-")]


def _copy(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    """A copy into the release that is live changes it file by file."""
    name = link.rstrip("/").rpartition("/")[2]
    into = argv[-1].partition(":")[2] or argv[-1]
    changed = [Deed("switch", argv[-1], atomic=False)] if len(argv) > 2 and name in into.split("/") else []
    return [*changed, *([Deed("transfer")] if argv[0].endswith("rsync") and not changed else [])]


def _service(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    words = [w for w in argv[1:] if not w.startswith("-")]
    changes = ("reload", "restart", "try-restart", "reload-or-restart", "start")
    if argv[0].endswith("systemctl") and words[:1] and words[0] in changes:
        return [Deed("reload", w.removesuffix(".service")) for w in words[1:]]
    if argv[0].endswith("service") and len(words) > 1 and words[1] in changes:
        return [Deed("reload", words[0])]
    return []


def _nginx(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    return [Deed("reload", "nginx")] if "-s" in argv and "reload" in argv else []


def _digest(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    checks = any(w in ("--check", "-c") or re.fullmatch(r"-[a-z]*c", w) for w in argv[1:])
    return [Deed("checksum", "check" if checks else "make")]


def _request(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    found = [w for w in argv[1:] if re.match(r"https?://|\$\{|%", w) and "/" in w]
    found = found or [w for w in argv[-1:] if re.fullmatch(r"(?:\$\{\w+\}|%[^%]+%)+", w)]
    return [Deed("request", w) for w in found[:1]]


def url_path(url: str) -> str:
    """The path of a URL whose host may be a variable: ``${BASE}/health`` is ``/health``."""
    if url.startswith(("http://", "https://")) and not re.match(r"https?://[^/]*[${%]", url):
        return urlsplit(url).path or "/"
    rest = re.sub(r"^(?:https?://)?(?:\$\{[^}]*\}|%[^%]*%|[^/$%])*", "", url, count=1)
    return "/" + rest.lstrip("/").partition("?")[0]


def _always(act: str) -> Callable[[Sequence[str], Ran, str], list[Deed]]:
    return lambda argv, ran, link: [Deed(act)]


def _github(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    return [Deed("download")] if argv[1:3] == ("run", "download") else []


def _docgen(argv: Sequence[str], ran: Ran, link: str) -> list[Deed]:
    named = [word for word in argv[1:] if not word.startswith("-")]
    if named[:1] != ["gate"] or len(named) < 2:
        return []
    if {"--env", "-e"} & set(argv):  # looks at what is live
        return [Deed("gate", f"gate {named[1]}", folder=link)]
    return [Deed("gate", f"gate {named[1]}", folder=_joined(named[2] if len(named) > 2 else ".", ran.folder))]


_BY_NAME: dict[str, Callable[[Sequence[str], Ran, str], list[Deed]]] = {
    "test": _test,
    **dict.fromkeys(("ls", "stat"), _listing),
    "tar": _tar,
    "bsdtar": _tar,
    "unzip": lambda argv, ran, link: [] if {"-t", "-l", "-Z1"} & set(argv) else [Deed("extract")],
    "zip": _always("bundle"),
    **dict.fromkeys(("mysqldump", "mariadb-dump", "pg_dump", "pg_dumpall", "mongodump"), _dump),
    "ln": _link,
    "mv": _move,
    "rm": _remove,
    "unlink": _remove,
    **dict.fromkeys(("chown", "chmod", "chgrp", "setfacl"), _always("permissions")),
    "systemctl": _service,
    "service": _service,
    "nginx": _nginx,
    **dict.fromkeys(("sha256sum", "shasum", "sha512sum", "b2sum"), _digest),
    **dict.fromkeys(("curl", "wget", "http"), _request),
    **dict.fromkeys(("scp", "sftp"), _always("transfer")),
    **dict.fromkeys(("cp", "rsync"), _copy),
    "gh": _github,
    "docgen": _docgen,
}
ACTIONS = {
    "actions/upload-artifact": "upload",
    "actions/download-artifact": "download",
    "dawidd6/action-download-artifact": "download",
    "appleboy/scp-action": "transfer",
}
"""Published actions that do one of the acts."""
REMOTE_SCRIPTS = ("appleboy/ssh-action",)
"""Published actions whose input ``script`` runs on another host."""
