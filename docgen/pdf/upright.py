"""The structure of a page, as PDF/UA wants it: whatever a page brings, its headings leave out no level, its lists and tables
are such, its links stand in links and its pictures say what they show. A page that is right stays as it is."""

from __future__ import annotations

import base64
import io
import re
from xml.etree.ElementTree import Element

PIXELS = 40_000_000
"""So many at most has a picture; a larger one is not shown."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = {"ul": ("li",), "ol": ("li",), "dl": ("dt", "dd")}
_SIGN = "[^\x00-\u017f\u02c6\u02da\u02dc–—‘’‚“”„†‡•…‰‹›⁄€™−ﬁﬂ]"
_APART = re.compile(rf"((?:(?<={_SIGN})|^|(?<=\n))[ \t\n\xa0]+(?={_SIGN})|(?<={_SIGN})[ \t\n\xa0]+$)")
_COUNTED = re.compile(r"counter-reset: item (\d+)")
_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,")


def upright(root: Element) -> None:
    """Repairs what stands in the page `root`."""
    _headings(root)
    for link in [one for one in root.iter("a") if one.get("href") and len(one)]:
        _link(link)
    for parent in [*root.iter()]:
        _items(parent)
    for table in [one for one in root.iter() if one.tag == "table"]:
        _table(table)
    for picture in [one for one in root.iter() if one.tag == "img"]:
        _picture(picture)
    for body in root.iter("body"):
        for element in [one for one in body.iter() if isinstance(one.tag, str) and "}" not in one.tag]:
            _spaces(element)


def _headings(root: Element) -> None:
    """No level is left out, and the first heading is of the first."""
    last = 0
    for one in root.iter():
        if one.tag in _HEADINGS:
            last = min(int(one.tag[1]), last + 1)
            one.tag = f"h{last}"


def _spaces(within: Element) -> None:
    """A space that stands between two signs, or between one and the end of its text, is drawn by the font of these signs,
    which has none: unless it stands by itself."""
    for child in [*within][::-1]:
        first, *others = _APART.split(child.tail or "")
        if others:
            child.tail = first
            at = [*within].index(child) + 1
            for n, one in enumerate(_apart(others)):
                within.insert(at + n, one)
    first, *others = _APART.split(within.text or "")
    if others and within.tag != "style":
        within.text = first
        for n, one in enumerate(_apart(others)):
            within.insert(n, one)


def _apart(pieces: list[str]) -> list[Element]:
    """The `pieces`, of which each other one is a space, as elements and what follows them."""
    made = []
    for space, rest in zip(pieces[::2], pieces[1::2], strict=True):
        one = Element("span")
        one.text, one.tail = space, rest
        made.append(one)
    return made


def _link(link: Element) -> None:
    """A link holds text alone: what stands in it holds links."""
    given = {name: value for name, value in link.attrib.items() if name != "id"}
    link.tag = "span"
    for name in given:
        del link.attrib[name]
    _spread(link, given)


def _spread(within: Element, given: dict[str, str]) -> None:
    for child in [*within][::-1]:
        if child.tag != "img":
            _spread(child, given)
        if child.tail and child.tail.strip():
            within.insert([*within].index(child) + 1, _linked(child.tail, given))
            child.tail = None
    if within.text and within.text.strip():
        within.insert(0, _linked(within.text, given))
        within.text = None


def _linked(text: str, given: dict[str, str]) -> Element:
    made = Element("a", given)
    made.text = text
    return made


def _items(parent: Element) -> None:
    """In a list stand its items alone, and these nowhere else."""
    allowed = _LISTS.get(str(parent.tag), ())
    for at, child in enumerate(parent):
        if child.tag in ("li", "dt", "dd") and child.tag not in allowed:
            child.tag = "div"
        if allowed and child.tag not in allowed:
            item = Element(allowed[-1])
            item.append(child)
            item.tail, child.tail = child.tail, None
            parent[at] = item
    if parent.tag == "ol":
        _numbers(parent)
    if parent.tag == "figcaption":
        parent.tag = "p"


def _numbers(numbered: Element) -> None:
    """A list says how many digits its numbers have: they stand beside its items, and want room."""
    before = _COUNTED.search(numbered.get("style", ""))
    digits = len(str((int(before[1]) if before else 0) + len(numbered)))
    if digits > 1:
        numbered.set("class", f"{numbered.get('class', '')} digits-{min(digits, 5)}".strip())


def _table(table: Element) -> None:
    """Each row has as many cells, and each cell of data a heading, or none has."""
    for tag in ("thead", "tfoot"):
        for more in [one for one in table if one.tag == tag][1:]:
            more.tag = "tbody"
    bodies = [one for one in table if one.tag in ("thead", "tbody", "tfoot")]
    for body in bodies:
        if not any(row.tag == "tr" and len(row) for row in body):
            table.remove(body)
    groups = [[row for row in body if row.tag == "tr" and len(row)] for body in bodies]
    for body, rows in zip(bodies, groups, strict=True):
        for row in [one for one in body if one not in rows]:
            body.remove(row)
    grids = [_grid(rows) for rows in groups]
    width = max((len(line) for grid in grids for line in grid), default=0)
    for rows, grid in zip(groups, grids, strict=True):
        for row, line in zip(rows, grid, strict=True):
            for _ in range(width - len(line)):
                line.append(Element("td"))
                row.append(line[-1])
    _heads([line for grid in grids for line in grid])


def _grid(rows: list[Element]) -> list[list[Element]]:
    """The cell in each place of `rows`; none reaches over another, or out of them."""
    taken: dict[tuple[int, int], Element] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in [one for one in row if one.tag in ("td", "th")]:
            while (y, x) in taken:
                x += 1
            wide, high = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(rows) - y)
            while any((y, x + n) in taken for n in range(wide)):
                wide -= 1
            _spans(cell, wide, high)
            taken |= {(y + down, x + right): cell for down in range(high) for right in range(wide)}
            x += wide
    width = max((x for _, x in taken), default=-1) + 1
    lines: list[list[Element]] = []
    for y, row in enumerate(rows):
        line = []
        for x in range(width):
            if (y, x) not in taken:
                taken[y, x] = Element("td")
                row.append(taken[y, x])
            line.append(taken[y, x])
        lines.append(line)
    return lines


def _span(cell: Element, name: str) -> int:
    said = cell.get(name, "1")
    return max(1, min(int(said), 100)) if said.isdecimal() else 1


def _spans(cell: Element, wide: int, high: int) -> None:
    for name, n in (("colspan", wide), ("rowspan", high)):
        if n > 1:
            cell.set(name, str(n))
        else:
            cell.attrib.pop(name, None)


def _heads(lines: list[list[Element]]) -> None:
    """A heading of rows says so; where a cell of data has none, there are none."""
    columns: set[int] = set()
    bare = False
    for line in lines:
        across = all(cell.tag == "th" for cell in line)
        for x, cell in enumerate(line):
            if cell.tag == "th" and not across and cell.get("scope") != "rowgroup":
                cell.set("scope", "row")
            elif cell.tag == "th":
                columns.add(x)
        beside = any(cell.tag == "th" for cell in line)
        bare = bare or any(
            cell.tag == "td" and x not in columns and not beside for x, cell in enumerate(line)
        )
    if bare:
        for cell in (cell for line in lines for cell in line if cell.tag == "th"):
            cell.tag = "td"
            cell.set("class", f"{cell.get('class', '')} head".strip())


def _picture(picture: Element) -> None:
    """A picture says what it shows, and is in colours that the page knows."""
    if not picture.get("alt"):
        picture.set("alt", picture.get("title") or "–")
    source = picture.get("src", "")
    if not (begun := _DATA.match(source)):
        return
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(base64.b64decode(source[begun.end() :])))
        if image.width * image.height > PIXELS:
            picture.attrib.pop("src")
        elif image.mode == "CMYK":
            made = io.BytesIO()
            image.convert("RGB").save(made, "PNG")
            picture.set("src", f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode()}")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        picture.attrib.pop("src")
