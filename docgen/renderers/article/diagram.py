"""Small diagrams: boxes and arrows of the usual subset of DOT and of Mermaid's flowcharts, laid out here.

No other program and no script is needed. What is not understood is refused, so that nothing is drawn that does not say what
was written; its source is shown instead.
"""

from __future__ import annotations

import itertools
import re
from html import escape
from typing import NamedTuple

from docgen.i18n import Translator

MOST = 60
"""Boxes of a diagram; what has more is not for the eye."""
_WIDE, _HIGH, _GAP_X, _GAP_Y, _CHARACTER = 24, 36, 56, 20, 7.6
_ID = r'(?:[A-Za-z_À-ɏ0-9][\w.-]*|"(?:[^"\\]|\\.)*")'
_DOT_NODE = re.compile(rf"({_ID})\s*(\[[^\]]*\])?$")
_LABEL = re.compile(r'label\s*=\s*("(?:[^"\\]|\\.)*"|[\w.-]+)')
_IGNORED = re.compile(
    r"(?:graph|node|edge)\s*\[[^\]]*\]$|(?:rankdir|label|bgcolor|splines|fontname|fontsize)\s*=\s*[^\s;]+$"
)
_BOX = re.compile(
    r"([A-Za-z0-9_À-ɏ][\w.-]*?)\s*(?:\[\[?\(?\"?(?P<a>[^\[\]\"]*?)\"?\)?\]?\]|\(\(?\[?\"?(?P<b>[^()\"]*?)\"?\]?\)?\)"
    r"|\{\{?\"?(?P<c>[^{}\"]*?)\"?\}?\})?(?::::?\w+)?\s*$"
)
_ARROW = re.compile(r"\s*(?:--\s*([^->|]+?)\s*-->|-->\|([^|]*)\||(?:-->|---|-\.->|==>|--o|--x))\s*")


class NotDrawn(Exception):
    """The text is no diagram of the subset that is drawn; the reason is a statement of it, or a word."""


class Edge(NamedTuple):
    first: str
    then: str
    label: str


class Graph(NamedTuple):
    """``nodes``: labels by name, in the order in which they are named."""

    nodes: dict[str, str]
    edges: list[Edge]


def drawn(text: str, language: str, t: Translator) -> str:
    """The diagram in `text` as a figure, with all of it in words below. Raises :class:`NotDrawn`."""
    graph = _mermaid(text) if language == "mermaid" else _dot(text)
    if not graph.nodes or len(graph.nodes) > MOST or len(graph.edges) > 4 * MOST:
        raise NotDrawn(str(len(graph.nodes)))
    return _figure(graph, t)


def _statements(text: str) -> list[str]:
    text = re.sub(r"//[^\n]*|#[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    body = (
        re.search(r"\{(.*)\}", text, re.DOTALL)
        if re.match(r"\s*(?:strict\s+)?(?:di)?graph\b", text)
        else None
    )
    inner = body[1] if body else text
    if "{" in inner:
        raise NotDrawn("subgraph")
    return [one.strip() for one in re.split(r'[;\n](?=(?:[^"]*"[^"]*")*[^"]*$)', inner) if one.strip()]


def _dot(text: str) -> Graph:
    if len(text) > 8000:
        raise NotDrawn(str(len(text)))
    graph = Graph({}, [])
    for said in _statements(text):
        if _IGNORED.fullmatch(said):
            continue
        *before, last = re.split(r"\s*(?:->|--)\s*", said)
        match = _DOT_NODE.fullmatch(last)
        if match is None or not all(re.fullmatch(_ID, one) for one in before):
            raise NotDrawn(said[:80])
        label = _LABEL.search(match[2] or "")
        names = [_unquoted(one) for one in [*before, match[1]]]
        for name in names:
            graph.nodes.setdefault(name, name)
        if not before and label:
            graph.nodes[names[0]] = _unquoted(label[1])
        said_of = _unquoted(label[1]) if label and before else ""
        graph.edges.extend(Edge(a, b, said_of) for a, b in itertools.pairwise(names))
    return graph


def _unquoted(text: str) -> str:
    return text[1:-1].replace('\\"', '"').replace("\\n", " ") if text.startswith('"') else text


def _mermaid(text: str) -> Graph:
    lines = [
        line.strip().rstrip(";")
        for line in text.split("\n")
        if line.strip() and not line.strip().startswith("%%")
    ]
    if (
        len(text) > 8000
        or not lines
        or not re.match(r"(?:graph|flowchart)(?:\s+(?:LR|RL|TD|TB|BT))?$", lines[0])
    ):
        raise NotDrawn(lines[0][:80] if lines else "")
    graph = Graph({}, [])
    for said in lines[1:]:
        if re.match(r"(?:classDef|class|style|linkStyle)\b", said):
            continue
        places = [(m.start(), m.end(), (m[1] or m[2] or "").strip()) for m in _ARROW.finditer(said)]
        ends = [0, *(end for _, end, _ in places)]
        starts = [*(start for start, _, _ in places), len(said)]
        names = [_boxed(said[a:b].strip(), graph, said) for a, b in zip(ends, starts, strict=True)]
        for (_, _, label), a, b in zip(places, names, names[1:], strict=False):
            graph.edges.append(Edge(a, b, label.strip('"')))
    return graph


def _boxed(said: str, graph: Graph, whole: str) -> str:
    match = _BOX.fullmatch(said)
    if match is None:
        raise NotDrawn(whole[:80])
    label = next((one for one in (match["a"], match["b"], match["c"]) if one), "")
    label = " ".join(re.sub(r"<br\s*/?>", " ", label).split())
    if label or match[1] not in graph.nodes:
        graph.nodes[match[1]] = label or match[1]
    return match[1]


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each box: behind all that lead to it, as far as they do not go in circles."""
    column = dict.fromkeys(graph.nodes, 0)
    order = {name: n for n, name in enumerate(graph.nodes)}
    forward = [one for one in graph.edges if order[one.first] < order[one.then]]
    for _ in graph.nodes:
        moved = False
        for one in forward:
            if column[one.then] <= column[one.first]:
                column[one.then], moved = column[one.first] + 1, True
        if not moved:
            break
    return column


def _figure(graph: Graph, t: Translator) -> str:
    column = _columns(graph)
    columns: dict[int, list[str]] = {}
    for name in graph.nodes:
        columns.setdefault(column[name], []).append(name)
    widths = {n: max(len(graph.nodes[one]) for one in its) * _CHARACTER + _WIDE for n, its in columns.items()}
    lefts, left = {}, 1.0
    for n in sorted(columns):
        lefts[n] = left
        # An arrow with words needs the room for them.
        words = max((len(e.label) for e in graph.edges if column[e.first] == n), default=0)
        left += widths[n] + max(_GAP_X, words * _CHARACTER * 0.85 + 24)
    right = max(lefts[n] + widths[n] for n in columns) + 1
    most = max(map(len, columns.values()))
    tall = most * (_HIGH + _GAP_Y) - _GAP_Y
    tops = {
        name: 1 + (tall - (len(its) * (_HIGH + _GAP_Y) - _GAP_Y)) / 2 + row * (_HIGH + _GAP_Y)
        for its in columns.values()
        for row, name in enumerate(its)
    }
    back = [one for one in graph.edges if column[one.then] <= column[one.first]]
    height = tall + 2 + (24 + 12 * len(back) if back else 0)
    boxes = [_box(graph.nodes[n], lefts[column[n]], tops[n], widths[column[n]]) for n in graph.nodes]
    lines: list[str] = []
    down = tall + 14.0
    for one in graph.edges:
        x1, y1 = lefts[column[one.first]] + widths[column[one.first]], tops[one.first] + _HIGH / 2
        x2, y2 = lefts[column[one.then]], tops[one.then] + _HIGH / 2
        if one in back:
            x1, x2 = x1 - 12, x2 + 12
            y1, y2 = y1 + _HIGH / 2, y2 + _HIGH / 2
            path = f"M{x1:.0f} {y1:.0f}V{down:.0f}H{x2:.0f}V{y2 + 6:.0f}"
            lines.append(f'<path class="edge" d="{path}"/>{_head(x2, y2, up=True)}')
            down += 12
            continue
        middle = (x1 + x2) / 2
        path = f"M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2 - 6:.0f} {y2:.0f}"
        lines.append(f'<path class="edge" d="{path}"/>{_head(x2, y2)}')
        if one.label:
            y = (y1 + y2) / 2 - 6
            lines.append(f'<text class="said" x="{middle:.0f}" y="{y:.0f}">{escape(one.label)}</text>')
    told = "".join(f"<li>{escape(_told(one, graph))}</li>" for one in graph.edges)
    told = told or "".join(f"<li>{escape(one)}</li>" for one in graph.nodes.values())
    return (
        '<figure class="diagram"><div class="scroll" tabindex="0">'
        f'<svg role="img" aria-label="{escape(t("Diagram; the same in words below"))}" width="{right:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {right:.0f} {height:.0f}">{"".join([*lines, *boxes])}</svg></div>'
        f"<details><summary>{escape(t('In words'))}</summary><ul>{told}</ul></details></figure>\n"
    )


def _told(one: Edge, graph: Graph) -> str:
    said = f"{graph.nodes[one.first]} → {graph.nodes[one.then]}"
    return f"{said}: {one.label}" if one.label else said


def _box(label: str, x: float, y: float, width: float) -> str:
    return (
        f'<rect class="box" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{_HIGH}" rx="3"/>'
        f'<text x="{x + width / 2:.0f}" y="{y + 23:.0f}">{escape(label)}</text>'
    )


def _head(x: float, y: float, *, up: bool = False) -> str:
    d = f"M{x:.0f} {y:.0f}l-4 8h8z" if up else f"M{x:.0f} {y:.0f}l-8 -4v8z"
    return f'<path class="head" d="{d}"/>'
