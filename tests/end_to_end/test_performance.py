"""How much docgen costs, beside the least that is possible: one OpenSSH process, a bare click program.

Ratios, not seconds: medians of runs that take turns. A busy machine gets further chances.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ..world.client import DOCGEN
from ..world.world import World

CHECKS = 1000
ROUNDS = 7
CHANCES = 4


def medians(*runs: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """The median of what each of `runs` gives, one after the other in each round; the first round is thrown away."""
    seen: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + 1):
        for run, values in zip(runs, seen, strict=True):
            value = run()
            if number:
                values.append(value)
    return [statistics.median(values) for values in seen]


def calm(most: float = 30.0) -> None:
    """Waits until the machine has nothing else to do, `most` seconds at most."""
    end = time.monotonic() + most
    while time.monotonic() < end:
        idle, total = ticks()
        time.sleep(0.5)
        idle_now, total_now = ticks()
        if (idle_now - idle) / max(1, total_now - total) > 0.85:
            return


def ticks() -> tuple[int, int]:
    """Idle time and all time of the processors since the start of the machine."""
    numbers = [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return numbers[3] + numbers[4], sum(numbers)


def within(
    limits: dict[str, float], measure: Callable[[], dict[str, float]], say: Callable[[str], None]
) -> None:
    """Measures until every ratio is within its limit; fails with the figures of every try."""
    tries = []
    for _ in range(CHANCES):
        calm()
        ratios = measure()
        tries.append(
            ", ".join(f"{name} {ratio:.2f} × (limit {limits[name]} ×)" for name, ratio in ratios.items())
        )
        say(tries[-1])
        if all(ratios[name] <= limit for name, limit in limits.items()):
            return
    raise AssertionError("; ".join(tries))


COLLECT = """
import json, sys, time
from docgen import collect, load
spec = load("docgen.yml").select(["prod"])
collect(spec)
for line in sys.stdin:
    started = time.perf_counter()
    snapshot = collect(spec)
    print(time.perf_counter() - started, len(snapshot.facts), flush=True)
"""


PATHS = [f"/var/www/perf/part{n % 40}/item{n}" for n in range(CHECKS)]
FORMAT = "%f %u %g %U %G %s %Y %h %n %N"


def _looked_at(number: int, path: str) -> str:
    return f"{('directory', 'symlink', 'file', 'file', 'file')[number % 5]}: {path}"


def _read_and_hashed(number: int, path: str) -> str:
    return (
        f"directory: {path}",
        f"symlink: {path}",
        f"permissions: {{path: {path}, mode: '0644'}}",
        f"content: {{path: {path}, not-contains: secretword}}",
        f"checksum: {{path: {path}, sha256: {hashlib.sha256(b'hello').hexdigest()}}}",
    )[number % 5]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("check", "more", "limit"),
    [
        # The aim is 3.0. Measured on a calm machine: 2.7; on one whose processors others use, 4.3. The limit finds what
        # makes the command twice as slow.
        (_looked_at, "", 6.0),
        # Measured: 3.1 and 4.9, so that the aim is not met here: more kinds to import, 1,400 facts, a second channel.
        (
            _read_and_hashed,
            f"grep -c secretword -- {' '.join(PATHS[3::5])}\nsha256sum -- {' '.join(PATHS[4::5])}\n:\n",
            6.6,
        ),
    ],
    ids=["looked at", "read and hashed"],
)
def test_a_thousand_checks_against_one_ssh_process(
    world: World,
    check: Callable[[int, str], str],
    more: str,
    limit: float,
    record_property: Callable[[str, object], None],
) -> None:
    world.root(
        "for n in $(seq 0 999); do d=/var/www/perf/part$((n % 40)); mkdir -p $d; case $((n % 5)) in "
        "0) mkdir -p $d/item$n ;; 1) ln -sfn /etc $d/item$n ;; *) printf hello >$d/item$n ;; esac; done"
    )
    world.check(*map(check, range(CHECKS), PATHS))
    names = " ".join(PATHS)
    batch = f"stat -c '{FORMAT}' -- {names}\nstat -L -c '{FORMAT}' -- {names}\n{more}".encode()
    ssh = [*world.openssh("-o", "KexAlgorithms=curve25519-sha256", "env LC_ALL=C sh")]

    def one_ssh_process() -> float:
        started = time.perf_counter()
        done = subprocess.run(ssh, input=batch, capture_output=True, check=True)
        assert done.stdout.count(b"\n") >= 2 * CHECKS
        return time.perf_counter() - started

    def whole_command() -> float:
        started = time.perf_counter()
        subprocess.run(
            [DOCGEN, "status", "--env", "prod", "--format", "json", "-o", "out.json"],
            cwd=world.folder, env=world.environment(), check=True, capture_output=True,
        )  # fmt: skip
        return time.perf_counter() - started

    assert whole_command() > 0
    report = json.loads((world.folder / "out.json").read_text())
    assert report["coverage"] == {"declared": CHECKS, "observed": CHECKS, "undetermined": 0}

    collector = subprocess.Popen(
        [sys.executable, "-c", COLLECT], cwd=world.folder, env=world.environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def collection() -> float:
        assert collector.stdin and collector.stdout
        print(file=collector.stdin, flush=True)
        seconds, facts = collector.stdout.readline().split()
        assert int(facts) >= CHECKS
        return float(seconds)

    def measure() -> dict[str, float]:
        bare, collected, whole = medians(one_ssh_process, collection, whole_command)
        record_property("seconds", f"ssh {bare:.3f}, collection {collected:.3f}, command {whole:.3f}")
        print(f"ssh {bare:.3f} s, collection {collected:.3f} s, command {whole:.3f} s")
        return {"collection": collected / bare, "command": whole / bare}

    try:
        # Nearly all of it is the time of Python itself, so that a busy processor raises it, while the other side waits.
        within({"collection": 2.5, "command": limit}, measure, print)
    finally:
        assert collector.stdin
        collector.stdin.close()
        collector.wait(10)
        world.root("rm -r /var/www/perf")


CLICK = """
import click

@click.group(epilog="Nothing.")
@click.version_option("1")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def main():
    "Is production as it should be?"

for name in ("demo", "explain", "gate", "init", "plan", "schema", "status"):
    main.add_command(click.Command(name, help="What it does."))

main()
"""


@pytest.mark.usefixtures("quiet")
def test_help_against_a_bare_click_program(tmp_path: Path) -> None:
    script = tmp_path / "bare"
    script.write_text(f"#!{sys.executable}\n{CLICK}")
    script.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    def cpu(program: Path) -> Callable[[], float]:
        def run() -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [program, "--help"], env=environment, cwd=tmp_path, capture_output=True, check=True
            )
            assert b"status" in done.stdout
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        return run

    def measure() -> dict[str, float]:
        bare, ours = medians(cpu(script), cpu(DOCGEN), rounds=21)
        print(f"click {bare * 1000:.0f} ms, docgen {ours * 1000:.0f} ms")
        return {"help": ours / bare}

    within({"help": 1.5}, measure, print)
