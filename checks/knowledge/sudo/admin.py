"""Programs that administer the system, with fixed arguments, run by root. Pure.

Most of them show something, or change one thing that makes nobody root; what is not known to be so counts against.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import operands, paths, relative, writable_input
from checks.knowledge.sudo.host import Host
from checks.knowledge.sudo.transfers import reads
from checks.model import msg

_MODULE = re.compile(r"[A-Za-z0-9_-]+")
_TUNED = re.compile(r"(?:vm\.(?!mmap_min_addr)|net\.|fs\.(?:file-max|inotify\.|aio-))[\w.*/-]+=[\w .]*")
_SETTING = re.compile(r"[a-z][\w.-]*")
_RULES = {"-A", "-C", "-D", "-F", "-I", "-L", "-N", "-P", "-R", "-S", "-X", "-Z", "--list", "--list-rules"}
_CALM = {
    "loginctl": "enable-linger disable-linger terminate-user terminate-session kill-user kill-session lock-session"
    " lock-sessions unlock-session activate attach flush-devices",
    "timedatectl": "set-timezone set-time set-ntp set-local-rtc show status timesync-status",
    "localectl": "set-locale set-keymap status",
    "hostnamectl": "set-hostname hostname status",
    "networkctl": "reload reconfigure up down renew",
    "resolvectl": "flush-caches reset-statistics query",
    "systemd-analyze": "verify time",
}


def _paths_of_root(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    for path in paths(words):
        if risk := host.control(path):
            yield writable_input(name, risk)


def firewall(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """Rules make nobody root; ``--modprobe`` names a program, and scripts of ``nft`` may include any file."""
    if any(word.startswith(("--modprobe", "-M", "-I/", "--includepath")) for word in words):
        yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
    elif name == "nft":
        if "-f" in words or "--file" in words:
            given = paths(words)
            yield from _paths_of_root(name, words, host)
            if not given or "/dev/stdin" in given:
                yield relative(" ".join([name, *words]), "critical")
        elif "-i" in words or not operands(words):
            yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
    elif not any(word in _RULES or re.fullmatch(r"-[nvxL]*[LS][nvx]*", word) for word in words):
        yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)


def shows(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``fdisk`` and the like, which only show with these options."""
    if not words or not set(words) & {
        "-l",
        "--list",
        "-S",
        "--status",
        "-a",
        "status",
        "print",
        "--display",
        "--show",
        "-I",
        "-i",
        "-t",
    }:
        yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)


def module(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``modprobe`` and ``insmod``: a module of the system, or a file of root's."""
    if name == "insmod" and words[:1] and words[0].startswith("/"):
        yield from _paths_of_root(name, words[:1], host)
    elif not all(word in ("-r", "-q", "-v", "-a") or _MODULE.fullmatch(word) for word in words) or not words:
        yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)


def sysctl(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    given = paths(words)
    if any(word in ("-p", "--load", "--system") or word.startswith("--load=") for word in words):
        if any(word[:1] not in "-/" for word in words):
            yield relative(" ".join(words), "critical")
        yield from _paths_of_root(name, given, host)
        return
    for word in operands(words):
        if not (_SETTING.fullmatch(word) or _TUNED.fullmatch(word)):
            yield Hazard("FILE_WRITE", "critical", free("FILE_WRITE", name), True)


def account(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``passwd``, ``chage``, ``groupadd``: what they show, or do to nobody who counts."""
    shown = {"passwd": {"-S", "--status", "-l", "--lock"}, "chage": {"-l", "--list"}}.get(name, set())
    named = [word for word in operands(words) if word != "root"]
    if set(words) & shown and (named or name == "chage" or "-S" in words or "--status" in words):
        return
    one = len(named) == len(operands(words)) == 1 and not _other_root(words)
    if one and name in ("groupadd", "userdel", "deluser"):
        return
    yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)


def _other_root(words: list[str]) -> bool:
    return any(re.match(r"-[oRP]|--(?:non-unique|root|prefix)", word) for word in words)


def network(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``ip`` runs commands in name spaces, and reads batches."""
    from checks.knowledge.sudo.programs import runs

    if any(
        re.match(r"-b(?:a(?:t(?:c(?:h)?)?)?)?\Z|-batch=|-n(?:e(?:t(?:n(?:s)?)?)?)?\Z", word) for word in words
    ):
        yield Hazard("FILE_READ", "critical", free("FILE_READ", name), True)
    elif any(word and "exec".startswith(word) and word[0] == "e" for word in operands(words)[1:2]):
        at = next((n for n, word in enumerate(words) if word.startswith("/")), None)
        if at is None:
            yield Hazard("SHELL", "critical", free("SHELL", name), True)
        else:
            yield from runs(words[at:], host)


def control(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """The relatives of ``systemctl``, which show lists in a pager."""
    verb = (operands(words) or [""])[0]
    remote = any(re.match(r"-[HM]|--(?:host|machine|root|image)", word) for word in words)
    if remote:
        wide = msg("{text:code} reaches beyond one action on one unit.", text=" ".join([name, *words]))
        yield Hazard("SYSTEMCTL_WIDE", "critical", wide, True)
    elif name == "coredumpctl" or not (verb in _CALM.get(name, "").split() or "--no-pager" in words):
        yield Hazard("PAGER", "critical", free("PAGER", name), True)
    else:
        yield from _paths_of_root(name, words, host)


def as_other(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``su`` and ``runuser``: as another account than root they give no more than that account."""
    user = ""
    for at, word in enumerate(words):
        if word in ("-u", "--user") or word.startswith("--user="):
            user = word.partition("=")[2] or "".join(words[at + 1 : at + 2])
            break
    if not user and not (name == "runuser" and "-u" in words):
        before = words[: next((n for n, w in enumerate(words) if w in ("-c", "--command")), len(words))]
        named = [word for word in before if word != "-" and not word.startswith("-")]
        valued = any(word in ("-s", "--shell", "-g", "-G", "--group", "-w") for word in before)
        user = "" if valued else (named or [""])[0]
    if not re.fullmatch(r"[a-z_][a-z0-9_-]*", user) or user == "root":
        yield Hazard("SHELL", "critical", free("SHELL", name), True)
    else:
        yield Hazard("SHELL", "medium", free("SHELL", name))


def lock(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``flock [-n] [-w N] FILE COMMAND``"""
    from checks.knowledge.sudo.programs import runs

    at = next((n for n, word in enumerate(words) if word.startswith("/")), None)
    plain = at is not None and all(re.fullmatch(r"-[nxseEw]+|\d+", word) for word in words[:at])
    if at is None or not plain or not words[at + 1 : at + 2] or not words[at + 1].startswith("/"):
        yield Hazard("SHELL", "critical", free("SHELL", name), True)
    else:
        yield from runs(words[at + 1 :], host)


def database(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """A client that waits for commands runs programs for whoever types them, or sends them."""
    fixed = any(
        re.match(r"-[a-zA-Z]*[ce]\Z|-e.|--(?:execute|command|version|list)|-[Vl]\Z", word) for word in words
    )
    if name == "sqlite":
        fixed = len(operands(words)) > 1
    if name == "psql" and any(re.match(r"-[a-zA-Z]*c\Z|--command", word) for word in words):
        # It shows what is long in a pager, unless told otherwise.
        fixed = any(re.match(r"-P\Z|--pset=pager=off|-o\Z|--output", word) for word in words)
        if not fixed:
            yield Hazard("PAGER", "critical", free("PAGER", name), True)
            return
    if not fixed:
        yield Hazard("INTERPRETER", "critical", free("INTERPRETER", name), True)
    yield from _paths_of_root(name, words, host)


def logger(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``logger`` writes what it is told into the log, unless it is told a file."""
    if any(re.match(r"--file|-[a-zA-Z]*f", word) for word in words):
        yield from reads(name, words, host)


def mount(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    if words == ["-a"] or (len(words) == 1 and words[0].startswith("/") and not host.above(words[0])):
        return
    yield Hazard("PERM_CHANGE", "critical", free("PERM_CHANGE", name), True)
