"""What the hub says of that which is no longer declared."""

from __future__ import annotations

from pathlib import Path

from ...world.client import Client

SPEC = """\
project: P
environments: {{prod: {{host: local}}}}
sections: [{{name: S, environment: prod, components: [{{name: C, checks: [{checks}]}}]}}]
"""


def test_a_check_that_is_no_longer_declared_keeps_its_place_on_the_page_of_its_component(
    tmp_path: Path,
) -> None:
    client, shown = Client(tmp_path), tmp_path / "hub/current/en/checks/s.c.html"
    client.spec(SPEC.format(checks="file: /etc/passwd, file: /none"))
    assert client.docgen("publish", "--no-pdf").code == 1
    (dropped,) = [one for one in ("s/c/file-none@prod", "s/c/file-none@local") if one in shown.read_text()]
    client.spec(SPEC.format(checks="file: /etc/passwd"))
    ran = client.docgen("publish", "--no-pdf")
    assert (ran.code, ran.stderr) == (0, "")
    assert f'id="{dropped}"' in shown.read_text() and "last seen" in shown.read_text()
