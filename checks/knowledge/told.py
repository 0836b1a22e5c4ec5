"""What sources say in words of their own, for readers; what a library or a server said is quoted as it is."""

from __future__ import annotations

import re

from checks.model import Message, code, msg

_WORDS = {
    "a name with a line break": msg("a name with a line break"),
    "it has no jobs": msg("it has no jobs"),
    "it is no composite action": msg("it is no composite action"),
    "it is no mapping": msg("it is no mapping"),
    "it is nested too deeply": msg("it is nested too deeply"),
    "it is not there": msg("it is not there"),
    "it is too large": msg("it is too large"),
    "it is too large to be unpacked": msg("it is too large to be unpacked"),
    "It does not exist.": msg("It does not exist."),
    "GitHub knows no merge keys": msg("GitHub knows no merge keys"),
    "its end is not marked, as if it were cut off": msg("its end is not marked, as if it were cut off"),
    "not an object": msg("not an object"),
}

_SENTENCES = (
    msg("It was not found, or the token may not see it."),
    msg("The token lacks a permission: {needed:code}", needed=""),
    msg("The token is not accepted ({status:code}).", status=""),
    msg("Access was refused ({status:code}).", status=""),
    msg("It has expired, or was deleted ({status:code}).", status=""),
    msg("The API answered {status:code}, a fault of its own; try again later.", status=""),
    msg("The API answered {status:code}.", status=""),
    msg("The rate limit is used up; it is lifted in {wait:seconds}.", wait=0.0),
    msg("The rate limit is used up."),
    msg("Too many requests at once (a secondary rate limit); try again later."),
    msg("More than {n:int} files are not read.", n=0.0),
    msg("It is larger than {size:bytes}, and was not read.", size=0.0),
    msg("The answer holds no file."),
    msg("There is no saved answer {path:code}: {error:code}", path="", error=""),
    msg("The API is too slow: no answer within {limit:seconds} in all.", limit=0.0),
    msg("The API is too slow: no answer within {limit:seconds}.", limit=0.0),
    msg("No answer within {limit:seconds}.", limit=0.0),
    msg(
        "{api:code} could not be reached: {error:code}. Is it up, and is {key:code} right?",
        api="", error="", key="",
    ),
)  # fmt: skip
"""What is said where a file behind an API could not be had."""


def told(said: str) -> Message:
    """`said`, translated where it is one of our own texts, else as code."""
    if found := re.fullmatch(r"line (\d+): (.*)", said, re.DOTALL):
        return msg("line {n:int}: {said}", n=int(found[1]), said=told(found[2]))
    if found := re.fullmatch(r"larger than (\d+) KiB", said):
        return msg("larger than {size:size}", size=int(found[1]) * 1024)
    if found := re.fullmatch(r"the key (.+) stands twice", said, re.DOTALL):
        return msg("the key {key:code} stands twice", key=found[1])
    if found := re.fullmatch(r"(.+) is (damaged|not JSON)", said, re.DOTALL):
        if found[2] == "damaged":
            return msg("{name:code} is damaged", name=found[1])
        return msg("{name:code} is not JSON", name=found[1])
    if found := re.fullmatch(r"(.+) has (\d+) bytes", said, re.DOTALL):
        return msg("{name:code} has {size:size}", name=found[1], size=int(found[2]))
    for sentence in _SENTENCES:
        form = re.sub(r"\\\{(\w+)(?::(\w+))?\\\}", r"(?P<\1>.+)", re.escape(sentence.id))
        if found := re.fullmatch(form, said, re.DOTALL):
            params = {k: _as(sentence.params[k], v) for k, v in found.groupdict().items()}
            return sentence.model_copy(update={"params": params})
    return _WORDS.get(said) or code(said or "–")


def _as(like: object, value: str) -> object:
    """`value` as the same type as `like`."""
    return float(value) if isinstance(like, float) and re.fullmatch(r"[\d.]+", value) else value
