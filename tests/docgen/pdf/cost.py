"""What PDFs cost, against bare WeasyPrint: no test, since it takes minutes and wants a quiet machine.

    .venv/bin/python tests/docgen/pdf/cost.py [--rows 1000] [--times 3]

Each figure is CPU time (user and system) of whole processes, or wall time where it is about working side by side; what is
compared runs alternately, and the medians count.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BARE = "import sys; from weasyprint import HTML; HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])"
OWN = """
import sys
from pathlib import Path
from docgen.pdf.press import File, press
page, out, snapshot = map(Path, sys.argv[1:4])
file = File("snapshot.json", snapshot.read_bytes(), "application/json", "Snapshot", "Source")
out.write_bytes(press(page.read_text(), "2026-01-01T00:00:00Z", (file,), {"description": "Manifest"}))
"""
MANY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from docgen.pdf.press import press
page = Path(sys.argv[1]).read_text()
with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    list(pool.map(lambda n: press(page.replace("<title>", f"<title>{n} "), "2026-01-01T00:00:00Z"), range(8)))
"""


class Took(NamedTuple):
    cpu: float
    wall: float


def ran(*command: str, codes: tuple[int, ...] = (0,)) -> Took:
    """What `command` took, with all that it started."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        raise SystemExit(f"{command}: {done.stderr[-500:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(cpu, time.monotonic() - began)


def long_report(folder: Path, rows: int) -> tuple[Path, Path]:
    """The page of a status report with `rows` checks as the press gets it, and its snapshot."""
    from checks import snapshot as snapshots
    from checks.collect import collect
    from checks.evaluate import evaluate
    from checks.model import msg
    from checks.spec import load
    from docgen.i18n import Translator
    from docgen.pdf.press import on_paper
    from docgen.renderers import paper
    from docgen.renderers.cover import Stated, cover
    from docgen.renderers.document.about import identified

    (folder / "root").mkdir()
    lines = [
        f"project: Long\nlanguage: de\nenvironments:\n  prod: {{host: local, root: {folder}/root}}\nsections:"
    ]
    for n in range(rows):
        if n % 200 == 0:
            lines.append(f"  - name: Section {n // 200}\n    environment: prod\n    components:")
        if n % 20 == 0:
            lines.append(f"      - name: Component {n // 20}\n        owner: Platform team\n        checks:")
        lines.append(f"          - file: {{path: f{n}.txt, min-size: 10}}")
        if n % 3:
            (folder / "root" / f"f{n}.txt").write_text("x" * n)
    (folder / "docgen.yml").write_text("\n".join(lines) + "\n")
    spec = load(folder / "docgen.yml")
    snapshot = collect(spec)
    report, t = evaluate(spec, snapshot), Translator("de")
    first = cover(report, spec, msg("Status report"), None, Stated(), t)
    page = paper.render(report, identified("status", "prod", report, "de"), first, t)
    (folder / "page.html").write_text(on_paper(page))
    (folder / "snapshot.json").write_bytes(snapshots.dump(snapshot))
    return folder / "page.html", folder / "snapshot.json"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", choices=["long", "eight", "again"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.only in (None, "long"):
            _long(folder / "long", asked.rows, asked.times)
        if asked.only in (None, "eight"):
            _eight(folder / "eight", asked.times)
        if asked.only in (None, "again"):
            _again(folder / "again", asked.times)


def _long(folder: Path, rows: int, times: int) -> None:
    folder.mkdir()
    page, snapshot = long_report(folder, rows)
    out = str(folder / "out.pdf")
    bare, own = [], []
    for _ in range(times):
        bare.append(ran(sys.executable, "-c", BARE, str(page), out).cpu)
        own.append(ran(sys.executable, "-c", OWN, str(page), out, str(snapshot)).cpu)
    pages = (
        subprocess.run(["pdfinfo", out], capture_output=True, text=True).stdout.split("Pages:")[1].split()[0]
    )
    a, b = statistics.median(bare), statistics.median(own)
    print(f"{pages} pages: WeasyPrint {a:.1f} s, docgen {b:.1f} s of CPU: {b / a:.2f} x")


def _eight(folder: Path, times: int) -> None:
    folder.mkdir()
    page, _ = long_report(folder, 100)
    one, two = [], []
    for _ in range(times):
        one.append(ran(sys.executable, "-c", MANY, str(page), "1").wall)
        two.append(ran(sys.executable, "-c", MANY, str(page), "2").wall)
    a, b = statistics.median(one), statistics.median(two)
    print(f"eight PDFs: one after the other {a:.1f} s, side by side {b:.1f} s: {a / b:.2f} x as fast")


def _again(folder: Path, times: int) -> None:
    docgen = str(Path(sys.executable).with_name("docgen"))
    ran(docgen, "demo", "-o", str(folder), "--state", "blocked", codes=(0, 1))
    call = [docgen, "publish", "-c", f"{folder}/docgen.yml", "--from", f"{folder}/snapshot.json", "--to"]
    first, second = [], []
    for _ in range(times):
        hub = str(folder / "hub")
        first.append(ran(*call, hub, codes=(0, 1, 3)).cpu)
        second.append(ran(*call, hub, codes=(0, 1, 3)).cpu)
        shutil.rmtree(hub)
    a, b = statistics.median(first), statistics.median(second)
    print(f"publish: first {a:.1f} s, again {b:.1f} s of CPU: {100 * b / a:.0f} %")


if __name__ == "__main__":
    main()
