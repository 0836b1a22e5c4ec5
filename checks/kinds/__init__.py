"""The kinds, one file each. A new kind is one file, one line in :data:`KINDS`, and one test."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from checks.kinds.interface import Kind

KINDS = {
    "absent": "checks.kinds.absent",
    "approval": "checks.kinds.approval",
    "backup": "checks.kinds.backup",
    "bundle": "checks.kinds.bundle",
    "borg": "checks.kinds.borg",
    "candidate": "checks.kinds.candidate",
    "branch-rules": "checks.kinds.branch_rules",
    "certificate": "checks.kinds.certificate",
    "checksum": "checks.kinds.checksum",
    "command": "checks.kinds.command",
    "content": "checks.kinds.content",
    "cron": "checks.kinds.cron",
    "directory": "checks.kinds.directory",
    "disk": "checks.kinds.disk",
    "documents": "checks.kinds.documents",
    "file": "checks.kinds.file",
    "gate-in-workflow": "checks.kinds.gate_in_workflow",
    "http": "checks.kinds.http",
    "hub-access": "checks.kinds.hub_access",
    "job": "checks.kinds.job",
    "ledger": "checks.kinds.ledger",
    "migrations": "checks.kinds.migrations",
    "package": "checks.kinds.package",
    "permissions": "checks.kinds.permissions",
    "php": "checks.kinds.php",
    "pipeline": "checks.kinds.pipeline",
    "port": "checks.kinds.port",
    "process": "checks.kinds.process",
    "protected-environment": "checks.kinds.protected_environment",
    "rehearsal": "checks.kinds.rehearsal",
    "releases": "checks.kinds.releases",
    "rollback": "checks.kinds.rollback",
    "running": "checks.kinds.running",
    "restic": "checks.kinds.restic",
    "service": "checks.kinds.service",
    "sudo": "checks.kinds.sudo",
    "sudo-nothing-wider": "checks.kinds.sudo_nothing_wider",
    "sudo-rules": "checks.kinds.sudo_rules",
    "step": "checks.kinds.step",
    "symlink": "checks.kinds.symlink",
    "timer": "checks.kinds.timer",
    "web-exposure": "checks.kinds.web_exposure",
    "workflow": "checks.kinds.workflow",
}

ENTRY_POINTS = "docgen.kinds"


@cache
def kind(name: str) -> Kind:
    """The kind called `name`, imported on first use. Raises KeyError where there is none."""
    # The entry points are read only for a name that is not ours: reading them costs as much as a small run.
    return cast(Kind, import_module(KINDS.get(name) or names()[name]).KIND)


@cache
def names() -> dict[str, str]:
    """All kinds and the modules that hold them: ours, and those of installed packages that register under
    the entry point group ``docgen.kinds``. A package cannot replace one of ours."""
    from importlib.metadata import entry_points

    found = {entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS)}
    return {**found, **KINDS}
