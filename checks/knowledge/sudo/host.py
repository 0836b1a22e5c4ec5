"""What is known of the host and the account that rules are judged for. What is not known counts against. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_ENTRY = re.compile(r"([^\s:]+):([^\s:]+)\s+([0-7]{3,5})")

# What base-files and the packages of Debian put there, owned by root, and that no deployment changes.
_FOLDERS = {
    "",
    *("/boot", "/dev", "/etc", "/home", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys"),
    *(
        "/snap",
        "/snap/bin",
        "/usr",
        "/var",
        "/var/backups",
        "/var/cache",
        "/var/lib",
        "/var/log",
        "/var/spool",
        "/var/www",
    ),
    *("/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib"),
}
_TREES = re.compile(
    r"/(?:bin|sbin|lib|lib32|lib64|libx32|boot|etc|root|proc|sys|dev|var/log|var/backups"
    r"|usr/(?:bin|sbin|lib|lib32|lib64|libexec|share|games|include))(?:/|\Z)"
)
_GROWING = re.compile(r"/var/(?:log|backups)(?:/|\Z)")
_SENT = re.compile(r"/dev/(?:stdin|fd|tty)(?:/|\Z)|/proc/(?:self|thread-self|\d+)/")
_SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
_SENSITIVE = re.compile(
    r"/(?:etc|usr|bin|sbin|lib|lib32|lib64|boot|root|dev|proc|sys|run/systemd|run/udev"
    r"|var/spool/cron|var/lib|opt)(?:/|\Z)|/(?:var|home|run|srv|tmp|mnt|media)?/?\Z"
)
_SECRET = re.compile(
    r"/etc/(?:g?shadow|sudoers|ssl/private|ssh/ssh_host|letsencrypt|security/opasswd)|/root(?:/|\Z)|/dev/(?!null|zero|u?random)|/proc/"
    r"|/\.ssh(?:/|\Z)|/id_(?:rsa|dsa|ecdsa|ed25519)\Z|/var/backups/(?:g?shadow|passwd)|(?<!/etc/ssl/certs)/(?!cert|chain|fullchain)[^/]*\.(?:key|pem)\Z|/\.my\.cnf\Z"
)


class Entry(NamedTuple):
    """A file or folder: its owner, its group, its mode."""

    owner: str
    group: str
    mode: int

    @classmethod
    def read(cls, text: str) -> Entry:
        """Of ``deploy:www-data 2775``. Raises ValueError."""
        match = _ENTRY.fullmatch(text.strip())
        if not match:
            raise ValueError(f"expected OWNER:GROUP MODE, such as deploy:www-data 2775, not {text!r}")
        return cls(match[1], match[2], int(match[3], 8))


class Risk(NamedTuple):
    """``path`` is (or, not ``known``, may be) in the hands of the account."""

    path: str
    known: bool
    parent: bool


class Host(NamedTuple):
    """The account `user` on a host. None: not known. ``surveyed``: below each of the ``paths`` was looked, too."""

    user: str
    paths: Mapping[str, Entry]
    groups: frozenset[str] | None = None
    uid: int | None = None
    name: str | None = None
    sysctl: Mapping[str, str] = {}
    surveyed: bool = False

    def member(self, group: str) -> bool | None:
        """Whether the account is in `group`."""
        if self.groups is None:
            return None
        return True if group in self.groups else None if group in ("", self.user) else False

    def _root(self, entry: Entry) -> bool:
        return entry.owner in ("root", "0")

    def _writes(self, entry: Entry) -> bool:
        """Whether somebody but root can write it: the account, or another whose files it may change."""
        group = (
            entry.mode & 0o020 and entry.group not in ("root", "0") and self.member(entry.group) is not False
        )
        return not self._root(entry) or bool(group) or bool(entry.mode & 0o002)

    def entry(self, path: str) -> Entry | None:
        """What stands at `path`; what Debian puts there is root's."""
        path = path.rstrip("/")
        found = self.paths.get(path or "/") or self.paths.get(path + "/")
        if found is None and "staff" in (self.groups or ()) and f"{path}/".startswith("/usr/local/"):
            return Entry("root", "staff", 0o2775)
        if found is None and (path in _FOLDERS or _TREES.match(path)):
            return Entry("root", "root", 0o755)
        return found

    def itself(self, path: str) -> Risk | None:
        """Whether what stands at `path` may be changed in place by the account."""
        if _SENT.match(path):
            return Risk(path, True, False)
        if path.startswith(tuple(f"{one}/" for one in _SHARED)) and path not in self.paths:
            return Risk(path, True, False)
        entry = self.entry(path)
        if entry is None:
            return Risk(path, False, False)
        return Risk(path, True, False) if self._writes(entry) else None

    def above(self, path: str) -> Risk | None:
        """The first folder above `path` in which the account may put something else in the place of the next."""
        parts = path.rstrip("/").split("/")
        for depth in range(1, len(parts)):
            folder, child = "/".join(parts[:depth]), "/".join(parts[: depth + 1])
            if folder in _SHARED and folder not in self.paths:
                if child in self.paths and self._root(self.paths[child]):
                    continue
                return Risk(folder, True, True)
            entry = self.entry(folder)
            if entry is None:
                return Risk(folder, False, True)
            if not self._writes(entry):
                continue
            kept = entry.mode & 0o1000 and self._root(entry) and child in self.paths
            if not (kept and self._root(self.paths[child])):
                return Risk(folder, True, True)
        return None

    def control(self, path: str) -> Risk | None:
        """How the account may decide what stands at `path`: itself or a folder above."""
        return self.above(path) or self.itself(path)

    def tree(self, path: str) -> Risk | None:
        """Where the account may write at `path` or, as far as is known, below."""
        below = (self.itself(one) for one in self.paths if one.startswith(path.rstrip("/") + "/"))
        return self.itself(path) or next((risk for risk in below if risk), None)

    def deep(self, path: str) -> Risk | None:
        """Like :meth:`tree`, for what walks through all of it: of what others put there over time, nothing is known."""
        plain = path.rstrip("/")
        told = self.surveyed and plain in self.paths
        told = told or any(one.startswith(f"{plain}/") for one in self.paths)
        bare = not told and (not _TREES.match(plain) or _GROWING.match(plain))
        return self.tree(path) or (Risk(plain, False, False) if bare else None)

    def known(self, *folders: str) -> Risk | None:
        """What is known at or below `folders` that the account may write."""
        below = tuple(f"{folder.rstrip('/')}/" for folder in folders)
        risks = (self.control(path) for path in self.paths if f"{path}/".startswith(below))
        return next((risk for risk in risks if risk and risk.known), None)

    def odd(self, file: str) -> bool:
        """Whether sudo may pass over the sudoers `file` because of its owner or mode."""
        entry = self.paths.get(file) or self.paths.get(f"/etc/sudoers.d/{file.rpartition('/')[2]}")
        return bool(entry and (not self._root(entry) or entry.mode & 0o7133))

    def hardlinks(self) -> bool:
        """Whether links to files of others may be made."""
        return str(self.sysctl.get("fs.protected_hardlinks", "")).strip() != "1"


def sensitive(path: str) -> bool:
    """Whether the system relies on what stands there."""
    return bool(_SENSITIVE.match(path)) or ".." in path.split("/")


def secret(path: str) -> bool:
    """Whether who reads it is soon root, or may pass as another."""
    return bool(_SECRET.search(path)) or ".." in path.split("/")


def holds_secrets(path: str) -> bool:
    """Whether a folder holds, somewhere below, what :func:`secret` is about."""
    return (path.rstrip("/") or "/") in (
        "/",
        "/etc",
        "/root",
        "/home",
        "/var",
        "/var/backups",
        "/etc/ssl",
        "/etc/ssh",
    )


def privileged(groups: Iterator[str] | frozenset[str]) -> list[str]:
    """Those of `groups` that are as good as root."""
    strong = (
        "admin",
        "disk",
        "docker",
        "incus-admin",
        "kmem",
        "libvirt",
        "lxd",
        "root",
        "shadow",
        "sudo",
        "wheel",
    )
    return [one for one in groups if one.lstrip("#") in (*strong, "0")]
