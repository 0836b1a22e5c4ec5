"""The guide to sudo of an environment: from what its host said and from its workflow."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.model import Status
from checks.plan import plan
from checks.spec import load
from docgen.commands.visudo import verified
from docgen.documents import document as kind_of
from docgen.documents.interface import Code, Document, NotYet, Paragraph, Points, Source
from docgen.documents.sudoless import place, without
from docgen.renderers.document import render

from ...checks.kinds.test_sudo_rules import said
from ...world.client import Client
from ...world.world import World

RELOADS = ("/usr/bin/systemctl reload nginx", "/usr/sbin/service php8.3-fpm reload")
OWNED = "/usr/bin/chown -R deploy:www-data /var/www/api-gateway-staging/shared/storage"


@pytest.fixture(scope="module")
def folder(demo_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(demo_of("blocked"), tmp_path_factory.mktemp("sudo") / "demo", symlinks=True)


def source(folder: Path, check: str, *rules: str, text: str | None = None) -> Source:
    """The demo with one more check in staging, to which the host said `rules`."""
    path = folder / "docgen-sudo.yml"
    lines = (folder / "docgen.yml").read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if "soll: sudo" in line)
    at = next(n for n, line in enumerate(lines) if n > at and line.strip() == "checks:")
    indent = " " * (len(lines[at]) - len(lines[at].lstrip()) + 2)
    path.write_text("\n".join([*lines[: at + 1], f"{indent}- sudo-rules: {check}", *lines[at + 1 :]]) + "\n")
    spec, snapshot = load(path), snapshots.read(folder / "snapshot.json")
    (declared,) = (one for one in spec.checks() if one.kind == "sudo-rules")
    probe = declared.probes["list"]
    fact = said(*rules, text=text).model_copy(update={"probe": probe.id, "at": probe.at, "verb": "sudo_list"})
    snapshot = snapshot.model_copy(update={"facts": {**snapshot.facts, probe.id: fact}})
    return Source(spec, snapshot, evaluate(spec, snapshot), declared.environment)


def page(found: Source, language: str = "en") -> tuple[Document, str]:
    document = kind_of("sudo").compose(found)
    return document, render(document, found.report, "md", language).decode()


def test_rules_that_give_root_away_are_named_and_not_written_again(folder: Path) -> None:
    found = source(folder, "{}", "/usr/bin/chown", "/usr/bin/chmod", *RELOADS)
    document, text = page(found)
    assert document.status is Status.FAIL
    assert text.count("PERM_CHANGE") >= 2
    assert "sudo systemctl reload nginx" in text  # the workflow calls it
    assert "deploy-staging.yml:" in text
    assert "deploy ALL=(root) NOPASSWD: /usr/bin/chown" not in text
    # The call says only `service`; the rule knows where that is.
    assert f"deploy ALL=(root) NOPASSWD: {RELOADS[1]}\n" in text
    german = page(found, "de")[1]
    assert text.count("PERM_CHANGE") == german.count("PERM_CHANGE")
    for format_ in ("html", "pdf"):
        assert render(document, found.report, format_, "de")


def test_where_every_command_is_granted_the_path_of_a_program_is_not_guessed(folder: Path) -> None:
    _, text = page(source(folder, "{}", "ALL"))
    assert "There is no rule to write." in text
    assert text.count("The whole path of the program is not known.") == 4


def test_a_drop_in_for_what_is_declared(folder: Path) -> None:
    _, text = page(source(folder, f"{{needs: {[*RELOADS]}}}", RELOADS[0]))
    for command in RELOADS:
        assert f"deploy ALL=(root) NOPASSWD: {command}\n" in text
    assert "sudo -k -n -l /usr/sbin/service php8.3-fpm reload" in text


def test_what_to_do_without_sudo_names_the_account_and_the_folder(folder: Path) -> None:
    found = source(folder, f"{{needs: [{OWNED.replace('deploy:', 'ops:')}]}}", "/usr/bin/chown")
    facts = dict(found.snapshot.facts)
    for id_, fact in facts.items():
        if fact.verb == "sudo_list":
            facts[id_] = fact.model_copy(update={"value": {**fact.value, "user": "ops"}})
    text = page(found._replace(snapshot=found.snapshot.model_copy(update={"facts": facts})))[1]
    path = "/var/www/api-gateway-staging/shared/storage"
    assert "user = ops, group = www-data" in text and f"u:ops:rwX,u:www-data:rwX,m:rwx {path}" in text
    assert f"chmod -R g+rwX {path}" in text and f"ops:www-data {path}" in text
    assert "/whole/path" not in text and "user = deploy" not in text and "--from=www-data deploy" not in text
    # Where no call names a folder, it is that of the environment.
    (_, points) = without(place("ops", [], "/srv/a b"))
    assert isinstance(points, Points)
    typed = [str(one.text.params.get("command")) for one in points.points]
    assert "chmod -R g+rwX '/srv/a b'" in typed


def test_a_file_that_visudo_rejects_is_not_installed(folder: Path, tmp_path: Path) -> None:
    """Pasted as a block."""
    document, _ = page(source(folder, f"{{needs: {[*RELOADS]}}}", RELOADS[0]))
    blocks = [
        b for s in document.sections if s.heading.id == "Install" for b in s.blocks if isinstance(b, Code)
    ]
    block = blocks[0].text.replace("/etc/sudoers.d", f"{tmp_path}/etc").replace("/root/", f"{tmp_path}/")
    (tmp_path / "etc").mkdir()
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    visudo = tmp_path / "visudo"
    for answer, installed in ((1, False), (0, True)):
        visudo.write_text(f"#!/bin/sh\nexit {answer}\n", "utf-8")
        visudo.chmod(0o755)
        ran = subprocess.run(["sh", "-c", block], env=path, capture_output=True, text=True)
        assert ran.returncode == answer, ran.stderr
        assert (tmp_path / "etc/deploy").exists() is installed


def test_what_was_not_seen_is_not_called_missing(folder: Path) -> None:
    document, text = page(source(folder, f"{{needs: {[*RELOADS]}}}", text="sudo: a password is required\n"))
    assert document.status is Status.UNKNOWN
    assert "listpw=never" in text
    assert "Missing" not in text and "Nothing: the account" not in text


def test_what_an_action_calls_that_could_not_be_read_is_not_unneeded(folder: Path) -> None:
    found = source(folder, "{}", *RELOADS, "/usr/local/bin/tool")
    before = page(found)[1]
    path, said_ = ".github/actions/tool/action.yml", "The token lacks a permission: contents=read"
    facts = dict(found.snapshot.facts)
    for id_, fact in facts.items():
        if fact.verb == "github" and fact.value:
            value = json.loads(json.dumps(fact.value))
            for version in filter(None, (value["file"], value["next"])):
                version["unread"] = [{"path": path, "observation": "denied", "said": said_}]
                top = version["texts"][0]
                top["text"] = re.sub(
                    r"( *)steps:\n", r"\1steps:\n\1  - uses: ./.github/actions/tool\n", top["text"]
                )
            facts[id_] = fact.model_copy(update={"value": value})
    lost = found._replace(snapshot=found.snapshot.model_copy(update={"facts": facts}))
    text = page(lost)[1]
    assert path in text and "contents=read" in text
    assert "NOPASSWD" in before and "NOPASSWD" not in text, "half of the rules would take the rest away"


def test_without_a_check_it_is_refused(folder: Path) -> None:
    spec, snapshot = load(folder / "docgen.yml"), snapshots.read(folder / "snapshot.json")
    with pytest.raises(NotYet) as refused:
        kind_of("sudo").compose(Source(spec, snapshot, evaluate(spec, snapshot), "staging"))
    assert refused.value.lacking


def test_docgen_itself_needs_no_rights(folder: Path) -> None:
    client = Client(folder)
    ran = client.docgen("guide", "sudo", "--self", "-c", f"{folder}/docgen.yml", "--lang", "en")
    assert ran.code == 0, ran.everything
    hosts = [one.host.id for one in plan(load(folder / "docgen.yml")).hosts]
    assert hosts and all(f"Host {host}" in ran.stdout for host in hosts)
    assert ran.stdout.count("No rights through sudo") == len(hosts)
    german = client.docgen(
        "guide", "sudo", "--self", "-c", f"{folder}/docgen.yml", "--lang", "de", "-f", "md"
    )
    assert german.code == 0 and "Keine Rechte über sudo" in german.stdout
    assert client.docgen("guide", "sudo", "--self", "--user", "deploy").code == 2


@pytest.mark.parametrize("more", ["", ", cwd: /srv"])
def test_what_the_spec_declares_through_sudo_is_named(world: World, more: str) -> None:
    world.check(
        f"command: {{run: [sudo, -n, /usr/bin/id], may-change-the-server: true{more}}}", environment="staging"
    )
    ran = world.docgen("guide", "sudo", "--self", "--env", "staging")
    assert "sudo -n /usr/bin/id" in ran.stdout and "No rights" not in ran.stdout, ran.everything


def test_the_drop_in_of_the_guide_on_a_real_server(world: World) -> None:
    """As written, visudo accepts it, and then exactly what is needed may be run."""
    check = f"sudo-rules: {{needs: {[*RELOADS]}}}"
    world.sudoers("deploy ALL=(root) NOPASSWD: /usr/bin/systemctl")
    world.check(check, environment="staging")
    ran = world.docgen("guide", "sudo", "--env", "staging")
    assert ran.code == 0, ran.everything
    assert "SYSTEMCTL_WIDE" in ran.stdout
    rules = [line for line in dict.fromkeys(ran.stdout.splitlines()) if line.startswith("deploy ALL=")]
    assert len(rules) == 2, ran.stdout
    world.sudoers(*rules)
    after = world.look(check, environment="staging")
    assert (after.code, after.check()["status"]) == (0, "ok"), after.check()
    assert world.ssh("sudo -n -l /usr/bin/systemctl edit nginx").returncode == 1


@pytest.mark.parametrize(("of", "there"), [("prod", False), ("staging", True), (None, True)])
def test_calls_belong_to_the_host_that_they_run_on(folder: Path, of: str | None, there: bool) -> None:
    """The workflow of the demo calls sudo on staging.example.com."""
    found = source(folder, "{}", *RELOADS)
    environments = tuple(
        each._replace(
            hosts=tuple(
                host._replace(ssh="deploy@staging.example.com:22" if each.name == of else host.ssh)
                for host in each.hosts
            )
        )
        for each in found.spec.environments
    )
    spec = found.spec._replace(environments=environments)
    text = page(found._replace(spec=spec))[1]
    assert ("sudo systemctl reload nginx" in text) is there


@pytest.mark.parametrize("program", ["/usr/sbin/visudo", None])
def test_what_visudo_says_of_the_rules(
    folder: Path, monkeypatch: pytest.MonkeyPatch, program: str | None
) -> None:
    if program and not Path(program).exists():
        program = None
    document, _ = page(source(folder, f"{{needs: {[*RELOADS]}}}", RELOADS[0]))
    monkeypatch.setattr("docgen.commands.visudo.shutil.which", lambda name, path: program)
    said = [
        block.text.id
        for section in verified(document.sections)
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    assert any("accepts it" in one for one in said) is bool(program)
    assert any("Not checked yet" in one for one in said) is not bool(program)


def test_a_check_without_a_word_of_its_own_has_a_short_name(folder: Path) -> None:
    found = source(folder, f"{{needs: {[*RELOADS, OWNED]}}}", RELOADS[0])
    (result,) = (r for r in found.report.results() if r.kind == "sudo-rules")
    assert len(str(result.name.params["subject"])) == 60
