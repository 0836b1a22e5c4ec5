"""What is dangerous about one command of a rule: whom it runs as, what it is, how its arguments are pinned. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo import catalogue, containers, programs
from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import replaceable, writable_target
from checks.knowledge.sudo.host import Host, privileged, sensitive
from checks.knowledge.sudo.rights import Grant
from checks.knowledge.wildcards import regex, unescaped, wildcard
from checks.model import msg

_SET = re.compile(r"(?<!\\)\[([A-Za-z0-9.:_]|[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])+\]")
_LOOSE = re.compile(
    r"(?<!\\)\.(?:[*+?{]|(?!\])(?![^\[]*\]))|\[\^|\\[SDW]|\(\?|\[:(?:print|graph|punct|space):\]"
    # Sets that may begin an option, or hold a blank or a slash; more than one dot may lead upwards.
    r"|(?:^|[ (|])\[(?:-[^\]]*|(?:[^\]]|:\])*-)\][+*{]|\[[^\]]*[/ ][^\]]*\][+*{]|/.*\[[^\]]*\.[^\]]*\][+*{]"
)
_MANY = re.compile(r"(?<!\\)[*\[]|\?\?|[^\w-]\?")
_GROUP = re.compile(r"\(([^()]*)\)(\?)?")
_OWN = ("/usr/local/", "/opt/", "/srv/", "/var/", "/home/")
_HOST_FILES = {"/etc/hosts", "/etc/motd", "/etc/issue", "/etc/issue.net", "/etc/hostname"}


def root(grant: Grant) -> bool:
    """Whether it runs as root, as anybody, or in a group that is as good as root."""
    users = [name for name in grant.users if not name.startswith("!")]
    named = any(name in ("ALL", "root", "#0") or name[:1] in "%+" for name in users)
    groups = [name for name in grant.groups if not name.startswith("!")]
    return (
        named
        or grant.implicit  # with runas_default too: then -g names any group, also one that is as good as root
        or any(name == "ALL" or name[:1] in "%+" for name in groups)
        or bool(privileged(frozenset(groups)))
    )


def hazards(grant: Grant, host: Host) -> Iterator[Hazard]:
    """What is dangerous about `grant`, as if root ran it."""
    path = unescaped(grant.command)
    if grant.chroot and (grant.chroot == "*" or host.control(grant.chroot)):
        yield Hazard(
            "WRITABLE_TARGET",
            "critical",
            msg("The account decides what {path:code} holds.", path=grant.chroot),
            True,
        )
    if grant.command == "ALL":
        yield Hazard("ALL_COMMANDS", "critical", msg("Every command is allowed."), True)
    elif grant.command == "list":
        return
    elif grant.command == "sudoedit":
        yield from _sudoedit(grant, host)
    elif grant.command.startswith("^"):
        yield from _any_program(grant, host)
    elif grant.command.endswith("/"):
        said = msg("Every program in {path:code} is allowed.", path=path)
        yield Hazard("DIRECTORY_GRANT", "critical", said, True)
    elif wildcard(grant.command):
        said = msg("The wildcard stands for many programs: {path:code}", path=grant.command)
        yield Hazard("WILDCARD_PATH", "critical", said, True)
    else:
        if risk := host.control(path):
            yield writable_target(risk)
        if grant.digest:
            said = msg("The checksum must follow every update, and the file was not compared with it.")
            yield Hazard("DIGEST_BRITTLE", "low", said)
        if grant.noexec:
            yield from _noexec(path)
        for hazard in _arguments(path, grant, host):
            # These start the pager as a program of its own, which NOEXEC does not let them.
            shut = (
                grant.noexec and hazard.id == "PAGER" and catalogue.name(path) in ("systemctl", "journalctl")
            )
            yield hazard._replace(severity="medium", root=False) if shut else hazard


def _arguments(path: str, grant: Grant, host: Host) -> Iterator[Hazard]:
    if grant.arguments is None:
        yield from _no_arguments(path)
    elif grant.arguments.startswith("^"):
        yield from _expression(path, grant.arguments, host)
    elif wildcard(grant.arguments):
        sample = _SET.sub(lambda m: m[0][1], grant.arguments)
        kept = _kept(path, grant.arguments)
        if kept or (wildcard(sample) and not re.search(_MANY, sample)):
            said = msg(
                "The wildcard also matches spaces, slashes and options: {text:code}", text=grant.arguments
            )
            yield Hazard("WILDCARD_ARGS", "medium", said)
            seen: dict[str, Hazard] = {}
            for one in () if kept else "a /.":
                for hazard in programs.judge(path, unescaped(sample.replace("?", one)).split(), host):
                    seen.setdefault(hazard.id, hazard)
            yield from seen.values()
        elif wildcard(sample):
            yield from _wildcards(path, grant.arguments)
        else:
            yield Hazard(
                "WILDCARD_ARGS",
                "low",
                msg("The wildcard stands for one character each: {text:code}", text=grant.arguments),
            )
            yield from programs.judge(path, unescaped(sample).split(), host)
    else:
        yield from programs.judge(path, grant.text().split(), host)


def _kept(path: str, arguments: str) -> bool:
    """Whether what comes behind the first words cannot make them mean something else."""
    words = arguments.split()
    first = next((at for at, word in enumerate(words) if wildcard(word)), 0)
    fixed = words[:first]
    name = catalogue.name(path)
    if name == "supervisorctl":
        return fixed[:1] != [] and fixed[0] in ("start", "stop", "restart", "status")
    return first > 0 and containers.mild(name, fixed)


def _dangerous(path: str) -> bool:
    """Whether `path`, called freely, may make somebody root. Programs of the system that nobody here knows may."""
    name = catalogue.name(path)
    return name in catalogue.CATALOGUE or (name not in catalogue.HARMLESS and not path.startswith(_OWN))


def _no_arguments(path: str) -> Iterator[Hazard]:
    program, sort, dangerous = path.rpartition("/")[2], catalogue.sort(path), _dangerous(path)
    said = msg("{program:code} may be called with any arguments.", program=program)
    yield Hazard("NO_ARGS", "critical" if sort else "high", said, dangerous)
    if sort:
        yield Hazard(sort, "critical", free(sort, program), True)


def _wildcards(path: str, arguments: str) -> Iterator[Hazard]:
    program, sort, dangerous = path.rpartition("/")[2], catalogue.sort(path), _dangerous(path)
    said = msg("The wildcard also matches spaces, slashes and options: {text:code}", text=arguments)
    yield Hazard("WILDCARD_ARGS", "critical" if dangerous else "high", said, dangerous)
    words = arguments.split()
    if sort == "PERM_CHANGE" or (sort and (wildcard(words[0]) or words[-1] == "*")):
        yield Hazard(sort, "critical", free(sort, program), True)
    rewritten = msg("sudo-rs takes no wildcards in arguments.")
    yield Hazard("SUDO_RS_INCOMPATIBLE", "medium", rewritten)


def _expression(path: str, pattern: str, host: Host) -> Iterator[Hazard]:
    if not _compiles(pattern):
        said = msg(
            "The expression is not valid and never matches; visudo may not say so: {text:code}", text=pattern
        )
        yield Hazard("REGEX_INVALID", "medium", said)
        return
    yield Hazard("REGEX_NEEDS_1_9_10", "info", msg("Regular expressions need sudo 1.9.10; sudo-rs has none."))
    samples = _samples(pattern)
    if _LOOSE.search(_bare(pattern)) or not samples or _split(pattern):
        said = msg("The expression lets through more than it seems to: {text:code}", text=pattern)
        yield Hazard("REGEX_UNSAFE", "high", said, _dangerous(path))
        return
    seen: dict[str, Hazard] = {}
    for sample in samples:
        for hazard in programs.judge(path, sample.split(), host):
            seen.setdefault(hazard.id, hazard)
    yield from seen.values()


def _compiles(pattern: str) -> bool:
    try:
        re.compile(re.sub(r"\[:\w+:\]", "a", pattern.replace("^(?i)", "^", 1)))
    except re.error:
        return False
    return True


def _bare(pattern: str) -> str:
    return pattern.strip("^$").removeprefix("(?i)")


def _split(pattern: str) -> bool:
    """Whether it has alternatives that are not in brackets: each then lacks one of the ends."""
    text, before = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", pattern), ""
    while text != before:
        text, before = re.sub(r"\([^()]*\)", "", text), text
    return "|" in text


def _samples(pattern: str) -> list[str]:
    """Texts that a simple expression matches: every alternative, of sets their first; none if it is not simple."""
    texts = [pattern[1:-1].removeprefix("(?i)")]
    while match := next(filter(None, map(_GROUP.search, texts)), None):
        chosen = [*match[1].split("|"), *([""] if match[2] else [])]
        texts = [text.replace(match[0], choice, 1) for text in texts for choice in chosen]
        if len(texts) > 200:
            return []
    found = []
    for text in (one for each in texts for one in each.split("|")):
        named = re.sub(r"\[:(\w+):\]", lambda m: {"digit": "0", "upper": "A"}.get(m[1], "a"), text)
        plain = re.sub(r"\[\^?(\\?.)[^\]]*\][+*]?(?:\{[^}]*\})?", lambda m: m[1], named)
        plain = re.sub(r"\\(.)", r"\1", re.sub(r"(?<=[\w)])[+?]", "", plain))
        found.append(plain)
    return found if all(regex(pattern, one) for one in found) else []


def _any_program(grant: Grant, host: Host) -> Iterator[Hazard]:
    if not _compiles(grant.command):
        said = msg(
            "The expression is not valid and never matches; visudo may not say so: {text:code}",
            text=grant.command,
        )
        yield Hazard("REGEX_INVALID", "medium", said)
        return
    yield Hazard("REGEX_NEEDS_1_9_10", "info", msg("Regular expressions need sudo 1.9.10; sudo-rs has none."))
    samples = _samples(grant.command)
    loose = (
        bool(_LOOSE.search(_bare(grant.command)))
        or _split(grant.command)
        or not samples
        or bool(re.search(r"\][+*]", grant.command))
    )
    if loose:
        said = msg("The expression lets through more than it seems to: {text:code}", text=grant.command)
        yield Hazard("REGEX_UNSAFE", "critical", said, True)
        return
    for sample in samples:
        yield from hazards(grant._replace(command=sample), host)


def _sudoedit(grant: Grant, host: Host) -> Iterator[Hazard]:
    if grant.arguments is None:
        yield Hazard(
            "NO_ARGS",
            "critical",
            msg("{program:code} may be called with any arguments.", program="sudoedit"),
            True,
        )
        return
    if grant.arguments.startswith("^"):
        yield from _expression("sudoedit", grant.arguments, host)
        return
    paths = unescaped(grant.arguments).split()
    if wildcard(grant.arguments):
        followed = grant.follow and any(
            host.above(path) or host.tree(path.rpartition("/")[0]) for path in paths
        )
        serious = any(sensitive(path) for path in paths) or followed
        said = msg("The wildcard stands for every file in the folder: {text:code}", text=grant.arguments)
        yield Hazard("WILDCARD_ARGS", "critical" if serious else "high", said, serious)
        return
    for path in paths:
        if sensitive(path) and path not in _HOST_FILES:
            said = msg("What root reads there may run commands: {path:code}", path=path)
            yield Hazard("SUDOEDIT_CRITICAL_PATH", "high", said, True)
        elif risk := host.above(path):
            # By itself sudoedit follows no link, and edits nothing in folders of the account.
            yield replaceable(risk)._replace(id="SUDOEDIT_CRITICAL_PATH", severity="high", root=grant.follow)


def _noexec(path: str) -> Iterator[Hazard]:
    if catalogue.name(path) in ("service", "invoke-rc.d", "apachectl", "apache2ctl") or path.startswith(_OWN):
        said = msg(
            "{program:code} is a script and starts other programs, which {tag:code} forbids.",
            program=path,
            tag="NOEXEC",
        )
        yield Hazard("NOEXEC_BREAKS", "medium", said)
    yield Hazard("SUDO_RS_INCOMPATIBLE", "medium", msg("sudo-rs does not know {tag:code}.", tag="NOEXEC"))
