"""What must never leave the server: canaries everywhere, and a search through everything that docgen wrote."""

from __future__ import annotations

import base64
import urllib.parse

from ..world.world import PROD, World

CANARY = "canary"

CHECKS = [
    "content: {path: shared/.env, contains: APP_ENV}",
    "content: {path: shared/.env, contains: DB_PASSWORD}",
    "content: {path: shared/.env, not-contains: APP_DEBUG=true}",
    "command: {run: [cat, shared/.env], may-change-the-server: true, stdout: {contains: nothing-of-the-kind}}",
    "command: {run: [cat, '{root}/shared/.env'], may-change-the-server: true, stdout: {contains: nothing-of-the-kind}}",
    "command: {run: [printenv], may-change-the-server: true, stdout: {contains: nothing-of-the-kind}}",
    "process: {name: sleep, min: 5}",
    "process: {pattern: no-such-process-anywhere}",
    "cron: nothing-of-the-kind",
    "cron: backup-app",
    "http: {url: /api/health-check, body: {contains: nothing-of-the-kind}}",
    "http: {url: /api/health-check, json: {'$.debug': other}}",
    "http: {url: /api/health-check, json: {'$.debug': other}, from: host}",
    "sudo: /usr/bin/systemctl reload nginx",
    "file: shared/.env",
    "checksum: {path: shared/.env, sha256: '" + "0" * 64 + "'}",
]


def known(world: World, checks: list[str]) -> list[str]:
    from checks.kinds import KINDS

    return [check for check in checks if check.split(":", 1)[0] in KINDS]


def test_no_canary_is_in_anything_that_was_written(world: World) -> None:
    world.sudoers("deploy ALL=(root) NOPASSWD: /usr/bin/mysqldump --password\\=canary-sudo-Rm62jQw7 app")
    world.put("/home/deploy/.bashrc", "export APP_KEY=base64:canaryEnvironment0123456789012345678901234=\n")
    world.root(
        "setpriv --reuid=deploy --regid=deploy --clear-groups sh -c "
        "'exec sleep 300' --password=canary-process-Dw73nBv2 --token canary-process-Ck51mXz8 >/dev/null 2>&1 &"
    )
    world.check(*known(world, CHECKS))
    # The account does see them; only docgen must not repeat them.
    assert b"canary-database" in world.ssh(f"cat {PROD}/shared/.env").stdout
    ran = world.status("--env", "prod", "--save", "snapshot.json")
    assert ran.code in {1, 3}
    found = {
        "snapshot": (world.folder / "snapshot.json").read_text(),
        "json": ran.stdout,
        "stderr": ran.stderr,
    }
    for format_ in ("text", "html", "md"):
        again = world.docgen("status", "--from", "snapshot.json", "--format", format_, "-v")
        found[format_] = again.everything
    for check in ran.checks:
        found[f"explain {check['id']}"] = world.docgen(
            "explain", check["id"], "--from", "snapshot.json"
        ).everything
    leaks = {name: around(text) for name, text in found.items() if CANARY in text}
    assert not leaks, "\n\n".join(f"{name}: …{text}" for name, text in leaks.items())


def around(text: str) -> str:
    position = text.index(CANARY)
    return text[max(0, position - 200) : position + 60]


def test_the_specs_own_secrets_are_masked_in_every_encoding(world: World) -> None:
    secret = 'S3cr3t/"näive"+value='
    raw = secret.encode()
    forms = {
        "plain": secret,
        "base64": base64.b64encode(raw).decode(),
        "base64 inside": base64.b64encode(b"user:" + raw).decode(),
        "percent": urllib.parse.quote(secret, safe=""),
        "hex": raw.hex(),
    }
    world.put("/srv/test/page", "\n".join(f"{name} {form}" for name, form in forms.items()))
    (world.folder / "secret").write_text(secret)
    (world.folder / "secret").chmod(0o600)
    world.check(
        "command: {run: [cat, /srv/test/page], may-change-the-server: true, stdout: {contains: nothing-of-the-kind}}"
    )
    path = world.folder / "docgen.yml"
    path.write_text("secrets: {hub: {file: secret}}\n" + path.read_text())
    ran = world.status("--env", "prod", "--save", "snapshot.json")
    assert ran.check()["status"] == "fail"
    written = ran.everything + (world.folder / "snapshot.json").read_text()
    inside = forms["base64 inside"][8:-4]
    for name, form in (forms | {"base64 inside": inside}).items():
        assert form not in written, name


def test_a_secret_file_that_others_can_read_is_refused(world: World) -> None:
    world.write("secret", "value", 0o644)
    world.check("file: current/artisan")
    path = world.folder / "docgen.yml"
    path.write_text("secrets: {hub: {file: secret}}\n" + path.read_text())
    ran = world.docgen("status", "--env", "prod")
    assert "0600" in ran.stderr or "chmod 600" in ran.stderr
    assert "value" not in ran.stdout


def test_the_private_key_is_nowhere(world: World) -> None:
    body = "".join(world.identity.read_text().splitlines()[1:-1])[40:120]
    ran = world.look("file: current/artisan", arguments=("--save", "snapshot.json"))
    assert body not in ran.everything + (world.folder / "snapshot.json").read_text()
