"""Applications on a host: what lies below the usual folders in releases, current and shared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from checks.model import Fact, Observation, Probe
from docgen.adopt.candidate import Candidate, Declared, Part

USUAL = ("/var/www", "/srv", "/opt")
MOST = 12
GATE_FILES = (
    "artisan",
    "composer.json",
    "public/index.php",
    "public/build/manifest.json",
    "vendor/autoload.php",
    "package.json",
    "manage.py",
    "REVISION",
)
GATE_FOLDERS = ("bootstrap", "config", "routes", "app", "bin", "lib", "public")
_OTHER = re.compile(r"(?i)stag|test|dev|demo|old|bak")
SHARED_FOLDERS = ("shared/storage", "shared/log", "shared/logs", "shared/uploads")


class Application(NamedTuple):
    """``current`` is its folder with the running code, relative to ``root``; "." where there are no releases."""

    root: str
    current: str


def questions(roots: Sequence[str]) -> dict[str, Probe]:
    """What to ask first: where applications might lie."""
    asked = {}
    for folder in roots or USUAL:
        names = ["current", "artisan", "composer.json", "manage.py", "package.json"]
        asked[f"find {folder}"] = _probe("find", path=folder, max=2 if roots else 3, names=names, keep=200)
    return asked


def found(roots: Sequence[str], facts: Mapping[str, Fact]) -> tuple[list[Application], list[str]]:
    """The applications in the answers to :func:`questions`, and remarks about what could not be seen."""
    releases: list[str] = []
    plain: list[str] = []
    remarks: list[str] = []
    for folder in roots or USUAL:
        fact = facts[f"find {folder}"]
        if fact.observation is not Observation.OBSERVED:
            if roots or fact.observation is not Observation.ABSENT:
                remarks.append(f"{folder}: {fact.observation.value}; nothing below it is known")
            continue
        for entry in fact.value["entries"]:
            parent = f"{folder.rstrip('/')}/{entry['path']}".rpartition("/")[0]
            if entry["name"] == "current" and entry["type"] == "link":
                releases.append(parent)
            elif entry["type"] == "file":
                plain.append(parent)
        remarks += [
            f"{denied}: access was denied; what is in it is not known" for denied in fact.value["denied"]
        ]
    found_ = [Application(root, "current") for root in dict.fromkeys(releases)]
    inside = tuple(f"{one.root}/" for one in found_)
    for root in dict.fromkeys(plain):
        if not f"{root}/".startswith(inside or ("\0",)) and not any(root.startswith(f"{p}/") for p in plain):
            found_.append(Application(root, "."))
    found_.sort(key=lambda one: (bool(_OTHER.search(one.root)), one.root))
    usable = [one for one in found_ if addressable(one.root)]
    remarks += [
        f"{one.root}: its name is not UTF-8, so that a spec cannot hold it"
        for one in found_
        if one not in usable
    ]
    if len(usable) > MOST:
        remarks.append(f"{len(usable) - MOST} more applications were found; only the first {MOST} are below")
    return usable[:MOST], remarks


def addressable(path: str) -> bool:
    """Whether `path`, as facts show it, is the path itself: bytes that are not UTF-8 are shown as ``\\xff``."""
    return "\\x" not in path and "\0" not in path


def parts(app: Application, name: str, *, relative: bool) -> list[Part]:
    """The components to propose for `app`, their names ending in `name`; its paths are relative to the
    environment's root, or absolute."""

    def at(path: str) -> str:
        return path if relative else f"{app.root}/{path}".removesuffix("/.")

    code: list[Candidate] = []
    if app.current != ".":
        link: dict[str, Any] = {"path": at("current"), "leads-to": "directory"}
        code.append(Candidate("symlink", ({**link, "into": at("releases")}, link), expected=True))
        whole: dict[str, Any] = {"path": at(".")}
        linked = [{**whole, "shared": shared} for shared in ([".env", "storage"], [".env"], ["storage"])]
        code.append(Candidate("releases", (*linked, whole)))
    inner = "" if app.current == "." else f"{app.current}/"
    code += [Candidate("file", ({"path": at(f"{inner}{file}"), "min-size": 1},)) for file in GATE_FILES]
    code += [Candidate("directory", (at(f"{inner}{folder}"),)) for folder in GATE_FOLDERS]
    dumps = [
        Candidate("file", tuple({"newest": at(f"backups/{name}"), "max-age": age} for age in ("26h", "8d")))
        for name in ("*.tar.gz", "*.sql.gz", "*.sql", "*.dump", "*.zip")
    ]
    shared = [_rights(at(folder)) for folder in ("storage", *SHARED_FOLDERS)]
    secret = [_rights(at(file), most=True) for file in (".env", "shared/.env")]
    return [
        Part(f"Live release{name}" if app.current != "." else f"Application{name}", tuple(code)),
        Part(f"Shared files{name}", tuple(secret + shared)),
        Part(f"Backups{name}", tuple(dumps), "delivery"),
    ]


def _rights(path: str, *, most: bool = False) -> Candidate:
    """Owner, group and mode as they are; of a file with secrets, the mode as the most that may be."""

    def made(form: Declared, facts: dict[str, Fact]) -> list[Declared]:
        seen = facts["path"].value
        if facts["path"].observation is Observation.ABSENT:
            return []
        if not seen:
            return [form]
        seen = seen["resolved"] or seen
        mode = f"{seen['mode']:04o}"
        limit = 0o640 if most else 0o2775
        if seen["mode"] & (0o007 if most else 0o002):
            # Wider than anybody would declare it: shown as a remark, not adopted as right.
            return [{"path": path, "max-mode": f"{limit:04o}"}]
        own = {"path": path, "owner": seen["user"], "group": seen["group"]}
        numbers = {"path": path, "owner": str(seen["uid"]), "group": str(seen["gid"])}
        return [{**names, ("max-mode" if most else "mode"): mode} for names in (own, numbers)]

    return Candidate("permissions", ({"path": path, "max-mode": "7777"},), made, expected=True)


def _probe(verb: str, **args: Any) -> Probe:
    return Probe.model_construct(at="", verb=verb, args=args, deadline=20.0)
