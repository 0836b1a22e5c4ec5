"""``docgen init``: a first spec that loads, says what is left to fill in, and never overwrites."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest

from checks.spec import yaml
from checks.spec.variables import Scope
from docgen.presets import PRESETS
from docgen.presets.text import comment, quoted, scalar

from ...world.client import Client
from ...world.world import PROD, STAGING, World


def written(client: Client) -> str:
    return (client.folder / "docgen.yml").read_text("utf-8")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_loads_as_it_is_and_fits_the_schema(client: Client, preset: str) -> None:
    ran = client.docgen("init", "--preset", preset)
    assert ran.code == 0, ran.everything
    assert written(client).startswith("# yaml-language-server: $schema=docgen.schema.json\n")
    plan = client.docgen("plan", "--format", "json")
    assert plan.code == 0, plan.everything
    assert json.loads(plan.stdout)["checks"] > 5
    schema = json.loads((client.folder / "docgen.schema.json").read_text("utf-8"))
    jsonschema.validate(yaml.parse(written(client)).data, schema)


def test_without_a_choice_it_is_the_small_one(client: Client) -> None:
    assert "preset server" in client.docgen("init").stdout


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_to_be_filled_in_is_marked_and_named(client: Client, preset: str) -> None:
    ran = client.docgen("init", "--preset", preset)
    numbers = re.search(r"FILL IN \(docgen.yml, lines? ([\d, ]+)\)", ran.stdout)
    assert numbers
    lines = written(client).splitlines()
    marked = [int(n) for n in numbers[1].split(", ")]
    assert [n for n, line in enumerate(lines, 1) if "# FILL IN" in line] == marked
    invented = [n for n, line in enumerate(lines, 1) if "fill-in.invalid" in line]
    assert set(invented) <= set(marked)


def test_what_is_commented_out_loads_as_well(client: Client) -> None:
    client.docgen("init", "--preset", "laravel")
    before = json.loads(client.docgen("plan", "--format", "json").stdout)["checks"]
    wanted = re.sub(r"(?m)^( +)# (?=[- ])", r"\1", written(client))
    (client.folder / "docgen.yml").write_text(wanted, "utf-8")
    ran = client.docgen("plan", "--format", "json")
    assert ran.code == 0, ran.everything
    assert json.loads(ran.stdout)["checks"] > before + 3


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_is_contacted_before_it_is_filled_in(client: Client, preset: str) -> None:
    """The stand-ins are names that no resolver may know (RFC 2606)."""
    client.docgen("init", "--preset", preset)
    hosts = re.findall(r"(?:@|//)([\w.-]+)", re.sub(r"(?m)#.*", "", written(client)))
    assert hosts
    assert {host.rsplit(".", 1)[-1] for host in hosts} == {"invalid"}


def test_options_are_filled_in_and_their_marks_go(client: Client) -> None:
    options = {
        "--project": "API Gateway",
        "--host": "deploy@www.example.com:2222",
        "--root": "/var/www/api-gateway",
        "--url": "https://www.example.com/",
        "--lang": "de",
        "--identity": "~/.ssh/key",
        "--known-hosts": "pins",
    }
    ran = client.docgen("init", *(word for pair in options.items() for word in pair))
    data = yaml.parse(written(client)).data
    prod = data["environments"]["prod"]
    assert (data["project"], data["language"]) == ("API Gateway", "de")
    assert prod == {
        "host": "deploy@www.example.com:2222",
        "root": "/var/www/api-gateway",
        "url": "https://www.example.com",
    }
    assert data["ssh"] == {"identity": "~/.ssh/key", "known-hosts": "pins"}
    assert "fill-in.invalid" not in written(client)
    # The next steps, to be copied: this host, this port, this file.
    assert "ssh-keyscan -t ed25519 -p 2222 www.example.com > offered" in ran.stdout
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in ran.stdout
    assert "cat offered >> pins" in ran.stdout
    for command in ("docgen plan", "docgen status"):
        assert command in ran.stdout


@pytest.mark.parametrize(
    "name",
    [
        "a: b",
        "x # y",
        "{root}",
        "{{root}}",
        "'",
        '"',
        "- x",
        "true",
        "8.2",
        "new\nline",
        "ü€😀",
        "\x1b[31m",
        "@HOST@",
    ],
)
@pytest.mark.parametrize("preset", PRESETS)
def test_any_project_name_survives(client: Client, preset: str, name: str) -> None:
    ran = client.docgen("init", "--preset", preset, "--project", name)
    assert ran.code == 0, ran.everything
    assert json.loads(client.docgen("plan", "--format", "json").stdout)["project"] == name


def test_it_never_overwrites_unless_told_to(client: Client) -> None:
    mine = client.write("docgen.yml", "project: mine\n")
    ran = client.docgen("init")
    assert ran.code == 2 and "--force" in ran.stderr
    assert mine.read_text() == "project: mine\n"
    assert not (client.folder / "docgen.schema.json").exists()
    assert client.docgen("init", "--force").code == 0
    assert "sections:" in mine.read_text()


def test_a_link_to_nowhere_is_something_that_is_there(client: Client) -> None:
    (client.folder / "docgen.yml").symlink_to("elsewhere.yml")
    assert client.docgen("init").code == 2
    assert not (client.folder / "elsewhere.yml").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--host", "a b"),
        ("--host", "-oProxyCommand=x"),
        ("--host", "deploy@h:99999"),
        ("--url", "ftp://x"),
        ("--root", "relative"),
        ("--preset", "nothing"),
        ("--adopt", "local", "--preset", "server"),
        ("--root", "/a", "--root", "/b"),
        ("--adopt", "a b"),
    ],
)
def test_wrong_usage(client: Client, wrong: tuple[str, ...]) -> None:
    ran = client.docgen("init", *wrong)
    assert ran.code == 2, ran.everything
    assert list(client.folder.glob("docgen*")) == []


def test_a_folder_that_cannot_be_written(client: Client) -> None:
    from ...world.client import DOCGEN

    ran = client.docgen("-q", prefix=("sh", "-c", f"cd /proc && exec {DOCGEN} init", "sh"))
    assert ran.code == 4 and ran.stderr.startswith("docgen: ")


def test_the_preset_of_the_report_on_a_server_of_that_sort(world: World) -> None:
    """All well but what the tests' own server does not have, each row for the right reason."""
    storage = f"{STAGING}/shared/storage"
    world.sudoers(
        f"deploy ALL=(root) NOPASSWD: /usr/bin/chown -R -h -P --from\\=www-data deploy\\:www-data {storage}",
        "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx",
        "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload php8.2-fpm",
    )
    init = ("--host", world.target, "--url", world.url["prod"], "--root", PROD)
    pins = ("--identity", world.identity, "--known-hosts", world.known_hosts)
    assert world.docgen("init", "--preset", "laravel", *init, *pins).code == 0
    text = written(world).replace("deploy@staging.fill-in.invalid", world.target)
    text = text.replace("https://staging.fill-in.invalid", world.url["staging"]).replace('"8.3"', '"8.2"')
    php = subprocess.run(
        ["php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    text = text.replace('version: "{php}", extensions: [pdo_mysql, mbstring]', f'version: "{php}"')
    Path(world.folder / "docgen.yml").write_text(text, "utf-8")
    ran = world.status()
    open_ = {c["id"].partition("@")[0].rpartition("/")[0] for c in ran.checks if c["status"] != "ok"}
    assert {c["status"] for c in ran.checks} <= {"ok", "fail", "pending"}
    lacking = {
        "build-staging/backend-build",
        "build-prod/backend-build",
        "staging-deployment/backup",
        "production-deployment/backup",
        "staging-deployment/clear-caches",
        "staging-deployment/smoke-tests",
        "production-deployment/reload-services",
        "operation-staging/database",
        "operation-prod/database",
        "operation-staging/scheduler",
        "operation-prod/scheduler",
    }
    assert open_ == lacking, {c["id"]: c["ist"] for c in ran.checks if c["status"] != "ok"}
    assert len(ran.report["flow"][0]["steps"]) == 12


def test_scalars_and_comments() -> None:
    assert scalar("/var/www/app") == "/var/www/app"
    assert scalar("deploy@host:22") == "deploy@host:22"
    assert scalar("{root}") == '"{{root}}"' and quoted("{root}/x") == '"{root}/x"'
    assert (scalar("26h"), scalar("80%"), scalar(".env"), scalar(".")) == ("26h", "80%", ".env", ".")
    assert scalar(".inf") == '".inf"' and scalar("1e5") == '"1e5"' and scalar(".5") == '".5"'
    assert scalar("0640") == '"0640"' and scalar("") == '""' and scalar("null") == '"null"'
    assert comment("a\nb\x1b\u202e") == "a\\x0ab\\x1b\\x202e"


def test_any_text_survives_as_a_scalar_and_is_no_variable() -> None:
    scope = Scope([("here", {"x": "WRONG", "root": "WRONG"})])
    letters = "abxyz{}[]:,#&*!|>'\"%@`\\-?~ \t\n\r0123.-+e=/$\x00\x7f\x85\u2028\ufeffäß€😀"
    words = [
        "{x}",
        "{{x}}",
        "{root}",
        "true",
        "null",
        "~",
        "0x10",
        "1e5",
        "12:30",
        "- a",
        "a: b",
        "a #b",
        "a:",
        "<<",
        "",
    ]
    chance = random.Random(1)
    for number in range(3000):
        text = (
            words[number] if number < len(words) else "".join(chance.choices(letters, k=chance.randint(0, 8)))
        )
        if number % 3 == 0:
            text += chance.choice(words)
        for form in ("a: {}\n", "{{a: {}, b: 1}}\n"):
            found = yaml.parse(form.format(scalar(text))).data["a"]
            assert isinstance(found, str), (text, found)
            assert scope.expand(found, lambda name, hint: None) == text
            assert yaml.parse(form.format(scalar(text, variables=False))).data["a"] == text
