"""A hub as ``docgen publish`` made it, in nginx as ``docgen hub nginx`` wrote it: every file, with and without a login."""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

from docgen.hub import htpasswd, passwords
from docgen.hub.accounts import Account

from ...world.client import Client

sys.path.insert(0, str(Path(__file__).parents[2] / "checks"))
import servers

from . import sample

READER, AUDITOR = ("reader", "a long password"), ("auditor", "another long one")
SPEC = """
project: Hub
secrets: {{hub: {{env: HUB_PASSWORD}}}}
environments: {{prod: {{host: local, root: /, url: "https://localhost:{port}"}}}}
sections:
  - name: Hub
    environment: prod
    components:
      - name: Access
        checks:
          - hub-access:
              manifest: /manifest.json
              basic-auth: {{user: reader, password: "{{secret.hub}}"}}
              plain: http://localhost:{plain}
              ca: ca.pem
"""


def test_every_file_is_closed_to_all_but_those_who_may(
    client: Client, nginx: Callable[[str, int], Path], ports: Callable[[int], list[int]]
) -> None:
    folder = client.folder
    sample.declared(client, "demo")
    published = client.docgen(
        "publish", "-c", "demo/docgen.yml", "--from", "demo/snapshot.json", "--no-pdf", "--to", "hub"
    )
    assert published.code == 1, published.everything
    authority = servers.Authority(folder)
    authority.server("localhost")
    (pem,) = [p for p in folder.glob("*.pem") if p != authority.file]
    secure, plain = ports(2)
    htpasswd.update(
        folder / "htpasswd",
        lambda _: [
            Account(READER[0], passwords.hashed(READER[1], 8), "x"),
            Account(AUDITOR[0], passwords.hashed(AUDITOR[1], 8), "x", None, ("evidence",)),
        ],
    )
    written = client.docgen(
        "hub", "nginx", "--root", folder / "hub", "--server-name", "localhost", "--certificate", pem, "--key", pem,
        "--listen", f"127.0.0.1:{secure}", "--listen-http", f"127.0.0.1:{plain}", "--logs", folder,
        "--htpasswd", folder / "htpasswd", "--restrict", "/snapshot.json=evidence", "--test",
    )  # fmt: skip
    assert (written.code, written.stderr) == (0, "")
    nginx(written.stdout, secure)
    web = sample.Asked(secure, ssl.create_default_context(cafile=str(authority.file)), "localhost")

    manifest = json.loads((folder / "hub/current/manifest.json").read_text())
    files = [*manifest["files"], "manifest.json"]
    assert len(files) > 30
    without = {file: web.get(f"/{file}").status for file in files}
    assert set(without.values()) <= {401, 429} and 401 in without.values()
    mine = {file: web.patient(f"/{file}", READER).status for file in files}
    assert mine == {file: 401 if file == "snapshot.json" else 200 for file in files}
    assert web.patient("/snapshot.json", AUDITOR).status == 200

    client.spec(SPEC.format(port=secure, plain=plain))
    ran = client.status(env={"HUB_PASSWORD": READER[1]})
    check = ran.check("hub-access")
    assert check["verdict"] == "conform", check
    assert f"names {len(files) - 1} files" in check["ist"]
