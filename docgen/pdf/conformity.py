"""What veraPDF says of PDFs, where it is installed: whether they are PDF/A-3a and PDF/UA-1. It is started once for all of
them, since that takes longer than to look at one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.errors import DocgenError

BY = "veraPDF"
FLAVOURS = {"3a": "PDF/A-3a", "ua1": "PDF/UA-1"}
"""As the program calls them, and as they are called."""
_SECONDS, _EACH = 120, 60
_SHOWN = 3

Said = dict[str, list[str]]
"""By flavour, the rules that do not hold: their clause, number of the test, and how often."""


def program() -> str | None:
    """The launcher of veraPDF; None where it is not installed."""
    return shutil.which("verapdf")


def looked(launcher: str, files: Mapping[str, bytes]) -> dict[str, tuple[str, str, str]]:
    """What is to be said in the receipt of each of the `files`. Raises DocgenError where one is not as it must be, or where
    the program says nothing of it."""
    with tempfile.TemporaryDirectory(prefix="docgen-pdf-") as folder:
        names = {f"{n:06}.pdf": name for n, name in enumerate(files)}
        for short, name in names.items():
            (Path(folder) / short).write_bytes(files[name])
        # Without a flavour it takes all that a file says it is; before version 1.26, that of PDF/A alone.
        version, found = _asked(launcher, folder, [*names])
        for flavour in FLAVOURS:
            lacking = [short for short in names if flavour not in found.get(short, {})]
            if lacking:
                for short, said in _asked(launcher, folder, lacking, "-f", flavour)[1].items():
                    found.setdefault(short, {}).update(said)
    for short, name in names.items():
        its = found.get(short, {})
        if unsaid := [shown for flavour, shown in FLAVOURS.items() if flavour not in its]:
            raise DocgenError(f"{BY} says nothing of {name}: whether it is {' and '.join(unsaid)}")
        wrong = [f"{FLAVOURS[one]}: {', '.join(rules[:_SHOWN])}" for one, rules in its.items() if rules]
        if wrong:
            raise DocgenError(f"{name} is not as it must be: {BY} {version} finds {'; '.join(wrong)}")
    result = "; ".join(f"{shown}: compliant" for shown in FLAVOURS.values())
    return dict.fromkeys(files, (f"{BY} {version}", "conformity", result))


def _asked(launcher: str, folder: str, names: list[str], *more: str) -> tuple[str, dict[str, Said]]:
    """The version of the program, and what it says of each of the files `names` in `folder`."""
    command = [launcher, "--format", "json", *more, *(f"{folder}/{name}" for name in names)]
    try:
        ran = subprocess.run(
            command, capture_output=True, timeout=_SECONDS + _EACH * len(names), check=False, cwd=folder
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DocgenError(f"{BY} ({launcher}) could not look at the PDFs: {error}") from error
    try:
        return parsed(json.loads(ran.stdout))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        last = (ran.stderr or ran.stdout).decode("utf-8", "replace").strip().split("\n")[-1][:200]
        raise DocgenError(
            f"{BY} ({launcher}) could not look at the PDFs (exit code {ran.returncode}): {last}"
        ) from error


def parsed(body: Any) -> tuple[str, dict[str, Said]]:
    """The version of the program, and by the name of each file what it says of it, in the answer `body`. Raises KeyError,
    TypeError or AttributeError where it is none."""
    report = body["report"]
    version = next(
        one["version"] for one in report["buildInformation"]["releaseDetails"] if one["id"] == "core"
    )
    found: dict[str, Said] = {}
    for job in report["jobs"]:
        results = job.get("validationResult", [])
        # Before version 1.26, it was one.
        for one in results if isinstance(results, list) else [results]:
            flavour = _flavour(one["profileName"])
            rules = [
                f"{rule['clause']}-{rule['testNumber']} ({rule['failedChecks']}x)"
                for rule in one["details"]["ruleSummaries"]
                if rule["failedChecks"]
            ]
            said = [] if one["compliant"] is True else rules or ["not compliant"]
            found.setdefault(Path(job["itemDetails"]["name"]).name, {})[flavour] = said
    return version, found


def _flavour(profile: str) -> str:
    """The flavour that the `profile` is of, such as ``PDF/UA-1 validation profile``."""
    match = re.match(r"PDF/?(A|UA)-(\w+)", profile)
    return "" if match is None else match[2].lower() if match[1] == "A" else f"ua{match[2].lower()}"
