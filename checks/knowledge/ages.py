"""How old something is, and how old it may be."""

from __future__ import annotations

from checks.kinds.interface import aspect
from checks.model import Aspect, msg

AHEAD = 300.0
"""Seconds in the future that two clocks may differ."""


def aged(age: float, most: float) -> Aspect:
    """Whether something `age` seconds old is at most `most` old. What is dated in the future would stay fresh for
    ever: that is undetermined."""
    limit = msg("at most {age:seconds}", age=most)
    if age < -AHEAD:
        note = msg("It is dated in the future, so its age is not known.")
        return aspect(msg("age"), limit, None, None, note=note)
    return aspect(msg("age"), limit, msg("{age:seconds}", age=max(0, round(age))), age <= most)
