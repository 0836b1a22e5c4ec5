"""``php``: its version, its extensions, and an application that starts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds.php import probes
from checks.model import Judgement, Observation, Verdict
from checks.sources.verbs.run import commands
from checks.testing import denied, failed, judge, observed, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED
APPLICATION = {"runs-application-code": True}


@pytest.fixture(scope="module")
def real() -> str:
    """The version of the PHP on this machine."""
    assert shutil.which("php"), "php is needed: apt-get install php-cli"
    said = subprocess.run(["php", "-v"], capture_output=True, text=True, check=True).stdout
    return str(re.findall(r"^PHP (\d+\.\d+\.\d+)", said)[0])


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder with an artisan that calls itself Laravel 11.46.0, and an autoloader."""
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor/autoload.php").write_text("<?php\n")
    (tmp_path / "artisan").write_text(
        "<?php require 'vendor/autoload.php'; echo \"Laravel Framework 11.46.0\\n\";\n"
    )
    return tmp_path


def php(**soll: Any) -> Judgement:
    return judge("php", {key.replace("_", "-"): value for key, value in soll.items()})


def test_the_version(real: str) -> None:
    major, minor, _ = real.split(".")
    for right in (
        real,
        f"{major}.{minor}",
        int(major),
        float(f"{major}.{minor}"),
        f"{major}.*",
        f">={major}.{minor},<99",
    ):
        assert php(version=right).verdict is CONFORM, right
    for wrong in ("1.2", f">{real}", "<5", f"{major}.{minor}1"):
        assert php(version=wrong).verdict is DEVIATES, wrong
    assert judge("php", float(f"{major}.{minor}")).verdict is CONFORM


@pytest.mark.usefixtures("real")
def test_extensions() -> None:
    assert php(extensions=["json", "Core", "pcre"]).verdict is CONFORM
    assert php(extensions="json").verdict is CONFORM
    wrong = php(extensions=["json", "no_such_thing"])
    assert wrong.verdict is DEVIATES
    assert wrong.aspects[0].actual and wrong.aspects[0].actual.params == {"names": ("no_such_thing",)}


def test_opcache_stands_among_the_zend_modules() -> None:
    seen = observed(
        {"exit_code": 0, "stdout": "[PHP Modules]\njson\n\n[Zend Modules]\nZend OPcache\n", "stderr": ""}
    )
    assert judge("php", {"extensions": "opcache"}, extensions=seen).verdict is CONFORM
    assert judge("php", {"extensions": "modules"}, extensions=seen).verdict is DEVIATES


def test_no_php_at_all() -> None:
    found = php(version="8", binary="php-that-is-nowhere")
    assert (found.verdict, found.observation) == (DEVIATES, Observation.ABSENT)


@pytest.mark.usefixtures("real")
def test_laravel(release: Path) -> None:
    for right in (11, "11", "11.46", ">=10", "11.*"):
        assert php(path=str(release), artisan=right, **APPLICATION).verdict is CONFORM
    for wrong in (10, "11.4", ">11.46.0"):
        assert php(path=str(release), artisan=wrong, **APPLICATION).verdict is DEVIATES
    assert php(path=str(release / "vendor"), artisan=11, **APPLICATION).verdict is DEVIATES
    assert php(path=str(release / "none"), artisan=11, **APPLICATION).verdict is DEVIATES


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("<?php", CONFORM),
        ("<?php require 'none.php';", DEVIATES),
        ("<?php this is no PHP", DEVIATES),
        ("<?php exit(0);", DEVIATES),
        ("<?php throw new Exception('platform');", DEVIATES),
        (None, DEVIATES),
    ],
)
def test_the_autoloader(release: Path, code: str | None, verdict: Verdict) -> None:
    if code is None:
        (release / "vendor/autoload.php").unlink()
    else:
        (release / "vendor/autoload.php").write_text(code)
    assert php(path=str(release), autoload=True, **APPLICATION).verdict is verdict


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("hidden", ["artisan", "vendor/autoload.php", "vendor", "."])
def test_what_may_not_be_read_is_not_missing(unprivileged: Path, hidden: str) -> None:
    (unprivileged / "app/vendor").mkdir(parents=True)
    (unprivileged / "app/vendor/autoload.php").write_text("<?php")
    (unprivileged / "app/artisan").write_text(
        "<?php require 'vendor/autoload.php'; echo 'Laravel Framework 11.1.0';"
    )
    assert php(path=str(unprivileged / "app"), artisan=11, autoload=True, **APPLICATION).verdict is CONFORM
    (unprivileged / "app" / hidden).chmod(0)
    found = php(path=str(unprivileged / "app"), artisan=11, autoload=True, **APPLICATION)
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.DENIED)


def test_what_could_not_be_seen() -> None:
    assert judge("php", "8", version=denied()).verdict is UNDETERMINED
    assert judge("php", "8", version=failed(Observation.ERROR)).verdict is UNDETERMINED
    assert judge("php", "8", version=failed(Observation.TIMEOUT)).verdict is UNDETERMINED


def test_application_code_is_marked_and_asked_for() -> None:
    p = validated("php", {"path": "/app", "artisan": 11, "autoload": True, "version": "8", **APPLICATION})
    runs = [probe for probe in probes(p).values() if probe.verb == "run"]
    assert [command.application for command in commands(runs)] == [False, True, True]
    with pytest.raises(ValidationError, match="runs-application-code: true"):
        validated("php", {"path": "/app", "artisan": 11})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"version": "new"},
        {"version": True},
        {"artisan": 11.30, "path": "/app", **APPLICATION},
        {"autoload": True, **APPLICATION},
        {"version": "8", "binary": "python3"},
        {"version": "8", "binary": "../php"},
        {"version": "8", "binary": "php -r"},
        {"autoload": True, "path": "/app", "binary": "php-fpm8.3", **APPLICATION},
        {"extensions": ["a;b"]},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("php", wrong)
