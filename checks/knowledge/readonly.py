"""The commands that only read, and with which arguments they do: a list, not a guess.

What is not on it needs the spec's own words that it may change the server. Where options can be abbreviated
or written together, the patterns allow for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

FOLDERS = ("/bin", "/usr/bin", "/sbin", "/usr/sbin")
ANY, NONE = r"[\s\S]*", r"(?!)"


class Form(NamedTuple):
    """One form of a command. ``first``: the argument (a sub-command) that must come first, after any of
    `flags`; ``must``: flags that may not be missing; ``then``: what must come right after ``first``. Of the
    rest, every argument with a dash in front matches ``options``, every other ``operands``, of which there
    are at most ``most``; none matches ``deny``."""

    first: str | None = None
    then: str | None = None
    flags: str = NONE
    must: frozenset[str] = frozenset()
    options: str = ANY
    operands: str = ANY
    most: int | None = None
    deny: str = NONE

    def fits(self, arguments: Sequence[str]) -> bool:
        """Whether `arguments` are of this form."""
        rest = list(arguments)
        if self.first is not None:
            before = []
            while rest and re.fullmatch(self.flags, rest[0]):
                before.append(rest.pop(0))
                if before[-1] == "-C" and rest:
                    rest.pop(0)
            if not rest or not re.fullmatch(self.first, rest.pop(0)) or not self.must <= set(before):
                return False
        if self.then is not None and (not rest or not re.fullmatch(self.then, rest.pop(0))):
            return False
        others = [part for part in rest if not part.startswith("-") or part == "-"]
        return (
            not any(re.fullmatch(self.deny, part) for part in rest)
            and all(re.fullmatch(self.options, part) for part in rest if part not in others)
            and all(re.fullmatch(self.operands, part) for part in others)
            and (self.most is None or len(others) <= self.most)
        )


def allowed(argv: Sequence[str]) -> bool:
    """Whether `argv` is on the list. A path counts only where the system keeps its commands."""
    folder, slash, name = argv[0].rpartition("/")
    if (slash and folder not in FOLDERS) or "\0" in "".join(argv):
        return False
    forms = next((forms for names, forms in FORMS.items() if re.fullmatch(names, name)), ())
    return any(form.fits(argv[1:]) for form in forms)


def marked(argv: Sequence[str]) -> dict[str, bool]:
    """The arguments of a ``run`` probe that say what `argv` is, where it is not on the list."""
    return {} if allowed(argv) else {"unlisted": True}


def known(command: str) -> bool:
    """Whether anything of the command called `command` is on the list."""
    return any(re.fullmatch(names, command.rpartition("/")[2]) for names in FORMS)


# Nothing shorter: `mysqld -v` and `memcached -v` start the server.
VERSION = Form("--version", options=NONE, operands=NONE)
SHORT_VERSION = Form("--version|-[vV]", options=NONE, operands=NONE)
_GIT = r"--no-optional-locks|--no-pager|-C"
_UNIT = r"--(user|no-pager|no-legend|quiet|full|all|plain|failed|value)|-[qla]"

FORMS: dict[str, tuple[Form, ...]] = {
    # Whatever their arguments, these only read.
    r"arch|basename|cat|cksum|cmp|comm|cut|df|diff|dirname|du|e?grep|expr|false|fgrep|findmnt|free|getconf"
    r"|getent|getfacl|groups|head|id|locale|ls|lsattr|lsb_release|lsblk|lscpu|md5sum|mountpoint|namei|nl|nproc"
    r"|od|pgrep|pidof|printenv|ps|pwd|readlink|realpath|sha(1|224|256|384|512)sum|stat|strings|tac|tail|test|\["
    r"|tr|true|tty|uname|uptime|wc|which|who|whoami": (Form(),),
    "composer": (Form("--version|-V", options="--no-plugins|--no-ansi|-n", operands=NONE),),
    "crontab": (Form("-l", options=NONE, operands=NONE),),
    "date": (
        Form(
            options=r"-u|--utc|-R|-I\w*|--iso-8601(=\w+)?|--rfc-3339=\w+|-[dr].+|--(date|reference)=.+",
            operands=r"\+.*",
        ),
    ),
    "dpkg": (
        Form(r"-[lsLSV]|--(list|status|listfiles|search|verify|audit|print-architecture)", options=NONE),
    ),
    "dpkg-query": (Form(r"-[WlsLS]|--(show|list|status|listfiles|search)", options=r"-f.*|--showformat=.*"),),
    "file": (Form(deny=r"-[^-]*C.*|--c.*"),),
    "find": (Form(deny=r"-(delete|exec|execdir|ok|okdir|fls|fprint0?|fprintf)"),),
    "git": (
        Form("rev-parse|rev-list|ls-files|ls-tree", flags=_GIT, options=r"--[a-z][a-z-]*(=[\w.:%/-]*)?|-\w+"),
        Form(
            "log",
            flags=_GIT,
            options=r"-\d+|-n\d*|--(oneline|all|merges|no-merges|no-decorate|no-color|reverse|first-parent)"
            r"|--(format|pretty|since|until|after|before|date|decorate|max-count|author|grep)=.*",
        ),
        Form(
            "status|describe",
            flags=_GIT,
            must=frozenset({"--no-optional-locks"}),
            options=r"--(porcelain|untracked-files|ignored|tags|all|abbrev|match|exclude|dirty|candidates)(=.*)?"
            r"|--(short|branch|always|long|exact-match|first-parent)|-[sbz]|-u\w*",
        ),
        VERSION,
    ),
    "gzip": (Form("-t|-l|-tv|-lv|--test|--list", options="-[qv]"),),
    "hostname": (
        Form(options=r"-[fsiIAd]|--(fqdn|long|short|ip-address|all-ip-addresses|domain)", operands=NONE),
    ),
    "hostnamectl|localectl|timedatectl": (
        Form("status|show", options=r"--(no-pager|all|value|property=\w+)"),
    ),
    "ip": (
        Form(
            "a|addr|address|l|link|r|route|rule|neigh",
            flags=r"-(4|6|o|j|s|d|br|brief|oneline|json|stats|details)",
            options=NONE,
            operands=r"show|list|dev|default|up|[\w.@:-]+",
            deny=r"a|add|append|del|delete|change|replace|set|flush|save|restore|exec|get|test",
        ),
    ),
    "journalctl": (
        Form(
            options=r"--(no-pager|quiet|utc|no-hostname|reverse|catalog|boot|dmesg|all|user|system)"
            r"|--(unit|since|until|priority|lines|output|grep|identifier|boot|user-unit)=.*|-[uSUpnogtbkqxra]\w*",
        ),
    ),
    "jq": (Form(),),
    "nginx|apache2|httpd|apachectl|apache2ctl": (SHORT_VERSION,),
    "openssl": (
        Form("version", options="-[a-z]"),
        Form(
            "x509",
            options=r"-(in|noout|text|subject|issuer|dates|startdate|enddate|serial|fingerprint|sha256|checkend|ext|nameopt|inform)",
        ),
    ),
    r"php(\d(\.\d+)?)?": (
        Form("--version|-[vmi]|--ini|--modules|--info", options=NONE, operands=NONE),
        Form("--ri|--rz", options=NONE, most=1),
        Form("-l|--syntax-check", options=NONE, most=1),
    ),
    r"php-fpm(\d(\.\d+)?)?": (SHORT_VERSION, Form("-[mi]", options=NONE, operands=NONE)),
    "rpm": (Form(r"-q[ailcdR]*|-V", options=NONE),),
    "sed": (Form("-n|-nE|-En|-nr", then=r"(\d+|\$)(,(\d+|\$))?p|/[^/\\\n]*/p", options=NONE),),
    "service": (Form(r"[\w@.][\w@.-]*", then="status", options=NONE, most=0),),
    "sort": (Form(deny=r"-[^-]*[oT].*|--(o|t|co).*"),),
    "ss": (Form(deny=r"-[^-]*[KDNF].*|--(k|d|n|f).*"),),
    "swapon": (Form("--show|-s|--summary", options=r"--(bytes|noheadings|raw)", operands=NONE),),
    "sysctl": (Form(options=r"-[ane]+|--(values|all|names|ignore)", operands=r"[\w./*-]+"),),
    "systemctl": (
        Form(
            "cat|get-default|is-active|is-enabled|is-failed|is-system-running|list-dependencies|list-sockets"
            "|list-timers|list-unit-files|list-units|show|status|--version",
            flags=_UNIT,
            options=_UNIT + r"|--(property|state|type|lines|output)(=[\w,.-]*)?|-[ptno]\w*",
        ),
    ),
    "tar": (Form(r"-?[tvzjJ]*t[vzjJ]*f", options=r"-v|--exclude=.*", operands=r"[^:]*"),),
    "uniq": (Form(most=1, deny="--"),),
    "unzip": (Form("-l|-t|-v|-Z", options=NONE),),
    "docker|node|nodejs|perl|podman|ruby": (SHORT_VERSION,),
    "certbot|convert|curl|mariadb|mariadbd|memcached|mysql|mysqld|postgres|psql|python3?|redis-cli|redis-server"
    "|rsync|supervisord|wget": (VERSION,),
}
