"""The closed list of verbs that run on a host. Nothing but these can be executed there."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from checks.sources.interface import Verb

VERBS = {
    "archive": "checks.sources.verbs.archive",
    "borg": "checks.sources.verbs.borg",
    "copies": "checks.sources.verbs.copies",
    "cron": "checks.sources.verbs.cron",
    "df": "checks.sources.verbs.df",
    "find": "checks.sources.verbs.find",
    "ledger": "checks.sources.verbs.ledger",
    "list": "checks.sources.verbs.list",
    "package": "checks.sources.verbs.package",
    "port": "checks.sources.verbs.port",
    "process": "checks.sources.verbs.process",
    "read": "checks.sources.verbs.read",
    "readlink": "checks.sources.verbs.readlink",
    "releases": "checks.sources.verbs.releases",
    "restic": "checks.sources.verbs.restic",
    "run": "checks.sources.verbs.run",
    "service": "checks.sources.verbs.service",
    "sha256": "checks.sources.verbs.sha256",
    "stat": "checks.sources.verbs.stat",
    "sudo_list": "checks.sources.verbs.sudo_list",
    "timer": "checks.sources.verbs.timer",
}


@cache
def verb(name: str) -> Verb:
    """The verb called `name`. Raises KeyError where there is none."""
    return cast(Verb, import_module(VERBS[name]).VERB)


def purpose(name: str) -> str:
    """What the verb called `name` asks, in a sentence: the first of its module."""
    said = " ".join((import_module(VERBS[name]).__doc__ or "").split("\n\n")[0].split())
    return said.partition(": ")[2].partition(". ")[0].rstrip(".").replace("`", "")
