"""What the demo's GitHub said: answers of its REST API, saved as files, as ``github: {answers: …}`` reads them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

TITLE = "Deploy with gates on both environments"
"""The newest commit."""
CHANGED = ("CHANGES", "database/migrations/2025_11_01_000000_add_api_keys.php")
"""The files that it changed."""
REPOSITORY = "acme/api-gateway"
BUILD, STAGING, PRODUCTION = "build-artifacts.yml", "deploy-staging.yml", "deploy-production.yml"
_BUILD_JOBS = {
    "build-frontend": ["Install", "Build with Vite", "Run actions/upload-artifact@v4"],
    "build-backend": ["Install dependencies", "Run actions/upload-artifact@v4"],
    "static-analysis": ["PHPStan"],
    "run-tests": ["Pest"],
    "create-deployment-bundle": [
        "Prepare Release Directory", "Verify Release Structure (Pre-Bundle Gate)", "Create Tarball", "Upload Artifact",
    ],
}  # fmt: skip
_STAGING_JOBS = {
    "check-health": ["Check Health"],
    "backup-staging": ["Backup"],
    "deploy-staging": [
        "Download Bundle", "Verify Checksum", "Upload to Server", "Extract Bundle",
        "Verify Release Structure (Pre-Switch Gate)", "Run Migrations", "Clear Caches", "Fix storage permissions",
        "Switch Symlink", "Reload Services",
    ],
    "smoke-tests": ["Smoke Tests"],
}  # fmt: skip
_PRODUCTION_JOBS = {
    "check-staging": ["Check Staging"],
    "pre-deploy-backup": ["Backup"],
    "deploy-production": ["Download Bundle", "Verify Checksum", "Upload to Server", "Deploy to Server"],
    "smoke-tests": ["Smoke Tests"],
}
_STOPS_AT = "Fix storage permissions"
_LOG = """\
{at}Z ##[group]Run ssh "$SERVER" "sudo chown -R deploy:www-data …"
{at}Z sudo: a password is required
{at}Z ##[error]Process completed with exit code 1.
"""


def write(folder: Path, commit: str, live: str, bundle: bytes, now: datetime, *, state: str) -> None:
    """Saves in `folder` what GitHub says of the builds of `commit` in the demo's `state`; the newest left `bundle`;
    what was deployed before is `live`."""
    _settings(folder, state)
    _comparisons(folder, commit, live, now)
    built = now - timedelta(minutes=55)
    build = _run(1101, 412, commit, "push", "develop", "success", built)
    _save(
        folder, f"workflows/{BUILD}/runs", {"total_count": 2, "workflow_runs": [_dummy(commit, now), build]}
    )
    _jobs(folder, 1101, {name: dict.fromkeys(steps, "success") for name, steps in _BUILD_JOBS.items()})
    packed = _packed(commit, bundle)
    _save(folder, "runs/1101/artifacts", {"total_count": 1, "artifacts": [_artifact(commit, packed, built)]})
    _file(folder, "artifacts/31/zip.bin").write_bytes(packed)

    stops = state == "blocked"
    conclusion = "failure" if stops else "success"
    deployed = now - timedelta(minutes=25)
    run = _run(1102, 187, commit, "workflow_run", "develop", conclusion, deployed)
    before = _run(1099, 186, live, "workflow_run", "develop", "success", now - timedelta(days=3, minutes=40))
    _save(folder, f"workflows/{STAGING}/runs", {"total_count": 2, "workflow_runs": [run, before]})
    _save(folder, "runs/1099", before)
    _jobs(folder, 1102, {**_steps(_STAGING_JOBS, _STOPS_AT if stops else None),
                         "auto-rollback": {"Switch back": "success"} if stops else {}})  # fmt: skip
    _save(folder, "runs/1102/artifacts", {"total_count": 0, "artifacts": []})
    if stops:
        stamp = deployed.strftime("%Y-%m-%dT%H:%M:%S.0000000")
        _file(folder, "jobs/110203/logs.txt").write_text(_LOG.format(at=stamp), "utf-8")

    runs = (
        [_run(1103, 64, commit, "push", "main", "success", now - timedelta(minutes=8))]
        if state == "deployed"
        else []
    )
    _save(folder, f"workflows/{PRODUCTION}/runs", {"total_count": len(runs), "workflow_runs": runs})
    if runs:
        _jobs(folder, 1103, {**_steps(_PRODUCTION_JOBS, None), "auto-rollback": {}})
        _save(folder, "runs/1103/artifacts", {"total_count": 0, "artifacts": []})


def _settings(folder: Path, state: str) -> None:
    """What protects main and production. Before the repair the tests that are required are those of the
    build, which do not run on pull requests."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": REPOSITORY, "ruleset_id": 17}
    review = {
        "required_approving_review_count": 1, "require_last_push_approval": True, "require_code_owner_review": False,
        "dismiss_stale_reviews_on_push": True, "required_review_thread_resolution": False,
    }  # fmt: skip
    tests = [
        {"context": "run-tests" if state == "blocked" else "pull-request-tests", "integration_id": 15368}
    ]
    checks = {"required_status_checks": tests, "strict_required_status_checks_policy": True}
    rules: list[dict[str, Any]] = [
        {"type": "pull_request", "parameters": review, **source},
        {"type": "required_status_checks", "parameters": checks, **source},
        {"type": "non_fast_forward", **source},
    ]
    _save(folder, "../rules/branches/main", rules)
    _save(folder, "../rulesets/17", {
        "id": 17, "name": "releases", "source": REPOSITORY, "enforcement": "active",
        "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}],
    })  # fmt: skip
    _save(folder, "../branches/main", {"name": "main", "protected": False})
    reviewers = [{"type": "User", "reviewer": {"login": "m-weber"}}]
    _save(folder, "../environments", {"total_count": 1, "environments": [{
        "id": 5, "name": "production",
        "protection_rules": [{"id": 6, "type": "required_reviewers", "prevent_self_review": True, "reviewers": reviewers}],
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False},
    }]})  # fmt: skip


def _comparisons(folder: Path, commit: str, live: str, now: datetime) -> None:
    """What lies between what is deployed and the candidate, which is the head of develop."""
    about = {
        "message": TITLE,
        "author": {"name": "A. Keller", "date": f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"},
    }
    same = {
        "status": "identical",
        "ahead_by": 0,
        "behind_by": 0,
        "total_commits": 0,
        "commits": [],
        "files": [],
    }
    ahead = {
        **same, "status": "ahead", "ahead_by": 1, "total_commits": 1, "commits": [{"sha": commit, "commit": about}],
        "files": [{"filename": path, "status": "added"} for path in CHANGED],
    }  # fmt: skip
    for base, found in ((live, ahead), (commit, same), ("develop", same)):
        _save(folder, f"../compare/{base}...{commit}", found)


def _steps(jobs: Mapping[str, list[str]], stops_at: str | None) -> dict[str, dict[str, str]]:
    """The steps of `jobs` with their conclusions; behind `stops_at` nothing was reached."""
    found: dict[str, dict[str, str]] = {}
    stopped = False
    for name, steps in jobs.items():
        if stopped:
            found[name] = {}
            continue
        found[name] = {}
        for step in steps:
            found[name][step] = "skipped" if stopped else "failure" if step == stops_at else "success"
            stopped = stopped or step == stops_at
    return found


def _run(
    id_: int, number: int, commit: str, event: str, branch: str, conclusion: str, when: datetime
) -> dict[str, Any]:
    at, done = (f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in (when - timedelta(minutes=4), when))
    return {
        "id": id_, "run_number": number, "run_attempt": 1, "display_title": TITLE,
        "event": event, "status": "completed", "conclusion": conclusion, "head_branch": branch, "head_sha": commit,
        "created_at": at, "run_started_at": at, "updated_at": done,
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{id_}",
    }  # fmt: skip


def _dummy(commit: str, now: datetime) -> dict[str, Any]:
    """The run of a pull request, newer than the real one: all of its jobs were skipped."""
    return _run(1104, 413, commit, "pull_request", "develop", "success", now - timedelta(minutes=40))


def _jobs(folder: Path, run: int, jobs: Mapping[str, Mapping[str, str]]) -> None:
    made = []
    for place, (name, steps) in enumerate(jobs.items(), 1):
        bad = "failure" if "failure" in steps.values() else "success"
        made.append({
            "id": run * 100 + place, "run_id": run, "name": name, "status": "completed",
            "conclusion": bad if steps else "skipped",
            "steps": [{"number": n, "name": step, "status": "completed", "conclusion": result}
                      for n, (step, result) in enumerate(steps.items(), 2)],
        })  # fmt: skip
    _save(folder, f"runs/{run}/jobs", {"total_count": len(made), "jobs": made})


def _artifact(commit: str, packed: bytes, when: datetime) -> dict[str, Any]:
    return {
        "id": 31, "name": f"deployment-bundle-{commit}", "size_in_bytes": len(packed), "expired": False,
        "digest": f"sha256:{hashlib.sha256(packed).hexdigest()}", "created_at": f"{when:%Y-%m-%dT%H:%M:%SZ}",
        "expires_at": f"{when + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip


def _packed(commit: str, bundle: bytes) -> bytes:
    """The artifact as the service stores it: a zip around the bundle and its checksum."""
    name, made = f"deployment-bundle-{commit}.tar.gz", io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, bundle)
        archive.writestr(f"{name}.sha256", f"{hashlib.sha256(bundle).hexdigest()}  {name}\n")
    return made.getvalue()


def _save(folder: Path, path: str, answer: object) -> None:
    _file(folder, f"{path}.json").write_text(json.dumps(answer, indent=1) + "\n", "utf-8")


def _file(folder: Path, path: str) -> Path:
    file = folder / "repos" / REPOSITORY / ("actions/" + path if not path.startswith("../") else path[3:])
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
