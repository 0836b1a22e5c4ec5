"""The grammar of sudoers, as sudo's own lexer takes it: text in, rules with their places out. Pure.

A line that cannot be read is a :class:`Problem`; sudo leaves out that line and goes on, and so does this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from checks.knowledge.sudo.scanner import Command, Member, Scanner, Unreadable
from checks.model import Message, msg

Place = tuple[str, int]

_ALIASES = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias(?=\s)")
_INCLUDE = re.compile(r"[@#]include(dir)?\s+(?:\"([^\"]+)\"|((?:\\\s|\S)+))\s*\Z")
_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\[ \t]*\Z")
_OPTION = re.compile(r"(TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT|ROLE|TYPE|APPARMOR_PROFILE)\s*=\s*([^\s,]+)\s*")
_TAG = re.compile(
    r"(NO)?(PASSWD|EXEC|INTERCEPT|SETENV|LOG_OUTPUT|LOG_INPUT|MAIL|FOLLOW)[ \t]*:[ \t]*", re.ASCII
)


class Problem(NamedTuple):
    """A line that sudo does not understand, and so leaves out."""

    place: Place
    text: str
    message: Message


class Entry(NamedTuple):
    """One command of a rule. ``users`` None: nothing stands in brackets; empty: the caller's own account."""

    who: tuple[Member, ...]
    hosts: tuple[Member, ...]
    users: tuple[Member, ...] | None
    groups: tuple[Member, ...]
    tags: dict[str, bool]
    options: dict[str, str]
    command: Command
    place: Place
    text: str
    inherited: bool
    """Whether the tags come from a command before it, behind which they stand in the middle of a list."""
    lost: bool = False
    """Whether some versions of sudo do not understand it."""


class Default(NamedTuple):
    """A setting. ``sort`` is what it is bound to: ``:`` users, ``@`` hosts, ``>`` accounts, ``!`` commands, or
    empty; ``operator`` is ``=``, ``+=``, ``-=``, ``!`` or empty."""

    sort: str
    bound: tuple[Member, ...]
    name: str
    operator: str
    value: str
    place: Place
    text: str


class Sudoers(NamedTuple):
    """What stands in some files, in the order in which sudo reads it."""

    entries: list[Entry]
    defaults: list[Default]
    lists: dict[tuple[str, str], tuple[Member, ...]]
    """The members of the aliases of users, accounts and hosts, by sort and name."""
    commands: dict[str, tuple[Command, ...]]
    problems: list[Problem]
    missing: list[str]
    """What is included but was not given."""
    ignored: list[str]
    """The files that sudo passes over because of their names."""


def read(files: dict[str, str], host: str = "") -> Sudoers:
    """The rules in `files` (text by path, in their order). What they include is looked for among them: by its path,
    or in a folder of the same name; a file that is included counts where it is included."""
    found = Sudoers(
        [], [], {}, {}, [], [], [p for p in files if _folder(p).endswith("sudoers.d") and ignored(p)]
    )
    inner = set()
    for path in files:
        for _, line in _logical(files[path]):
            if match := _INCLUDE.match(line):
                inner |= set(_included(match, path, files, host, found))
    found.missing.clear()
    seen = set(found.ignored)
    for path in sorted(files, key=lambda p: p in inner):
        if path not in seen:
            _file(path, files, host, found, seen, ())
    return found


def ignored(path: str) -> bool:
    """Whether sudo passes over a file of this name in a folder that is included."""
    name = path.rpartition("/")[2]
    return "." in name or name.endswith("~")


def _file(
    path: str, files: dict[str, str], host: str, found: Sudoers, seen: set[str], above: tuple[str, ...]
) -> None:
    seen.add(path)
    for number, line in _logical(files[path]):
        place = (path, number)
        if match := _INCLUDE.match(line):
            for inner in _included(match, path, files, host, found):
                if inner in (*above, path):
                    problem = msg("{path:code} includes itself.", path=inner)
                    found.problems.append(Problem(place, line, problem))
                else:
                    _file(inner, files, host, found, seen, (*above, path))
            continue
        count = len(found.entries)
        if windows := "\r" in line:
            problem = msg("The line ends as on Windows (CRLF); not every sudo reads it.")
            found.problems.append(Problem(place, line.strip(), problem))
        try:
            _line(line.replace("\r", ""), place, found)
        except Unreadable as error:
            found.problems.append(Problem(place, line.strip(), error.message))
        if windows:
            found.entries[count:] = [entry._replace(lost=True) for entry in found.entries[count:]]


def _included(match: re.Match[str], path: str, files: dict[str, str], host: str, found: Sudoers) -> list[str]:
    wanted = re.sub(r"\\(.)", r"\1", match[2] or match[3]).replace("%h", host or "%h").rstrip("/")
    absolute = wanted if wanted.startswith("/") else f"{path.rpartition('/')[0] or '.'}/{wanted}"
    name = "/" + absolute.rpartition("/")[2]
    if not match[1]:
        exact = [one for one in files if one in (absolute, absolute.removeprefix("./"))]
        inside = exact or [one for one in files if f"/{one}".endswith(name) and wanted.startswith("/")]
    else:
        inside = sorted(one for one in files if f"/{_folder(one)}".endswith(name))
        found.ignored.extend(one for one in inside if ignored(one) and one not in found.ignored)
    if not inside:
        found.missing.append(wanted)
    return [one for one in inside if not (match[1] and ignored(one))]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """The lines with those joined that go on in the next one, without comments, each with its first number."""
    begun, joined = 0, ""
    for number, raw in enumerate(text.split("\n"), 1):
        begun = begun or number
        line, comment = _without_comment(raw, not joined)
        if not comment and _CONTINUED.search(line.rstrip("\r")):
            joined += line.rstrip("\r \t")[:-1] + " "
            continue
        if (joined + line).strip():
            yield begun, joined + line
        begun, joined = 0, ""
    if joined.strip():
        yield begun, joined


def _without_comment(line: str, first: bool) -> tuple[str, bool]:
    if first and _INCLUDE.match(line.rstrip("\r")):
        return line.rstrip("\r"), False
    settings = line.lstrip().startswith("Defaults")
    quoted = False
    for at, character in enumerate(line):
        escaped = line[at - 1 : at] == "\\"
        if character == '"' and settings and not escaped:
            quoted = not quoted
        if character == "#" and not quoted and not escaped and not re.match(r"#-?\d", line[at:]):
            return line[:at], True
    return line, False


def _line(line: str, place: Place, found: Sudoers) -> None:
    scan = Scanner(line.strip())
    if scan.take(re.compile(r"Defaults(?=[:@>!\s])")):
        found.defaults.extend(_defaults(scan, place))
    elif match := scan.take(_ALIASES):
        _aliases(match[1].replace("Cmd", "Cmnd"), scan, found)
    else:
        found.entries.extend(_rule(scan, place))


def _aliases(sort: str, scan: Scanner, found: Sudoers) -> None:
    while True:
        name = scan.need(re.compile(r"\s*([A-Z][A-Z0-9_]*)\s*=\s*"))[1]
        if sort == "Cmnd":
            found.commands[name] = tuple(scan.list_of(scan.command))
        else:
            found.lists[sort, name] = tuple(scan.list_of(scan.host if sort == "Host" else scan.member))
        if not scan.take(re.compile(r"\s*:\s*")):
            return scan.end()


def _defaults(scan: Scanner, place: Place) -> list[Default]:
    sort = scan.take(re.compile(r"[:@>!]"))
    bound: tuple[Member, ...] = ()
    if sort:
        each = {"@": scan.host, "!": scan.bare}.get(sort[0], scan.member)
        bound = tuple(scan.list_of(each))
    settings = []
    while True:
        no = scan.need(re.compile(r"\s*(!*)\s*"))[1]
        name = scan.need(re.compile(r"[a-z_]+\s*"))[0].strip()
        operator = scan.take(re.compile(r"([+-]?=)\s*"))
        value = scan.value() if operator else ""
        sign = operator[1] if operator else "!" if len(no) % 2 else ""
        settings.append(Default(sort[0] if sort else "", bound, name, sign, value, place, scan.text))
        if not scan.take(re.compile(r"\s*,")):
            scan.end()
            return settings


def _rule(scan: Scanner, place: Place) -> list[Entry]:
    who = tuple(scan.list_of(scan.member))
    found: list[Entry] = []
    scan.need(re.compile(r"\s*"))
    while True:
        hosts = tuple(scan.list_of(scan.host))
        scan.need(re.compile(r"\s*=\s*"))
        users: tuple[Member, ...] | None = None
        groups: tuple[Member, ...] = ()
        tags: dict[str, bool] = {}
        options: dict[str, str] = {}
        first, middle = True, False
        while True:
            if scan.take(re.compile(r"\(\s*")):
                users, groups = scan.runas()
            while option := scan.take(_OPTION):
                options = {**options, option[1]: option[2]}
            tagged = False
            while tag := scan.take(_TAG):
                tags, tagged = {**tags, tag[2]: not tag[1]}, True
            middle = middle or (tagged and not first)
            inherited = middle and not tagged
            command = scan.command()
            found.append(
                Entry(who, hosts, users, groups, tags, options, command, place, scan.text, inherited)
            )
            first = False
            if not scan.take(re.compile(r"\s*,\s*")):
                break
        if not scan.take(re.compile(r"\s*:\s*")):
            scan.end()
            return found


def relative_includes(text: str) -> list[str]:
    """The paths that `text` includes and that are meant from the folder of its file."""
    found = [match for _, line in _logical(text) if (match := _INCLUDE.match(line))]
    paths = [re.sub(r"\\(.)", r"\1", match[2] or match[3]) for match in found]
    return [path for path in paths if not path.startswith("/")]
