"""docgen: is production as it should be, and can we prove it?

The stages as functions::

    from docgen import collect, evaluate, load, render

    spec = load("docgen.yml")
    snapshot = collect(spec)
    report = evaluate(spec, snapshot)
    html = render(report, "html")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks import __version__

if TYPE_CHECKING:
    from checks.collect import collect
    from checks.evaluate import evaluate
    from checks.spec import load
    from docgen.renderers import render

__all__ = ["__version__", "collect", "evaluate", "load", "render"]

_HOMES = {
    "collect": "checks.collect",
    "evaluate": "checks.evaluate",
    "load": "checks.spec",
    "render": "docgen.renderers",
}


def __getattr__(name: str) -> Any:
    # Lazy: `docgen --help` must not pay for pydantic, and a report reader must not pay for paramiko.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
