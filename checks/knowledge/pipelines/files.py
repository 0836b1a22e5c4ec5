"""A workflow file as it is written: jobs, steps and their lines. Every scalar is text; ``on`` stays ``on``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from checks.knowledge.pipelines.matrices import variants

FOLDER = ".github/workflows"
_MOST_NODES = 50_000


class Odd(ValueError):
    """The file is no workflow; the text says why, with its line."""


class Step(NamedTuple):
    """``line`` is that of the step; ``run_line`` that of the first line of its script. ``file`` is empty for the
    workflow file itself. ``preset`` holds what is known of the ``inputs.`` that it is given; ``lines`` the lines of its
    keys; ``within`` the steps whose actions it is part of, the outermost first."""

    name: str
    id: str
    uses: str
    run: str
    inputs: Mapping[str, str]
    condition: str | None
    ignored: str
    shell: str
    folder: str
    env: Mapping[str, str]
    line: int
    run_line: int
    file: str = ""
    preset: Mapping[str, str] = {}
    lines: Mapping[str, int] = {}
    within: tuple[Step, ...] = ()


class Job(NamedTuple):
    """``asked``: the line of its ``if:``, and the file; ``ignored_line``: that of ``continue-on-error``;
    ``variants``: those of its matrix, as far as they can be told."""

    id: str
    name: str
    needs: tuple[str, ...]
    condition: str | None
    ignored: str
    uses: str
    services: tuple[str, ...]
    environment: str
    steps: tuple[Step, ...]
    line: int
    variants: tuple[Mapping[str, str], ...] = ()
    inputs: Mapping[str, str] = {}
    runs_on: str = ""
    file: str = ""
    asked: tuple[int, str] = (0, "")
    ignored_line: int = 0


class Trigger(NamedTuple):
    """An event that starts the workflow, and the branches or workflows it is limited to; ``further``: what else limits
    or widens it, such as ``paths`` or ``tags``."""

    event: str
    branches: tuple[str, ...]
    line: int
    further: tuple[str, ...] = ()


class Workflow(NamedTuple):
    path: str
    name: str
    triggers: tuple[Trigger, ...]
    jobs: tuple[Job, ...]
    env: Mapping[str, str]
    preset: Mapping[str, str] = {}


@lru_cache(maxsize=64)
def workflow(path: str, source: str) -> Workflow:
    """The workflow in the file `path` with the text `source`. Raises :class:`Odd`."""
    data = _loaded(source)
    jobs = data.get("jobs")
    if not isinstance(jobs, dict) or not jobs:
        raise Odd("it has no jobs")
    defaults = _mapping(_mapping(data.get("defaults")).get("run"))
    return Workflow(
        path=path,
        name=_text(data.get("name")),
        triggers=tuple(_triggers(data)),
        jobs=tuple(
            _job(id_, body, defaults, _line(jobs, id_))
            for id_, body in jobs.items()
            if isinstance(body, dict)
        ),
        env=_texts(data.get("env")),
        preset=_defaults(_mapping(_mapping(data.get("on")).get("workflow_call")).get("inputs")),
    )


def action(path: str, source: str) -> tuple[Step, ...]:
    """The steps of the composite action in the file `path`; each has the defaults of its inputs under ``inputs.``.
    Raises :class:`Odd`."""
    data = _loaded(source)
    runs, preset = _mapping(data.get("runs")), _defaults(data.get("inputs"))
    if runs.get("using") != "composite":
        raise Odd("it is no composite action")
    return tuple(step._replace(file=path, preset=preset) for step in _steps(runs, {}))


def _defaults(inputs: Any) -> dict[str, str]:
    """What each input is where nobody gives it."""
    found = {name: _mapping(one).get("default") for name, one in _mapping(inputs).items()}
    return {f"inputs.{name}": value for name, value in found.items() if isinstance(value, str)}


class _Map(dict[str, Any]):
    """A mapping that knows the lines of its keys and values."""

    lines: dict[str, tuple[int, int]]


def _loaded(source: str) -> _Map:
    import yaml

    try:
        node = yaml.compose(source, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Odd(f"line {mark.line + 1}: {getattr(error, 'problem', '')}" if mark else str(error)) from error
    except RecursionError as error:
        raise Odd("it is nested too deeply") from error
    try:
        made = _plain(node, [_MOST_NODES]) if node is not None else None
    except RecursionError as error:
        raise Odd("it is nested too deeply") from error
    if not isinstance(made, _Map):
        raise Odd("line 1: it is no mapping")
    return made


def _plain(node: Any, left: list[int]) -> Any:
    left[0] -= 1  # aliases can make a small file a huge one
    if left[0] < 0:
        raise Odd("it is too large")
    if node.id == "scalar":
        if node.tag.startswith("!"):
            raise Odd(f"line {node.start_mark.line + 1}: GitHub knows no tags: {node.tag}")
        return node.value
    if node.id == "sequence":
        return [_plain(one, left) for one in node.value]
    made = _Map()
    made.lines = {}
    for key, value in node.value:
        if key.id == "scalar" and key.value in made:
            raise Odd(f"line {key.start_mark.line + 1}: `{key.value}` is there twice")
        if key.id == "scalar" and key.value == "<<":
            raise Odd(f"line {key.start_mark.line + 1}: GitHub knows no merge keys")
        if key.id == "scalar":
            made[key.value] = _plain(value, left)
            block = value.id == "scalar" and value.style in ("|", ">")
            made.lines[key.value] = key.start_mark.line + 1, value.start_mark.line + (2 if block else 1)
    return made


def _line(of: Any, key: str, place: int = 0) -> int:
    return int(of.lines.get(key, (0, 0))[place]) if isinstance(of, _Map) else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> dict[str, str]:
    return {k: v for k, v in _mapping(value).items() if isinstance(v, str)}


def _list(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(one for one in items if isinstance(one, str))


_LEAST = {
    "pull_request": {"opened", "synchronize"},
    "pull_request_target": {"opened", "synchronize"},
    "workflow_run": {"completed"},
}
"""The types of an event without which it does not start when it should."""


def _triggers(data: _Map) -> Iterator[Trigger]:
    on, line = data.get("on"), _line(data, "on")
    if isinstance(on, _Map):
        for event, limits in on.items():
            its = _mapping(limits)
            usual = ("branches", "workflows", "inputs", "secrets", "outputs")
            types, least = set(_list(its.get("types"))), _LEAST.get(event, set())
            further = tuple(
                key
                for key in its
                if key not in usual and not (key == "types" and (least <= types or not least))
            )
            names = _list(its.get("workflows")) or _list(its.get("branches"))
            yield Trigger(event, names, _line(on, event), further)
    else:
        for event in _list(on):
            yield Trigger(event, (), line)


def _job(id_: str, body: dict[str, Any], defaults: Mapping[str, Any], line: int) -> Job:
    own = {**defaults, **_mapping(_mapping(body.get("defaults")).get("run"))}
    services = [
        s if isinstance(s, str) else _text(_mapping(s).get("image"))
        for s in _mapping(body.get("services")).values()
    ]
    environment = body.get("environment")
    return Job(
        id=id_,
        name=_text(body.get("name")) or id_,
        needs=_list(body.get("needs")),
        condition=_optional(body.get("if")),
        ignored=_ignored(body),
        uses=_text(body.get("uses")),
        services=tuple(services),
        environment=_text(environment) or _text(_mapping(environment).get("name")),
        steps=tuple(_steps(body, own, _texts(body.get("env")))),
        line=line,
        inputs=_texts(body.get("with")),
        runs_on=" ".join(_list(body.get("runs-on"))),
        variants=variants(body.get("strategy")),
        asked=(_line(body, "if") or line, ""),
        ignored_line=_line(body, "continue-on-error"),
    )


def _optional(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _ignored(body: Mapping[str, Any]) -> str:
    """What ``continue-on-error`` says, unless that is no."""
    said = _text(body.get("continue-on-error"))
    return "" if said.lower() in ("", "false") else said


def _steps(
    body: Mapping[str, Any], defaults: Mapping[str, Any], env: Mapping[str, str] | None = None
) -> Iterator[Step]:
    steps = body.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else [], 1):
        if not isinstance(step, _Map):
            continue
        run, uses = _text(step.get("run")), _text(step.get("uses"))
        script = run or next((_text(_mapping(step.get("with")).get(k)) for k in ("script",)), "")
        run_line = _line(step, "run", 1) if run else _line(step.get("with"), "script", 1)
        first = re.sub(r"\s+", " ", run.strip().split("\n", 1)[0]) if run else uses
        yield Step(
            name=_text(step.get("name")) or (f"Run {first}" if first else f"step {number}"),
            id=_text(step.get("id")),
            uses=uses,
            run=script,
            inputs=_texts(step.get("with")),
            condition=_optional(step.get("if")),
            ignored=_ignored(step),
            shell=_text(step.get("shell")) or _text(defaults.get("shell")),
            folder=_text(step.get("working-directory")) or _text(defaults.get("working-directory")),
            env={**(env or {}), **_texts(step.get("env"))},
            line=min((one for one, _ in step.lines.values()), default=0),
            run_line=run_line,
            lines={key: line for key, (line, _) in step.lines.items()},
        )
