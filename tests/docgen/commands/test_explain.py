"""``docgen explain KIND``: Markdown for a file, laid out for a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

COMMAND = [sys.executable, "-m", "docgen", "explain", "disk"]


def on_a_terminal() -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        COMMAND, stdout=theirs, stderr=subprocess.STDOUT, env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # so Linux says that the other side is closed
                break
            if not more:
                break
            said += more
    os.close(ours)
    assert process.returncode == 0, said
    return said.decode()


def test_markdown_is_for_files_and_no_terminal_shows_it_raw() -> None:
    piped = subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout
    assert piped.startswith("## disk\n") and "| `warn` | mapping |" in piped
    shown = on_a_terminal()
    assert "max-used-inodes" in shown and not {"|", "`", "#"} & set(shown)
