"""The demo's run: lays out the world, serves it, and goes through the stages as any run does."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen.demo import world
from docgen.demo.checkout import incident
from docgen.demo.web import serving
from docgen.presets.text import scalar

if TYPE_CHECKING:
    from checks.model import Report, Snapshot

MARKER = ".docgen-demo"
PAGES = {"status.html": "html", "status.md": "md", "status.json": "json"}


def prepare(wanted: Path | None) -> Path:
    """The folder for everything: `wanted`, or a new one for temporary files. Raises UsageError for a folder
    that holds anything but an earlier demo."""
    if wanted is None:
        folder = Path(tempfile.mkdtemp(prefix="docgen-demo-")).resolve()
    else:
        folder = wanted.resolve()
        if folder.exists() and not folder.is_dir():
            raise click.UsageError(f"{wanted} is not a directory.")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / MARKER).exists():
            raise click.UsageError(f"{wanted} holds files that are not of a demo; name a new folder.")
    (folder / MARKER).touch()
    if (folder / "world").exists():
        shutil.rmtree(folder / "world")
    (folder / "world").mkdir()
    return folder


def run(folder: Path, lang: str, state: str) -> tuple[Snapshot, Report]:
    """A real run over the world in `folder`, laid out in `state`; its web servers have ended when this returns."""
    from checks.collect import collect
    from checks.evaluate import evaluate
    from checks.snapshot import write
    from checks.spec import load

    root, now = folder / "world", datetime.now(UTC).replace(microsecond=0)
    names = world.lay_out(root, now, state)
    with serving(root / world.STAGING) as staging, serving(root / world.PRODUCTION) as production:
        text = Path(__file__).with_name("docgen.yml").read_text("utf-8")
        values = {
            "WORLD": scalar(str(root)),
            "STAGED": names.staged,
            "LIVE": names.live,
            "COMMIT": names.commit[:8],
            "WHOLE": names.commit,
            "OLDER": names.older,
            "FAULTY": names.faulty,
            "STAGING_PORT": str(staging),
            "PRODUCTION_PORT": str(production),
            "UNTIL": f"{now + timedelta(days=45):%Y-%m-%d}",
            "INCIDENT": incident(now),
            "LANG": lang,
        }
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        write(folder / "docgen.yml", text.encode())
        spec = load(folder / "docgen.yml")
        snapshot = collect(spec)
    return snapshot, evaluate(spec, snapshot)


def save(folder: Path, snapshot: Snapshot, report: Report, lang: str) -> None:
    """Writes the snapshot, the report in every format, and the schema for editors."""
    from checks.snapshot import dump, write
    from checks.spec.schema import schema
    from docgen.renderers import render

    write(folder / "snapshot.json", dump(snapshot))
    for name, format_ in PAGES.items():
        write(folder / name, render(report, format_, lang).encode("utf-8", "backslashreplace"))
    write(folder / "docgen.schema.json", json.dumps(schema(), ensure_ascii=False, indent=2).encode() + b"\n")


def as_meant(report: Report, state: str) -> bool:
    """Whether the faults that were put in were found, and no others."""
    seen = {result.status.value for result in report.results()}
    lights = {environment.name: environment.overall.value for environment in report.environments}
    faults = {"blocked": {"fail", "pending"}, "repaired": {"pending"}, "deployed": set[str]()}[state]
    return seen & {"fail", "pending"} == faults and lights["prod"] != "red"
