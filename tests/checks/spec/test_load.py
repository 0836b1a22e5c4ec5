"""Loading docgen.yml: what it means, and what is said of what is wrong."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from checks.errors import SpecError
from checks.spec import Spec, load

HEAD = """\
project: Shop
environments:
  prod: {host: local, root: /srv/shop, url: "https://shop.example"}
  staging: {hosts: {a: deploy@a.example, b: "deploy@b.example:2222"}, root: /srv/staging, variables: {keep: 3}}
variables: {keep: 5, name: shop}
"""


def spec(tmp_path: Path, body: str, head: str = HEAD, **variables: str) -> Spec:
    path = tmp_path / "docgen.yml"
    path.write_text(head + dedent(body), "utf-8")
    return load(path, variables=variables)


def problems(tmp_path: Path, body: str, head: str = HEAD) -> list[str]:
    with pytest.raises(SpecError) as caught:
        spec(tmp_path, body, head)
    return [str(p).replace(f"{tmp_path}/", "") for p in caught.value.problems]


def component(checks: str, environment: str = "prod", more: str = "") -> str:
    return f"""\
sections:
  - name: Basis
    environment: {environment}
    components:
      - name: Files
        checks: [{checks}]
{more}"""


def test_ids_are_slugs_of_section_component_and_check_with_the_host(tmp_path: Path) -> None:
    made = spec(tmp_path, component("{file: a b.txt}, {file: x, name: Größe}", "staging"))
    assert [c.id for c in made.checks()] == [
        "basis/files/file-a-b-txt@a",
        "basis/files/file-a-b-txt@b",
        "basis/files/groesse@a",
        "basis/files/groesse@b",
    ]


def test_short_forms_of_the_same_letter_are_each_of_their_own_kind(tmp_path: Path) -> None:
    checks = spec(tmp_path, component("file: f, directory: f, absent: f")).sections[0].components[0].checks
    assert [type(c.params).__name__ for c in checks] == ["File", "Directory", "Absent"]


def test_a_declared_check_takes_the_place_of_one_that_comes_along(tmp_path: Path) -> None:
    body = component('http: /health, certificate: {at: "shop.example:443", warn-below: 40d}')
    checks = spec(tmp_path, body).sections[0].components[0].checks
    assert [c.id for c in checks] == ["basis/files/http-health", "basis/files/certificate-shop-example-443"]
    assert checks[1].params.warn_below == 40 * 86400


def test_relative_paths_start_at_the_root_of_the_environment(tmp_path: Path) -> None:
    made = spec(tmp_path, component("{file: current/artisan}, {file: /etc/hosts}"))
    assert [c.params.path for c in made.checks()] == ["/srv/shop/current/artisan", "/etc/hosts"]


def test_the_nearest_variable_wins_and_the_command_line_beats_all(tmp_path: Path) -> None:
    body = component('{file: "{keep}"}', "staging")
    assert spec(tmp_path, body).checks()[0].params.path == "/srv/staging/3"
    assert spec(tmp_path, body, keep="9").checks()[0].params.path == "/srv/staging/9"
    assert spec(tmp_path, component('{file: "{keep}"}')).checks()[0].params.path == "/srv/shop/5"


def test_another_environment_can_be_read_and_braces_escaped(tmp_path: Path) -> None:
    made = spec(tmp_path, component('{file: "{staging.root}/x"}, {file: "/{{name}}/\\\\d{3}"}'))
    assert [c.params.path for c in made.checks()] == ["/srv/staging/x", "/{name}/\\d{3}"]


def test_scalars_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    made = spec(tmp_path, component("{file: on}, {file: no}, {file: 12:30}, {file: 0640}"))
    assert [c.params.path.rsplit("/")[-1] for c in made.checks()] == ["on", "no", "12:30", "0640"]


def test_a_section_for_several_environments_exists_once_for_each(tmp_path: Path) -> None:
    body = """\
    sections:
      - name: Basis
        environments: [prod, staging]
        components:
          - {name: Both, checks: [{file: a}]}
          - {name: Only, only: staging, on: b, checks: [{file: b}]}
    """
    made = spec(tmp_path, body)
    assert [s.id for s in made.sections] == ["basis-prod", "basis-staging"]
    assert [c.id for c in made.checks() if "/only/" in c.id] == ["basis-staging/only/file-b@b"]


def test_needs_are_resolved_to_checks_on_the_same_host(tmp_path: Path) -> None:
    body = """\
    sections:
      - name: Basis
        environment: staging
        components:
          - {name: Link, checks: [{file: a}]}
          - {name: Smoke, needs: Link, checks: [{file: b}, {file: c, needs: file-b}]}
    """
    needs = {c.id: c.needs for c in spec(tmp_path, body).checks()}
    assert needs["basis/smoke/file-b@a"] == ("basis/link/file-a@a",)
    assert needs["basis/smoke/file-c@b"] == ("basis/link/file-a@b", "basis/smoke/file-b@b")


def test_a_gate_gives_its_checks_on_the_live_release(tmp_path: Path) -> None:
    gates = "gates:\n  structure: [{file: artisan}, {directory: app, severity: critical}]\n"
    made = spec(tmp_path, component("{gate: structure, severity: low}") + gates)
    assert [(c.params.path, c.severity.value) for c in made.checks()] == [
        ("/srv/shop/current/artisan", "low"),
        ("/srv/shop/current/app", "critical"),
    ]


def test_exceptions_end_with_the_day_in_the_zone_of_the_spec(tmp_path: Path) -> None:
    body = component("{file: a}") + (
        "timezone: Europe/Berlin\nexceptions: [{check: '*', until: 2026-07-01, reason: r, by: b}]\n"
    )
    assert spec(tmp_path, body).waivers[0].until == "2026-07-01T22:00:00Z"


def test_every_problem_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    body = """\
    sections:
      - name: Basis
        environment: prd
        components:
          - name: Files
            severity: hig
            owners: me
            checks: [{fil: a}, {file: {pth: a}}, {file: "{kep}"}, {file: a, directory: b}, {}]
          - {name: Loop, needs: Pool, checks: [{file: a}]}
          - {name: Pool, needs: Loop, checks: [{file: a}]}
          - {name: Lost, needs: Filse, checks: [{file: a}]}
          - {name: Empty, checks: []}
    """
    assert problems(tmp_path, body) == [
        "docgen.yml:8:18: unknown environment `prd` (did you mean `prod`?)",
        "docgen.yml:11:19: expected `critical`, `high`, `medium` or `low`, found `hig` (did you mean `high`?)",
        "docgen.yml:12:9: unknown key `owners` (did you mean `owner`?)",
        "docgen.yml:13:19: unknown kind of check `fil` (did you mean `file`?)",
        "docgen.yml:13:36: unknown key `pth` (did you mean `path`?)",
        "docgen.yml:13:53: the variable {kep} is not defined (did you mean {keep}?)",
        "docgen.yml:13:63: two kinds in one check: `file` and `directory` (make them two checks)",
        "docgen.yml:13:88: a check without a kind (write it like `- file: path`)",
        "docgen.yml:15:22: `needs` goes in a circle: basis/loop → basis/pool → basis/loop",
        "docgen.yml:16:29: `Filse` is not the name of a component or check (did you mean `basis/files`?)",
        "docgen.yml:17:23: an empty list of checks: nothing to check",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "project: a\nproject: b\n",
            "docgen.yml:2:1: the key `project` stands twice (the first is in line 1)",
        ),
        ("project:\n\t- a\n", "docgen.yml:2:1: not valid YAML"),
        (
            "project: !!python/object:os.system a\n",
            "docgen.yml:1:10: the tag tag:yaml.org,2002:python/object",
        ),
        ("a: &a [x]\nb:\n  <<: *a\n", "docgen.yml:3:3: merge keys (<<) are not part of YAML 1.2"),
        ("- a\n", "docgen.yml:1:1: expected a mapping with project, environments and sections"),
        ("project: a\nenvironments: {prod: {hosts: []}}\n", "docgen.yml:2:30: an empty list of hosts"),
        ("project: a\nenvironments: {}\n", "docgen.yml:2:15: no environment: nothing to check"),
        (
            "project: a\nenvironments: {Prod: {}}\n",
            "docgen.yml:2:16: `Prod` cannot be the name of an environment",
        ),
        ("project: a\nenvironments: {p: {host: 'a:99999'}}\n", "docgen.yml:2:26: expected user@host"),
        (
            "project: a\nenvironments: {p: {host: '-oProxyCommand=x'}}\n",
            "docgen.yml:2:26: a host cannot begin",
        ),
        ("project: a\ntimezone: Mars\nenvironments: {p: {}}\n", "docgen.yml:2:11: not a known time zone"),
        (
            "project: a\nsecrets: {s: {env: A, file: b}}\nenvironments: {p: {}}\n",
            "docgen.yml:2:14: expected exactly one",
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, "", text)
    assert any(p.startswith(expected) for p in found), found


def test_a_server_check_without_a_server_says_what_to_add(tmp_path: Path) -> None:
    body = "sections: [{name: A, components: [{name: B, checks: [{file: /x}]}]}]\n"
    assert problems(tmp_path, body) == [
        "docgen.yml:6:54: `file` looks at a server, but its section has no environment "
        "(give the section an `environment`)"
    ]


def test_not_utf_8_is_said_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "docgen.yml"
    path.write_bytes(b"project: a\nowner: Gr\xfcn\n")
    with pytest.raises(SpecError, match=r"docgen.yml:2:1: is not UTF-8"):
        load(path)


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert "values once aliases are expanded" in problems(tmp_path, "", "\n".join(lines))[0]


def test_a_flow_shows_components_and_knows_the_wrong_ones(tmp_path: Path) -> None:
    body = component("{file: a}")
    made = spec(tmp_path, body + "flow: {name: Deploy, environment: prod, steps: [Files]}\n")
    assert made.flows[0].steps[0].shows == ("basis/files/file-a@local",)
    found = problems(tmp_path, body + "flow: {name: Deploy, environment: prod, steps: [Filez]}\n")
    assert "`Filez` is not the name of a component or check (did you mean `basis/files`?)" in found[0]


def test_selecting_environments_keeps_the_sections_of_none(tmp_path: Path) -> None:
    body = """\
    sections:
      - {name: P, environment: prod, components: [{name: C, checks: [{file: a}]}]}
      - {name: S, environment: staging, components: [{name: C, checks: [{file: a}]}]}
    """
    chosen = spec(tmp_path, body).select(["staging"])
    assert [s.name for s in chosen.sections] == ["S"]
    with pytest.raises(KeyError):
        chosen.select(["prod"])


def test_a_relative_root_is_the_same_in_paths_variables_and_gates(tmp_path: Path) -> None:
    head = "project: P\nenvironments: {prod: {host: local, root: site}}\n"
    gates = "gates: {g: [{file: artisan}]}\n"
    made = spec(tmp_path, component('{file: a}, {file: "{root}/b"}, {gate: g}') + gates, head)
    assert [c.params.path for c in made.checks()] == [
        f"{tmp_path}/site/a",
        f"{tmp_path}/site/b",
        f"{tmp_path}/site/current/artisan",
    ]


def test_lines_are_right_behind_what_is_broken(tmp_path: Path) -> None:
    body = """\
    sections:
      - name: S
        environment: prod
        components:
          - checks: [{file: a}]
          - name: C
            checks:
              - file
              - {file: {path: b, min-size: 5 apples}}
              - {fil: c}
    """
    assert problems(tmp_path, body) == [
        "docgen.yml:10:9: `name` is missing",
        "docgen.yml:13:13: expected a mapping, found `file`",
        "docgen.yml:14:40: expected a size such as 500M, 2GiB or 1024, found `5 apples`",
        "docgen.yml:15:14: unknown kind of check `fil` (did you mean `file`?)",
    ]


SECRETS = """\
project: P
environments: {prod: {host: local, url: "https://www.example.com"}}
sections:
  - name: S
    environment: prod
    components:
      - name: C
        checks:
          - http: "/health?token=hunter2hunter2"
          - http: {url: /a, headers: {X-Api-Key: "hunter2hunter2"}}
          - http: {url: /b, basic-auth: {user: u, password: "hunter2hunter2"}}
"""


def test_a_secret_in_the_spec_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "docgen.yml").write_text(SECRETS)
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "docgen.yml")
    said = "\n".join(map(str, caught.value.problems))
    assert [p.line for p in caught.value.problems] == [9, 10, 11]
    assert said.count("{secret.name}") == 3
    assert "hunter2" not in said
    good = SECRETS.replace("hunter2hunter2", "{secret.api}") + "secrets: {api: {env: API}}\n"
    (tmp_path / "docgen.yml").write_text(good)
    assert len(load(tmp_path / "docgen.yml").checks()) == 4  # and the certificate


BROKEN = """\
project: P
environments: {prod: {host: local, root: /}}
sections:
  - name: S
    environment: prod
    components:
      - name: A
        checks: [{file: {pth: 1}, severty: low}]
      - name: B
        checks: [{file: {path: b, min-size: lots}, severity: hgh}]
      - name: D
        needs: E
        checks: [{file: {path: d, min-size: lots}}]
      - name: E
        needs: D
        checks: [{file: e}]
"""


def test_one_mistake_does_not_hide_another(tmp_path: Path) -> None:
    (tmp_path / "docgen.yml").write_text(BROKEN)
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "docgen.yml")
    said = [f"{p.line}: {p.message}" for p in caught.value.problems]
    for line, what in (
        (8, "`severty`"), (8, "`pth`"), (10, "`lots`"), (10, "`hgh`"), (13, "`lots`"), (15, "in a circle"),
    ):  # fmt: skip
        assert any(one.startswith(f"{line}:") and what in one for one in said), (line, what, said)


TWINS = """\
project: P
environments: {prod: {host: local, root: /}}
sections:
  - name: S
    environment: prod
    components: [{name: C, checks: [%s]}]
"""


def test_ids_do_not_depend_on_the_order(tmp_path: Path) -> None:
    a, b = "{content: {path: f, contains: a}}", "{content: {path: f, contains: b}}"
    ids = []
    for checks in ((a, b), (b, a)):
        (tmp_path / "docgen.yml").write_text(TWINS % ", ".join(checks))
        ids.append({c.params.contains: c.id for c in load(tmp_path / "docgen.yml").checks()})
    assert ids[0] == ids[1]
    (tmp_path / "docgen.yml").write_text(TWINS % f"{a}, {a}")
    with pytest.raises(SpecError, match="a second check with the id"):
        load(tmp_path / "docgen.yml")


TRANSLATED = (
    HEAD
    + component("{file: f, name: The file}")
    + """\
translations:
  de:
    Files: Dateien
    The file: Die Datei
"""
)


def test_translations_are_of_texts_that_stand_in_the_file(tmp_path: Path) -> None:
    assert spec(tmp_path, TRANSLATED, "").translations == {
        "de": {"Files": "Dateien", "The file": "Die Datei"}
    }
    (said,) = problems(tmp_path, TRANSLATED.replace("    Files:", "    Flies:"), "")
    assert "no text of the spec reads like this" in said
    assert "did you mean `Files`?" in said
    assert said.startswith("docgen.yml:14:5")


def test_translations_have_the_variables_of_each_environment(tmp_path: Path) -> None:
    more = """\
      - {name: Other, soll: "{env} with {keep} releases", checks: [file: g]}
translations: {de: {"{env} with {keep} releases": "{env} mit {keep} Releases"}}
"""
    made = spec(tmp_path, component("{file: f}", more=more))
    assert made.translations["de"] == {
        "prod with 5 releases": "prod mit 5 Releases",
        "staging with 3 releases": "staging mit 3 Releases",
    }
    (said,) = problems(tmp_path, component("{file: f}", more=more.replace("mit {keep}", "mit {kept}")))
    assert "the variable {kept} is not defined" in said
