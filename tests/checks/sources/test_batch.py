"""The batch: nothing runs but what verbs compiled, and what comes back is taken apart exactly."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks.errors import Refused
from checks.model import Observation, Probe, msg
from checks.sources.batch import (
    ANY_MARK,
    Batch,
    answers,
    compile_batch,
    digest_of,
    facts,
    launch,
    new_mark,
    script,
)
from checks.sources.interface import Command
from checks.sources.local import Local
from checks.sources.verbs import VERBS, purpose

AT = "test/local"


def stat(path: str) -> Probe:
    return Probe(at=AT, verb="stat", args={"path": path})


def run(*argv: str, deadline: float = 10.0, **more: object) -> Probe:
    return Probe(at=AT, verb="run", args={"argv": list(argv), **more}, deadline=deadline)


def test_a_verb_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(Refused, match="no verb 'rm'"):
        compile_batch(AT, [Probe(at=AT, verb="rm", args={"path": "/"})])


def test_a_command_that_is_not_known_to_only_read_is_refused_unless_marked() -> None:
    with pytest.raises(Refused, match="not on the list"):
        compile_batch(AT, [run("rm", "-rf", "/tmp/x")])
    (command,) = compile_batch(AT, [run("touch", "/tmp/x", unlisted=True)]).quick[1:]
    assert command.unlisted


def test_a_batch_that_is_not_what_its_probes_compile_to_is_refused() -> None:
    good = compile_batch(AT, [stat("/etc")])
    quick = (*good.quick, Command(("touch", "/tmp/x")))
    forged = Batch(good.host, good.probes, quick, (), digest_of(quick, ()))
    assert good.scripts(ANY_MARK)
    with pytest.raises(Refused):
        forged.scripts(ANY_MARK)


def test_a_thousand_checks_cost_a_handful_of_processes() -> None:
    assert len(compile_batch(AT, [stat(f"/srv/{n}") for n in range(1000)]).commands()) <= 6


@pytest.mark.parametrize(
    "name", ["a b", "a'b", 'a"b', "a\nb", "-rf", "$(id)", "`id`", "a\\b", "ü", "\udcff", "*", "a\tb"]
)
def test_odd_names_survive(tmp_path: Path, name: str) -> None:
    path = f"{tmp_path}/{name}"
    Path(path).write_text("x")
    mark = new_mark()
    batch = compile_batch(AT, [stat(path), stat(path + ".gone")])
    ((lane, text),) = batch.scripts(mark)
    ended = Local().execute(text, 20, 10**6)
    found, _, complete = answers(lane, mark, ended.output, ended.arrivals)
    seen, gone = facts(batch, found, None)
    assert complete
    assert (seen.observation, seen.value["size"]) == (Observation.OBSERVED, 1)
    assert gone.observation is Observation.ABSENT


def lane_of(*commands: Command) -> tuple[tuple[Command, ...], str, bytes]:
    mark = new_mark()
    return commands, mark, script(commands, mark)


def test_output_and_errors_of_any_size_do_not_block_and_are_capped() -> None:
    big = Command(("sh", "-c", "head -c 8000000 /dev/zero >&2; head -c 8000000 /dev/zero; exit 3"), cap=1000)
    commands, mark, text = lane_of(big)
    ended = Local().execute(text, 30, 10**7)
    found, _, complete = answers(commands, mark, ended.output, ended.arrivals)
    answer = found[big.argv]
    assert complete and answer.truncated
    assert len(answer.stdout) == 1000 and len(answer.stderr) <= 65536


def test_exit_code_and_both_streams_stay_apart() -> None:
    command = Command(("sh", "-c", "echo out; echo err >&2; exit 7"))
    commands, mark, text = lane_of(command)
    ended = Local().execute(text, 30, 10**7)
    answer = answers(commands, mark, ended.output, ended.arrivals)[0][command.argv]
    assert (answer.stdout, answer.stderr, answer.exit_code) == (b"out\n", b"err", 7)


def test_a_command_that_never_ends_takes_only_itself_along() -> None:
    slow, quick = Command(("sleep", "60"), deadline=1), Command(("echo", "here"))
    commands, mark, text = lane_of(slow, quick)
    ended = Local().execute(text, 30, 10**7)
    found, _, complete = answers(commands, mark, ended.output, ended.arrivals)
    assert complete and found[slow.argv].timed_out and found[quick.argv].stdout == b"here\n"


def test_a_stream_that_is_cut_gives_what_was_whole() -> None:
    one, two = Command(("echo", "one")), Command(("echo", "two"))
    commands, mark, text = lane_of(one, two)
    output = Local().execute(text, 30, 10**7).output
    cut = output[: output.index(b"two") + 1]
    found, _, complete = answers(commands, mark, cut, [(len(cut), "t", 0.1)])
    assert not complete and set(found) == {one.argv}
    batch = compile_batch(AT, [stat("/etc")])
    (fact,) = facts(batch, {}, (Observation.ERROR, msg("The connection was cut off.")))
    assert fact.observation is Observation.ERROR


def test_half_a_script_never_runs(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    _, _, text = lane_of(Command(("touch", str(witness))), Command(("true",)))
    half = text[: text.index(b"x 1 ")]
    subprocess.run(["sh", "-c", launch(text)], input=half, capture_output=True, timeout=600)
    assert not witness.exists()
    subprocess.run(["sh", "-c", launch(text)], input=text, capture_output=True, timeout=600)
    assert witness.exists()


def test_what_was_printed_before_is_noise_and_not_an_answer() -> None:
    command = Command(("echo", "real"))
    commands, mark, text = lane_of(command)
    output = b"Welcome!\n" + Local().execute(text, 30, 10**7).output
    found, noise, _ = answers(commands, mark, output, [(len(output), "t", 0.1)])
    assert noise == b"Welcome!" and found[command.argv].stdout == b"real\n"


def test_everything_ends_when_nobody_listens_any_more() -> None:
    seconds = f"{300 + os.getpid() % 1000}.25"
    program = (
        "from checks.sources.batch import script, new_mark\nfrom checks.sources.interface import Command\n"
        "from checks.sources.local import Local\n"
        f"Local().execute(script((Command(('sleep', '{seconds}'), deadline=300),), new_mark()), 300, 10**6)\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", program])

    def sleeping() -> bool:
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it may be gone by now
                if process.name != str(asking.pid) and seconds.encode() in (process / "cmdline").read_bytes():
                    return True
        return False

    until = time.monotonic() + 300
    while not sleeping() and time.monotonic() < until:
        time.sleep(0.05)
    assert sleeping()
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    while sleeping() and time.monotonic() < until:
        time.sleep(0.05)
    assert not sleeping()


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_says_what_it_asks(name: str) -> None:
    assert re.fullmatch(r"[a-z][^\n`]{10,90}", purpose(name))
