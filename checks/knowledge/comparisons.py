"""What a comparison of two commits says of a candidate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import aspect
from checks.knowledge.witnesses import SHORT, commit_of
from checks.model import Aspect, Message, code, listed, msg, nmsg, phrase

SHOWN = 3


def between(seen: Mapping[str, Any], note: Message | None) -> Aspect:
    """The candidate against what is deployed; `note` says where the candidate comes from."""
    expected, found = msg("ahead of what is deployed, or the same"), seen["between"]
    if found is None:
        return aspect(None, expected, None, None)
    what = {"base": short(seen["base"]), "head": short(seen["head"])}
    more = nmsg("{n} commit", "{n} commits", n=found["ahead"])
    fewer = nmsg("{n} commit", "{n} commits", n=found["behind"])
    words = {
        "identical": msg("{head:code} is deployed", head=what["head"]),
        "ahead": msg("{head:code} is {more} ahead of {base:code}", more=more, **what),
        "behind": msg("{head:code} is {fewer} behind {base:code}: a step back", fewer=fewer, **what),
        "diverged": msg(
            "{head:code} has diverged from {base:code}: {more} ahead, {fewer} behind", more=more, fewer=fewer, **what
        ),
    }  # fmt: skip
    shown, right = words[found["status"]], found["status"] in ("identical", "ahead")
    for more in _changes(found):
        shown = phrase("{first}. {second}", {"first": shown, "second": more})
    return aspect(None, expected, shown, right, note=note)


def on_branch(branch: str, seen: Mapping[str, Any]) -> Aspect:
    """`branch` against the candidate: where the candidate has nothing that the branch lacks, it is on it."""
    name, found = code(branch), seen["on_branch"]
    if found is None:
        return aspect(name, msg("holds the candidate"), None, None)
    if found["status"] in ("identical", "behind"):
        return aspect(name, msg("holds the candidate"), msg("holds it"), True)
    lacks = nmsg("{n} commit of it is missing there", "{n} commits of it are missing there", n=found["ahead"])
    first = [_title(one) for one in found["commits"][:SHOWN]]
    return aspect(name, msg("holds the candidate"), lacks, False, note=listed(first) if first else None)


def _changes(found: Mapping[str, Any]) -> Iterator[Message]:
    """What would come with it: said, not judged."""
    if found["status"] not in ("ahead", "diverged"):
        return
    titles = [_title(one) for one in found["commits"][:SHOWN]]
    if found["ahead"] > len(titles):
        titles.append(msg("{n:int} more", n=found["ahead"] - len(titles)))
    if titles:
        yield msg("It brings {commits}", commits=listed(titles))
    kinds = {
        "migration": msg("migrations"),
        "workflow": msg("workflow files"),
        "lock": msg("locked dependencies"),
    }
    touched = [
        msg("{what}: {paths:list}", what=words, paths=tuple(paths[:SHOWN] + ["…"] * (len(paths) > SHOWN)))
        for kind, words in kinds.items()
        if (paths := [one["path"] for one in found["files"] if one["what"] == kind])
    ]
    if not found["all"]:
        touched.append(msg("more files than the API tells"))
    if touched:
        yield msg("It touches {files}", files=listed(touched))


def _title(one: Mapping[str, Any]) -> Message:
    return phrase(
        "{commit:code} {title:code}", {"commit": one["commit"][:SHORT], "title": one["title"] or "–"}
    )


def short(ref: str) -> str:
    """`ref` as people write it: a commit by its beginning."""
    return ref[:SHORT] if commit_of(ref) == ref else ref[:100]
