"""Variables that sudo passes on, and those that decide what a program runs. Pure."""

from __future__ import annotations

import re

from checks.knowledge.sudo.files import Default
from checks.knowledge.wildcards import glob

LOADER = re.compile(
    r"\*|LD_|GCONV_PATH|OPENSSL_|MALLOC_|GLIBC_|HOSTALIASES|LOCPATH|NLSPATH|BASH_FUNC|.*=\(\)"
)
"""What every program heeds."""
CODE = re.compile(
    r"PYTHON|PERL|RUBY|GEM_|BUNDLE|NODE_|NPM_|PHP|COMPOSER|LUA_|JAVA_|_JAVA|JDK_|CLASSPATH|BASH_ENV\Z|ENV\Z|SHELLOPTS"
    r"|BASHOPTS|PS4|IFS|PATH\Z|ZDOTDIR|GIT_|EDITOR|VISUAL|SUDO_EDITOR|PAGER|.*_PAGER|.*_EDITOR|LESS|MANPAGER|BROWSER"
    r"|SHELL\Z|HOME\Z|XDG_|TMUX|DOCKER_|KUBE|ANSIBLE_|APT_|DPKG_|SYSTEMD_|DBUS_|SSH_ASKPASS|SUDO_ASKPASS|TAR_OPTIONS"
    r"|RSYNC_|MAKE|CC\Z|AWK|MYSQL|TERMINFO|VIM"
)
"""What programs heed that run code by name."""
_LOADERS = ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT")
_RUNS = ("PYTHONPATH", "PERL5LIB", "PERL5OPT", "RUBYOPT", "BASH_ENV", "ENV", "NODE_OPTIONS", "PHPRC", "EDITOR", "PAGER",
         "HOME", "GIT_SSH_COMMAND", "SHELLOPTS", "JAVA_TOOL_OPTIONS", "LESSOPEN", "DOCKER_HOST", "TAR_OPTIONS")  # fmt: skip


def loads(pattern: str) -> bool:
    """Whether a name or pattern of ``env_keep`` lets through what every program heeds."""
    return bool(LOADER.match(pattern)) or _stands_for(pattern, _LOADERS)


def runs(pattern: str) -> bool:
    """Whether it lets through what programs heed that run code by name."""
    return bool(CODE.match(pattern)) or _stands_for(pattern, _RUNS)


def _stands_for(pattern: str, names: tuple[str, ...]) -> bool:
    return "*" in pattern and any(glob(pattern.partition("=")[0], False).fullmatch(name) for name in names)


DELETED = re.compile(
    r"IFS\Z|CDPATH\Z|LOCALDOMAIN\Z|RES_OPTIONS\Z|HOSTALIASES\Z|NLSPATH\Z|PATH_LOCALE\Z|LD_|_RLD|TERMINFO|TERMPATH\Z"
    r"|TERMCAP\Z|ENV\Z|BASH_ENV\Z|PS4\Z|GLOBIGNORE\Z|BASHOPTS\Z|SHELLOPTS\Z|JAVA_TOOL_OPTIONS\Z|PERL|FPATH\Z|NULLCMD\Z"
    r"|READNULLCMD\Z|ZDOTDIR\Z|TMPPREFIX\Z|PYTHON|RUBYLIB\Z|RUBYOPT\Z"
)
"""What even ``!env_reset`` does not pass on."""
_NORMALLY = (
    "COLORS DISPLAY DPKG_COLORS HOSTNAME KRB5CCNAME LS_COLORS PATH PS1 PS2 XAUTHORITY XAUTHORIZATION"
    " XDG_CURRENT_DESKTOP COLORTERM LANG LANGUAGE LC_* LINGUAS TERM TZ"
)


def kept(settings: list[Default]) -> set[str]:
    """The patterns of names that may be set by the caller."""
    found = set(_NORMALLY.split())
    for default in settings:
        if default.name in ("env_keep", "env_check"):
            names = {one.partition("=")[0] for one in default.value.split()}
            if default.operator == "-=":
                found -= names
            elif default.operator == "+=":
                found |= names
            else:
                found = names if default.operator == "=" else set()
    return found
