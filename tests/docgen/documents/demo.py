"""The demo in all its states, for the documents that are composed of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.spec import load
from docgen.documents.interface import Document, Source, Steps

from ...world.client import Client, Ran

STATES = ("blocked", "repaired", "deployed")


class Demo(NamedTuple):
    """The folders of the demo by state, and docgen beside them."""

    folders: dict[str, Path]
    client: Client

    def source(self, state: str, environment: str | None = "prod") -> Source:
        folder = self.folders[state]
        spec, snapshot = load(folder / "docgen.yml"), snapshots.read(folder / "snapshot.json")
        return Source(spec, snapshot, evaluate(spec, snapshot), environment)

    def guide(self, name: str, state: str, *more: str) -> Ran:
        folder = self.folders[state]
        return self.client.docgen(
            "guide", name, "-c", f"{folder}/docgen.yml", "--from", f"{folder}/snapshot.json", *more
        )


def altered(source: Source, kind: str, role: str, change: Any) -> Source:
    """`source` with the value of a fact changed, and judged anew."""
    ids = {
        check.probes[role].id
        for check in source.spec.checks()
        if check.kind == kind and check.environment == source.environment
    }
    assert ids
    facts = {
        id: fact.model_copy(update={"value": change(fact.value)}) if id in ids else fact
        for id, fact in source.snapshot.facts.items()
    }
    snapshot = source.snapshot.model_copy(update={"facts": facts})
    return Source(source.spec, snapshot, evaluate(source.spec, snapshot), source.environment)


def commands(document: Document, heading: str = "") -> Iterator[str]:
    for section in document.sections:
        if heading in ("", section.heading.id):
            for block in section.blocks:
                if isinstance(block, Steps):
                    for step in block.steps:
                        yield from step.commands
