"""What is dangerous about the settings (Defaults) of sudoers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo import catalogue
from checks.knowledge.sudo.files import Default
from checks.knowledge.sudo.findings import Hazard
from checks.knowledge.sudo.host import Host
from checks.knowledge.sudo.rights import Grant
from checks.model import msg

_LOADER = re.compile(
    r"\*|LD_|GCONV_PATH|OPENSSL_|MALLOC_|GLIBC_|HOSTALIASES|LOCPATH|NLSPATH|BASH_FUNC|.*=\(\)"
)
_CODE = re.compile(
    r"PYTHON|PERL|RUBY|GEM_|BUNDLE|NODE_|NPM_|PHP|COMPOSER|LUA_|JAVA_|_JAVA|JDK_|CLASSPATH|BASH_ENV\Z|ENV\Z|SHELLOPTS"
    r"|BASHOPTS|PS4|IFS|PATH\Z|ZDOTDIR|GIT_|EDITOR|VISUAL|SUDO_EDITOR|PAGER|.*_PAGER|.*_EDITOR|LESS|MANPAGER|BROWSER"
    r"|SHELL\Z|HOME\Z|XDG_|TMUX|DOCKER_|KUBE|ANSIBLE_|APT_|DPKG_|SYSTEMD_|DBUS_|SSH_ASKPASS|SUDO_ASKPASS|TAR_OPTIONS"
    r"|RSYNC_|MAKE|CC\Z|AWK|MYSQL|TERMINFO|VIM"
)


def hazards(settings: list[Default], granted: list[Grant], host: Host) -> Iterator[tuple[Default, Hazard]]:
    """With the setting that it is. `granted` is what runs as root."""
    heeding = [g for g in granted if g.command == "ALL" or catalogue.name(g.command) not in catalogue.PLAIN]
    last = {
        name: [d for d in settings if d.name == name][-1:] for name in ("env_reset", "secure_path", "setenv")
    }
    for default in last["env_reset"]:
        if default.operator == "!":
            said = msg("The environment of the caller reaches the command.")
            yield default, Hazard("ENV_RESET_OFF", "critical", said, bool(granted))
    for default in last["setenv"]:
        if default.operator != "!":
            yield default, setenv(bool(granted))
    for default in last["secure_path"]:
        folders = default.value.split(":") if default.operator != "!" else ["."]
        if any(not folder.startswith("/") or host.control(folder) for folder in folders):
            said = msg("The account can decide which programs a command of root's finds by name.")
            yield default, Hazard("SECURE_PATH_OFF", "high", said, bool(heeding))
    yield from _kept(settings, bool(granted), bool(heeding))
    for default in settings:
        if default.name == "authenticate" and default.operator == "!":
            said = msg("No password is asked for, whatever the rules say.")
            yield default, Hazard("AUTH_OFF", "high", said)


def _kept(settings: list[Default], granted: bool, heeding: bool) -> Iterator[tuple[Default, Hazard]]:
    kept: dict[str, Default] = {}
    for default in settings:
        if default.name != "env_keep":
            continue
        if default.operator in ("=", "!"):
            kept = {}
        for name in default.value.split():
            if default.operator == "-=":
                kept.pop(name, None)
            else:
                kept[name] = default
    for default in dict.fromkeys(kept.values()):
        names = [name for name, by in kept.items() if by is default]
        loader = [name for name in names if _LOADER.match(name) or name == "*"]
        code = [name for name in names if _CODE.match(name)]
        if loader or code:
            said = msg(
                "The caller decides what reaches the command: {names:list}", names=tuple(loader + code)
            )
            root = granted if loader else heeding
            yield default, Hazard("ENV_KEEP", "critical" if loader else "high", said, root)


def setenv(root: bool) -> Hazard:
    """The caller may set every variable."""
    said = msg("The caller sets the environment of the command, {name:code} too.", name="LD_PRELOAD")
    return Hazard("SETENV", "critical", said, root)
