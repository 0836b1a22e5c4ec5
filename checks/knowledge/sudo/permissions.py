"""``chown``, ``chmod``, ``setfacl`` and ``find`` with fixed arguments, run by root. Pure.

A tree in which the account writes may change while root walks it. ``chown -R`` does not follow the links in it;
``chmod`` has no way not to. Only ``chown --from`` is safe wherever it is sent: it changes nothing of root's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import relative, replaceable, trailing_slash
from checks.knowledge.sudo.host import Host, secret, sensitive
from checks.model import msg

_ROOTS = re.compile(r"(?:root|\+?0)(?::(?:root|\+?0)?)?|:(?:root|\+?0)")


def _mild(hazard: Hazard) -> Hazard:
    """Of what gives nothing away."""
    return hazard._replace(severity="medium", root=False)


def _closes(mode: str, path: str) -> bool:
    """Whether `mode` lets nobody but the owner write `path`, nor read it if it is secret."""
    if re.fullmatch(r"[ugoa]*-[rwxXst]+(?:,[ugoa]*-[rwxXst]+)*", mode):
        return True
    if not re.fullmatch(r"0?[0-7]{3}", mode):
        return False
    return not int(mode, 8) & (0o066 if secret(path) else 0o022)


def _flags(words: list[str]) -> str:
    """The short options, as one text; long ones as theirs."""
    long = {"--recursive": "R", "--no-dereference": "h", "--dereference": "d"}
    short = "".join(word[1:] for word in words if re.fullmatch(r"-[A-Za-z]+", word))
    return short + "".join(long.get(word, "") for word in words)


def _parts(words: list[str]) -> tuple[str, list[str]]:
    """The first operand, and the rest."""
    plain = [word for word in words if word == "" or word[0] != "-" or re.fullmatch(r"-[rwxXst]+", word)]
    return (plain[0], plain[1:]) if plain else ("", [])


def chown(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """And ``chgrp``."""
    flags = _flags(words)
    owner, paths = _parts(words)
    if any(word.startswith("--reference") for word in words):
        owner, paths = "?", [w for w in words if w[:1] != "-"]
    everything = Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
    if not paths:
        yield everything
        return
    yield from (trailing_slash(path) for path in paths if len(path) > 1 and path.endswith("/"))
    source = next((word.partition("=")[2] for word in words if word.startswith("--from=")), "").partition(
        ":"
    )[0]
    if source and source not in ("root", "0", "+0"):
        if name == "chown" and re.match(r"(?:root|\+?0)(?:[:.]|\Z)", owner):
            yield Hazard("PERM_CHANGE", "medium", free("PERM_CHANGE", name))
        return
    if set(flags) & set("dLH"):
        yield everything
    for path in paths:
        if not path.startswith("/"):
            yield relative(path, "critical")
        elif sensitive(path.rstrip("/") or "/"):
            yield _mild(everything) if _ROOTS.fullmatch(owner) and "R" not in flags else everything
        elif risk := host.above(path):
            yield replaceable(risk)
        elif "R" in flags:
            yield from _tree(path, host)


def _tree(path: str, host: Host) -> Iterator[Hazard]:
    yield Hazard(
        "CHOWN_TREE",
        "medium",
        msg("Root changes owners in a tree that the account writes: {path:code}", path=path),
    )
    if host.hardlinks() and host.deep(path):
        said = msg(
            "The account can put hard links to files of root into {path:code}, which are then handed over: "
            "{setting:code} is not 1, or not known.",
            path=path,
            setting="fs.protected_hardlinks",
        )
        yield Hazard("PERM_CHANGE", "critical", said, True)


def chmod(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    flags = _flags([word for word in words if not re.fullmatch(r"-[rwxXst]+", word)])
    mode, paths = _parts(words)
    everything = Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
    if not paths:
        yield everything
        return
    yield from (trailing_slash(path) for path in paths if len(path) > 1 and path.endswith("/"))
    privileged = re.fullmatch(r"0?[4567][0-7]{3}", mode) or re.search(r"(?:^|[,ua])[ugoa]*[+=][rwxX]*s", mode)
    if privileged and "R" not in flags and re.fullmatch(r"0?2[0-7]{3}|g[+=]\w*", mode) is None:
        yield everything
    for path in paths:
        if not path.startswith("/"):
            yield relative(path, "critical")
        elif sensitive(path.rstrip("/") or "/"):
            yield _mild(everything) if _closes(mode, path) and "R" not in flags else everything
        elif "R" in flags:
            if risk := host.above(path):
                yield replaceable(risk)
            if host.above(path) or host.deep(path):
                yield race(path)
        elif risk := host.above(path):
            yield replaceable(risk)


def race(path: str) -> Hazard:
    said = msg(
        "While root changes modes in {path:code}, the account can put a link in the place of a file, and so change "
        "the mode of any file.",
        path=path,
    )
    return Hazard("CHMOD_TREE_RACE", "critical", said, True)


def setfacl(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    paths = [word for word in words if word.startswith("/")]
    everything = Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
    if not paths or any(re.match(r"--(?:restore|set-file|modify-file)|-M", word) for word in words):
        yield everything
    for path in paths:
        if sensitive(path.rstrip("/") or "/"):
            yield everything
        elif risk := host.above(path):
            yield replaceable(risk)
        elif "R" in _flags(words) and host.deep(path):
            yield race(path)


def find(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    from checks.knowledge.sudo.programs import runs

    roots = list(words[: next((i for i, w in enumerate(words) if w[:1] in "-(!"), len(words))])
    if not roots or any(not root.startswith("/") for root in roots):
        yield relative(" ".join(roots) or name, "critical")
    for word in words:
        if re.match(r"-f(?:print|ls)", word):
            yield Hazard("FILE_WRITE", "critical", free("FILE_WRITE", name), True)
        if word in ("-ok", "-okdir"):
            yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)
    for at, word in enumerate(words):
        if word not in ("-exec", "-execdir"):
            continue
        inner = [w for w in words[at + 1 :] if w not in (";", "\\;", "+", "{}")]
        program = inner[0].rpartition("/")[2] if inner else ""
        owned = "-user" in words[:at] and words[words.index("-user") + 1] not in ("root", "0")
        if program == "chown" and "-h" in inner and owned:
            continue
        if program in ("chmod", "chown", "chgrp", "setfacl"):
            yield from (race(root) for root in roots if host.above(root) or host.deep(root))
        elif program in ("rm", "ls", "stat", "touch"):
            yield from (
                replaceable(r)._replace(severity="high", root=False) for r in map(host.above, roots) if r
            )
        elif program:
            yield from runs([*inner, *roots], host)
