from __future__ import annotations

import socket
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from checks.model import Observation, probe
from checks.sources import network
from checks.sources.certificate import matches, summary
from checks.sources.network import dial_from_here, observe_all

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

SOURCE = {"repository": "a/b", "api": "https://h", "token": None, "answers": None, "checkout": None}
PROBES = {
    "certificate": probe("certificate", here=True, host="h", port=443, name="www"),
    "documents": probe(
        "documents", here=True, folders=["docs", "README.md"], only=[], expected=[], source=SOURCE
    ),
    "github": probe(
        "github",
        here=True,
        workflow="b.yml",
        branch="main",
        event=None,
        source=SOURCE,
    ),
    "github_artifact": probe(
        "github_artifact",
        here=True,
        workflow="b.yml",
        branch=None,
        event=None,
        source=SOURCE,
        artifact="x-*",
        contains=[],
    ),
    "github_compare": probe(
        "github_compare",
        here=True,
        source=SOURCE,
        branch="main",
        follows={"base": {"as": "revision", "probe": "x"}, "head": {"ref": "v2"}},
    ),
    "github_environment": probe("github_environment", here=True, source=SOURCE, name="production"),
    "github_rules": probe("github_rules", here=True, source=SOURCE, branch="release/1"),
    "http": probe("http", here=True, url="https://h/", follow=0, verify=False),
    "http_closed": probe("http_closed", here=True, url="https://h", paths=["/", "/a"], wrong=["/"], user="x"),
    "tcp": probe("tcp", host="::1", port=22, deadline=2.5),
}


@pytest.mark.parametrize("verb", network.VERBS)
def test_every_verb_says_what_it_asks(verb: str) -> None:
    said = {
        "certificate": "TLS handshake with h:443 as www (from here, 10 s)",
        "documents": "read the documents in docs, README.md beside docgen.yml, and git's history of what they name;"
        " GET https://h/repos/a/b/actions/runs/{id} for the runs that they name (at most 50)",
        "github": "GET https://h/repos/a/b/actions/workflows/b.yml/runs?branch=main&per_page=1&exclude_pull_requests=true"
        " (then the run's jobs, artifacts, approvals and log); .github/workflows/b.yml with the files that"
        " it runs, from there, too",
        "github_artifact": "the artifact x-* of the newest run of b.yml (https://h), downloaded once and opened here",
        "github_compare": "GET https://h/repos/a/b/compare/{base}...v2 and /repos/a/b/compare/main...v2 ({…}: the commits"
        " that the other answers name)",
        "github_environment": "GET https://h/repos/a/b/environments, then where branches are listed"
        " /environments/production/deployment-branch-policies",
        "github_rules": "GET https://h/repos/a/b/rules/branches/release%2F1, then its /repos/a/b/rulesets/{id},"
        " /repos/a/b/branches/release%2F1 and its /protection; all of .github/workflows, from there, too",
        "http": "GET https://h/ (from here, 10 s, no redirects, TLS not verified)",
        "http_closed": "GET of 2 paths of https://h without a login, and of 1 with a wrong one"
        " (from here, 10 s, no redirects)",
        "tcp": "TCP connection to [::1]:22 (from the host, 2.5 s)",
    }
    assert import_module(network.VERBS[verb]).describe(PROBES[verb]) == said[verb]


@pytest.mark.parametrize("verb", sorted({*network.VERBS} - {"documents"}))
def test_whatever_happens_is_a_fact(verb: str) -> None:
    def dial(host: str, port: int, timeout: float) -> socket.socket:
        raise RuntimeError("unheard of")

    (fact,) = observe_all([PROBES[verb]], dial, {}, at_most=1)
    assert fact.observation is Observation.ERROR
    assert fact.probe == PROBES[verb].id


def test_side_by_side() -> None:
    together = threading.Barrier(8, timeout=600)

    def dial(host: str, port: int, timeout: float) -> socket.socket:
        together.wait()
        raise ConnectionRefusedError

    probes = [probe("http", here=True, deadline=90, url=f"http://127.0.0.1/{n}") for n in range(8)]
    facts = observe_all(probes, dial, {}, at_most=8)
    assert not together.broken
    assert [f.probe for f in facts] == [p.id for p in probes]


def addresses(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """A name with several addresses, each with its own port so that they behave differently."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)


def test_an_address_that_is_dead_does_not_hide_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        addresses(monkeypatch, servers.closed_port(), server.getsockname()[1])
        dial_from_here("name", 80, 1).close()


def test_of_several_failures_an_answer_counts_most(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(self: socket.socket, address: Any) -> None:
        raise failures.pop(0)

    monkeypatch.setattr(socket.socket, "connect", connect)
    addresses(monkeypatch, 1, 2, 3)
    failures: list[OSError] = [OSError(101, "unreachable"), TimeoutError(), ConnectionRefusedError()]
    with pytest.raises(ConnectionRefusedError):
        dial_from_here("name", 80, 1)
    failures = [OSError(101, "unreachable"), TimeoutError(), OSError(101, "unreachable")]
    with pytest.raises(TimeoutError):
        dial_from_here("name", 80, 1)


def test_a_certificate_may_be_anything() -> None:
    for der in (b"", b"\x30\x82\xff\xff", b"x" * 100_000):
        assert set(summary(der)) == {"sha256", "unreadable"}


@pytest.mark.parametrize(
    ("names", "wanted", "fits"),
    [
        (["www.example.com"], "WWW.example.com.", True),
        (["*.example.com"], "www.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "a.b.example.com", False),
        (["*"], "com", False),
        (["::1"], "0:0:0:0:0:0:0:1", True),
        (["*.0.0.1"], "127.0.0.1", False),
        ([], "www.example.com", False),
    ],
)
def test_names_of_certificates(names: list[str], wanted: str, fits: bool) -> None:
    assert matches(names, wanted) is fits


@pytest.mark.parametrize("verb", ["http", "certificate"])
def test_files_are_relative_to_the_folder_of_the_spec(verb: str, tmp_path: Path) -> None:
    authority = servers.Authority(tmp_path)
    with servers.web({"/": (200, {}, b"")}, authority.server("127.0.0.1")) as server:
        args: dict[str, Any] = {"ca": authority.file.name}
        if verb == "http":
            args["url"] = f"{server.url}/"
        else:
            args |= {"host": "127.0.0.1", "port": server.port, "name": "127.0.0.1"}
        asked = probe(verb, here=True, **args)
        (found,) = observe_all([asked], dial_from_here, {}, at_most=1, folder=str(tmp_path))
        (lost,) = observe_all([asked], dial_from_here, {}, at_most=1, folder="/nowhere")
    assert found.probe == lost.probe == asked.id, "what is asked does not depend on where the spec lies"
    assert found.observation is Observation.OBSERVED
    assert not found.value["error"]
    assert (lost.observation, lost.reason and lost.reason.params["path"]) == (
        Observation.ERROR,
        f"/nowhere/{authority.file.name}",
    )
