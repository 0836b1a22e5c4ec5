"""``docgen.yml`` -> :class:`Spec`; every error with file, line and column."""

from checks.spec.load import load
from checks.spec.spec import Check, Component, Environment, Flow, Host, Section, Spec, Step, Waiver

__all__ = ["Check", "Component", "Environment", "Flow", "Host", "Section", "Spec", "Step", "Waiver", "load"]
