"""Where programs lie that a call names without their path. Pure."""

from __future__ import annotations

from checks.knowledge.sudo.needs import Need
from checks.knowledge.sudo.rights import Grant
from checks.knowledge.wildcards import wildcard

_DEBIAN = {
    "/usr/bin": "systemctl journalctl chown chmod chgrp mkdir rm ln cp mv cat tail head tee touch ls id kill pkill killall"
    " php find tar rsync git install apt-get apt dpkg docker supervisorctl certbot setfacl sed grep crontab test true"
    " whoami env bash sh python3 mysql mysqldump psql redis-cli",
    "/usr/sbin": "service nginx apache2ctl a2ensite a2dissite a2enmod logrotate iptables ufw usermod useradd visudo"
    " reboot shutdown sysctl modprobe fdisk runuser ip",
}
_OF = {name: folder for folder, names in _DEBIAN.items() for name in names.split()}


def placed(need: Need, grants: list[Grant]) -> tuple[Need, bool]:
    """`need` with the whole path of its program: the one that a rule names, else where Debian puts it; and whether it
    is only taken to be there."""
    name, *rest = need.argv
    if "/" in name or name == "sudoedit":
        return need, False
    paths = [g.command for g in grants if g.command.rpartition("/")[2] == name and not wildcard(g.command)]
    named = [path for path in paths if path.startswith("/") and path.rpartition("/")[0] in need.folders]
    if named:
        return need._replace(argv=(named[-1], *rest)), False
    folder = _OF.get(name)
    if folder is None or folder not in need.folders:
        return need, False
    return need._replace(argv=(f"{folder}/{name}", *rest)), True
