"""What a program does with fixed arguments when root runs it for somebody. Pure.

Each judge gets the words behind the program and what is known of the host; what it cannot tell counts against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import takewhile

from checks.knowledge.sudo import admin, catalogue, containers, environment, permissions, services, transfers
from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import operands, paths, relative, writable_input, writable_target
from checks.knowledge.sudo.host import Host, secret
from checks.model import msg

Judge = Callable[[str, list[str], Host], Iterator[Hazard]]


def judge(path: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """What is dangerous about `path` with exactly `words`."""
    name = catalogue.name(path)
    sort = catalogue.sort(path)
    known = _JUDGES.get(name) or _JUDGES.get(sort or "")
    if known:
        yield from known(name, words, host)
    elif name not in catalogue.HARMLESS:
        if not path.startswith(_OWN) and name not in catalogue.FIXED and not path.startswith("/etc/init.d/"):
            said = msg("Nothing is known of {program:code}: it may start a shell, or run what the folder of the caller "
                       "holds.", program=name)  # fmt: skip
            yield Hazard("SHELL_ESCAPE", "critical", said, True)
        yield from _named(name, words, host, own=path.startswith(_OWN[:3]))


_OWN = ("/usr/local/", "/opt/", "/srv/", "/var/", "/home/")
"""Where the programs of a team lie: what they do is theirs to know, as long as they are nobody else's."""
_CONFIG = re.compile(r"-[cf]|--?(?:config|conf|file|script|rc|rcfile|plugin|hook|include|exec)\b")


def runs(argv: list[str], host: Host) -> Iterator[Hazard]:
    """What is dangerous about a command that another one starts."""
    if argv[0].startswith("/") and (risk := host.control(argv[0])):
        yield writable_target(risk)
    yield from judge(argv[0], argv[1:], host)


def _named(name: str, words: list[str], host: Host, own: bool) -> Iterator[Hazard]:
    for path in paths(words) if not own else ():
        if secret(path) and not path.startswith("/dev/"):
            said = msg("{program:code} reads {path:code}.", program=name, path=path)
            yield Hazard("FILE_READ", "critical", said, True)
    for at, word in enumerate(words):
        for path in paths([word]):
            obeyed = not own or _CONFIG.match(word if word[0] == "-" else words[at - 1] if at else "")
            if risk := host.control(path):
                yield writable_input(name, risk, "critical" if obeyed else "medium", root=bool(obeyed))
    for word in words:
        if "/" in word and not word.startswith(("/", "-")) and "://" not in word:
            yield relative(word, "medium", root=False)


def _always(sort: str) -> Judge:
    def always(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
        yield Hazard(sort, "critical", free(sort, name), True)

    return always


def _shell(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """A script of root's may be run; whatever else is any command."""
    script = next((word for word in words if not word.startswith("-")), "")
    simple = all(re.fullmatch(r"-[eux]+", word) for word in words[: words.index(script)]) if script else False
    if not script or not simple:
        yield Hazard("SHELL", "critical", free("SHELL", name), True)
    elif not script.startswith("/"):
        yield relative(script, "critical")
    elif risk := host.control(script):
        yield writable_input(name, risk)


def _wrapper(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """What starts the command behind it is judged by that command."""
    inner = next((at for at, word in enumerate(words) if word.startswith("/")), None)
    before = words[:inner] if inner is not None else ["?"]
    plain = all(re.fullmatch(r"-?\d+[smhd]?|-[ncks]\d*|[A-Z]{3,6}|idle|best-effort", word) for word in before)
    if inner is None or not plain:
        yield Hazard("SHELL", "critical", free("SHELL", name), True)
    else:
        yield from runs(words[inner:], host)


def _interpreter(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    script = next((word for word in words if not word.startswith("-")), "")
    options = words[: words.index(script)] if script else words
    if (
        not script
        and options
        and all(word in ("-v", "-V", "--version", "-i", "-m") for word in options)
        and (
            (name.startswith("php") and "-m" in options)
            or "-V" in options
            or "--version" in options
            or "-v" in options
        )
    ):
        return
    code = any(
        re.match(r"-[a-zA-Z]*[cerEmMRdBFfiI]|--(?:eval|run|execute|import|require)", word) for word in options
    )
    if not script or code:
        yield Hazard("INTERPRETER", "critical", free("INTERPRETER", name), True)
    elif not script.startswith("/"):
        yield relative(script, "critical")
    else:
        folder = script.rpartition("/")[0]
        system = host.paths.keys().isdisjoint({folder}) and host.entry(folder) is not None
        if risk := host.control(script) or (None if system else host.tree(folder)):
            yield writable_input(name, risk)


def _editor(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    other = name == "crontab" and len(words) == 3 and words[0] == "-u" and words[1] != "root"
    if other and words[2].startswith("/"):
        return  # the commands run as that account, and not as root
    if (name == "crontab" and {"-l", "-r"} & set(words)) or (
        name == "visudo" and words and words[0].startswith("-c")
    ):
        return
    if name == "crontab" and (given := paths(words)):
        for path in given:
            if risk := host.control(path):
                yield writable_input(name, risk)
        return
    yield Hazard("EDITOR", "critical", free("EDITOR", name), True)


_HOOK = re.compile(r"--(?:pre|post|deploy|manual-auth|manual-cleanup|renew)-hook")


def _hooks(words: list[str], host: Host) -> Iterator[Hazard]:
    """What the hooks of ``certbot`` run: a fixed text, but in a shell."""
    for at, word in enumerate(words):
        if not _HOOK.match(word):
            continue
        after = [*filter(None, [word.partition("=")[2]]), *words[at + 1 :]]
        inner = after[: next((n for n, one in enumerate(after) if one.startswith("--")), len(after))]
        inner = [one.strip("\"'") for one in inner]
        program = (inner or [""])[0]
        known = program in ("systemctl", "service", "nginx") or program.startswith("/")
        if not known or re.search(r"[;&|<>$`()*?]", " ".join(inner)):
            yield Hazard("SHELL", "critical", free("SHELL", "certbot"), True)
            continue
        yield from runs([program if program.startswith("/") else f"/usr/bin/{program}", *inner[1:]], host)


def _package(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    if words and set(words) <= {"--version", "--help", "-V"}:
        return
    if (
        name == "snap"
        and words[:1]
        and words[0] in ("restart", "start", "stop", "list", "services", "changes")
    ):
        return
    plain = operands(words)[:1] in (
        ["update"],
        ["renew"],
        ["certificates"],
        ["list"],
        ["check"],
        ["show"],
        ["search"],
        ["makecache"],
    )
    mild = (
        plain
        and name in ("apt", "apt-get", "dnf", "yum", "certbot")
        and not re.search(r"(?:^|\s)(?:-o|-c|--option|--config)", " ".join(words))
    )
    read = {"certbot": "/etc/letsencrypt", "apt": "/etc/apt", "apt-get": "/etc/apt", "dpkg": "/etc/dpkg"}
    if risk := host.known(read[name]) if name in read else None:
        yield writable_input(name, risk)
    hooked = list(_hooks(words, host))
    yield from hooked
    mild = mild and not hooked
    words = words[: next((at for at, word in enumerate(words) if _HOOK.match(word)), len(words))]
    said = free("PACKAGE_MANAGER", name)
    yield (
        Hazard("PACKAGE_MANAGER", "medium", said)
        if mild
        else Hazard("PACKAGE_MANAGER", "critical", said, True)
    )
    for path in paths(words):
        if risk := host.control(path):
            yield writable_input(name, risk)


_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=")


def _env(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``env`` with variables that decide nothing, before a command with its whole path, is that command."""
    names = list(takewhile(_ASSIGNED.match, words))
    inner = words[len(names) :]
    free_to_run = any(environment.loads(one) or environment.runs(one) for one in names)
    if not names or not inner or not inner[0].startswith("/") or free_to_run:
        yield Hazard("SHELL", "critical", free("SHELL", name), True)
    else:
        yield from runs(inner, host)


def _project(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``git``, ``make`` and the like do what files in a folder tell them."""
    given = paths(words)
    if not given:
        yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)
    for path in given:
        if risk := host.above(path) or host.deep(path):
            yield writable_input(name, risk)
    if name == "git" and not set(words) & {
        "--no-pager",
        "pull",
        "fetch",
        "status",
        "clean",
        "reset",
        "checkout",
    }:
        yield Hazard("PAGER", "critical", free("PAGER", name), True)


_JUDGES: dict[str, Judge] = {
    **{sort: _always(sort) for sort in ("SHELL", "SHELL_ESCAPE", "PERM_CHANGE")},
    "INTERPRETER": _interpreter,
    "EDITOR": _editor,
    "PAGER": services.pager,
    "FILE_READ": transfers.reads,
    "FILE_WRITE": transfers.writes,
    "PACKAGE_MANAGER": _package,
    "CONTAINER": containers.container,
    "SYSTEMCTL_WIDE": services.systemctl,
    "SERVICE_WIDE": services.service,
    **dict.fromkeys(["bash", "sh", "dash", "ash", "zsh", "ksh"], _shell),
    **dict.fromkeys(["timeout", "nice", "ionice", "nohup", "setsid", "time", "stdbuf"], _wrapper),
    **dict.fromkeys(["cp", "mv", "install", "rsync", "dd", "rename"], transfers.moves),
    **dict.fromkeys(
        ["rm", "rmdir", "mkdir", "touch", "truncate", "ln", "unlink", "link", "shred"], transfers.removes
    ),
    **dict.fromkeys(
        ["tar", "bsdtar", "unzip", "zip", "cpio", "ar", "unsquashfs", "gunzip"], transfers.unpacks
    ),
    **dict.fromkeys(["wget", "curl"], transfers.fetches),
    **dict.fromkeys(["git", "make", "rake", "ant", "gradle", "mvn", "hg", "svn", "ninja", "cmake"], _project),
    **dict.fromkeys(catalogue.RUNNERS, _project),
    "env": _env,
    "logger": admin.logger,
    **dict.fromkeys(["mount", "umount"], admin.mount),
    "supervisorctl": services.supervisor,
    "logrotate": transfers.logrotate,
    "chown": permissions.chown,
    "chgrp": permissions.chown,
    "chmod": permissions.chmod,
    "setfacl": permissions.setfacl,
    "find": permissions.find,
    "ldconfig": lambda name, words, host: iter(()) if not words else transfers.files(name, words, host),
    "sysctl": admin.sysctl,
    "sed": transfers.edits,
    "du": transfers.measures,
    "getent": transfers.entries,
    "tcpdump": transfers.captures,
    "fail2ban-client": services.jails,
    "hdparm": admin.shows,
    "ip": admin.network,
    "flock": admin.lock,
    **dict.fromkeys(["mysql", "mariadb", "psql", "sqlite"], admin.database),
    **dict.fromkeys(["iptables", "ip6tables", "nft"], admin.firewall),
    **dict.fromkeys(
        ["fdisk", "parted", "losetup", "cryptsetup", "swapon", "update-alternatives"], admin.shows
    ),
    **dict.fromkeys(["modprobe", "insmod"], admin.module),
    **dict.fromkeys(["passwd", "chage", "groupadd", "userdel", "deluser"], admin.account),
    **dict.fromkeys(["su", "runuser"], admin.as_other),
    **dict.fromkeys(
        [
            "loginctl",
            "timedatectl",
            "localectl",
            "networkctl",
            "resolvectl",
            "systemd-analyze",
            "coredumpctl",
        ],
        admin.control,
    ),
}
