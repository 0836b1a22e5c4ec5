"""What a service packs of an artifact: a zip around the bundle that was built, and around its checksum."""

from __future__ import annotations

from typing import NamedTuple
from zipfile import ZipFile, ZipInfo

BUNDLES = (".tar.gz", ".tgz", ".tar", ".zip")
"""How the file name of a bundle ends."""
GZIP = b"\x1f\x8b"
"""How an artifact begins that was uploaded as it is: it is the bundle itself."""


class Inside(NamedTuple):
    """A bundle in an artifact: ``name`` without folders, ``noted`` the file NAME.sha256 beside it."""

    name: str
    entry: ZipInfo
    noted: ZipInfo | None


def bundles(archive: ZipFile) -> list[Inside]:
    """The bundles in the artifact `archive`; where any has a checksum beside it, only those that do."""
    files = {base_name(i.filename): i for i in archive.infolist() if not i.is_dir()}
    found = [
        Inside(name, entry, files.get(f"{name}.sha256"))
        for name, entry in files.items()
        if name.endswith(BUNDLES)
    ]
    return [one for one in found if one.noted] or found


def base_name(path: str) -> str:
    """The last part of `path`, as a name that is safe in a folder of ours."""
    name = path.rpartition("/")[2]
    return name if name not in ("", ".", "..") and "\0" not in name else "bundle"
