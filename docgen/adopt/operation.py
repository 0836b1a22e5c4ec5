"""What runs on a host, and what it stands on: services, packages, ports, disks."""

from __future__ import annotations

import re

from docgen.adopt.candidate import Candidate, Declared, Facts, Part

UNITS = {
    "Web server": ("nginx", "apache2", "httpd", "caddy", "haproxy"),
    "PHP": (
        "php-fpm",
        *(f"php{version}-fpm" for version in ("7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5")),
    ),
    "Database": ("mariadb", "mysql", "postgresql", "redis-server", "redis", "memcached"),
    "Background work": ("supervisor", "supervisord", "cron", "crond"),
    "Access": ("ssh", "sshd", "fail2ban", "unattended-upgrades"),
}
PACKAGES = (
    "nginx", "apache2", "mariadb-server", "mysql-server", "postgresql", "redis-server", "supervisor", "cron",
    "composer", "git", "rsync", "unzip", "certbot", "fail2ban", "unattended-upgrades", "logrotate",
    *(f"php{version}-{part}" for version in ("8.1", "8.2", "8.3", "8.4", "8.5") for part in ("cli", "fpm")),
)  # fmt: skip
PUBLIC = (80, 443)
PRIVATE = (3306, 5432, 6379, 9000, 9200, 11211, 27017)
USED = ("80%", "85%", "90%", "95%")


def parts(ssh_port: int, root: str | None) -> list[Part]:
    """The components to propose: which of the usual things are there."""
    found = []
    for name, units in UNITS.items():
        services = tuple(Candidate("service", ({"unit": unit, "enabled": True}, unit)) for unit in units)
        first = (Candidate("php", ("8.0",), _release),) if name == "PHP" else ()
        found.append(Part(name, (*first, *services)))
    found.append(Part("Packages", tuple(Candidate("package", (name,)) for name in PACKAGES)))
    public = [Candidate("port", ({"port": port, "listens": "any"},)) for port in (ssh_port, *PUBLIC)]
    private = [Candidate("port", ({"port": port, "listens": "loopback"},), _used, True) for port in PRIVATE]
    found.append(Part("Ports", (*public, *private)))
    disks = [Candidate("disk", tuple({"path": "/", "max-used": limit} for limit in USED), expected=True)]
    if root:
        own: tuple[Declared, ...] = tuple({"path": root, "max-used": limit} for limit in USED)
        disks.append(Candidate("disk", own, _own_file_system, True))
    return [*found, Part("Disk space", tuple(disks))]


def _used(form: Declared, facts: Facts) -> list[Declared]:
    """Nothing to say of a port at which nothing listens."""
    seen = facts["listeners"].value
    return [] if seen and not seen["addresses"] else [form]


def _own_file_system(form: Declared, facts: Facts) -> list[Declared]:
    assert isinstance(form, dict)
    seen = facts["df"].value
    if not seen or seen["mounted_on"] == "/":
        return []
    return [{**form, "max-used": limit} for limit in USED]


def _release(form: Declared, facts: Facts) -> list[Declared]:
    """The version that answered, without its last part."""
    seen = facts["version"].value
    match = re.search(r"(?m)^PHP (\d+\.\d+)\.", seen["stdout"]) if seen else None
    return [match[1]] if match else []
