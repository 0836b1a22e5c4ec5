"""``docgen docs``: every sort of drift that is put in is found, with its line; and nothing where nothing was put in."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checks.kinds.documents import findings, probes
from checks.model import Verdict
from checks.testing import collect_here, validated
from docgen.cli import main_group
from docgen.i18n import Translator

_spec = importlib.util.spec_from_file_location("reality", Path(__file__).with_name("reality.py"))
assert _spec and _spec.loader
reality = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reality)
GUIDE = "docs/GUIDE.md"


@pytest.fixture
def repository(tmp_path: Path) -> Any:
    return reality.example(tmp_path)


def line(repository: Any, text: str, path: str = GUIDE) -> int:
    lines = repository.read(path).split("\n")
    (found,) = [n for n, one in enumerate(lines, 1) if text in one]
    return int(found)


def said(finding: Any, language: str = "en") -> str:
    return Translator(language).plain(finding.actual)


def test_a_clean_set_is_clean_and_confirmed(repository: Any) -> None:
    found = repository.found()
    assert [f for f in found if f.verdict is Verdict.DEVIATES] == []
    sorts = {f.sort for f in found if f.verdict is Verdict.CONFORM}
    assert sorts == {
        "path",
        "link",
        "anchor",
        "lines",
        "quote",
        "commit",
        "checksum",
        "order",
        "count",
        "age",
        "step",
    }
    # Another place on the net, and a path that is said not to be there.
    assert [f.said for f in found if f.verdict is Verdict.UNDETERMINED] == [
        "app/README.md", "https://example.com/nothing",
    ]  # fmt: skip


def _moved_path(r: Any) -> str:
    (r.folder / "ops").mkdir()
    r.git("mv", "config/hosts.ini", "ops/inventory.ini")
    r.commit("Move")
    r.replace(GUIDE, "- `config/hosts.ini`: ", "- `ops/inventory.ini`: ")
    return "The list of hosts"


def _wrong_path(r: Any) -> str:
    r.replace(GUIDE, "**Datei:** `.github/workflows/build.yml`", "**Datei:** `.github/workflows/built.yml`")
    return "**Datei:**"


def _line_beyond(r: Any) -> str:
    r.replace(GUIDE, "(lines 4-5)", "(lines 40-41)")
    return "The link is switched"


def _lines_moved(r: Any) -> str:
    r.replace("scripts/switch.sh", "set -eu\n", "set -eu\numask 022\ncd /srv/shop\nexport LC_ALL=C\n")
    r.commit("More")
    return "The link is switched"


def _eight_of_nine(r: Any) -> str:
    r.replace(GUIDE, "    test -f release/public/build/manifest.json\n", "")
    return "test -f release/vendor/autoload.php"


def _one_left_out(r: Any) -> str:
    r.replace(GUIDE, "    test -d release/config\n", "")
    return "test -d release/bootstrap"


def _nine_of_eight(r: Any) -> str:
    r.replace(".github/workflows/build.yml", "          test -d release/routes\n", "")
    r.commit("Fewer")
    r.replace(GUIDE, "(9 checks of the gate)", "(8 checks of the gate)")
    return "test -d release/routes"


def _changed_line(r: Any) -> str:
    r.replace(".github/workflows/build.yml", "test -d release/routes", "test -d release/router")
    return "test -d release/routes"


def _commit(r: Any) -> str:
    text = r.read(GUIDE)
    at = text.index("commit ") + len("commit ")
    r.write(GUIDE, f"{text[:at]}{'0a1b2c3d4'}{text[at + 9 :]}")
    return "It came with commit"


def _checksum(r: Any) -> str:
    r.write("config/hosts.ini", "[web]\nweb1\n")
    return "- `config/hosts.ini`"


def _short_checksum(r: Any) -> str:
    text = r.read(GUIDE)
    at = text.index("- `config/hosts.ini`: `") + len("- `config/hosts.ini`: `")
    r.write(GUIDE, f"{text[:at]}sha256: {text[at + 1 :]}")
    return "- `config/hosts.ini`"


def _step_moved_in_the_document(r: Any) -> str:
    r.replace(GUIDE, "3. Create Tarball\n", "")
    r.replace(GUIDE, "1. Prepare Release", "1. Create Tarball\n2. Prepare Release")
    r.replace(GUIDE, "2. **Verify", "3. **Verify")
    return "Create Tarball"


def _step_moved_in_the_workflow(r: Any) -> str:
    text = r.read(".github/workflows/build.yml")
    step = "      - name: Create Tarball\n        run: tar -czf bundle.tar.gz -C release .\n"
    text = text.replace(step, "").replace("      - name: Prepare", step + "      - name: Prepare")
    r.write(".github/workflows/build.yml", text)
    return "3. Create Tarball"


def _count(r: Any) -> str:
    r.replace(GUIDE, "(9 checks of the gate)", "(eight checks of the gate)")
    return "**Verify Release Structure**"


def _date(r: Any) -> str:
    r.replace(GUIDE, "(2026-01-02)", "(2026-01-04)")
    return "**Letzte"


def _step_renamed(r: Any) -> str:
    r.replace(".github/workflows/build.yml", "name: Verify Release Structure", "name: Look at everything")
    r.replace(GUIDE, "- name: Verify Release Structure", "- name: Look at everything")
    r.replace(GUIDE, "2. **Verify Release Structure** ", "2. Look at everything ")
    return "**Step:**"


def _step_misspelt(r: Any) -> str:
    r.replace(GUIDE, '"Verify Release Structure"', '"Verify Release Structures"')
    return "**Step:**"


def _lines_of_a_link_moved(r: Any) -> str:
    r.replace(GUIDE, "It came with commit", "[Here](../scripts/switch.sh#L4-L5). It came with commit")
    r.replace(GUIDE, " (lines 4-5)", "")
    r.commit("Link")
    r.replace("scripts/switch.sh", "set -eu\n", "set -eu\numask 022\ncd /srv/shop\nexport LC_ALL=C\n")
    r.commit("More")
    return "It came with commit"


def _bare_name(r: Any) -> str:
    r.replace(GUIDE, "Siehe auch `ROLLBACK.md` (Zeilen 1–3)", "Siehe auch GOING_BACK.md")
    return "Siehe auch"


def _checksum_above(r: Any) -> str:
    text = r.read(GUIDE)
    at = text.index("- `config/hosts.ini`: `")
    r.write(GUIDE, text[:at] + "- Liste: `config/hosts.ini`\n- SHA256: `" + "0" * 64 + text[at + 23 + 64 :])
    return "- SHA256"


def _link(r: Any) -> str:
    r.git("mv", "docs/ROLLBACK.md", "docs/GOING_BACK.md")
    r.commit("Rename")
    r.replace(GUIDE, "Siehe auch `ROLLBACK.md` (Zeilen 1–3), ", "Siehe ")
    return "The link is switched"


def _anchor(r: Any) -> str:
    r.replace("docs/ROLLBACK.md", "## Going back", "## The way home")
    return "The link is switched"


def _encoding(r: Any) -> str:
    r.replace(GUIDE, "(Zeilen 1–3)", "(Zeilen 1-3) für alle".encode().decode("cp1252"))
    return "Siehe auch"


SEEDS: list[tuple[Callable[[Any], str], str]] = [
    (_moved_path, "path"), (_wrong_path, "path"), (_line_beyond, "lines"), (_lines_moved, "lines"),
    (_eight_of_nine, "quote"), (_one_left_out, "quote"), (_nine_of_eight, "quote"), (_changed_line, "quote"),
    (_commit, "commit"), (_checksum, "checksum"), (_short_checksum, "checksum"), (_link, "link"), (_anchor, "anchor"),
    (_encoding, "encoding"), (_step_moved_in_the_document, "order"), (_step_moved_in_the_workflow, "order"),
    (_count, "count"), (_date, "commit"), (_step_renamed, "step"), (_step_misspelt, "step"),
    (_lines_of_a_link_moved, "lines"), (_bare_name, "path"), (_checksum_above, "checksum"),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "sort"), [pytest.param(*s, id=s[0].__name__.strip("_")) for s in SEEDS])
@pytest.mark.parametrize("committed", [False, True])
def test_what_drifts_is_found_with_its_line_and_nothing_else(
    repository: Any, seed: Callable[[Any], str], sort: str, committed: bool
) -> None:
    text = seed(repository)
    if committed and repository.git("status", "--porcelain"):
        repository.commit()
    expected = [(GUIDE, line(repository, text), sort)]
    if repository.git("log", "-1", "--format=%s", "--", ".github/workflows/build.yml") != "Files":
        expected.append((GUIDE, line(repository, "**Letzte"), "age"))  # which is true
    assert sorted(repository.drifted()) == sorted(expected)


def test_a_path_that_is_gone_comes_with_its_commit_and_where_it_went(repository: Any) -> None:
    _moved_path(repository)
    commit = repository.git("log", "-1", "--format=%H")
    (found,) = [f for f in repository.found() if f.verdict is Verdict.DEVIATES]
    assert (
        said(found) == f"config/hosts.ini was moved to ops/inventory.ini (commit {commit[:12]}, 2026-01-04)."
    )


def test_content_that_went_into_another_file_is_followed(repository: Any) -> None:
    repository.write("docs/NOTES.md", "\n".join(f"A line of notes, number {n}" for n in range(20)))
    repository.write("docs/BOOK.md", "\n".join(f"A line of a book, number {n}" for n in range(200)))
    repository.write("docs/INDEX.md", "- see `docs/NOTES.md`\n")
    repository.commit()
    repository.write(
        "docs/BOOK.md", repository.read("docs/BOOK.md") + "\n" + repository.read("docs/NOTES.md")
    )
    (repository.folder / "docs/NOTES.md").unlink()
    commit = repository.commit()
    (found,) = [f for f in repository.found() if f.verdict is Verdict.DEVIATES]
    assert said(found) == (
        f"docs/NOTES.md was removed in commit {commit[:12]} of 2026-01-05; its content stands in docs/BOOK.md."
    )


def test_a_document_about_the_past_is_held_against_its_own_day(repository: Any) -> None:
    quoted = "\nThe gate of `.github/workflows/build.yml`:\n\n```yaml\ntest -d release/config\ntest -d release/routes\n```\n"
    text = "# Report\n\nSee `config/hosts.ini`, [the guide](GUIDE.md).\n" + quoted
    repository.write("docs/COMPLETE_2026-01-04.md", text)
    repository.write("docs/COMPLETE.md", text)
    repository.commit()
    repository.replace(".github/workflows/build.yml", "          test -d release/routes\n", "")
    repository.git("rm", "-q", "config/hosts.ini", "docs/GUIDE.md")
    repository.commit()
    sorts = sorted(sort for _, _, sort in repository.drifted("docs/COMPLETE.md"))
    assert sorts == ["link", "path", "quote"]
    found = repository.found("docs/COMPLETE_2026-01-04.md")
    assert {f.verdict for f in found} == {Verdict.CONFORM}, [
        f for f in found if f.verdict is not Verdict.CONFORM
    ]


def test_what_was_never_so_drifts_in_a_document_about_the_past(repository: Any) -> None:
    text = repository.read(GUIDE)
    repository.write("docs/REPORT_2026-01-03.md", text)
    assert repository.drifted("docs/REPORT_2026-01-03.md") == []
    text = text.replace("    test -f release/public/build/manifest.json\n", "").replace(
        "9 checks of", "eight checks of"
    )
    text = text.replace("(lines 4-5)", "(lines 40-41)").replace(
        "`config/hosts.ini`. It", "`config/host.ini`. It"
    )
    for name in ("docs/REPORT_2026-01-03.md", "docs/REPORT_2025-11-01.md"):
        repository.write(name, text)
        repository.commit()
        repository.replace(".github/workflows/build.yml", "          test -d release/routes\n", "")
        assert sorted(sort for _, _, sort in repository.drifted(name)) == ["count", "lines", "path", "quote"]
        repository.git("checkout", "-q", ".github")


def test_html_and_json_are_covered(repository: Any) -> None:
    repository.write(
        "docs/report.html",
        '<html><body><h1 id="top">Report</h1>\n<p>Datei: <code>.github/workflows/biuld.yml</code>\n'
        '<a href="GUIDE.md">a</a> <a href="GIDE.md">b</a> <a href="#nowhere">c</a></p></body></html>\n',
    )
    repository.write("docs/entry.json", '{\n  "commit": "0a1b2c3d4",\n  "done": true\n}\n')
    assert repository.drifted("docs/report.html", "docs/entry.json") == [
        ("docs/report.html", 2, "path"), ("docs/report.html", 3, "link"), ("docs/report.html", 3, "anchor"),
        ("docs/entry.json", 2, "commit"),
    ]  # fmt: skip


def test_the_command_says_where_what_and_what_is_true(
    repository: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.folder)
    runner = CliRunner()
    clean = runner.invoke(main_group, ["docs"])
    assert clean.exit_code == 0 and "22 of 22 statements hold" in clean.stdout, clean.output
    repository.replace(GUIDE, "(lines 4-5)", "(lines 40-41)")
    wrong = runner.invoke(main_group, ["docs", "--lang", "de"])
    at = line(repository, "The link is switched")
    assert wrong.exit_code == 1
    assert wrong.stdout.startswith(
        f"docs/GUIDE.md:{at}: sagt scripts/switch.sh lines 40-41 / ist: Die Datei hat 6 Zeilen.\n"
    )
    data = json.loads(runner.invoke(main_group, ["docs", "-f", "json"]).stdout)
    assert (data["schema"], data["drifted"], len(data["documents"])) == ("docgen/docs/v1", 1, 2)
    html = runner.invoke(main_group, ["docs", "-f", "html", "--lang", "de"]).stdout
    assert "<h1>Dokumente gegen die Wirklichkeit</h1>" in html and "Die Datei hat 6 Zeilen." in html
    assert "| `docs/GUIDE.md:" in runner.invoke(main_group, ["docs", "-f", "md", "docs/GUIDE.md"]).stdout
    (repository.folder / "docs/GUIDE.md").unlink()
    assert runner.invoke(main_group, ["docs", "docs/GUIDE.md"]).exit_code == 2


def test_nothing_that_can_be_judged_is_not_green(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Nothing\n")
    assert CliRunner().invoke(main_group, ["docs", str(tmp_path)]).exit_code == 3


def test_a_hostile_checkout_starts_nothing(repository: Any, tmp_path: Path) -> None:
    mark = tmp_path.parent / f"{tmp_path.name}-started"
    for key in ("core.fsmonitor", "diff.external", "core.pager", "diff.evil.textconv", "diff.evil.command",
                "filter.evil.smudge", "filter.evil.clean", "core.sshCommand", "core.alternateRefsCommand"):  # fmt: skip
        repository.git("config", key, f"touch {mark}")
    repository.write(".gitattributes", "* diff=evil filter=evil\n")
    repository.replace(GUIDE, "(lines 4-5)", "(lines 5-5)")
    (repository.folder / "docs/out.md").symlink_to("/etc/passwd")
    repository.found()
    assert not mark.exists()


SPEC = """project: Shop
github: {repository: acme/shop, answers: answers, checkout: .}
environments:
  prod: {host: local, root: ROOT}
documents:
  expected:
    - {path: docs/GUIDE.md, contains: [Switch, Testing strategy], describes: scripts/switch.sh}
    - {path: docs/SUMMARY.md, name: The summary, guide: summary}
    - {path: docs/GOING.md, guide: rollback, environment: prod}
sections:
  - name: Operation
    environment: prod
    components:
      - {name: Hosts, checks: [{file: config/hosts.ini, id: inventory}]}
      - {name: Logs, checks: [{directory: logs, id: there}]}
"""
RUNS = [(19003049369, "a" * 40), (19003120779, "b" * 40)]


@pytest.fixture
def specified(repository: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    repository.write("docgen.yml", SPEC.replace("ROOT", str(repository.folder)))
    runs = [{"id": id_, "head_sha": sha, "status": "completed", "conclusion": "success"} for id_, sha in RUNS]
    answer = {"total_count": len(runs), "workflow_runs": runs}
    repository.write("answers/repos/acme/shop/actions/workflows/build.yml/runs.json", json.dumps(answer))
    repository.commit("Spec")
    monkeypatch.chdir(repository.folder)
    return repository


def docs(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the statements that do not hold."""
    ran = CliRunner().invoke(main_group, ["docs", "-f", "json", *arguments], catch_exceptions=False)
    assert ran.stdout, ran.stderr
    documents = json.loads(ran.stdout)["documents"]
    rows = [{"path": d["path"], **s} for d in documents for s in d["statements"]]
    return ran.exit_code, [row for row in rows if row["verdict"] == "deviates"]


def test_documents_that_should_exist_be_complete_and_young(specified: Any) -> None:
    code, wrong = docs()
    assert code == 1
    assert [(w["path"], w["sort"], w["says"], w["is"]) for w in wrong] == [
        ("docs/GUIDE.md", "content", "Testing strategy", "The document does not hold it."),
        ("docs/SUMMARY.md", "missing", "The summary",
         "docs/SUMMARY.md is missing. docgen guide summary --env prod -o docs/SUMMARY.md writes it now."),
        ("docs/GOING.md", "missing", "docs/GOING.md",
         "docs/GOING.md is missing. docgen guide rollback --env prod -o docs/GOING.md cannot write it yet: "
         "No check of kind rollback is declared for prod: what there is to go back to is not known. Declare one: "
         "rollback: {path: ., gate: GATE, backup: backups/db-*.sql.gz}."),
    ]  # fmt: skip
    specified.write("scripts/switch.sh", specified.read("scripts/switch.sh") + "# more\n")
    commit = specified.commit()
    ages = [w["is"] for w in docs()[1] if w["sort"] == "age"]
    said = (
        f"scripts/switch.sh was changed on 2026-01-05 (commit {commit[:12]}); the document is of 2026-01-03."
    )
    assert ages == [said]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Run 19003049369 went well.", None),
        ("Build-Run 19003049369 (commit aaaaaaa)", None),
        ("Build-Run 19003049369 (commit bbbbbbb)", "Run 19003049369 is of commit aaaaaaaaaaaa."),
        ("**Validiert:** Run 19003049396 (✅ PASSED)", "There is no such run."),
        ("see https://github.com/acme/shop/actions/runs/19003120778", "There is no such run."),
        ("run 10000 times", None),
    ],
)
def test_runs_are_held_against_github(specified: Any, text: str, wrong: str | None) -> None:
    specified.write("docs/RUNS.md", f"# Runs\n\n{text}\n")
    found = [w for w in docs("docs/RUNS.md")[1] if w["sort"] == "run"]
    assert [(w["line"], w["is"]) for w in found] == ([(3, wrong)] if wrong else [])


def test_claims_are_held_against_the_report(specified: Any) -> None:
    specified.write(
        "docs/STATE.md",
        "# State\n\nThe list is there: {{ claim: hosts.inventory }}. As code: `{{ claim: x.y }}`\n\n"
        "```claim\noperation/logs/there\n```\n",
    )
    code, wrong = docs("docs/STATE.md")
    assert code == 0
    assert [(w["line"], w["sort"], w["says"]) for w in wrong] == [(6, "claim", "operation/logs/there")]
    assert wrong[0]["is"].startswith("not met, seen at ") and wrong[0]["is"].endswith(
        "(operation/logs/there@local)"
    )
    assert docs("docs/STATE.md", "--strict")[0] == 1
    (specified.folder / "logs").mkdir()
    assert docs("docs/STATE.md", "--strict") == (0, [])
    specified.write("docs/STATE.md", "# State\n\n{{ claim: hosts.inventry }} {{ claim: prod }}\n")
    code, wrong = docs("docs/STATE.md")
    assert code == 1
    assert [w["is"] for w in wrong] == [
        "There is no check hosts.inventry; there is operation/hosts/inventory@local.",
        "prod may be operation/hosts/inventory@local, operation/logs/there@local.",
    ]


def test_a_saved_snapshot_is_enough(specified: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    saved = str(tmp_path_factory.mktemp("saved") / "snapshot.json")
    CliRunner().invoke(main_group, ["status", "--save", saved, "-q"])
    specified.write("docs/STATE.md", "{{ claim: hosts.inventory }}\n")
    (specified.folder / "config/hosts.ini").unlink()
    assert docs("docs/STATE.md", "--from", saved, "--strict") == (0, [])
    assert docs("docs/STATE.md", "--strict")[0] == 1


def test_an_unknown_guide_or_environment_is_an_error_of_usage(specified: Any) -> None:
    for old, new in (
        ("guide: summary", "guide: sumary"),
        ("environment: prod}\nsections", "environment: prd}\nsections"),
    ):
        specified.write("docgen.yml", SPEC.replace("ROOT", str(specified.folder)).replace(old, new))
        ran = CliRunner().invoke(main_group, ["docs"])
        assert ran.exit_code == 2 or isinstance(ran.exception, Exception), ran.output


def test_documents_outside_of_the_repository_are_held_against_its_checkout(
    repository: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    (folder / "docs").mkdir()
    (folder / "docgen.yml").write_text(
        f"project: Shop\ngithub: {{repository: acme/shop, checkout: {repository.folder}}}\n"
        "environments: {prod: {host: local}}\n"
    )
    _moved_path(repository)
    (folder / "docs/STATE.md").write_text(
        "# State\n\n**Datei:** `.github/workflows/build.yml`\n\n"
        "Die Hosts stehen in `config/hosts.ini`, siehe [B](B.md), [C](C.md).\n"
        "Die Schritte: Create Tarball → Verify Release Structure → Prepare Release Directory.\n"
    )
    (folder / "docs/B.md").write_text("# B\n")
    monkeypatch.chdir(folder)
    code, wrong = docs()
    assert code == 1
    assert sorted((w["line"], w["sort"]) for w in wrong) == [
        (5, "link"),
        (5, "path"),
        (6, "order"),
        (6, "order"),
    ]


def test_a_document_is_rendered_with_a_notice_and_its_claims(specified: Any) -> None:
    text = (
        "---\ntitle: State\n---\n# Zustand\n\nDie Liste ist da: {{ claim: hosts.inventory }}. Siehe `config/host.ini`.\n\n"
        "```claim\noperation/logs/there\nx.y\n```\n\nEs bleibt `{{ claim: hosts.inventory }}` – fÃ¼r alle.\n"
    )
    specified.write("docs/STATE.md", text)
    ran = CliRunner().invoke(main_group, ["docs", "--render", "docs/STATE.md", "--lang", "en"])
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "NOW", ran.stdout)
    assert ran.exit_code == 1
    assert shown == (
        "---\ntitle: State\n---\n"
        "> ❌ 0 of 2 statements hold, checked at NOW; 2 do not\n>\n"
        "> - line 6 says `config/host.ini` – There is no `config/host.ini`; there is `config/hosts.ini`.\n>\n"
        "> - line 10 says `x.y` – There is no check `x.y`.\n\n"
        "# Zustand\n\nDie Liste ist da: "
        "✅ [`hosts.inventory`](status.html#operation/hosts/inventory@local): met, seen at NOW "
        "(`operation/hosts/inventory@local`). Siehe `config/host.ini`.\n\n\n"
        "- ❌ [`operation/logs/there`](status.html#operation/logs/there@local): not met, seen at NOW "
        "(`operation/logs/there@local`)\n"
        "- ❌ `x.y`: There is no check `x.y`.\n\n\n"
        "Es bleibt `{{ claim: hosts.inventory }}` – für alle.\n"
    )


def test_a_snapshot_holds_all_that_is_judged(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (
        _moved_path,
        _lines_moved,
        _changed_line,
        _commit,
        _anchor,
        _step_misspelt,
        _count,
        _encoding,
    ):
        seed(repository)
        if repository.git("status", "--porcelain"):
            repository.commit()
    repository.write("docs/REPORT_2026-01-03.md", repository.read(GUIDE))
    repository.git("mv", "scripts/switch.sh", "scripts/link.sh")
    repository.commit()
    live = repository.found()
    assert len([f for f in live if f.verdict is Verdict.DEVIATES]) > 10
    monkeypatch.chdir(repository.folder)
    params = validated("documents", {})
    fact = collect_here(dict(probes(params)))["said"]
    value = json.loads(json.dumps(fact.value))
    shutil.rmtree(repository.folder / ".git")
    assert [f._replace(actual=None) for f in findings(params, value, ())] == [
        f._replace(actual=None) for f in live
    ]
    assert [str(f.actual) for f in findings(params, value, ())] == [str(f.actual) for f in live]


def test_the_status_has_a_section_of_documents(specified: Any) -> None:
    part = "  - name: Documents\n    components:\n      - {name: Documents, checks: [documents: {}]}\n"
    specified.write("docgen.yml", specified.read("docgen.yml") + part)
    specified.replace(GUIDE, "(lines 4-5)", "(lines 40-41)")
    at = line(specified, "The link is switched")
    ran = CliRunner().invoke(main_group, ["status", "-v", "--lang", "en"])
    said = " ".join(ran.stdout.split())
    assert "IST statements that hold [" in said and "SOLL What the documents say is so" in said, ran.stdout
    assert re.search(rf"docs/GUIDE\.md:{at}: says \S+ lines 40-41 / is: The file has 6 lines\.", said), (
        ran.stdout
    )
    assert "docs/SUMMARY.md: required is The summary / is: docs/SUMMARY.md is missing." in said, ran.stdout
    plan = CliRunner().invoke(main_group, ["plan"]).stdout
    assert "read the documents in the usual places beside docgen.yml" in " ".join(plan.split())
    report = json.loads(CliRunner().invoke(main_group, ["status", "-f", "json"]).stdout)
    (status,) = [c["status"] for s in report["sections"] if s["id"] == "documents" for c in s["components"]]
    assert status == "warn"
