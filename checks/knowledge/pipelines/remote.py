"""Commands that run a script of their own: shells, ``ssh``, scripts of the repository."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from checks.knowledge.pipelines.workspace import Script, Workspace

_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")
_SSH_WITH_VALUE = "BbcDEeFIiJLlmOopQRSWw"
_WITH_VALUE = {
    "sudo": ("-u", "-g", "-h", "-p", "-C", "-r", "-t", "--user", "--group"),
    "timeout": ("-s", "-k", "--signal", "--kill-after"),
    "nice": ("-n",),
    "ionice": ("-c", "-n"),
    "sshpass": ("-p", "-f", "-d"),
    "flock": ("-w", "-E"),
    "xargs": ("-n", "-I", "-P", "-d", "-a", "-s", "-L", "-E"),
}
_POSITIONAL = {"timeout": 1, "flock": 1}
_PREFIXES = (
    "sudo",
    "doas",
    "timeout",
    "nice",
    "ionice",
    "sshpass",
    "env",
    "time",
    "command",
    "exec",
    "builtin",
    "nohup",
    "flock",
    "xargs",
)


class Inner(NamedTuple):
    """The script that a command runs. ``word``: it stood among its words. ``file``: of the repository; ``place``: the
    host it runs on, if that is another one; ``arguments``: what it is given; ``same``: it is read by the
    same shell (``source``); ``lost``: nobody waits for how it ends."""

    script: Script
    place: str = ""
    errexit: bool = False
    pipefail: bool = False
    word: bool = False
    file: bool = False
    arguments: tuple[str, ...] = ()
    same: bool = False
    lost: bool = False


def without_prefixes(words: Sequence[str]) -> tuple[list[str], bool]:
    """`words` without what only says how to run the command behind it, and whether that was sudo."""
    rest, sudo = list(words), False
    while rest and rest[0].rpartition("/")[2] in _PREFIXES:
        name = rest.pop(0).rpartition("/")[2]
        sudo = sudo or name in ("sudo", "doas")
        while rest and rest[0].startswith("-"):
            option = rest.pop(0)
            last = f"-{option[-1]}" if re.fullmatch(r"-[a-zA-Z]+", option) else option
            if last in _WITH_VALUE.get(name, ()) and rest:
                rest.pop(0)
            if option == "--":
                break
        del rest[: _POSITIONAL.get(name, 0)]
        while rest and name in ("env", "sudo") and re.match(r"\w+=", rest[0]):
            rest.pop(0)
    return rest, sudo


def unread(argv: Sequence[str], files: Workspace | None, folder: str) -> str | None:
    """The script that `argv` runs, if that is one whose text is not known."""
    name, rest = argv[0].rpartition("/")[2], [word for word in argv[1:] if not word.startswith("-")]
    path = argv[0] if "/" in argv[0] else rest[0] if rest and name in (*_SHELLS, "source", ".") else ""
    if name in _SHELLS and any(re.fullmatch(r"-\w*[cs]\w*", word) for word in argv[1:]):
        return None
    if files is not None and (files.script(path, folder) or files.changed(path, folder)):
        return None
    return path if path.endswith((".sh", ".bash")) else None


def inner(argv: Sequence[str], stdin: Script | None, files: Workspace | None, folder: str) -> Inner | None:
    """What script `argv` runs, if it runs one. `files` are those at hand, seen from `folder`; None: on another host."""
    name = argv[0].rpartition("/")[2]
    if name == "ssh":
        return _ssh(argv[1:], stdin)
    if name in _SHELLS:
        return _shell(argv[1:], stdin, files, folder)
    if name == "eval" and len(argv) > 1:
        return Inner(_words(" ".join(argv[1:])), word=True, same=True)
    if name in ("source", ".") and len(argv) > 1:
        found = _file(argv[1], argv[2:], files, folder)
        return found._replace(same=True) if found else None
    return _file(argv[0], argv[1:], files, folder, bang=True) if "/" in argv[0] else None


def _words(source: str) -> Script:
    """A script among the words of a command."""
    return Script(source, "", 0)


def _file(
    path: str,
    arguments: Sequence[str],
    files: Workspace | None,
    folder: str,
    errexit: bool = False,
    *,
    bang: bool = False,
) -> Inner | None:
    found = files.script(path, folder) if files is not None else None
    if found is None:
        return None
    first = found.text.split("\n", 1)[0]
    strict = bang and bool(re.match(r"#!\s*\S*(?:sh|env\s+-S\s+\S*sh)\s+-\w*e", first))
    return Inner(found, errexit=errexit or strict, file=True, arguments=tuple(arguments))


def _shell(words: Sequence[str], stdin: Script | None, files: Workspace | None, folder: str) -> Inner | None:
    errexit = pipefail = reads = False
    rest = list(words)
    while rest and re.match(r"[-+]\w|--", rest[0]):
        option = rest.pop(0)
        on = option[0] == "-"
        if re.fullmatch(r"[-+][a-zA-Z]*e[a-zA-Z]*", option):
            errexit = on
        if re.fullmatch(r"[-+]\w*[oO]", option) and rest:
            named = rest.pop(0)
            errexit = on if named == "errexit" else errexit
            pipefail = on if named == "pipefail" else pipefail
        if re.fullmatch(r"-\w*c\w*", option):
            if not rest:
                return None
            return Inner(_words(rest[0]), "", errexit, pipefail, True, arguments=tuple(rest[2:]))
        if re.fullmatch(r"-\w*s\w*", option):
            reads = True
            break
    if rest and not reads:
        found = _file(rest[0], rest[1:], files, folder, errexit)
        return found._replace(pipefail=pipefail) if found else None
    if stdin is None:
        return None
    given = tuple(rest[1:] if rest[:1] == ["--"] else rest)
    return Inner(stdin, "", errexit, pipefail, file=bool(stdin.file), arguments=given)


def _ssh(words: Sequence[str], stdin: Script | None) -> Inner | None:
    rest, lost = list(words), False
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        lost = lost or bool(
            re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*", option) and option[1] not in _SSH_WITH_VALUE
        )
        if option[-1] in _SSH_WITH_VALUE and len(option) == 2 and rest:
            rest.pop(0)
    if not rest:
        return None
    place, said = f"ssh {rest[0]}", rest[1:]
    if said and said[0] == "--":
        said = said[1:]
    if said:  # as ssh joins them; what comes in by its input is for whoever in there reads that
        return Inner(_words(" ".join(said)), place=place, word=True, lost=lost)
    return Inner(stdin, file=bool(stdin.file), place=place, lost=lost) if stdin else None


def reads_script(argv: Sequence[str]) -> bool:
    """Whether `argv` is a shell, here or on another host, that reads its script from its input."""
    if argv[0].rpartition("/")[2] not in (*_SHELLS, "ssh"):
        return False
    took = inner(argv, Script("", "?", 0), None, "")
    return took is not None and took.file


_STARTS = ("su", "runuser", "chroot", "nsenter", "machinectl", "setpriv", "newgrp", "login")
_LEAVE_INPUT = (
    ":", "[", "cd", "chmod", "chown", "date", "echo", "export", "hostname", "id", "install", "ln", "ls", "mkdir", "printf",
    "pwd", "rm", "set", "shopt", "sleep", "source", ".", "test", "touch", "true", "ulimit", "umask", "unset", "whoami",
    "eval", "ssh", *_SHELLS,
)  # fmt: skip


def starts_shell(raw: Sequence[str], argv: Sequence[str]) -> bool:
    """Whether `argv`, written as `raw`, starts a shell that may read its script from its input, in a way that is not
    followed."""
    if argv:
        return argv[0].rpartition("/")[2] in _STARTS
    return "sudo" in raw and not {"-v", "-k", "-K", "-l"} & set(raw)


def leaves_input(argv: Sequence[str]) -> bool:
    """Whether `argv` reads nothing of what comes in by the input of its shell."""
    return argv[0].rpartition("/")[2] in _LEAVE_INPUT
