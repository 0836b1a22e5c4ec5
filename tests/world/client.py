"""docgen as a user runs it: the command, as a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from . import forks

DOCGEN = Path(sys.executable).parent / "docgen"


def says_what_is_wrong(check: dict[str, Any]) -> bool:
    """Whether the `message` of a check in a report says more than that something is as it should be; where nothing is
    wrong, it need not."""
    if check["verdict"] in ("deviates", "undetermined") or any(a["near"] for a in check["aspects"]):
        sides = re.findall(r"(?:^|: )([^:]*) \((?:SOLL: )([^)]*)\)$", check["message"] or "")
        return bool(check["message"]) and not any(one == other for one, other in sides)
    return True


@dataclass(frozen=True)
class Ran:
    """What a run of the command gave."""

    code: int
    stdout: str
    stderr: str
    raw: bytes = b""

    @cached_property
    def report(self) -> dict[str, Any]:
        """The report, where ``--format json`` was asked for."""
        try:
            found: dict[str, Any] = json.loads(self.stdout)
        except ValueError as error:
            raise AssertionError(f"no report; exit code {self.code}\n{self.stdout}\n{self.stderr}") from error
        for section in found["sections"] if found.get("schema") == "docgen/report/v1" else ():
            for component in section["components"]:
                for check in component["checks"]:
                    assert says_what_is_wrong(check), check
        return found

    @property
    def components(self) -> dict[str, dict[str, Any]]:
        """The components by name."""
        return {c["name"]: c for s in self.report["sections"] for c in s["components"]}

    @property
    def checks(self) -> list[dict[str, Any]]:
        """Every check of the report, in its order."""
        components = [component for section in self.report["sections"] for component in section["components"]]
        return [check for component in components for check in component["checks"]]

    def check(self, kind: str = "") -> dict[str, Any]:
        """The only check of the report (of that kind)."""
        found = [check for check in self.checks if not kind or check["kind"] == kind]
        assert len(found) == 1, [check["id"] for check in found]
        return found[0]

    @property
    def everything(self) -> str:
        return self.stdout + self.stderr


class Client:
    """A folder with a ``docgen.yml``, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "home").mkdir()

    def environment(self, **more: str) -> dict[str, str]:
        """What the command sees: nothing of the caller's but where programs are."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "LANG": "C.UTF-8", **more}

    def write(self, name: str, text: str | bytes, mode: int = 0o600) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        path.chmod(mode)
        return path

    def spec(self, text: str) -> Path:
        """``docgen.yml`` as it stands in `text`."""
        return self.write("docgen.yml", text, 0o644)

    def docgen(
        self,
        *arguments: str | Path,
        env: dict[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        timeout: float = 600.0,
    ) -> Ran:
        """Runs ``docgen ARGUMENTS``. `env` adds to the environment; `prefix` stands before the command."""
        command = [*prefix, str(DOCGEN), *map(str, arguments)]
        environment = self.environment(**(env or {}))
        if prefix or not forks.can(environment):
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
            )
        else:
            done = forks.run(command, self.folder, environment, timeout)
        stdout, stderr = (part.decode("utf-8", "backslashreplace") for part in (done.stdout, done.stderr))
        assert "Traceback (most recent call last)" not in stderr, stderr
        return Ran(done.returncode, stdout, stderr, done.stdout)

    def status(self, *arguments: str | Path, **options: Any) -> Ran:
        """``docgen status --format json``, with `arguments`."""
        return self.docgen("status", "--format", "json", *arguments, **options)
