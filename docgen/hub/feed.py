"""The Atom feed of a hub: an entry for each run in which something changed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checks.model import Report, msg
from docgen.hub import places
from docgen.hub.nights import Change, sums
from docgen.hub.past import Past
from docgen.i18n import Translator
from docgen.labels import LIGHT, STATUS
from docgen.renderers.printable import printable

FILE = "changes.atom"
_SPACE = UUID("6b0f5f0e-0d0a-5c1d-9a55-0d6f63676e21")
"""The name space of the ids: they depend on the project, the language and the snapshot, and on no address."""
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LINES = 30


def feed(report: Report, past: Past, t: Translator) -> bytes:
    """The feed in the language of `t`, the newest run first. Its links are relative to the feed, so that it is right
    wherever the hub lies."""
    root = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": t.language})
    _text(root, "id", _id(report.project, t.language))
    _text(root, "title", t("{project}: what changed", project=report.project))
    _text(root, "updated", past.night.collected_at)
    _text(SubElement(root, "author"), "name", report.owner or report.project)
    SubElement(root, "generator", {"version": printable(report.docgen)}).text = "docgen"
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": FILE})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": "history.html"})
    names = {
        r.id: t("{component}: {check}", component=c.name, check=t.plain(r.name))
        for s in report.sections
        for c in s.components
        for r in c.results
    }
    titles = {e.name: e.title for e in report.environments}
    for night in reversed(past.nights):
        changed = past.changed[night.name]
        if not changed:
            continue
        entry = SubElement(root, "entry")
        _text(entry, "id", _id(report.project, t.language, night.collected_at, night.snapshot))
        _text(entry, "title", ", ".join(t.plain(one) for one in sums(changed)))
        _text(entry, "updated", night.collected_at)
        address = {"rel": "alternate", "type": "text/html", "href": f"{places.night(night.name)}.html"}
        SubElement(entry, "link", address)
        lights = [
            t("{environment}: {light}", environment=titles.get(name, name), light=t.plain(LIGHT[light]))
            for name, light in night.lights.items()
        ]
        content = _text(entry, "content", "\n".join([*lights, *_lines(changed, names, t)]))
        content.set("type", "text")
    indent(root)
    body: str = tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()


def _lines(changed: Sequence[Change], names: dict[str, str], t: Translator) -> list[str]:
    lines = []
    for c in changed[:_LINES]:
        name = names.get(c.id, c.id)
        before = t.plain(STATUS[c.before]) if c.before else t("newly declared")
        after = t.plain(STATUS[c.after]) if c.after else t("no longer declared")
        lines.append(f"{name}: {before} → {after}")
    if len(changed) > _LINES:
        lines.append(t.plain(msg("and {n:int} more", n=len(changed) - _LINES)))
    return lines


def _id(*parts: str) -> str:
    return f"urn:uuid:{uuid5(_SPACE, chr(10).join(parts).encode('utf-8', 'backslashreplace').decode())}"


def _text(parent: Element, name: str, text: str) -> Element:
    made = SubElement(parent, name)
    made.text = printable(text)
    return made
