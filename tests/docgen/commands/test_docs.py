from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from docgen.cli import main_group


@pytest.mark.parametrize(
    ("raw", "code", "shown"),
    [
        ("VollstÃ¤ndig\n".encode(), 0, "Vollständig\n"),
        ("Vollständig\n".encode(), 0, "Vollständig\n"),
        ("fÃ¼r ğŸ” x\n".encode(), 3, "für \ufffd x\n"),
        (b"\xff\n", 3, ""),
    ],
)
def test_repair_prints_and_changes_nothing(tmp_path: Path, raw: bytes, code: int, shown: str) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(raw)
    ran = CliRunner().invoke(main_group, ["docs", "--repair", str(file)])
    assert (ran.exit_code, ran.stdout) == (code, shown)
    assert ran.stderr and file.read_bytes() == raw
