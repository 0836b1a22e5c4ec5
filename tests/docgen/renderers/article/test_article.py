"""Documents as markup: what is shown, what stays out, and that nothing in them can break a page."""

from __future__ import annotations

import random
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from docgen.hub.pictures import sanitised
from docgen.i18n import Translator
from docgen.renderers.article import Body, of_html, of_json, of_markdown
from docgen.renderers.article.clean import Cleaned, cleaned
from docgen.renderers.article.diagram import NotDrawn, drawn
from docgen.renderers.article.front import front
from docgen.renderers.article.slugs import Slugs, slug


def markup(text: str) -> str:
    return "".join(of_markdown("a.md", text).parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe & Maß", "groesse-mass"),
        ("Ärger  –  ÖPNV", "aerger-oepnv"),
        ("_age", "age"),
        ("日本", "section"),
        ("É", "e"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_no_name_is_given_twice() -> None:
    slugs = Slugs()
    assert [slugs.take(one) for one in ("a", "a", "a-2", "a")] == ["a", "a-2", "a-2-2", "a-3"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: *a", "a: !!python/object/apply:os.system [id]", "[" * 3000,
        "a: 2026-99-99", "\t- x: [", "- a\n- b", "title: {",
        "date: 0000-00-00",
    ],
)  # fmt: skip
def test_hostile_front_matter_is_none(text: str) -> None:
    said = front(["---", *text.split("\n"), "---"])
    assert said.title == said.audience == said.owner == "" and said.date in ("", text[6:])


def test_front_matter() -> None:
    said = front(
        ["---", "title:  A  b", "date: 2026-01-02", "lang: de-DE", "audience: [x, y]", "search: false", "---"]
    )
    assert said[:6] == ("A b", "de", "2026-01-02", "x, y", "", False)


def test_what_is_kept_is_the_same_after_being_kept() -> None:
    import json

    body = of_markdown("a.md", "# A\n\n[x](y.md) ![p](q.png) {{ claim: c }}\n\n## B\n", frozenset({3}))
    assert Body.load(json.loads(json.dumps(body.dump()))) == body
    assert [one.kind for one in body.holes] == ["top", "mark", "link", "end", "image", "claim"]


@pytest.mark.parametrize(
    "text",
    ["<script>x</script>", "<b onclick=x>", "<p style='color:red'>", "<iframe src=x>",
     "<form><input></form>", "<style>x</style>",
     "[a](javascript:x)", "<a href='data:x'>", "<svg onload=x>", "<base href=x>",
     "<meta http-equiv=refresh>", "<object data=x>",
     "<math><mi//xlink:href='javascript:x'>", "<img src=x onerror=x>", "```html\n<script>x</script>\n```", "`<script>`",
     "<template><script>x</script></template>", "<noscript><p title='</noscript><img src=x onerror=x>'>"],
)  # fmt: skip
def test_what_could_act_stays_out(text: str) -> None:
    for made in (markup(text), "".join(of_html("a.html", text).parts)):
        for tag in re.findall(r"<[a-zA-Z][^>]*>", made):
            assert re.match(r"<(?:p|b|pre|code|span|a|div|h\d)\b", tag), tag
            assert not re.search(r"\son|style=|javascript|data:", tag), tag


class Balanced(HTMLParser):
    """Fails where an element ends that did not begin."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "hr", "img", "rect", "path", "col"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Whole."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag


def test_whatever_is_written_the_markup_is_whole() -> None:
    chance = random.Random(5)
    pieces = [
        "# ", "## ", "\n", "\n\n", "> ", "- [x] ", "| a | b |\n|---|--:|\n| c | d |\n", "<h1>",
        "</h1>", "<div>", "</div>",
        "</a>", "<a href=x>", "![p](q)", "[l](m)", "```dot\na -> b\n```\n", "!!! note\n    ",
        "[^1]", "\n[^1]: x\n", "<table>", "<td>",
        "\ue0003\ue001",
        "{{ claim: a }}", "**", "`", "x", "<h1 id=a>", "<img alt='>' src=b>", "<a title='a>b' href='c'>", "</p>",
        "<p>", "> [!TIP]\n> ",
    ]  # fmt: skip
    for _ in range(400):
        text = "".join(chance.choice(pieces) for _ in range(chance.randint(1, 40)))
        body = of_markdown("a.md", text)
        shown = {"link": "<a>", "end": "</a>"}
        whole = body.parts[0] + "".join(
            shown.get(hole.kind, "") + part for hole, part in zip(body.holes, body.parts[1:], strict=True)
        )
        parser = Balanced()
        parser.feed(whole)
        assert parser.open == [], text
        assert len(re.findall(r'\sid="([^"]*)"', whole)) == len(set(re.findall(r'\sid="([^"]*)"', whole))), (
            text
        )
        assert whole.count("<h1") <= 1, text


PIECES = (
    "*", "**", "_", "~~", "`", "``", "[a](b)", "[a](b 'ti\"t')", "![x](y.png)", "[![i](j)](k)", "[", "]", "(", ")", "\n",
    "\n\n", "- ", "1. ", "    ", "> ", "# ", "## ", "| a | b |\n|---|--:|\n| 1 | 2 |\n", "```sh\nx\n```\n", "[^1]",
    "\n[^1]: note\n", "Term\n: def\n", "> [!NOTE]\n> x\n", "!!! note \"T\"\n    body\n", "- [ ] task\n", "<", "&amp;",
    "&lt;b&gt;", "&quot;", "'", "\u00a0", "&nbsp;", "\u2705", "\\", "https://example.com/x?a=1&b=2", "<https://a.b>",
    "<m@x.de>", "{{ claim: a }}", "{#id}", "---\n", "***", "a b", "\t", "\0", "&#13;", "\x0c", "\x7f", "\ue0001\ue001",
    "&#xe000;1&#xe001;", "[a](java&#x73;cript:alert)", "[a](JAVASCRIPT:x)", "[a](//x.y)", "[a](data:text)", "[a](#f)",
    "[a]: http://r.ef 'T'\n", "[a][a]", "<!-- c -->", "<b>x</b>", "<script>", "<img src=x onerror=y>", "<br>",
)  # fmt: skip


def test_what_needs_no_sanitising_is_what_a_sanitiser_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of Markdown in any order: where the sanitiser is spared, it would have changed nothing."""
    spared: list[bool] = []

    def always(markup: str, slugs: Slugs, *, named: bool = False, ours: bool = False) -> Cleaned:
        spared.append(ours)
        return cleaned(markup, slugs, named=named)

    picked = random.Random(7)
    for _ in range(3000):
        written = "".join(picked.choices(PIECES, k=picked.randint(1, 24)))
        own = of_markdown("a.md", written)
        with monkeypatch.context() as patched:
            patched.setattr("docgen.renderers.article.cleaned", always)
            other = of_markdown("a.md", written)
        assert [unescape(one) for one in own.parts] == [unescape(one) for one in other.parts], written
        assert own._replace(parts=()) == other._replace(parts=()), written
    assert 500 < sum(spared) < 2500


def test_nobody_can_ask_for_what_is_trusted() -> None:
    for text in (
        "&#xe000;0&#xe001; <p>&#xe000;0&#xe001;&#xe000;999999&#xe001;</p>\n\n```\ncode\n```\n",
        "\ue0000\ue001",
    ):
        assert markup(text).count("<pre") == text.count("```") // 2
        assert "<pre" not in "".join(of_html("a.html", text).parts)


def test_json_is_laid_out() -> None:
    body = of_json("a.json", '{"title": "T", "x": "<b>"}')
    assert body.front.title == "T" and "&lt;b&gt;" in body.parts[0]
    assert "{brok" in of_json("a.json", "{broken").parts[0]


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ('digraph { a -> b [label="x"]; b [label="B <1>"]; rankdir=LR }', "dot", ["a → B &lt;1&gt;: x"]),
        ("a -> b\nb -> a", "flow", ["a → b", "b → a"]),
        ("flowchart LR\n A[Bauen] -->|ok| B{Test?}\n B --> C((Fertig))",
        "mermaid", ["Bauen → Test?: ok", "Test? → Fertig"]),
        ("graph TD\n A --> B --> C", "mermaid", ["A → B", "B → C"]),
    ],
)  # fmt: skip
def test_diagrams_say_the_same_in_words(text: str, language: str, said: list[str]) -> None:
    made = drawn(text, language, Translator("en"))
    assert re.findall(r"<li>(.*?)</li>", made) == said
    assert "<script" not in made and made.count("<path") == 2 * len(said)


@pytest.mark.parametrize(
    ("text", "language"),
    [("sequenceDiagram\n A->>B: x", "mermaid"), ("digraph { subgraph x { a } }", "dot"), ("<script>", "dot"), ("", "dot"),
     ("graph LR\n A <--> B", "mermaid"), ("\n".join(f"n{n} -> n{n + 1}" for n in range(99)), "dot")],
)  # fmt: skip
def test_what_is_not_understood_is_not_drawn(text: str, language: str) -> None:
    with pytest.raises(NotDrawn):
        drawn(text, language, Translator("en"))


@pytest.mark.parametrize(
    "drawing",
    [b"<html/>", b"no", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', b""],
)
def test_what_is_no_drawing_is_refused(drawing: bytes) -> None:
    assert sanitised(drawing) is None


def test_a_drawing_keeps_its_shapes_alone() -> None:
    made = sanitised(
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" onload="a()"><script>a()</script>'
        b'<a x:href="javascript:a()"><rect/></a><use x:href="#b"/><use href="http://e/x"/><image href="http://e/x"/>'
        b'<foreignObject><p/></foreignObject><g id="b"><rect style="fill:url(http://e)" width="3" onclick="a()"/></g></svg>'
    )
    assert made is not None
    text = made.decode()
    assert 'width="3"' in text and "#b" in text
    for word in ("script", "onload", "onclick", "http://e", "foreignObject", "image", "javascript", "style"):
        assert word not in text, word


def test_what_nobody_wrote_is_in_the_language_of_the_project_where_the_text_names_none() -> None:
    text = "A[^1]\n\n[^1]: B\n"
    for head, language, word in (
        ("", "de", "zurück"),
        ("", "en", "back"),
        ("---\nlang: en\n---\n", "de", "back"),
        ("---\nlang: fr\n---\n", "de", "zurück"),
    ):
        assert f"<p>B {word}</p>" in "".join(of_markdown("a.md", head + text, language=language).parts), head
