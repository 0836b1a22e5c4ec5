"""Programs that read, write, copy or remove files, with fixed arguments, run by root. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import hands_over, operands, paths, relative, replaceable, writable_input
from checks.knowledge.sudo.host import Host, holds_secrets, secret, sensitive
from checks.model import msg


def files(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """Every path is one that must not be replaced."""
    for path in paths(words):
        if sensitive(path) or host.above(path):
            yield from hands_over(name, path, host)


def measures(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``du`` shows no content, except of a list of names."""
    if any(re.match(r"--files0-f|--exclude-f|-[a-zA-Z]*X", word) for word in words):
        yield Hazard("FILE_READ", "critical", free("FILE_READ", name), True)


def entries(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``getent``, which knows the hashes of passwords."""
    if set(words) & {"shadow", "gshadow"}:
        yield Hazard("FILE_READ", "critical", free("FILE_READ", name), True)


def captures(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``tcpdump`` starts a program of its choice for each file (-z)."""
    if not words or any(re.match(r"-[a-zA-Z#]*z|--postrotate", word) for word in words):
        yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)
    yield from files(name, words, host)


def edits(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``sed`` with a fixed script: the caller decides nothing in it, unless a file of the caller's is read or written."""
    script = re.search(r"(?:^|\s)(?:-f|--file)", " ".join(words))
    in_place = any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in words)
    given = paths(words)
    if not given or any(re.match(r"-[a-zA-Z]*\Z|--", w) is None and w[:1] == "." for w in words):
        yield relative(" ".join([name, *words]), "critical")
    for path in given:
        if in_place and sensitive(path) and secret(path):
            yield Hazard("FILE_WRITE", "critical", free("FILE_WRITE", name), True)
        elif not in_place and secret(path):
            said = msg("{program:code} reads {path:code}.", program=name, path=path)
            yield Hazard("FILE_READ", "critical", said, True)
        elif risk := host.control(path) if script else host.above(path):
            yield writable_input(name, risk) if script else replaceable(risk)
        else:
            said = msg("{program:code} writes {path:code}.", program=name, path=path)
            yield Hazard("FILE_WRITE" if in_place else "FILE_READ", "low", said)


def reads(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    given = operands(words)
    if name in ("grep", "egrep", "fgrep", "jq", "yq") and given:
        given = given[1:]
    if name == "date":
        given = list(paths(words))
    given = [w for w in given if not re.fullmatch(r"\+?\d+[kKMGc]?", w)]
    written = r"-out\Z|-writerand" if name == "openssl" else r"-[^-]*[or]|--output"
    if name in ("sort", "openssl", "gzip", "xz", "bzip2", "xxd") and any(re.match(written, w) for w in words):
        yield from files(name, words, host)
    if name in ("arp", "debugfs") and ("-batch" in words or "-b" in words or "-f" in words):
        yield Hazard("FILE_READ", "critical", free("FILE_READ", name), True)
    deep = any(re.match(r"-[a-zA-Z]*[rR]|--(?:dereference-)?recursive", w) for w in words) or name == "rgrep"
    for path in [*given, *(p for p in paths(words) if p not in given)]:
        if not path.startswith("/"):
            if name not in ("ip", "ss", "openssl", "file"):
                yield relative(path, "critical")
        elif secret(path) or (deep and holds_secrets(path)):
            yield Hazard(
                "FILE_READ",
                "critical",
                msg("{program:code} reads {path:code}.", program=name, path=path),
                True,
            )
        elif risk := host.above(path):
            yield replaceable(risk)
        else:
            yield Hazard(
                "FILE_READ", "low", msg("{program:code} reads {path:code}.", program=name, path=path)
            )


def writes(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """The content comes from the caller."""
    for path in operands(words):
        if not path.startswith("/"):
            yield relative(path, "critical")
        else:
            yield from hands_over(name, path, host)


def moves(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``cp``, ``mv``, ``install``, ``rsync``, ``dd``: from what the account decides to what the system relies on."""
    given = operands(words)
    if name == "dd":
        given = [re.sub(r"\A(?:if|of)=", "", word) for word in words if re.match(r"(?:if|of)=", word)]
        for word in words:
            if word.startswith("if=") and not any(one.startswith("of=") for one in words):
                yield from reads(name, [word[3:]], host)
        if not any(word.startswith("if=") for word in words):
            yield from (h for p in given for h in hands_over(name, p, host))
            return
    into = [word.partition("=")[2] for word in words if word.startswith("--target-directory=")]
    if name == "install" and any(re.match(r"-[a-zA-Z]*d\Z|--directory", word) for word in words):
        for path in paths(words):
            if sensitive(path):
                yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
            elif risk := host.above(path):
                yield replaceable(risk)
        return
    if name == "install":
        given = [w for w in given if w.startswith("/") or "/" in w]
        if re.search(r"(?:^|\s)-(?:m|-mode)[= ]?0?[4267][0-7]{3}", " ".join(words)):
            yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
    if name in ("rsync",) and any(re.match(r"-e|--rsh|--rsync-path", word) for word in words):
        yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)
    for word in given:
        if not word.startswith("/"):
            yield relative(word, "critical")
    sources, target = (given[:-1], given[-1:]) if not into else (given, into)
    for source in sources:
        if source.startswith("/") and secret(source):
            yield Hazard(
                "FILE_READ",
                "critical",
                msg("{program:code} reads {path:code}.", program=name, path=source),
                True,
            )
    for path in target:
        if path.startswith("/"):
            yield from _lands(name, [s for s in sources if s.startswith("/")], path, host)


def _lands(name: str, sources: list[str], target: str, host: Host) -> Iterator[Hazard]:
    risks = [risk for risk in (host.control(source) for source in sources) if risk]
    if above := host.above(target):
        yield replaceable(above)
    elif risk := None if sensitive(target) else host.tree(target):
        yield replaceable(risk)
    if risks and sensitive(target):
        yield writable_input(name, risks[0])


def removes(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """A name fixed in advance: what can be gained is less than root, and still not meant."""
    given = operands(words)
    # From one place of root's to another, as with sites-available and sites-enabled.
    own = name == "ln" and len(given) == 2 and all(map(sensitive, given)) and not secret(given[0])
    own = own and host.control(given[0]) is None
    for path in given:
        if not path.startswith("/"):
            yield relative(path, "medium", root=False)
        elif sensitive(path) and not path.startswith("/opt/"):
            root = name in ("ln", "mkdir", "touch", "link") and not own
            yield Hazard("FILE_WRITE", "high", free("FILE_WRITE", name), root)
        elif risk := host.above(path):
            yield replaceable(risk)._replace(severity="high", root=False)


def unpacks(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    text = " ".join(words)
    if re.search(
        r"--(?:to-command|checkpoint-action|use-compress-program|rsh-command|unzip-command|info-script|new-volume-script)|(?:^|\s)-(?:I|TT|F\s)",
        text,
    ):
        yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)
    creates = bool(re.match(r"-?-?[A-Za-z]*c|--create", words[0])) if words else False
    if name == "zip":
        creates = True
    given = paths(words)
    listed = bool(re.match(r"-?-?[A-Za-z]*t|--list", words[0])) if words else False
    piped = "-" in words or any(word in ("-xf-", "--file=-") for word in words) or not _archive(name, words)
    if not given or (piped and not creates and not listed):
        yield relative(text or name, "critical")
    for at, path in enumerate(given):
        if creates and at:
            if secret(path) or holds_secrets(path):
                yield Hazard(
                    "FILE_READ",
                    "critical",
                    msg("{program:code} reads {path:code}.", program=name, path=path),
                    True,
                )
        elif risk := host.control(path) if not creates else host.above(path):
            yield replaceable(risk) if creates else writable_input(name, risk)


def _archive(name: str, words: list[str]) -> bool:
    """Whether an archive is named at all; else it is read from what the caller sends."""
    if name == "cpio":
        return any(re.match(r"-[a-zA-Z]*[IF]|--file=", word) for word in words)
    return name not in ("tar", "bsdtar") or any(re.match(r"-?[A-Za-z]*f|--file", word) for word in words)


def fetches(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    if any(re.match(r"-K|--config|--use-askpass|-i\b|--input-file|file:", word) for word in words):
        yield Hazard("FILE_READ", "critical", free("FILE_READ", name), True)
    for path in paths(words):
        yield from hands_over(name, path, host)


def logrotate(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    given = paths(words)
    if not given:
        yield relative(" ".join([name, *words]), "critical")
    for path in given:
        included = host.known("/etc/logrotate.d") if path == "/etc/logrotate.conf" else None
        if risk := host.control(path) or included:
            yield writable_input(name, risk)
