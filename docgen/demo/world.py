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

from docgen.demo import answers
from docgen.demo.checkout import Commits, check_out

STAGING, PRODUCTION = "staging", "production"
STATES = ("blocked", "repaired", "deployed")
"""``blocked``: the deployment to staging stopped at a step that needs root. ``repaired``: staging is deployed, production
waits for a decision. ``deployed``: production runs it, too."""

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
    """The names in the world that carry a time. ``staged`` is the newest release; ``live`` served before it; ``older``
    before that; ``faulty`` never had an entry point. ``commit`` is that of the newest, whole."""

    staged: str
    live: str
    older: str
    faulty: str
    commit: str


def names(now: datetime, commits: Commits) -> Names:
    """The names of a world in which it is `now`."""

    def at(commit: str, **ago: int) -> str:
        return f"{(now - timedelta(**ago)).strftime(_STAMP)}-{commit[:8]}"

    return Names(
        staged=at(commits.new, minutes=25),
        live=at(commits.live, days=3, minutes=40),
        older=at(commits.older, days=9, hours=2),
        faulty=at(commits.faulty, days=16, hours=4),
        commit=commits.new,
    )


def lay_out(folder: Path, now: datetime, state: str) -> Names:
    """Creates the world in the empty folder `folder` as of `now`, in one of :data:`STATES`; returns the names that
    carry a time."""
    commits = check_out(folder / "checkout", now, str(folder / PRODUCTION))
    found = names(now, commits)
    recent, earlier = now - timedelta(minutes=25), now - timedelta(days=3, minutes=40)
    staging, production = _Tree(folder / STAGING), _Tree(folder / PRODUCTION)
    bundle = _tar({**_RELEASE, "REVISION": f"{commits.new}\n"})
    for tree in (staging, production):
        moved = state == "deployed" if tree is production else state != "blocked"
        _release(tree, found.live, commits.live, earlier)
        recently = recent if tree is staging else now - timedelta(minutes=8)
        tree.link(
            "current", f"releases/{found.staged if moved else found.live}", recently if moved else earlier
        )
        dotenv = "APP_ENV=production\nAPP_KEY=base64:ZGVtbyBkZW1vIGRlbW8gZGVtbyBkZW1vIQ==\n"
        tree.file("shared/.env", dotenv, 0o640, earlier)
        for days in (0, 1, 2, 3):
            _backups(tree, now - timedelta(days=days, minutes=31 if days < 3 else 50))
        _entry(tree, "preflight", earlier - timedelta(hours=1), {"result": {"status": "PASS"}})
        done = {"result": "success", "release": found.live, "changes_made": ["symlink", "migrations"]}
        _entry(tree, "deploy", earlier, done)
        if moved or tree is staging:
            _release(tree, found.staged, commits.new, recently)
            ended = {"result": "success", "changes_made": ["symlink", "migrations"]}
            stopped = {"result": "failed", "changes_made": ["migrations"]}
            _entry(tree, "deploy", recently, {**(ended if moved else stopped), "release": found.staged})
    _with_checksum(staging, f"bundles/deployment-bundle-{commits.new}.tar.gz", bundle, recent)
    answers.write(folder / "github", commits.new, commits.live, bundle, now, state=state)
    # The fault that holds up the deployment: the group may not write, because the step that sets it failed.
    staging.directory("shared/storage", 0o755 if state == "blocked" else 0o2775, recent)
    staging.file("shared/storage/logs/laravel.log", "", 0o640, recent)
    staging.file("docs/PROD_FIX_BUNDLE_GATES.md", "# Gates\n", 0o640, recent)
    if state != "blocked":
        staging.file("docs/STAGING_SUDO_HARDENING.md", "# sudo\n", 0o640, recent)

    tried = {
        "public/index.php": "PASSED",
        "vendor/autoload.php": "PASSED",
        "php artisan config:cache": "PASSED",
    }
    _entry(
        production, "preflight", now - timedelta(minutes=18), {"result": "PASS", "preflight_checks": tried}
    )
    if state == "deployed":
        decided = {"decision": "PROD-DEPLOY FREIGEGEBEN", "by": "m.weber", "result": "ok"}
        _entry(production, "decision", now - timedelta(minutes=15), decided)
    _release(production, found.older, commits.older, now - timedelta(days=9))
    _release(
        production, found.faulty, commits.faulty, now - timedelta(days=16), without=("public/index.php",)
    )
    production.directory("shared/storage", 0o2775, earlier)
    production.file("shared/storage/logs/laravel.log", "", 0o640, earlier)
    return found


def _release(tree: _Tree, name: str, commit: str, when: datetime, *, without: tuple[str, ...] = ()) -> None:
    for path, text in _RELEASE.items():
        if path not in without:
            tree.file(f"releases/{name}/{path}", text, 0o755 if path == "artisan" else 0o644, when)
    tree.file(f"releases/{name}/REVISION", f"{commit}\n", 0o644, when)
    tree.link(f"releases/{name}/.env", "../../shared/.env", when)
    tree.link(f"releases/{name}/storage", "../../shared/storage", when)
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

    def link(self, path: str, target: str, when: datetime) -> None:
        made = self.folder / path
        made.symlink_to(target)
        _touch(made, when)


def _touch(path: Path, when: datetime) -> None:
    seconds = when.astimezone(UTC).timestamp()
    os.utime(path, (seconds, seconds), follow_symlinks=False)
