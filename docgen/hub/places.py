"""Where things are in the hub, for good: the addresses of components, their checks, and runs. All are names of pages:
below the folder of the language, without ending."""

from __future__ import annotations

import re

from checks.spec.slug import slug
from docgen.renderers.article.slugs import slug as readable
from docgen.renderers.html import anchor

_FINE = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def component_of(id: str) -> str:
    """The id of the component to which the check `id` belongs; of a component, its own."""
    return "/".join(id.split("/")[:2])


def component(id: str) -> str:
    """The page of the component `id`, or of the one to which the check `id` belongs."""
    parts = component_of(id).split("/")
    return f"checks/{'.'.join(one if _FINE.fullmatch(one) else slug(one) for one in parts)}"


def check(id: str) -> str:
    """The address of the check `id`; of a component, that of its page."""
    return f"{component(id)}.html{anchor(id) if id.count('/') > 1 else ''}"


def night(name: str) -> str:
    """The page of the run called `name`."""
    return f"runs/{name}"


def document(path: str) -> str:
    """The name of the document `path` of the repository among those of the hub."""
    return readable(path.rpartition(".")[0] or path, 160)
