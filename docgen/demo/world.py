"""Lays out the demo's world: releases, shared files and backups of staging and production, with real modes
and times. Everything belongs to whoever runs the demo."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

COMMIT = "4144baac"
LIVE = "9be21f07"
OLDER = "2c10d9a4"
FAULTY = "80d6a856"
STAGING, PRODUCTION = "staging", "production"

_RELEASE = {
    "artisan": "#!/usr/bin/env php\n<?php // the application's command line\n",
    "composer.json": '{"name": "acme/api-gateway", "require": {"laravel/framework": "^11.46"}}\n',
    "public/index.php": "<?php // " + "entry point of every request " * 40 + "\n",
    "public/healthcheck.php": "<?php echo 'ok';\n",
    "public/build/manifest.json": json.dumps(
        {"resources/js/app.js": {"file": "assets/app-5f1c7f0e.js", "isEntry": True}}, indent=2
    ),
    "public/build/assets/app-5f1c7f0e.js": "console.log('API Gateway')\n",
    "vendor/autoload.php": "<?php // " + "made by composer " * 40 + "\n",
    "bootstrap/app.php": "<?php // bootstrap\n",
    "config/app.php": "<?php return ['name' => 'API Gateway'];\n",
    "routes/api.php": "<?php // routes\n",
    "app/Http/Kernel.php": "<?php // kernel\n",
}
_DATABASE = (
    b"-- dump of api_gateway\nCREATE TABLE users (id INT);\n" + b"-- row\n" * 400 + b"-- Dump completed\n"
)
_STAMP = "%Y%m%d_%H%M%S"


class Names(NamedTuple):
    """The names in the world that carry a time. ``staged`` is extracted on staging but not yet switched to;
    ``live`` serves in both environments; ``older`` served before it; ``faulty`` never had an entry point."""

    staged: str
    live: str
    older: str
    faulty: str


def names(now: datetime) -> Names:
    """The names of a world in which it is `now`."""

    def at(**ago: int) -> str:
        return (now - timedelta(**ago)).strftime(_STAMP)

    return Names(
        staged=f"{at(minutes=25)}-{COMMIT}",
        live=f"{at(days=3, minutes=40)}-{LIVE}",
        older=f"{at(days=9, hours=2)}-{OLDER}",
        faulty=f"{at(days=16, hours=4)}-{FAULTY}",
    )


def lay_out(folder: Path, now: datetime) -> Names:
    """Creates the world in the empty folder `folder` as of `now`; returns the names that carry a time."""
    found = names(now)
    recent, earlier = now - timedelta(minutes=25), now - timedelta(days=3, minutes=40)
    staging, production = _Tree(folder / STAGING), _Tree(folder / PRODUCTION)
    for tree in (staging, production):
        _release(tree, found.live, LIVE, earlier)
        tree.link("current", f"releases/{found.live}")
        tree.file(
            "shared/.env",
            "APP_ENV=production\nAPP_KEY=base64:ZGVtbyBkZW1vIGRlbW8gZGVtbyBkZW1vIQ==\n",
            0o640,
            earlier,
        )
        for days in (0, 1, 2):
            _backups(tree, now - timedelta(days=days, minutes=31))

        _entry(tree, "preflight", earlier - timedelta(hours=1), {"result": {"status": "PASS"}})
        _entry(tree, "deploy", earlier, {"result": "success", "release": found.live})

    failed = {"result": "failed", "release": found.staged, "changes_made": ["migrations"]}
    _entry(staging, "deploy", recent, failed)
    _release(staging, found.staged, COMMIT, recent)
    _bundle(staging, recent)
    staging.file("shared/deploy.log", _log(recent), 0o640, recent)
    # The fault that holds up the deployment: the group may not write, because the step that sets it failed.
    staging.directory("shared/storage", 0o755, recent)
    staging.file("shared/storage/logs/laravel.log", "", 0o640, recent)
    staging.file("docs/PROD_FIX_BUNDLE_GATES.md", "# Gates\n", 0o640, recent)

    _release(production, found.older, OLDER, now - timedelta(days=9))
    _release(production, found.faulty, FAULTY, now - timedelta(days=16), without=("public/index.php",))
    production.directory("shared/storage", 0o2775, earlier)
    production.file("shared/storage/logs/laravel.log", "", 0o640, earlier)
    return found


def _release(tree: _Tree, name: str, commit: str, when: datetime, *, without: tuple[str, ...] = ()) -> None:
    for path, text in _RELEASE.items():
        if path not in without:
            tree.file(f"releases/{name}/{path}", text, 0o755 if path == "artisan" else 0o644, when)
    tree.file(f"releases/{name}/REVISION", f"{commit}\n", 0o644, when)
    tree.link(f"releases/{name}/.env", "../../shared/.env")
    tree.link(f"releases/{name}/storage", "../../shared/storage")
    tree.directory(f"releases/{name}", 0o755, when)


def _backups(tree: _Tree, when: datetime) -> None:
    stamp = when.strftime(_STAMP)
    archives = {
        f"app-{stamp}.tar.gz": _tar({"app/composer.json": _RELEASE["composer.json"]}),
        f"db-{stamp}.sql.gz": gzip.compress(_DATABASE, mtime=0),
        f"nginx-{stamp}.tar.gz": _tar({"nginx/api-gateway.conf": "server { listen 80; }\n"}),
    }
    for name, content in archives.items():
        _with_checksum(tree, f"backups/{name}", content, when)
    tree.directory("backups", 0o750, when)


def _bundle(tree: _Tree, when: datetime) -> None:
    _with_checksum(tree, f"bundles/deployment-bundle-{COMMIT}.tar.gz", _tar(_RELEASE), when)


def _entry(tree: _Tree, action: str, when: datetime, more: Mapping[str, object]) -> None:
    environment = tree.folder.name
    entry = {"timestamp": f"{when:%Y-%m-%dT%H:%M:%SZ}", "action": action, "environment": environment, **more}
    name = f"ledger/deployment_ledger_{action}_{when.strftime(_STAMP)}.json"
    tree.file(name, json.dumps(entry, indent=2) + "\n", 0o640, when)


def _with_checksum(tree: _Tree, path: str, content: bytes, when: datetime) -> None:
    digest = hashlib.sha256(content).hexdigest()
    tree.file(path, content, 0o640, when)
    tree.file(f"{path}.sha256", f"{digest}  {path.rpartition('/')[2]}\n", 0o640, when)


def _tar(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def _log(when: datetime) -> str:
    steps = [
        "health: ok",
        "backup: ok",
        "bundle: checksum ok",
        "gate pre-switch: 9 of 9",
        "migrate: done",
        "cache: cleared",
    ]
    lines = [
        f"{(when + timedelta(seconds=9 * i)).strftime('%Y-%m-%dT%H:%M:%SZ')} {step}"
        for i, step in enumerate(steps)
    ]
    return "\n".join([*lines, f"{lines[-1].split()[0]} permissions: sudo: a password is required"]) + "\n"


class _Tree:
    """Files below one folder; modes whatever the umask, times as told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def directory(self, path: str, mode: int, when: datetime) -> None:
        made = self.folder / path
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(mode)
        _touch(made, when)

    def file(self, path: str, content: str | bytes, mode: int, when: datetime) -> None:
        made = self.folder / path
        for missing in [p for p in (made.parent, *made.parent.parents) if not p.exists()][::-1]:
            missing.mkdir()
            missing.chmod(0o755)
        made.write_bytes(content if isinstance(content, bytes) else content.encode())
        made.chmod(mode)
        _touch(made, when)

    def link(self, path: str, target: str) -> None:
        (self.folder / path).symlink_to(target)


def _touch(path: Path, when: datetime) -> None:
    seconds = when.astimezone(UTC).timestamp()
    os.utime(path, (seconds, seconds))
