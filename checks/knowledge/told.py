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
    return _WORDS.get(said) or code(said or "–")
