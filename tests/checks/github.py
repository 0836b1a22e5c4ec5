"""A GitHub of our own: the REST API for runs of workflows, with the fields that its published description requires.

It serves what tests put into ``answers``, in pages, and remembers every request.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "acme/api-gateway"
BASE = f"/repos/{REPOSITORY}/actions"
COMMIT = "4144baac" + "0" * 32


WORKFLOW = "on: push\njobs:\n  bundle:\n    steps:\n      - name: Build\n        run: make\n"


def run(**more: Any) -> dict[str, Any]:
    """A run that ended well."""
    return {
        "id": 7, "name": "Build", "display_title": "Gates", "run_number": 12, "run_attempt": 1, "event": "push",
        "status": "completed", "conclusion": "success", "workflow_id": 3, "head_branch": "main", "head_sha": COMMIT,
        "created_at": "2025-11-01T22:40:00Z", "updated_at": "2025-11-01T22:51:00Z",
        "run_started_at": "2025-11-01T22:40:01Z", "html_url": f"https://github.com/{REPOSITORY}/actions/runs/7",
        "path": ".github/workflows/build.yml", **more,
    }  # fmt: skip


def job(
    name: str, conclusion: str | None = "success", *steps: tuple[str, str | None], id: int = 70
) -> dict[str, Any]:
    """A job; its steps are numbered with a gap, as those of GitHub may be."""
    return {
        "id": id, "run_id": 7, "name": name, "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion, "head_sha": COMMIT,
        "steps": [
            {"number": 2 * n + 1, "name": step, "status": "completed", "conclusion": result}
            for n, (step, result) in enumerate(steps)
        ],
    }  # fmt: skip


def artifact(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 9, "name": name, "size_in_bytes": 660_000, "expired": False, "digest": "sha256:" + "a" * 64,
        "created_at": "2025-11-01T22:50:00Z", "expires_at": "2026-01-30T22:50:00Z", **more,
    }  # fmt: skip


def reviewed(state: str, who: str, *environments: str, comment: str = "") -> dict[str, Any]:
    """What somebody decided on deployments of a run."""
    places = [{"id": n, "name": name} for n, name in enumerate(environments)]
    return {"state": state, "comment": comment, "user": {"login": who, "id": 5}, "environments": places}


def content(path: str, text: str) -> dict[str, Any]:
    """A file of the repository."""
    return {
        "type": "file", "encoding": "base64", "size": len(text), "name": path.rpartition("/")[2], "path": path,
        "content": base64.encodebytes(text.encode()).decode(), "sha": "a" * 40,
    }  # fmt: skip


def changed(commit: str = "9be21f07" + "0" * 32) -> dict[str, Any]:
    """A commit."""
    who = {"name": "A. Keller", "email": "keller@example.com", "date": "2025-10-30T08:00:00Z"}
    return {"sha": commit, "commit": {"message": "Gates", "author": who, "committer": who}}


def compared(status: str = "ahead", ahead: int = 1, behind: int = 0, **more: Any) -> dict[str, Any]:
    """What lies between two commits."""
    titles = [f"Change {n}" for n in range(ahead, 0, -1)]
    commits = [
        {**changed(f"{n:040x}"), "commit": {**changed()["commit"], "message": f"{title}\n\nWhy."}}
        for n, title in enumerate(titles, 1)
    ]
    return {
        "status": status, "ahead_by": ahead, "behind_by": behind, "total_commits": ahead, "commits": commits[::-1],
        "files": [], **more,
    }  # fmt: skip


def touched(*paths: str) -> list[dict[str, Any]]:
    """Files of a comparison."""
    return [
        {
            "sha": "a" * 40,
            "filename": path,
            "status": "modified",
            "additions": 1,
            "deletions": 1,
            "changes": 2,
        }
        for path in paths
    ]


def rule(type: str, ruleset: int = 42, **parameters: Any) -> dict[str, Any]:
    """A rule that holds for a branch."""
    its = {"parameters": parameters} if parameters else {}
    return {
        "type": type, "ruleset_source_type": "Repository", "ruleset_source": REPOSITORY, "ruleset_id": ruleset, **its,
    }  # fmt: skip


PULL_REQUEST = {
    "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": True, "require_code_owner_review": False,
    "require_last_push_approval": True, "required_review_thread_resolution": False,
}  # fmt: skip


def required(*names: str, app: int | None = None) -> dict[str, Any]:
    """The rule that these checks are required."""
    its = {"integration_id": app} if app else {}
    return rule(
        "required_status_checks",
        strict_required_status_checks_policy=True,
        required_status_checks=[{"context": name, **its} for name in names],
    )


def ruleset(*actors: tuple[str, int | None, str], id: int = 42, **more: Any) -> dict[str, Any]:
    """A ruleset, with those who may pass by it: type, number, mode."""
    bypass = [{"actor_type": type, "actor_id": number, "bypass_mode": mode} for type, number, mode in actors]
    return {
        "id": id, "name": "main is protected", "target": "branch", "source_type": "Repository", "source": REPOSITORY,
        "enforcement": "active", "bypass_actors": bypass, **more,
    }  # fmt: skip


def protection(*contexts: str, admins: bool = True, reviews: int | None = 1, **more: Any) -> dict[str, Any]:
    """The classic protection of a branch."""
    url = f"https://api.github.com/repos/{REPOSITORY}/branches/main/protection"
    required_reviews = {} if reviews is None else {
        "required_pull_request_reviews": {
            "url": url, "dismiss_stale_reviews": True, "require_code_owner_reviews": False,
            "required_approving_review_count": reviews, "require_last_push_approval": True,
        }
    }  # fmt: skip
    return {
        "url": url, **required_reviews,
        "required_status_checks": {
            "url": url, "strict": True, "contexts": list(contexts), "contexts_url": url,
            "checks": [{"context": name, "app_id": 15368} for name in contexts],
        },
        "enforce_admins": {"url": url, "enabled": admins}, "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False}, **more,
    }  # fmt: skip


def branch(name: str = "main", protected: bool = True) -> dict[str, Any]:
    """A branch."""
    return {"name": name, "protected": protected, "commit": changed()}


def folder(*names: str, of: str = ".github/workflows") -> list[dict[str, Any]]:
    """A folder of the repository."""
    return [
        {"type": "file", "size": 9, "name": name, "path": f"{of}/{name}", "sha": "a" * 40} for name in names
    ]


def environment(name: str, *reviewers: str, self_review: bool = False, **more: Any) -> dict[str, Any]:
    """An environment, of whose `reviewers` one has to approve; only protected branches may be deployed to it."""
    asked = {
        "id": 1, "node_id": "x", "type": "required_reviewers", "prevent_self_review": not self_review,
        "reviewers": [{"type": "User", "reviewer": {"login": login}} for login in reviewers],
    }  # fmt: skip
    rules = [asked] if reviewers else []
    return {
        "id": 2, "node_id": "x", "name": name, "url": "https://api.github.com/x", "html_url": "https://github.com/x",
        "created_at": "2025-10-01T08:00:00Z", "updated_at": "2025-10-01T08:00:00Z",
        "protection_rules": [*rules, {"id": 3, "node_id": "x", "type": "branch_policy"}],
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False}, **more,
    }  # fmt: skip


def value(
    text: str | None,
    jobs: list[dict[str, Any]] | None = None,
    *,
    workflow: str = "deploy.yml",
    following: str | None = None,
    line: str | None = None,
    **files: str,
) -> dict[str, Any]:
    """What the ``github`` verb says of a run with `jobs` (None: it never ran) of the workflow with `text`; `following`
    is the text that the next run would have, `files` other files by their path with ``__`` for ``/`` and ``.``."""

    def version(body: str | None, commit: str | None) -> dict[str, Any]:
        if body is None:
            return {"commit": commit, "texts": [], "observation": "absent", "said": "It does not exist."}
        others = [
            {"path": path.replace("__", "/", 1).replace("__", "."), "text": one}
            for path, one in files.items()
        ]
        texts = [{"path": f".github/workflows/{workflow}", "text": body}, *others]
        return {"commit": commit, "texts": texts, "observation": "observed", "said": ""}

    bad = next(
        (one["conclusion"] for one in jobs or () if one["conclusion"] not in ("success", "skipped")),
        "success",
    )
    its = None
    if jobs is not None:
        its = {
            "id": 7, "number": 12, "attempt": 1, "title": "Gates", "event": "push", "branch": "main", "commit": COMMIT,
            "status": "completed", "conclusion": bad, "created": "2025-11-01T22:40:00Z",
            "updated": "2025-11-01T22:51:00Z", "url": "https://github.com/acme/api-gateway/actions/runs/7",
        }  # fmt: skip
    newer = version(following, None) if following is not None else None
    return {
        "run": its, "good": its if bad == "success" else None, "jobs": jobs or [],
        "artifacts": [], "waiting": [], "failed_line": line, "failed_line_lack": None, "rejected": None, "first": None,
        "file": version(text, COMMIT) if its else None, "next": newer if its else version(text, None), "changed": None,
    }  # fmt: skip


_GONE = (404, {}, b'{"message": "Not Found"}')


class GitHub:
    """``answers``: by path, a list (served in pages), a dict, a str (a log, behind a redirect to another server), bytes
    (an artifact, likewise), or
    (status, headers, body). ``requests``: (server, method, path with query, headers). ``slow``: the server and the
    path of which every answer trickles in, or with ``silent`` never comes."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.page = 100
        self.failures = 0
        self.filters = True
        self.slow: tuple[str, str] | None = None
        self.silent = False
        self._over = threading.Event()
        self.answers: dict[str, Any] = {
            f"{BASE}/workflows/build.yml/runs": {"workflow_runs": [run()]},
            f"{BASE}/runs/7/jobs": {"jobs": [job("bundle", "success", ("Build", "success"))]},
            f"{BASE}/runs/7/artifacts": {"artifacts": [artifact("deployment-bundle-4144baac")]},
            f"{BASE}/runs/7/pending_deployments": [],
            f"{BASE}/runs/7/approvals": [],
            f"/repos/{REPOSITORY}/contents/.github/workflows/build.yml": content(
                ".github/workflows/build.yml", WORKFLOW
            ),
            f"/repos/{REPOSITORY}/commits": [changed()],
        }
        self.url = self.storage = ""

    @contextmanager
    def serving(self) -> Iterator[GitHub]:
        """Serves on loopback, with a storage server beside it."""
        servers = [ThreadingHTTPServer(("127.0.0.1", 0), self._handler(name)) for name in ("api", "storage")]
        self.url, self.storage = (f"http://127.0.0.1:{server.server_port}" for server in servers)
        for server in servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self._over.set()
            for server in servers:
                server.shutdown()
                server.server_close()

    def _handler(self, server: str) -> type[BaseHTTPRequestHandler]:
        github = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                github.requests.append((server, self.command, self.path, dict(self.headers.items())))
                if github.slow == (server, urlsplit(self.path).path):
                    self._trickle()
                    return
                status, headers, body = github._answer(server, self.path)
                if status == 200 and server == "api":
                    headers = {**headers, "ETag": f'W/"{hashlib.sha256(body).hexdigest()}"'}
                    if self.headers.get("If-None-Match") == headers["ETag"]:
                        status, body = 304, b""
                github.statuses.append(status)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def _trickle(self) -> None:
                self.close_connection = True
                if not github.silent:
                    self.send_response(200)
                    self.send_header("Content-Length", "100000")
                    self.end_headers()
                with suppress(OSError):
                    while not github._over.wait(0.05):
                        if not github.silent:
                            self.wfile.write(b" ")

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        return Handler

    def _listed(self, path: str) -> Any:
        """The folder of the repository at `path`, of the files that are served."""
        top = f"/repos/{REPOSITORY}/contents"
        if not f"{path}/".startswith(f"{top}/"):
            return _GONE
        inside = [one.removeprefix(f"{path}/") for one in self.answers if one.startswith(f"{path}/")]
        names = {one.partition("/")[0]: "dir" if "/" in one else "file" for one in inside}
        its = path.removeprefix(top).strip("/")
        return [
            {"type": kind, "size": 9, "name": name, "path": f"{its}/{name}".strip("/"), "sha": "a" * 40}
            for name, kind in names.items()
        ] or _GONE

    def _answer(self, server: str, target: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        if self.failures:
            self.failures -= 1
            return 502, {}, b"bad gateway"
        found = self.answers[parts.path] if parts.path in self.answers else self._listed(parts.path)
        if isinstance(found, tuple):
            return found
        if isinstance(found, bytes):
            if server == "api":
                return 302, {"Location": f"{self.storage}{parts.path}?sig=secret"}, b""
            return 200, {"Content-Type": "application/zip"}, found
        if isinstance(found, str):
            if server == "api":
                return 302, {"Location": f"{self.storage}{parts.path}?sig=secret"}, b""
            return 200, {"Content-Type": "text/plain"}, found.encode()
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        whole = "/contents" in parts.path  # a folder has no pages
        size = 1000 if whole else min(self.page, int(query.get("per_page", "30")))
        number, headers = int(query.get("page", "1")), {"Content-Type": "application/json"}
        key = (
            next((k for k, v in found.items() if isinstance(v, list)), "") if isinstance(found, dict) else ""
        )
        if isinstance(found, dict) and not key:
            return 200, headers, json.dumps(found).encode()
        items = found[key] if key else found
        if status := query.get("status"):
            items = [one for one in items if status in (one.get("status"), one.get("conclusion"))]
        for asked, its in (("branch", "head_branch"), ("event", "event")) if self.filters else ():
            items = [one for one in items if asked not in query or one.get(its) == query[asked]]
        shown = items[(number - 1) * size : number * size]
        if number * size < len(items):
            headers["Link"] = f'<{self.url}{parts.path}?per_page={size}&page={number + 1}>; rel="next"'
        total = {"total_count": len(items)} if isinstance(found, dict) and len(found) == 1 else {}
        data = {**total, **found, key: shown} if key else shown
        return 200, headers, json.dumps(data).encode()
