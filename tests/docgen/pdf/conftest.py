"""One small world, and the PDFs that are made of it once for all tests here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from checks import snapshot as snapshots
from checks.collect import collect
from checks.model import Snapshot
from checks.spec import load
from checks.spec.spec import Spec

SPEC = """\
project: Shop
language: en
timezone: Europe/Berlin
owner: Platform team
documents: {organisation: Example Ltd, classification: Internal}
secrets:
  hub: {env: DOCGEN_TEST_HUB}
environments:
  prod: {host: local, root: {root}}
  staging: {host: local, root: {root}}
sections:
  - name: Release
    environment: prod
    components:
      - name: Files
        owner: Web team
        checks:
          - file: there.txt
          - file: missing.txt
          - {file: gone.txt, id: excused}
      - name: Größe
        needs: Files
        checks: [{file: after.txt}]
  - name: Rehearsal
    environment: staging
    components:
      - name: Files
        checks: [{file: there.txt}]
exceptions:
  - {check: release/files/excused, until: 2126-01-01, reason: not needed, by: M. Weber}
translations:
  de: {Internal: Intern, Platform team: Plattform-Team}
"""


class World(NamedTuple):
    folder: Path
    spec: Spec
    snapshot: Snapshot

    @property
    def config(self) -> str:
        return str(self.folder / "docgen.yml")

    @property
    def saved(self) -> str:
        return str(self.folder / "snapshot.json")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A spec with what the first page has to show, and its snapshot."""
    folder = tmp_path_factory.mktemp("pdf")
    root = folder / "root"
    root.mkdir()
    (root / "there.txt").write_text("x")
    (folder / "docgen.yml").write_text(SPEC.replace("{root}", str(root)))
    spec = load(folder / "docgen.yml")
    snapshot = collect(spec)
    (folder / "snapshot.json").write_bytes(snapshots.dump(snapshot))
    return World(folder, spec, snapshot)
