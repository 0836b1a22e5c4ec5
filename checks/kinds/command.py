"""``command``: a command ends as it should, and says what it should."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.expectations import Body
from checks.knowledge.readonly import allowed, known, marked
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, probe


def _argv(value: Any) -> Any:
    if isinstance(value, str):
        try:
            words = ", ".join(shlex.split(value))
        except ValueError:
            words = "command, argument"
        raise ValueError(f"expected a list, because no shell reads it: [{words}]")
    if isinstance(value, list | tuple):
        return tuple(
            str(part) if isinstance(part, int) and not isinstance(part, bool) else part for part in value
        )
    return value


def _codes(value: Any) -> Any:
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


Argv = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[^\x00]*$")], ...],
    BeforeValidator(_argv),
    Field(min_length=1),
    WithJsonSchema({"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1}),
]
_CODE = {"type": "integer", "minimum": 0, "maximum": 255}
Codes = Annotated[
    tuple[Annotated[int, Field(ge=0, le=255, strict=True)], ...],
    BeforeValidator(_codes),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_CODE, {"type": "array", "items": _CODE, "minItems": 1}]}),
]


class Command(Params):
    run: Argv
    """The command and its arguments, as a list: `[php, -v]`. No shell reads them: no pipes, no `*`, no `$`.
    A command that the host does not have is `unknown`: it could not be asked."""
    exit: Codes = (0,)
    """The exit code that it must end with, or a list of them."""
    stdout: Body | None = None
    """What it prints: `contains`, `matches`, `not-contains`, `not-matches`, each one or a list. Regular
    expressions are looked for line by line."""
    stderr: Body | None = None
    """What it prints to standard error: the same."""
    cwd: RemotePath | None = None
    """The folder in which it runs; without it, the home of the account, not `root`."""
    may_change_the_server: bool = False
    """`true`: it may be any command. Otherwise only those are accepted that are known to only read."""

    @model_validator(mode="after")
    def _only_reads(self) -> Command:
        if self.may_change_the_server or allowed(self.run):
            return self
        word = self.run[0]
        if known(word):
            raise ValueError(
                f"`{word}` with these arguments may do more than read: expected other arguments, "
                "or `may-change-the-server: true`"
            )
        close = get_close_matches(word, _COMMON, 1)
        hint = f"did you mean `{close[0]}`? " if close else ""
        raise ValueError(
            f"`{word}` is not known to only read: {hint}expected another command, a check of another kind, "
            "or `may-change-the-server: true`"
        )


_COMMON = ("cat", "date", "df", "find", "git", "grep", "ls", "nginx", "openssl", "php", "stat", "systemctl")


def probes(p: Command) -> dict[str, Probe]:
    args: dict[str, Any] = {"argv": list(p.run)}
    args |= {"cwd": p.cwd} if p.cwd else {}
    args |= marked(p.run)
    for name, wanted in (("patterns", p.stdout), ("stderr_patterns", p.stderr)):
        args |= {name: [pattern for pattern, _, _ in wanted.patterns()]} if wanted else {}
    return {"run": probe("run", deadline=30, **args)}


def soll(p: Command) -> Message:
    return msg("command {command:code}", command=shlex.join(p.run))


def judge(p: Command, facts: Facts) -> Judgement:
    fact = facts["run"]
    name = msg("exit code")
    codes = tuple(map(str, p.exit))
    expected = code(codes[0]) if len(codes) == 1 else msg("one of {values:list}", values=codes)
    if fact.observation is Observation.ABSENT:
        return judgement(aspect(name, expected, fact.reason, False), observation=fact.observation)
    if fact.observation is not Observation.OBSERVED:
        return undetermined(fact.reason or msg("It was not observed."), fact.observation)
    seen = fact.value
    # What is cut off ends with an error because nobody reads it any more, and not by itself.
    broken = fact.truncated and seen["exit_code"] != 0
    right = None if broken else seen["exit_code"] in p.exit
    lines = [line for line in seen["stderr"].splitlines() if line.strip()]
    # Some tools begin with the error and end with a hint; others warn first and end with the error.
    ends = " … ".join(line[:100] for line in dict.fromkeys((lines[0], lines[-1]))) if lines else ""
    said = msg("It said: {error:code}", error=ends) if lines and right is False else None
    said = msg("It printed more than is read, and was stopped.") if broken else said
    printed = [
        *_printed(msg("output"), p.stdout, seen["found"], seen["stdout"], fact),
        *_printed(msg("error output"), p.stderr, seen["found_stderr"], seen["stderr"], fact),
    ]
    reason = said or next((a.note for a in printed if a.note), None)
    return judgement(
        aspect(name, expected, code(seen["exit_code"]), right, note=said), *printed, reason=reason
    )


def _printed(name: Message, wanted: Body | None, found: list[Any], text: str, fact: Fact) -> Iterator[Aspect]:
    for (_, present, expected), hit in zip(wanted.patterns() if wanted else [], found, strict=True):
        if hit:
            actual = msg("found in line {line:int}: {text:code}", line=hit["line"], text=hit["text"])
            yield aspect(name, expected, actual, present)
        elif fact.truncated:
            cut = msg("Only the beginning of the output was searched.")
            yield aspect(name, expected, msg("not found"), None, note=cut)
        else:
            first = next((line for line in text.splitlines() if line.strip()), "")
            begins = msg("begins with {text:code}", text=first[:80]) if first else msg("empty")
            yield aspect(name, expected, begins if present else msg("not found"), not present)


KIND = Kind(
    name="command",
    summary="A command that only reads ends with the right exit code and prints what it should.",
    why="What no other kind knows of can still be asked, without giving up that a run changes nothing.",
    params=Command,
    shorthand="run",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Run it and see what it says: {command:code}", command=shlex.join(p.run)),
    handles=frozenset({Observation.DENIED}),
    example="command: {run: [php, -m], stdout: {contains: pdo_mysql}}",
)
