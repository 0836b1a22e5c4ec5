"""The audit bundle: everything of one night in one download, with what is needed to verify it. The same files give the
same bundle, to the byte."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.model import Report
from docgen.assets import asset_root
from docgen.hub.papers import Made
from docgen.hub.views import Bundle
from docgen.i18n import LANGUAGES
from docgen.pdf.receipt import dumped
from docgen.pdf.sign import Seal

SCHEMA, RECEIPTS = "docgen/audit/v1", "docgen/receipts/v1"
_SUMS = "SHA256SUMS"
_UNSEEN = "conformity with PDF/A-3a and PDF/UA-1: no validator ran on these files"


def bundle(
    files: Mapping[str, bytes],
    made: Mapping[str, Made],
    spec: bytes,
    report: Report,
    nights: list[str],
    seal: Seal | None,
    cache: Path,
) -> tuple[Bundle, bytes]:
    """The bundle of the PDFs `made`, of the reports and the snapshot among the `files` of the hub, and of the `spec`;
    `nights` are the days of which the hub knows. The signature over it, made with `seal`, is kept in `cache`."""
    inside = {path: one.data for path, one in made.items()}
    inside |= {f"{language}/status.json": files[f"{language}/status.json"] for language in LANGUAGES}
    inside |= {"snapshot.json": files["snapshot.json"], "spec.yml": spec}
    inside["receipts.json"] = _json({
        "schema": RECEIPTS,
        "not_looked_at": None if validated(made) else _UNSEEN,
        "files": {
            path: {"sha256": _sha(one.data), **dumped(one.receipt)} for path, one in sorted(made.items())
        },
    })  # fmt: skip
    folder = asset_root() / "site" / "audit"
    inside |= {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    if seal:
        inside["certificate.pem"] = seal.chain
    inside["manifest.json"] = _json(_manifest(inside, made, report, nights, seal))
    sums = "".join(f"{_sha(data)}  {name}\n" for name, data in sorted(inside.items())).encode()
    inside[_SUMS] = sums
    if seal and seal.beside:
        inside[f"{_SUMS}.p7s"] = _signature(sums, seal, cache)
    name = f"audit-{report.collected_at[:10]}"
    packed = _packed(name, inside)
    signer = (seal.name, seal.sha256) if seal else None
    told = Bundle(f"{name}.zip", len(packed), _sha(packed), len(inside), _checks(made), signer)
    return told, packed


def validated(made: Mapping[str, Made]) -> bool:
    """Whether a validator looked at all PDFs."""
    return all(any(what == "conformity" for _, what, _ in one.receipt.checks) for one in made.values())


def _manifest(
    inside: Mapping[str, bytes],
    made: Mapping[str, Made],
    report: Report,
    nights: list[str],
    seal: Seal | None,
) -> dict[str, Any]:
    files: dict[str, dict[str, Any]] = {}
    for name, data in sorted(inside.items()):
        files[name] = {"bytes": len(data), "sha256": _sha(data)}
        if name in made:
            files[name]["pages"] = made[name].receipt.pages
    return {
        "schema": SCHEMA,
        "project": report.project,
        "docgen": report.docgen,
        "collected_at": report.collected_at,
        "valid_until": report.valid_until,
        "snapshot": report.snapshot_sha256,
        "spec": report.spec_sha256,
        "nights": {"first": nights[0], "last": nights[-1], "count": len(nights)},
        "signer": {"name": seal.name, "certificate_sha256": seal.sha256} if seal else None,
        "files": files,
    }


def _checks(made: Mapping[str, Made]) -> tuple[tuple[str, str, int], ...]:
    counts: dict[tuple[str, str], int] = {}
    for one in made.values():
        for by, what, _ in one.receipt.checks:
            counts[by, what] = counts.get((by, what), 0) + 1
    return tuple((by, what, n) for (by, what), n in counts.items())


def _signature(sums: bytes, seal: Seal, cache: Path) -> bytes:
    """The signature of `sums`; the same as before where nothing has changed."""
    assert seal.beside is not None
    kept = cache / f"{_sha(sums + seal.sha256.encode())}.p7s"
    if not kept.is_file():
        for old in cache.glob("*.p7s"):
            old.unlink()
        kept.write_bytes(seal.beside(sums))
    return kept.read_bytes()


def _packed(name: str, inside: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for path, data in sorted(inside.items()):
            one = zipfile.ZipInfo(f"{name}/{path}", (1980, 1, 1, 0, 0, 0))
            one.compress_type = zipfile.ZIP_STORED if path.endswith(".pdf") else zipfile.ZIP_DEFLATED
            one.create_system, one.external_attr = 3, (0o755 if path.endswith(".sh") else 0o644) << 16
            file.writestr(one, data)
    return packed.getvalue()


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
