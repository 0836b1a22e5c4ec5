"""Which files are documents, by their names."""

from __future__ import annotations

ENDINGS = (".md", ".markdown", ".html", ".htm", ".json")
"""How the names of documents end."""
LARGEST = 1024 * 1024
"""Characters of a document that is looked into."""
FOLDERS = ("docs", "doc", "documentation")
"""Where documents usually are."""
_LEFT_OUT = {
    "node_modules",
    "vendor",
    "fixtures",
    "testdata",
    "test-data",
    "__snapshots__",
    "site-packages",
    ".git",
}


def is_meant(path: str, below: str) -> bool:
    """Whether `path` is a document, where only the folder `below` was named: data that programs read is none."""
    parts = path.removeprefix(below).strip("/").split("/")
    data = path.endswith(".json") and not set(FOLDERS) & {*parts[:-1], *below.split("/")}
    data = data or (not path.lower().endswith((".md", ".markdown")) and bool({"test", "tests"} & set(parts)))
    tried = bool({"test", "tests"} & set(parts)) and "data" in parts
    return not data and not tried and not _LEFT_OUT & set(parts)


def is_document(path: str) -> bool:
    """Whether the name `path` is that of a document."""
    return path.lower().endswith(ENDINGS)
