"""What runs on a host: services."""

from __future__ import annotations

from docgen.adopt.candidate import Candidate, Part

UNITS = {
    "Web server": ("nginx", "apache2", "httpd", "caddy", "haproxy"),
    "PHP": (
        "php-fpm",
        *(f"php{version}-fpm" for version in ("7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5")),
    ),
    "Database": ("mariadb", "mysql", "postgresql", "redis-server", "redis", "memcached"),
    "Background work": ("supervisor", "supervisord", "cron", "crond"),
    "Access": ("ssh", "sshd", "fail2ban"),
}


def services() -> list[Part]:
    """The components for services: which of the usual ones run."""
    return [
        Part(name, tuple(Candidate("service", ({"unit": unit, "enabled": True}, unit)) for unit in units))
        for name, units in UNITS.items()
    ]
