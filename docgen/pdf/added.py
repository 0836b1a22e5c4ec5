"""What an update behind a PDF adds: a signature, or certificates, revocation lists and a timestamp, and nothing besides.
What is seen must be what was written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checks.model import Message, msg

if TYPE_CHECKING:
    from docgen.pdf.opened import Opened

_FIELD = {"/FT", "/T", "/TU", "/Type", "/Subtype", "/F", "/Rect", "/P", "/V"}
_SIGNATURE = {"/Contents", "/ByteRange", "/Type", "/Filter", "/SubFilter", "/M"}
_FORM = {"/Fields", "/SigFlags"}
_STORE = {"/Type", "/VRI", "/Certs", "/CRLs"}
_MOST = 2000


def more(seen: Opened, start: int, end: int) -> Message | None:
    """What the update from `start` to `end` of the file `seen` changes besides adding a signature, or, where there is one
    already, a timestamp with what is verified by it; None where nothing."""
    import pikepdf

    with pikepdf.open(io.BytesIO(seen.raw[:start])) as old, pikepdf.open(io.BytesIO(seen.raw[:end])) as new:
        signed = "/AcroForm" in old.Root
        own = _own(new, old)
        may = {
            new.Root.objgen: {"/DSS"} if signed else {"/AcroForm", "/Extensions"},
            new.pages[0].obj.objgen: {"/Annots"},
        }
        if signed:
            may[new.Root.AcroForm.objgen] = {"/Fields"}
        before = {one.objgen: one for one in old.objects}
        for one in new.objects:
            if one.objgen in before:
                added = may.get(one.objgen, set())
                if _content(before[one.objgen], added) == _content(one, added):
                    continue
            elif own is not None and (one.objgen in own or _is_structure(one)):
                continue
            place = seen.places.get(one.objgen[0], msg("the structure of the file"))
            return msg("What was added with the signature changes {place}.", place=place)
    return None if own is not None else msg("What was added with the signature is more than a signature.")


def _content(one: Any, without: set[str]) -> Any:
    """An object as it stands in its file, without some of its entries."""
    import pikepdf

    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        entries = {key: _plain(value) for key, value in one.items() if key not in without}
        return entries, one.read_raw_bytes() if isinstance(one, pikepdf.Stream) else b""
    return one.unparse(resolved=True) if isinstance(one, pikepdf.Object) else repr(one)


def _plain(value: Any) -> Any:
    return value.unparse() if hasattr(value, "unparse") else repr(value)


def _is_structure(one: Any) -> bool:
    import pikepdf

    return (isinstance(one, pikepdf.Stream) and one.get("/Type") == "/XRef") or one is None


def _own(new: Any, old: Any) -> set[tuple[int, int]] | None:
    """The objects that make up what the file `new` adds to `old`, which shows nothing: a signature, or a timestamp and its
    store; None where there is more."""
    form, before = new.Root.get("/AcroForm"), old.Root.get("/AcroForm")
    if form is None or (before is not None and before.objgen != form.objgen):
        return None
    *others, field = form.Fields
    its = field.get("/V")
    same = [_plain(one) for one in others] == [
        _plain(one) for one in (before.Fields if before is not None else ())
    ]
    known = set(form.keys()) <= _FORM and set(field.keys()) <= _FIELD and set(its.keys()) <= _SIGNATURE
    shown = [_plain(one) for one in new.pages[0].obj.get("/Annots", [])]
    there = [_plain(one) for one in old.pages[0].obj.get("/Annots", [])]
    fits = str(its.get("/Type", "/Sig")) == ("/DocTimeStamp" if before is not None else "/Sig")
    if not (same and known and fits) or any(float(n) for n in field["/Rect"]):
        return None
    if shown != [*there, _plain(field)]:
        return None
    own = {form.objgen, field.objgen, its.objgen}
    if before is None:
        return own
    store = new.Root.get("/DSS")
    if store is None or "/DSS" in old.Root or not set(store.keys()) <= _STORE:
        return None
    held = {one.objgen for one in _reached(store) if one.is_indirect}
    return None if held & {one.objgen for one in old.objects} else own | held


def _reached(one: Any) -> Iterator[Any]:
    """`one` and all that it leads to."""
    import pikepdf

    met: set[tuple[int, int]] = set()
    left = [one]
    while left and len(met) < _MOST:
        its = left.pop()
        if not isinstance(its, pikepdf.Object) or (its.is_indirect and its.objgen in met):
            continue
        if its.is_indirect:
            met.add(its.objgen)
        yield its
        if isinstance(its, pikepdf.Dictionary | pikepdf.Stream):
            left += [value for _, value in its.items()]
        elif isinstance(its, pikepdf.Array):
            left += list(its)
