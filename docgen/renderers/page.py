"""What every page shares: its static part, with the policy that admits exactly that; the templates, which escape
everything; and messages as markup."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from markupsafe import Markup, escape

from checks.model import Message, phrase
from docgen.assets import asset_root
from docgen.compiled import Compiled
from docgen.faces import needed
from docgen.hub.rules import ASSETS, POLICY
from docgen.i18n import Translator
from docgen.renderers.asked import asked
from docgen.renderers.printable import one_line, printable

_FONT = re.compile(r'url\("\.\./fonts/([a-z0-9-]+\.woff2)"\)')
_BLOCK = 44
"""A command longer than this stands on a line of its own where there is room for it."""
_PLACE = re.compile(r"([/_.:@-]+)(?=\w)")
_LONG = re.compile(r"(\w{30})(?=\w)")
_SYMBOL = re.compile(r'<symbol id="_([a-z_]+)"([^>]*)>(.*?)</symbol>', re.DOTALL)


class Shell(NamedTuple):
    """``symbols`` are the marks by name, each as the attributes and the content of an ``svg``."""

    style: str
    script: str
    marks: str
    policy: str
    symbols: dict[str, tuple[str, str]]


NAMES = {"de": "Deutsch", "en": "English"}
"""The languages as their readers call them."""


class Entry(NamedTuple):
    """A line of the navigation. ``here``: ``page`` is the page itself, ``true`` what it belongs to; ``lang``: the language
    of the title, where it may be another."""

    title: Message
    href: str
    here: str
    lang: str = ""


class Find(NamedTuple):
    """The search: ``choices`` are its filters (label, (word, name) of each option), ``indexes`` the names of those
    that are searched, that of the language of the reader first."""

    choices: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    indexes: Sequence[str]


class Frame(NamedTuple):
    """What stands around a page of the hub. ``up`` leads from the page to the folder of its language; ``groups`` is the
    navigation; ``other`` the other language, and where the same page is in it. ``until``: when the hub is valid no more (RFC
    3339, UTC); empty for a page that outlives it."""

    language: str
    up: str
    project: str
    groups: tuple[tuple[Message, tuple[Entry, ...]], ...]
    other: tuple[str, str]
    find: Find | None = None
    until: str = ""

    def asset(self, name: str) -> str:
        """The address of the asset `name` (``page.css``)."""
        return f"{self.up}../{ASSETS.lstrip('/')}{_named(name)}"

    @property
    def policy(self) -> str:
        return POLICY

    @property
    def names(self) -> dict[str, str]:
        return NAMES


_SHEETS = {"page": ("page",), "document": ("document",), "article": ("page", "code", "article")}


@cache
def assets() -> dict[str, bytes]:
    """The static files of the hub by their names, which change with what is in them."""
    site = asset_root() / "site"
    found = {
        _hashed(font.name, font.read_bytes()): font.read_bytes() for font in (site / "fonts").glob("*.woff2")
    }
    found |= {_named(f"{sheet}.css"): _sheet(sheet) for sheet in _SHEETS}
    return found | {
        _hashed(one.name, one.read_bytes()): one.read_bytes() for one in (site / "script").glob("*.js")
    }


@cache
def _named(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    content = _sheet(stem) if ending == "css" else (asset_root() / "site" / "script" / name).read_bytes()
    return _hashed(name, content)


@cache
def _sheet(sheet: str) -> bytes:
    """The style sheet `sheet` as the hub has it: with the fonts beside it, and what only the hub needs."""
    return _style((*_SHEETS[sheet], "hub"), _hashed).encode()


def _style(sheets: Sequence[str], address: Callable[[str, bytes], str]) -> str:
    """The style `sheets` behind those that all share, with the `address` of each font, of which it gets name and bytes."""
    site = asset_root() / "site"
    names = ("fonts", "tokens", *sheets)
    style = "".join((site / "css" / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return _FONT.sub(
        lambda match: f'url("{address(match[1], (site / "fonts" / match[1]).read_bytes())}")', style
    )


def _hashed(name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"


@cache
def shell(sheet: str, script: str | None = None, own: str | None = None, also: tuple[str, ...] = ()) -> Shell:
    """The shell with the style sheet `sheet` and the `script`, names of files below ``site/``; behind the sheet stand
    those in `also` and the one of the same name in the folder `own`, if there is one."""
    site = asset_root() / "site"
    style = _style((sheet, *also), lambda _, data: f"data:font/woff2;base64,{b64encode(data).decode()}")
    more = Path(own) / f"{sheet}.css" if own else None
    if more and more.is_file():
        style += more.read_text(encoding="utf-8")
    code = (site / "script" / f"{script}.js").read_text(encoding="utf-8") if script else ""
    marks = (site / "icons" / "marks.svg").read_text(encoding="utf-8")
    allowed = f"script-src '{_digest(code)}'; " if script else ""
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; {allowed}"
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    symbols = {name: (attributes, inner) for name, attributes, inner in _SYMBOL.findall(marks)}
    return Shell(style, code, marks, policy, symbols)


def spared(page: str, own: Shell) -> str:
    """`page`, which was made with the shell `own`, without the fonts that it does not need."""
    style = re.search(r"<style>.*?</style>", needed(page), re.DOTALL)
    left = style[0].removeprefix("<style>").removesuffix("</style>") if style else own.style
    return page.replace(own.style, left).replace(_digest(own.style), _digest(left))


def paper_colours(style: str) -> dict[str, str]:
    """The colour of the mark of each status on paper, as the sheet `style` has it for light ground. WeasyPrint does not
    pass the colour of the text on to a drawing."""
    tokens = dict(re.findall(r"--(\w+): light-dark\((#[0-9a-f]+)", style))
    rules = re.findall(r"^((?:\.\w+(?:, )?)+) \{ color: var\(--(\w+)\); \}", style, re.MULTILINE)
    return {status: tokens[token] for names, token in rules for status in re.findall(r"\w+", names)}


def paper_marks(own: Shell) -> str:
    """Rules that show the marks of `own` as part of the ground, in their colours on paper."""
    rules = []
    for status, colour in paper_colours(own.style).items():
        if status in own.symbols:
            attributes, inner = own.symbols[status]
            drawn = inner.replace("currentColor", colour)
            svg = f'<svg xmlns="http://www.w3.org/2000/svg" color="{colour}"{attributes}>{drawn}</svg>'
            data = b64encode(svg.encode()).decode()
            rules.append(
                f'span.mark.{status} {{ background-image: url("data:image/svg+xml;base64,{data}"); }}'
            )
    return "\n".join(rules)


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def jinja(own: str | None = None) -> Environment:
    """An environment for templates: it escapes everything, and spells out what a reader could not see. A template in the
    folder `own` comes before docgen's of the same name, which it can extend as ``docgen/NAME``."""
    bundled = FileSystemLoader(asset_root() / "templates", encoding="utf-8")
    folders = [FileSystemLoader(own, encoding="utf-8")] if own else []
    environment = Environment(
        bytecode_cache=Compiled(),
        loader=ChoiceLoader([*folders, bundled, PrefixLoader({"docgen": bundled})]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["asked"] = pass_context(lambda context, command: asked(command, context["t"]))
    return environment


def _finalize(value: object) -> object:
    """Applied to every value that a template prints, before it is escaped."""
    return printable(value) if type(value) is str else value


def message_markup(t: Translator, message: Message, *, block: bool = False, breaks: bool = False) -> Markup:
    """`message` as markup; with `block`, a long command stands on lines of its own; with `breaks`, a path may go on in
    the next line behind its marks, and a very long word anywhere: not on paper, for WeasyPrint does not break there but
    breaks the word behind it."""
    if not message.params:
        return _fixed(t.language, message.id, block, breaks)
    return _markup(t, message, block, breaks)


@lru_cache(4096)
def _fixed(language: str, id: str, block: bool, breaks: bool) -> Markup:
    """The markup of a text without fields: statuses and their kin stand on thousands of rows."""
    return _markup(Translator(language), phrase(id, {}), block, breaks)


def _markup(t: Translator, message: Message, block: bool, breaks: bool) -> Markup:
    parts = []
    for text, code, command in t.segments(message):
        if code and block and command and (len(text) > _BLOCK or "\n" in text):
            parts.append(f'<code class="block" translate="no">{escape(printable(text))}</code>')
            continue
        shown = str(escape(one_line(text) if code else printable(text)))
        if breaks:
            shown = _LONG.sub(r"\1<wbr>", _PLACE.sub(r"\1<wbr>", shown) if code else shown)
        parts.append(f'<code translate="no">{shown}</code>' if code else shown)
    return Markup("".join(parts))  # noqa: S704 - every part is escaped above
