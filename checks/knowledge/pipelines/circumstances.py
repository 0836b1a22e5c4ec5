"""What holds for a job or a step as a whole: its conditions, its shell, its expressions, what it works on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.knowledge.pipelines.acts import ACTIONS, REMOTE_SCRIPTS
from checks.knowledge.pipelines.conditions import Condition
from checks.knowledge.pipelines.fates import Fate, Ran
from checks.knowledge.pipelines.files import Job, Step

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def passes_errors(ran: Ran) -> bool:
    """Whether curl takes an error of the server for a success, and nobody looks at what it says."""
    if ran.argv[0].rpartition("/")[2] != "curl" or ran.judged:
        return False
    return not any(w.startswith("--fail") or re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*", w) for w in ran.argv[1:])


def both_conditions(outer: str | None, inner: str | None) -> str | None:
    """The ``if:`` of a job in a workflow that is itself called under one."""
    if not outer or not inner:
        return outer or inner
    bare = [re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", one, flags=re.DOTALL) for one in (outer, inner)]
    return f"({bare[0]}) && ({bare[1]})"


def works_elsewhere(job: Job) -> bool:
    """Whether the job works on another commit or repository than its own: then scripts are not those that were read."""
    uses = [step.uses.partition("@")[0] for step in job.steps]
    if "actions/checkout" not in uses and any("download-artifact" in used for used in uses):
        return True
    for step in job.steps:
        if step.uses.startswith("actions/checkout"):
            ref, repository = step.inputs.get("ref", ""), step.inputs.get("repository", "")
            if (ref and not re.search(r"github\.(?:sha|ref|event)", ref)) or (
                repository and "github." not in repository
            ):
                return True
    return False


def of_matrix(job: Job) -> bool:
    """Whether what the steps of `job` do differs by its matrix."""
    said = (part for s in job.steps for part in (s.run, s.folder, *s.env.values(), *s.inputs.values()))
    return any("matrix." in part for part in said)


_USUAL = {"errexit", "nounset", "pipefail", "xtrace", "braceexpand", "hashall", "interactive-comments"}


def starts_otherwise(env: Mapping[str, str], step: Step) -> Fate | None:
    """What in `env` makes a shell do something else before, or instead of, its script."""
    for name, value in env.items():
        harmless = not value or (name == "SHELLOPTS" and set(value.split(":")) <= _USUAL)
        if (name in ("BASH_ENV", "SHELLOPTS", "BASHOPTS") or name.startswith("BASH_FUNC_")) and not harmless:
            return Fate(None, f"env: {name}: {value}", step.line, step.file)
    return None


_KNOWN_ACTION = re.compile(
    r"(?:actions|github|docker|shivammathur|ramsey|codecov|aws-actions|google-github-actions|azure|hashicorp)/"
    r"|.*(?:setup|cache|ssh-agent|ssh-key|known-hosts|slack|notif|login|credentials|install|lint|checkout|upload|download)",
    re.IGNORECASE,
)


def is_unknown(action: str) -> bool:
    """Whether the published action called `action` may do anything: also what a workflow is looked through for."""
    if action in ACTIONS or action in REMOTE_SCRIPTS or action.startswith("./"):
        return False
    return not _KNOWN_ACTION.match(action) or action.startswith("docker:")


def looked_at(step: Step, job: Job) -> bool:
    """Whether a later step of `job` looks at how `step`, whose failure is passed over, ended."""
    said = f"steps.{step.id}.outcome"
    return bool(step.id) and any(said in (one.condition or "") + one.run for one in job.steps)


def stops_at_first(step: Step) -> bool:
    """Whether the published action of `step` ends its script at the first failure: from v1.2.1 on it knows no
    ``script_stop`` any more."""
    old = re.search(r"@v(?:0\.\d+(?:\.\d+)?|1\.[01](?:\.\d+)?|1\.2\.0)$", step.uses)
    return bool(old) and step.inputs.get("script_stop") == "true"


def reads_script(shell: str) -> bool:
    """Whether `shell` is a POSIX shell that reads the step's script."""
    word, *rest = shell.split()
    named = word.rpartition("/")[2] in ("bash", "sh", "dash")
    return named and not any(re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", one) for one in rest)


def with_values(source: str, known: Mapping[str, str]) -> str:
    """`source` with the expressions that are known; the others become a word that a shell leaves alone."""

    def value(match: re.Match[str]) -> str:
        name = match[1].strip()
        said = known.get(name)
        return said if said is not None and "\n" not in said else f"%{re.sub(r'[^A-Za-z0-9_.]', '', name)}%"

    return _EXPRESSION.sub(value, source)


def only_if(source: str | None, its: Condition, line: int, file: str) -> Fate | None:
    if its.runs is True:
        return None
    return Fate(its.runs, f"if: {' '.join((source or '').split())}", line, file)


def stricter(outer: Fate | None, inner: Fate | None) -> Fate | None:
    """Of two conditions, one within the other, that which says more: what never holds, else the inner one, which no
    success of the whole proves."""
    return outer if inner is None or (outer is not None and outer.stops is False) else inner


def stop_of(ignored: str, line: int, file: str) -> Fate | None:
    if not ignored:
        return None
    return Fate(False if ignored.lower() == "true" else None, f"continue-on-error: {ignored}", line, file)


def reach(start: str, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs.get(start, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += needs.get(one, ())
    return found
