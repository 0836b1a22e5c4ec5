"""Three-line tests for whoever writes a check.

::

    def test_missing():
        assert judge("file", "/nowhere").verdict is Verdict.DEVIATES      # really asked, on this machine

    def test_denied():
        assert judge("file", "/etc/x", path=denied()).verdict is Verdict.UNDETERMINED    # with a fact of your own
"""

from __future__ import annotations

from typing import Any

from checks.evaluate import judge_facts
from checks.kinds import kind
from checks.model import Fact, Judgement, Message, Observation, Probe, bound, msg
from checks.redact import Redactor

GITHUB = {
    "repository": "owner/name",
    "api": "https://api.github.com",
    "token": None,
    "answers": None,
    "checkout": None,
}
"""The spec's ``github`` of these tests."""
GATES = {"release-structure": {"artisan": "file", "public/index.php": "file", "app": "folder"}}
"""The spec's ``gates`` of these tests."""
DOCUMENTS = {"folders": ["docs"], "expected": [], "roots": {"test": "/srv/app"}}
"""The spec's ``documents`` of these tests."""


def validated(name: str, declared: Any, *, root: str | None = "/", url: str | None = None) -> Any:
    """The params of kind `name` from what a spec would say."""
    its = kind(name)
    value = (
        declared if isinstance(declared, dict) else {its.shorthand: declared} if its.shorthand else declared
    )
    context = {"root": root, "url": url, "address": "127.0.0.1", "github": GITHUB, "gates": GATES,
               "documents": DOCUMENTS}  # fmt: skip
    return its.params.model_validate(value, context=context)


def judge(
    name: str, declared: Any, *, root: str | None = "/", url: str | None = None, **facts: Fact
) -> Judgement:
    """The judgement of kind `name` with SOLL `declared`. Facts that are not given are really collected, on
    this machine."""
    its = kind(name)
    params = validated(name, declared, root=root, url=url)
    if its.peers:
        params = its.peers(params, (params,))
    probes = dict(its.probes(params))
    unknown = set(facts) - set(probes)
    assert not unknown, f"{name} has no fact called {unknown}; it has {sorted(probes)}"
    wanted = {role: p for role, p in bound(probes, "test/local").items() if role not in facts}
    collected = collect_here(wanted)
    return judge_facts(its, params, {**collected, **facts})


def collect_here(probes: dict[str, Probe]) -> dict[str, Fact]:
    """`probes`, bound to a place, asked on this machine, redacted."""
    from checks.sources import network
    from checks.sources.batch import ready
    from checks.sources.host import run
    from checks.sources.local import Local

    far = [p for p in probes.values() if p.verb in network.VERBS]
    near = [p for p in probes.values() if p.verb not in network.VERBS]
    made = network.observe_all(far, network.dial_from_here, {}, at_most=4)
    if near:
        made += run(ready("test/local", near), Local(), 30)[0]
    redactor = Redactor()
    by_id = {f.probe: f.model_copy(update={"value": redactor.value(f.value)}) for f in made}
    return {role: by_id[p.id] for role, p in probes.items()}


def observed(value: Any, **more: Any) -> Fact:
    """A fact that was observed, with `value`."""
    return _fact(Observation.OBSERVED, value=value, **more)


def absent() -> Fact:
    """A fact of proven absence."""
    return _fact(Observation.ABSENT, reason=msg("It does not exist."))


def denied() -> Fact:
    """A fact that could not be observed for lack of permission."""
    return _fact(Observation.DENIED, reason=msg("Access was denied."))


def failed(observation: Observation, reason: Message | None = None) -> Fact:
    """A fact with any other `observation`."""
    return _fact(observation, reason=reason or msg("It failed."))


def _fact(observation: Observation, **more: Any) -> Fact:
    return Fact(probe="test", at="test/local", verb="test", observation=observation, **more)
