"""JSON: ``docgen/report/v1``, the published contract. Built field by field, never a dump of our own types.

Text is in the language of the render; ``expected`` and ``actual`` carry the typed values beside it, so that
two reports can be compared without comparing sentences.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from checks.model import Aspect, ComponentResult, Evidence, Item, Message, Report, Result
from checks.model.message import Param
from checks.phrases import component_ist, headline, ist, soll
from docgen.i18n import Translator
from docgen.labels import STANDING

SCHEMA = "docgen/report/v1"


def render(report: Report, translator: Translator) -> str:
    """`report` as JSON with sorted meaning and a final newline; the same report gives the same bytes."""
    return to_json(document(report, translator), indent=2).decode() + "\n"


def document(report: Report, t: Translator) -> dict[str, Any]:
    """`report` as plain JSON data in the shape of the contract."""
    return {
        "schema": SCHEMA,
        "project": report.project,
        "language": t.language,
        "generated_at": report.generated_at,
        "overall": report.overall.value,
        "docgen": report.docgen,
        "owner": report.owner,
        "spec": {"file": report.spec_file, "sha256": report.spec_sha256},
        "snapshot": {
            "sha256": report.snapshot_sha256,
            "collected_at": report.collected_at,
            "finished_at": report.finished_at,
            "valid_until": report.valid_until,
        },
        "environments": [
            {
                "name": e.name,
                "title": e.title,
                "production": e.production,
                "overall": e.overall.value,
                "operation": e.operation.value,
                "delivery": e.delivery.value,
                "operation_text": t.plain(e.operation_text),
                "delivery_text": t.plain(e.delivery_text),
                "verdict": t.plain(e.verdict),
                "counts": {s.value: n for s, n in e.counts.items()},
            }
            for e in report.environments
        ],
        "hosts": [
            {
                "name": h.host,
                "environment": h.environment,
                "address": h.address,
                "account": h.account,
                "observation": h.observation.value,
                "reason": _text(h.reason, t),
                "host_key": h.host_key,
                "system": h.system,
                "clock_skew": h.clock_skew,
            }
            for h in report.hosts
        ],
        "sections": [
            {
                "id": s.id,
                "name": s.name,
                "environment": s.environment,
                "components": [_component(c, t) for c in s.components],
            }
            for s in report.sections
        ],
        "blockers": [
            {
                "id": b.id,
                "title": t.plain(b.title),
                "critical": b.critical,
                "environment": b.environment,
                "cause": t.plain(b.cause),
                "impact": t.plain(b.impact),
                "since": b.since,
                "blocks": list(b.blocks),
                "remedy": _text(b.remedy, t),
                "owner": b.owner,
            }
            for b in report.blockers
        ],
        "next_steps": [
            {
                "priority": n.priority,
                "horizon": n.horizon,
                "title": t.plain(n.title),
                "environment": n.environment,
                "goal": t.plain(n.goal),
                "expected": t.plain(n.expected),
                "command": n.command,
                "owner": n.owner,
                "resolves": list(n.resolves),
            }
            for n in report.next_steps
        ],
        "flow": [
            {
                "name": f.name,
                "environment": f.environment,
                "steps": [
                    {
                        "number": step.number,
                        "name": step.name,
                        "group": step.group,
                        "status": step.status.value,
                        "because": list(step.because),
                        "checks": list(step.results),
                    }
                    for step in f.steps
                ],
            }
            for f in report.flows
        ],
        "gates": [
            {
                "name": g.name,
                "parts": list(g.parts),
                "layers": [
                    {
                        "name": layer.name,
                        "environment": layer.environment,
                        "kind": layer.kind,
                        "status": layer.status.value,
                        "assurance": layer.assurance and layer.assurance.value,
                        "cells": [cell and cell.value for cell in layer.cells],
                        "stops": _text(layer.stops, t),
                        "proven_at": layer.proven,
                        "checks": list(layer.results),
                    }
                    for layer in g.layers
                ],
            }
            for g in report.gates
        ],
        "readiness": [
            {
                "name": r.name,
                "environment": r.environment,
                "ready": r.ready,
                "needs": [_item(item, t) for item in r.needs],
                "then": [_item(item, t) for item in r.then],
            }
            for r in report.readiness
        ],
        "standing": [
            {
                "name": s.name,
                "environment": s.environment,
                **{group: [_item(item, t) for item in getattr(s, group)] for group in STANDING},
            }
            for s in report.standing
        ],
        "problems": [
            {
                "name": p.name,
                "environment": p.environment,
                "solved": p.solved,
                "critical": p.critical,
                "ist": _text(p.said, t),
                "example": p.example,
                "solution": p.solution,
                "checks": list(p.results),
            }
            for p in report.problems
        ],
        "coverage": {
            "declared": report.coverage.declared,
            "observed": report.coverage.observed,
            "undetermined": report.coverage.undetermined,
        },
        "counts": {s.value: n for s, n in report.counts().items()},
        "warnings": [t.plain(w) for w in report.warnings],
    }


def _item(item: Item, t: Translator) -> dict[str, Any]:
    return {
        "name": item.name,
        "status": item.status.value,
        "assurance": item.assurance and item.assurance.value,
        "ist": _text(item.said, t),
        "checks": list(item.results),
    }


def _component(component: ComponentResult, t: Translator) -> dict[str, Any]:
    checks = [_result(r, t) for r in component.results]
    return {
        "id": component.id,
        "name": component.name,
        "soll": component.soll or "; ".join(dict.fromkeys(check["soll"] for check in checks)),
        "ist": t.plain(component_ist(component)),
        "status": str(component.status),
        "severity": str(component.severity),
        "about": str(component.about),
        "assurance": component.assurance and str(component.assurance),
        "because": list(component.because),
        "remedy": _text(component.remedy, t),
        "owner": component.owner,
        "links": [{"title": title, "to": to} for title, to in component.links],
        "checks": checks,
    }


def _result(result: Result, t: Translator) -> dict[str, Any]:
    return {
        "id": result.id,
        "name": t.plain(result.name),
        "kind": result.kind,
        "host": result.host,
        "status": str(result.status),
        "observation": str(result.observation),
        "verdict": str(result.verdict),
        "disposition": str(result.disposition),
        "severity": str(result.severity),
        "assurance": result.assurance and str(result.assurance),
        "soll": t.plain(soll(result)),
        "ist": t.plain(ist(result)),
        "message": _text(headline(result), t),
        "remedy": _text(result.remedy, t),
        "because": list(result.because),
        "waived_until": result.waived_until,
        "waived_reason": _text(result.waived_reason, t),
        "declared_at": result.origin.rsplit("/", 1)[-1],
        "aspects": [_aspect(a, t) for a in result.aspects],
        "evidence": [_evidence(e, t) for e in result.evidence],
    }


def _aspect(aspect: Aspect, t: Translator) -> dict[str, Any]:
    return {
        "name": _text(aspect.name, t),
        "verdict": str(aspect.verdict),
        "near": aspect.near,
        "expected": _typed(aspect.expected),
        "actual": _typed(aspect.actual) if aspect.actual else None,
        "note": _text(aspect.note, t),
    }


def _evidence(evidence: Evidence, t: Translator) -> dict[str, Any]:
    return {
        "source": evidence.source,
        "host": evidence.host,
        "command": evidence.command,
        "exit_code": evidence.exit_code,
        "excerpt": evidence.excerpt,
        "sha256": evidence.sha256,
        "observed_at": evidence.observed_at,
        "observation": str(evidence.observation),
        "reason": _text(evidence.reason, t),
        "truncated": evidence.truncated,
    }


def _typed(value: Param) -> Any:
    if isinstance(value, Message):
        if set(value.params) == {"value"} and value.id in ("{value}", "{value:code}"):
            return value.params["value"]
        return {"id": value.id, **{k: _typed(v) for k, v in value.params.items()}}
    return list(value) if isinstance(value, tuple) else value


def _text(message: Message | None, t: Translator) -> str | None:
    return t.plain(message) if message else None
