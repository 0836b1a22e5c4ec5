"""Documents say what the report says, in both languages and all formats, and nothing that is not so."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from base64 import b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from docgen.documents import DOCUMENTS, composed
from docgen.documents.interface import Code, Document, Mark, NotYet, Point, Points, Source, Steps, Table
from docgen.documents.shipment import bundle
from docgen.i18n import Translator
from docgen.renderers.document import render

from ...world.client import says_what_is_wrong
from .demo import STATES, Demo, altered, commands

ROOT = Path(__file__).parents[3]
REFUSED = {("blocked", "completion"), ("repaired", "completion"), *((state, "sudo") for state in STATES)}
MARK = re.compile("✅|⚠️|❌|⏳|❔|🔕|➖")


def headings(document: Document) -> list[str]:
    return [section.heading.id for section in document.sections]


def points(document: Document) -> list[Point]:
    return [
        p for s in document.sections for block in s.blocks if isinstance(block, Points) for p in block.points
    ]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_is_written_or_refused_in_both_languages(demo: Demo, name: str, state: str) -> None:
    source = demo.source(state)
    if (state, name) in REFUSED:
        with pytest.raises(NotYet) as refused:
            composed(name, source)
        assert refused.value.lacking
        return
    document = composed(name, source)
    pages = {language: render(document, source.report, "md", language).decode() for language in ("en", "de")}
    for page in pages.values():
        assert f"{document.kind}-prod-" in page
        assert source.report.snapshot_sha256 in page
    assert pages["de"] != pages["en"]
    # The same statuses in the same order, under as many headings.
    assert MARK.findall(pages["de"]) == MARK.findall(pages["en"])
    assert len(re.findall("^## ", pages["de"], re.M)) == len(re.findall("^## ", pages["en"], re.M))
    assert render(document, source.report, "html", "de") == render(document, source.report, "html", "de")


def test_the_guide_knows_whether_today_is_the_day(demo: Demo) -> None:
    blocked, deployed = (composed("deploy", demo.source(state)) for state in ("blocked", "deployed"))
    assert blocked.verdict.params["n"] == len(
        [p for p in points(blocked) if p.mark and p.mark.status != "ok"]
    )
    assert blocked.status == "fail" and deployed.status == "ok"
    # It waits for staging, and says what of it.
    assert any("sudo: a password is required" in str(p.note) for p in points(blocked))


@pytest.mark.parametrize("state", STATES)
def test_each_result_says_what_is_wrong(demo: Demo, state: str) -> None:
    found = json.loads((demo.folders[state] / "status.json").read_text("utf-8"))
    checks = [k for s in found["sections"] for c in s["components"] for k in c["checks"]]
    assert checks and not [check for check in checks if not says_what_is_wrong(check)]


def said(document: Document) -> str:
    return Translator("en").plain(document.verdict)


def test_what_is_live_already_is_not_deployed_again(demo: Demo) -> None:
    source = demo.source("deployed")
    document = composed("deploy", source)
    commit = (demo.folders["deployed"] / "world/production/current/REVISION").read_text()[:8]
    assert re.fullmatch(
        rf"Nothing to deploy: {commit} is live already, since \S+ \S+ UTC \(deployment_ledger_deploy_\w+\.json\)\.",
        said(document),
    )
    assert document.status == "ok"
    assert "Today is the day" not in said(composed("deploy", demo.source("repaired")))
    # Without a check of the candidate: the decision was carried out.
    bare = without(source, "candidate")
    assert said(composed("deploy", bare)).startswith("Nothing to deploy: what was decided on ")


def without(source: Source, *kinds: str) -> Source:
    """`source` as if no check of one of `kinds` were declared."""
    sections = tuple(
        s._replace(
            components=tuple(
                c._replace(checks=tuple(k for k in c.checks if k.kind not in kinds)) for c in s.components
            )
        )
        for s in source.spec.sections
    )
    return source._replace(spec=source.spec._replace(sections=sections))


def test_what_asks_the_application_is_a_smoke_test(demo: Demo) -> None:
    from docgen.documents import deployments

    source = demo.source("deployed")
    nothing = "No check of the spec asks the application anything."
    silent, witness = without(source, "http", "running"), without(source, "http")
    assert nothing in {p.text.id for p in deployments.lacking(silent)}
    assert nothing not in {p.text.id for p in deployments.lacking(witness)}
    assert not [*deployments.smoke_tests(silent, None)]
    (step,) = deployments.smoke_tests(witness, None)
    assert step.commands[0].startswith("curl -sS http://") and step.commands[0].endswith("/health")
    # One that belongs to no environment asks for one, where its address lies below that of the environment.
    (url,) = (e.url for e in source.spec.environments if e.name == "prod")
    adrift = tuple(
        s.mapped(lambda c: c._replace(environment=None) if c.kind == "http" else c)
        for s in source.spec.sections
    )
    found = deployments.asked(source._replace(spec=source.spec._replace(sections=adrift)))
    assert url and [one for one in found if one.result.kind == "http"]


def test_what_was_never_run_does_not_read_as_met(demo: Demo) -> None:
    document = composed("deploy", demo.source("blocked"))
    section = document.sections[headings(document).index("What happens, in order")]
    (steps,) = (block.steps for block in section.blocks if isinstance(block, Steps))
    assert len(steps) == 8
    assert not [step for step in steps if step.mark and step.mark.status == "ok"]
    implemented = [s for s in steps if any("only implemented" in note.id for note in s.notes)]
    assert len(implemented) == 7


def test_a_deployment_that_is_complete_is_reported_and_another_is_not(demo: Demo) -> None:
    assert composed("completion", demo.source("deployed")).status == "ok"
    ran = demo.guide("completion", "blocked", "--env", "staging")
    assert ran.code == 1
    assert ran.stdout == ""
    assert "is not complete" in ran.stderr and "failure" in ran.stderr and "Smoke Tests" in ran.stderr


def test_the_commands_of_a_rollback_go_back(demo: Demo) -> None:
    source = demo.source("deployed")
    document = composed("rollback", source)
    base = demo.folders["deployed"] / "world/production"
    before = (base / "current").readlink()
    typed = [c for c in commands(document, "Steps") if not c.startswith(("sudo ", "( cd", "gzip"))]
    assert len(typed) == 5
    # As a block: what depends on a command is chained to it.
    subprocess.run(["sh", "-c", "\n".join(typed)], check=True, capture_output=True)
    after = (base / "current").readlink()
    assert after.name in str(document.verdict.params) and after != before
    assert (base / "current/public/index.php").is_file()
    expected = next(iter(commands(document, "How to see that it worked")))
    seen = subprocess.run(["sh", "-c", expected], check=True, capture_output=True, text=True).stdout
    assert seen.strip() == f"releases/{after.name}"
    (base / "releases" / before.name / "BAD_RELEASE").unlink()
    (base / "current").unlink()
    (base / "current").symlink_to(before)  # others use this world, too


def test_a_rollback_after_migrations_says_so(demo: Demo) -> None:
    def unchanged(value: Any) -> Any:
        return {
            **value,
            "entries": [
                {**e, "entry": {**e["entry"], "changes_made": ["symlink"]}} for e in value["entries"]
            ],
        }

    source = demo.source("deployed")
    said = "migrated the database"
    assert said in render(composed("rollback", source), source.report, "md", "en").decode()
    source = altered(source, "ledger", "entries", unchanged)
    assert said not in render(composed("rollback", source), source.report, "md", "en").decode()
    assert not [c for c in commands(composed("rollback", source), "Steps") if "gzip" in c]


def test_the_database_comes_back_from_the_dump_that_was_seen(demo: Demo, tmp_path: Path) -> None:
    source = demo.source("deployed")
    typed = [c for c in commands(composed("rollback", source), "Steps") if c.startswith(("( cd", "gzip"))]
    # The client and the database are those that the workflow dumps.
    assert typed[-1].endswith("| mysql -- api_gateway")
    (tmp_path / "mysql").write_text(f"#!/bin/sh\ncat > {tmp_path}/restored\n", "utf-8")
    (tmp_path / "mysql").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    subprocess.run(["sh", "-c", "\n".join(typed)], check=True, env={"PATH": path}, capture_output=True)
    assert "CREATE TABLE" in (tmp_path / "restored").read_text("utf-8")
    # From a dump that is not what it was, nothing is restored.
    broken = "\n".join(typed).replace("sha256sum -c", "false")
    (tmp_path / "restored").unlink()
    assert subprocess.run(["sh", "-c", broken], env={"PATH": path}, capture_output=True).returncode
    assert not (tmp_path / "restored").exists()


def test_after_a_rollback_the_older_commit_is_expected(demo: Demo) -> None:
    source = demo.source("blocked")
    page = render(composed("rollback", source), source.report, "md", "en").decode()
    base = demo.folders["blocked"] / "world/production"
    live = (base / "current").readlink().name
    names = sorted(p.name for p in (base / "releases").iterdir())
    commit = {name: (base / "releases" / name / "REVISION").read_text("utf-8").strip() for name in names}
    older = commit[names[names.index(live) - 1]]
    assert f"Expected: `$.release`: `{older}`" in page and f"`{commit[live]}`" not in page
    assert "Decision:** Platform team decides." in page


HOSTILE = "<script>alert(1)</script> | **b** [x](javascript:alert(1)) `c` \x1b[31m\u202e \"'$(id) ;"


def test_what_stands_in_a_ledger_is_shown_and_means_nothing(demo: Demo) -> None:
    def poison(value: Any) -> Any:
        entries = [
            {**raw, "entry": {**raw["entry"], "action": HOSTILE, "release": HOSTILE, HOSTILE: HOSTILE}}
            for raw in value["entries"]
        ]
        return {**value, "entries": [*entries, {"file": HOSTILE, "line": 1, "entry": None, "error": HOSTILE}]}

    source = altered(demo.source("deployed"), "ledger", "entries", poison)
    document = composed("ledger", source)
    page = render(document, source.report, "html").decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "\x1b" not in page and "\u202e" not in page
    text = render(document, source.report, "md").decode()
    assert "\x1b" not in text and "\u202e" not in text
    outside = re.sub(r"(`+).*?\1", "", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    assert "<script>" not in re.sub(r"\\.", "", outside)
    table = next(b for s in document.sections for b in s.blocks if isinstance(b, Table))
    assert len(table.rows) == 6
    unreadable = [row for row in table.rows if any(isinstance(c, Mark) and c.status == "fail" for c in row)]
    assert len(unreadable) == 1
    # Every row of the table in Markdown has as many cells as its head.
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_odd_names_of_releases_stay_one_word_for_the_shell(demo: Demo) -> None:
    odd = "2025 '$(touch pwned)'; rm -rf /\n"

    def rename(value: Any) -> Any:
        first, *rest = value["releases"]
        kept = [r for r in rest if r["name"] != first["name"]]
        return {
            **value,
            "releases": [*kept, {**first, "name": odd, "has": dict.fromkeys(first["has"], "missing")}],
        }

    source = altered(demo.source("blocked"), "rollback", "folder", rename)
    document = composed("releases", source)
    found = [shlex.split(command) for command in commands(document) if "pwned" in command]
    assert found
    for words in found:
        assert [word for word in words if "pwned" in word] == [
            f"{demo.folders['blocked']}/world/production/releases/{odd}"
            + ("/BAD_RELEASE" if words[0] == "date" else "")
        ]


def test_a_ledger_page_holds_each_entry_as_it_stands(demo: Demo) -> None:
    document = composed("ledger", demo.source("blocked", "staging"))
    shown = [block.text for s in document.sections for block in s.blocks if isinstance(block, Code)]
    files = list((demo.folders["blocked"] / "world").glob("staging/ledger/*.json"))
    assert len(shown) == len(files) == len(document.sections) - 1
    assert any('"result": "failed"' in text for text in shown)


def test_usage(demo: Demo, tmp_path: Path) -> None:
    ran = demo.guide("deploy", "blocked")
    assert ran.code == 2 and "staging, prod" in ran.stderr
    ran = demo.guide("deploy", "blocked", "--env", "production")
    assert ran.code == 2 and "staging, prod" in ran.stderr
    ran = demo.guide("deploy", "blocked", "--env", "prod", "-o", str(tmp_path / "x.docx"))
    assert ran.code == 2 and "md, html, pdf" in ran.stderr
    ran = demo.guide("rollback", "blocked", "--env", "staging")
    assert ran.code == 1 and "rollback: {path: ." in ran.stderr
    ran = demo.guide("poem", "blocked")
    assert ran.code == 2
    out = tmp_path / "deploy.html"
    assert demo.guide("deploy", "blocked", "--env", "prod", "-o", str(out)).code == 0
    assert "<h1>" in out.read_text("utf-8")


def test_a_snapshot_of_another_environment_is_not_enough(demo: Demo, tmp_path: Path) -> None:
    folder = demo.folders["blocked"]
    only = tmp_path / "staging.json"
    ran = demo.client.docgen("status", "-c", f"{folder}/docgen.yml", "--env", "staging", "--save", str(only))
    assert only.is_file(), ran.everything
    ran = demo.client.docgen(
        "guide", "deploy", "-c", f"{folder}/docgen.yml", "--env", "prod", "--from", str(only)
    )
    assert ran.code == 2 and "holds nothing of prod" in ran.stderr


def test_own_templates_change_a_block_and_nothing_else(demo: Demo, tmp_path: Path) -> None:
    look = tmp_path / "look"
    look.mkdir()
    blocks = re.findall(r"```(?:jinja|css)\n(.*?)```", (ROOT / "docs/documents.md").read_text("utf-8"), re.S)
    (look / "document.html.j2").write_text(blocks[0], "utf-8")
    (look / "document.css").write_text(blocks[1], "utf-8")
    given = ("--env", "prod", "-f", "html", "--templates", str(look))
    page, plain = demo.guide("deploy", "blocked", *given), demo.guide("deploy", "blocked", *given[:4])
    assert page.code == 0, page.stderr
    assert "Example Ltd · API Gateway · internal" in page.stdout
    assert page.stdout.count("<section ") == plain.stdout.count("<section ") > 3
    policy = re.search(r"style-src '(sha256-[^']+)'", unescape(page.stdout))
    style = re.search("<style>(.*?)</style>", page.stdout, re.S)
    assert policy and style and ".house {" in style[1]
    assert policy[1] == "sha256-" + b64encode(sha256(style[1].encode()).digest()).decode()


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n{% if %}", "document.html.j2:2: Expected an expression"),
        ("\n\n{{ nobody }}", "document.html.j2:3: 'nobody' is undefined"),
        ('{% extends "other.j2" %}', "other.j2"),
    ],
)
def test_a_template_at_fault_is_named_with_its_line(
    demo: Demo, tmp_path: Path, template: str, said: str
) -> None:
    (tmp_path / "document.html.j2").write_text(template, "utf-8")
    ran = demo.guide("deploy", "blocked", "--env", "prod", "-f", "html", "--templates", str(tmp_path))
    assert ran.code == 2 and said in ran.stderr and "Traceback" not in ran.stderr


def test_a_service_is_reloaded_by_the_name_that_the_workflow_has(demo: Demo) -> None:
    document = composed("rollback", demo.source("deployed"))
    assert [c for c in commands(document, "Steps") if "reload" in c] == [
        "sudo -n systemctl reload php8.3-fpm"
    ]


def test_a_run_that_did_nothing_completes_nothing(demo: Demo) -> None:
    def idle(value: Any) -> Any:
        jobs = [
            {**job, "steps": [{**step, "conclusion": "skipped"} for step in job["steps"]]}
            for job in value["jobs"]
        ]
        return {**value, "jobs": jobs}

    source = demo.source("deployed")
    with pytest.raises(NotYet):
        composed("completion", altered(source, "gate-in-workflow", "run", idle))


def test_releases_that_nobody_looked_into_are_not_called_whole(demo: Demo) -> None:
    def blind(value: Any) -> Any:
        return {**value, "releases": [{**release, "has": {}} for release in value["releases"]]}

    document = composed("releases", altered(demo.source("deployed"), "rollback", "folder", blind))
    assert document.status == "unknown"


def test_the_deployment_guide_names_what_would_be_deployed_and_with_which_commands(demo: Demo) -> None:
    folder = demo.folders["blocked"]
    text = demo.guide("deploy", "blocked", "-e", "prod", "-f", "md", "--lang", "en").stdout
    head = subprocess.check_output(
        ["git", "-C", str(folder / "world/checkout"), "rev-parse", "HEAD"], text=True
    ).strip()
    assert f"- **Commit:** `{head}`" in text
    assert f"`deployment-bundle-{head}.tar.gz`" in text and re.search(
        r"\*\*SHA-256:\*\* `[0-9a-f]{64}`", text
    )
    assert "**Rehearsal:** ✅" in text and "Deploy with gates on both environments" in text
    rows = [line for line in text.splitlines() if line.startswith("| deploy-production / Deploy to Server")]
    acts = ["unpack", "gate", "migrate the database", "fill caches", "switch", "reload"]
    assert [row.split(" | ")[1] for row in rows] == acts
    assert "`sudo systemctl reload php8.3-fpm`" in rows[-1]
    workflow = (folder / "world/checkout/.github/workflows/deploy-production.yml").read_text().splitlines()
    for row in rows:
        line = int(row.rstrip(" |").split(" | ")[3].strip("`"))
        program = row.split("`")[1].removeprefix("sudo ").split()[0]
        assert program in workflow[line - 1] or program == "test"  # a loop over the paths


def test_the_completion_report_names_the_bundle_of_that_run_and_no_other(demo: Demo) -> None:
    source = demo.source("deployed")
    commit = next(
        f.value["run"]["commit"] for f in source.snapshot.facts.values() if f.verb == "github_artifact"
    )
    assert len(bundle(source, commit)) == 4
    assert bundle(source, "0" * 40) == []


@pytest.mark.parametrize("name", ["deploy", "gates"])
def test_every_number_beside_a_status_leads_to_what_was_seen(demo: Demo, name: str) -> None:
    """In the document itself, or on the status page; in a PDF as a link, too."""
    source = demo.source("blocked")
    document = composed(name, source)
    alone = render(document, source.report, "html", "en").decode()
    leads = re.findall(r'class="ref" href="#(_e\d+)"[^>]*>\[(\d+)\]', alone)
    places = dict(re.findall(r'<li id="(_e\d+)">\[\d+\] <code translate="no">([^<]*)</code>', alone))
    assert leads and {to for to, _ in leads} == set(places) and all(to == f"_e{n}" for to, n in leads)
    page = (demo.folders["blocked"] / "status.html").read_text("utf-8")
    assert all(f'id="{id_}"' in page for id_ in places.values())
    for format_, pattern in (
        ("html", r'class="ref" href="status.html#([^"]*)"'),
        ("md", r"\(status.html#([^)]*)\)"),
    ):
        made = demo.guide(name, "blocked", "--env", "prod", "-f", format_, "--evidence", "status.html").stdout
        assert set(re.findall(pattern, made)) == set(places.values())
        assert "_evidence" not in made
    ran = demo.guide(name, "blocked", "--env", "prod", "-o", "x.pdf", "--evidence", "status.html")
    assert ran.code == 2 and "carries its evidence" in ran.stderr
