"""What a server can be like, and the status that follows: one test per row."""

from __future__ import annotations

import textwrap

import pytest
from markdown_it import MarkdownIt

from ..world.world import PROD, RELEASE, World


def test_nothing_to_check_is_never_green(world: World) -> None:
    world.spec(world.environments() + "sections: []\n")
    ran = world.status("--env", "prod")
    assert ran.code == 3 and ran.report["overall"] == "grey"
    assert ran.report["coverage"]["declared"] == 0
    world.check("file: current/artisan")  # of prod; staging has nothing
    ran = world.status("--env", "staging")
    assert ran.code == 3 and ran.report["overall"] == "grey"


@pytest.mark.parametrize(
    ("check", "path"),
    [
        ("file: current/public/index.php", "current/public/index.php"),
        ("directory: current/vendor", "current/vendor"),
        ("symlink: current", "current"),
        ("permissions: {path: shared/.env, mode: '0640'}", "shared/.env"),
        ("content: {path: shared/.env, contains: APP_ENV}", "shared/.env"),
        ("checksum: {path: current/REVISION, sha256: '{sum}'}", "current/REVISION"),
    ],
)
def test_there_and_missing_and_out_of_sight(world: World, check: str, path: str) -> None:
    sha256 = world.root(f"sha256sum {PROD}/current/REVISION").split()[0]
    check = check.replace("{sum}", sha256)
    ran = world.look(check)
    assert (ran.code, ran.check()["status"], ran.report["overall"]) == (0, "ok", "green"), ran.check()
    # What lies behind a closed door is neither there nor missing.
    world.denied(PROD)
    ran = world.look(check)
    seen = ran.check()
    assert (ran.code, seen["status"], seen["observation"]) == (3, "unknown", "denied"), seen
    assert seen["message"] and ran.report["overall"] == "grey"
    world.root(f"chmod 755 {PROD}; rm -r {PROD}/{path}")
    ran = world.look(check)
    seen = ran.check()
    assert (ran.code, seen["status"], seen["observation"]) == (1, "fail", "absent"), seen
    assert ran.report["overall"] in {"yellow", "red"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [("chown root:root", "root"), ("chgrp deploy", "deploy"), ("chmod 0644", "0644"), ("chmod u+s", "4640")],
)
def test_wrong_owner_or_mode(world: World, change: str, wrong: str) -> None:
    check = "permissions: {path: shared/.env, mode: '0640', owner: deploy, group: www-data}"
    assert world.look(check).check()["status"] == "ok"
    world.root(f"{change} {PROD}/shared/.env")
    ran = world.look(check)
    seen = ran.check()
    assert (ran.code, seen["status"], seen["observation"]) == (1, "fail", "observed")
    assert wrong in str(seen["ist"]) + str(seen["aspects"])


# --- links ------------------------------------------------------------------------------------------------------


def test_a_link_is_judged_by_where_it_leads(world: World) -> None:
    check = f"symlink: {{path: current, into: '{PROD}/releases'}}"
    assert world.look(check).check()["status"] == "ok"
    world.dangling()
    ran = world.look(check, "file: current/artisan")
    assert ran.code == 1 and [c["status"] for c in ran.checks] == ["fail", "fail"]
    world.outside()
    ran = world.look(check)
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    assert "/srv/test/elsewhere" in str(ran.check())
    world.root(f"rm {PROD}/current; mkdir {PROD}/current")
    assert world.look(check).check()["status"] == "fail"


# --- releases ---------------------------------------------------------------------------------------------------

RELEASES = """\
releases:
  path: "{root}"
  requires: [artisan, public/index.php, vendor/autoload.php]
  shared: [storage, .env]
  keep: 3
  revision: true
"""


def test_releases_in_order_and_not(world: World) -> None:
    def seen(check: str = RELEASES) -> tuple[int, str, str]:
        ran = world.look(check)
        return ran.code, ran.check()["status"], str(ran.check()["aspects"])

    live, old = f"{PROD}/releases/{RELEASE}", f"{PROD}/releases/20251030_181500-3fa2c1d0"
    assert seen()[:2] == (0, "ok"), seen()[2]
    world.root(f"mv {old}/public/index.php /tmp/")
    code, status, aspects = seen()
    assert (code, status) != (0, "ok") and "20251030_181500-3fa2c1d0" in aspects, (
        "an old release cannot be gone back to"
    )
    assert seen(RELEASES + "  accepted: [20251030_*]\n")[:2] == (0, "ok")
    world.root(f"mv /tmp/index.php {old}/public/; rm {live}/vendor/autoload.php")
    code, status, aspects = seen()
    assert (code, status) == (1, "fail") and "vendor/autoload.php" in aspects
    world.root(
        f"cp -p {old}/vendor/autoload.php {live}/vendor/; rm {live}/.env; cp {PROD}/shared/.env {live}/.env"
    )
    assert seen()[:2] == (1, "fail"), "a copy of the settings is not shared"
    world.root(f"ln -sfn ../../shared/.env {live}/.env; touch {live}/BAD_RELEASE")
    assert seen()[1] in {"fail", "warn"}
    world.root(
        f"rm {live}/BAD_RELEASE; for n in 1 2 3; do cp -a {old} {PROD}/releases/2025100${{n}}_000000-aaaaaaa$n; done"
    )
    assert seen()[1] in {"fail", "warn"}, "five are more than three"
    world.root(f"rm -r {PROD}/releases/202510[0]*")
    assert seen()[:2] == (0, "ok")
    world.dangling()
    assert seen()[:2] == (1, "fail")
    world.outside()
    assert seen()[:2] == (1, "fail")
    world.root(f"ln -sfn {live} {PROD}/current")
    world.denied(f"{PROD}/releases")
    assert seen()[:2] == (3, "unknown")


# --- absence ----------------------------------------------------------------------------------------------------


def test_absence_needs_proof(world: World) -> None:
    check = "absent: current/public/phpinfo.php"
    ran = world.look(check)
    assert (ran.code, ran.check()["status"], ran.check()["observation"]) == (0, "ok", "absent"), ran.check()
    world.root(f"touch {PROD}/current/public/phpinfo.php")
    ran = world.look(check)
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    for closed in (f"{PROD}/releases/{RELEASE}/public", f"{PROD}/releases", PROD):
        world.denied(closed)
        ran = world.look(check)
        seen = ran.check()
        assert (ran.code, seen["status"], seen["observation"]) == (3, "unknown", "denied"), (closed, seen)
        assert seen["remedy"], "what would settle it"
        world.root(f"chown deploy:deploy {closed}; chmod 755 {closed}")


def test_absence_on_a_host_that_is_down_is_not_green(world: World) -> None:
    world.host_down()
    ran = world.look("absent: current/public/phpinfo.php")
    assert (ran.code, ran.check()["status"], ran.report["overall"]) == (3, "unknown", "grey")


def test_a_dangling_link_is_not_absence(world: World) -> None:
    world.root(f"ln -s /nowhere {PROD}/current/public/phpinfo.php")
    assert world.look("absent: current/public/phpinfo.php").check()["status"] == "fail"


# --- services ---------------------------------------------------------------------------------------------------


def test_a_service(world: World) -> None:
    check = "service: {unit: nginx, enabled: true}"
    assert world.look(check).check()["status"] == "ok"
    world.service("nginx", UnitFileState="disabled")
    assert world.look(check).check()["status"] == "fail"
    world.service_down("nginx")
    ran = world.look("service: nginx")
    assert (ran.code, ran.check()["status"]) == (1, "fail") and "failed" in str(ran.check()["ist"])
    ran = world.look("service: no-such-thing")
    assert (ran.code, ran.check()["status"]) == (1, "fail")


def test_a_service_where_nobody_answers_for_services(world: World) -> None:
    world.no_systemd()
    ran = world.look("service: php8.2-fpm")
    assert ran.check()["status"] in {"unknown", "fail"}, ran.check()
    # nginx has an init script, which looks for the process itself.
    assert world.look("service: nginx").check()["status"] == "ok"
    world.web_server_down()
    assert world.look("service: nginx").check()["status"] == "fail"


# --- processes, ports, packages, cron ---------------------------------------------------------------------------


def test_a_process(world: World) -> None:
    check = "process: {name: nginx, user: www-data}"
    assert world.look(check).check()["status"] == "ok"
    world.web_server_down()
    ran = world.look(check)
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    assert world.look("process: {name: nginx, max: 0}").check()["status"] == "ok"


def test_a_port(world: World) -> None:
    checks = [
        f"port: {{port: {world.ports.prod}, host: 127.0.0.1, from: {place}}}" for place in ("here", "host")
    ]
    assert [c["status"] for c in world.look(*checks).checks] == ["ok", "ok"]
    world.web_server_down()
    ran = world.look(*checks)
    assert (ran.code, [c["status"] for c in ran.checks]) == (1, ["fail", "fail"])
    assert (
        world.look(f"port: {{port: {world.ports.prod}, host: 127.0.0.1, open: false}}").check()["status"]
        == "ok"
    )
    ran = world.look(f"port: {{port: {world.ports.prod}, host: no-such-host.invalid}}")
    assert (ran.code, ran.check()["status"]) == (3, "unknown")


def test_a_package(world: World) -> None:
    version = world.root("dpkg-query -W -f '${Version}' bash").strip()
    assert world.look("package: bash").check()["status"] == "ok"
    assert world.look(f"package: {{name: bash, version: '{version}'}}").check()["status"] == "ok"
    assert world.look("package: {name: bash, version: '1.0'}").check()["status"] == "fail"
    ran = world.look("package: no-such-package-anywhere")
    assert (ran.code, ran.check()["status"]) == (1, "fail")


def test_a_cron_entry(world: World) -> None:
    own, system = (
        "cron: {runs: backup-app, schedule: '30 3 * * *'}",
        "cron: {runs: 'artisan schedule:run', user: www-data}",
    )
    ran = world.look(own, system)
    assert [c["status"] for c in ran.checks] == ["ok", "ok"], ran.checks
    assert world.look("cron: {runs: backup-app, schedule: '31 3 * * *'}").check()["status"] == "fail"
    world.root("sed -i 's/^/# /' /var/spool/cron/crontabs/deploy; rm /etc/cron.d/api-gateway")
    ran = world.look(own, system)
    # What other accounts have in their own crontabs, deploy cannot see: that entry may be there.
    assert [c["status"] for c in ran.checks][1] in {"unknown", "fail"} and ran.code in {1, 3}
    assert "ok" not in {c["status"] for c in ran.checks}


def test_content(world: World) -> None:
    check = "content: {path: shared/.env, matches: '^APP_DEBUG=false$', not-contains: APP_DEBUG=true}"
    assert world.look(check).check()["status"] == "ok"
    world.root(f"sed -i s/APP_DEBUG=false/APP_DEBUG=true/ {PROD}/shared/.env")
    ran = world.look(check)
    assert (ran.code, ran.check()["status"]) == (1, "fail")


def test_a_checksum(world: World) -> None:
    sha256 = world.root(f"sha256sum {PROD}/current/artisan").split()[0]
    assert world.look(f"checksum: {{path: current/artisan, sha256: {sha256}}}").check()["status"] == "ok"
    world.root(f"echo >>{PROD}/current/artisan")
    ran = world.look(f"checksum: {{path: current/artisan, sha256: {sha256}}}")
    assert (ran.code, ran.check()["status"]) == (1, "fail")


def test_the_newest_backup(world: World) -> None:
    check = "backup: {files: 'backups/app-*.tar.gz', max-age: 26h, private: false, dated: false}"

    def seen() -> tuple[int, str, list[str]]:
        ran = world.look(check)
        one = ran.check()
        names = [str(a["name"]) for a in one["aspects"] if a["verdict"] != "conform"]
        return (
            ran.code,
            one["status"],
            [name for name in names if name != "proven up to"],
        )  # follows from them

    backups = f"{PROD}/backups"
    newest = world.root(f"ls -t {backups}/app-*.tar.gz | head -1").strip()
    noted = f"(cd {backups} && sha256sum $(basename {newest}) >{newest}.sha256)"
    world.root(f"touch {newest}")
    assert seen() == (0, "ok", [])
    world.root(f"truncate -s -20 {newest}")
    assert seen() == (1, "fail", ["checksum", "readable"])
    world.root(noted)  # somebody made the checksum of what was already cut off
    assert seen() == (1, "fail", ["readable"])
    world.root(f"tar -czf {newest} -C /etc hostname; {noted}; touch -d '9 days ago' {backups}/*")
    assert seen() == (1, "fail", ["age"])
    world.root(f"touch {newest}; chmod 600 {newest}; chown root {newest}")
    assert seen() == (3, "unknown", ["checksum", "readable"])
    world.root(f"chmod 700 {backups}; chown root {backups}")
    assert seen() == (3, "unknown", [])
    world.root(f"rm -r {backups}")
    assert seen()[:2] == (1, "fail")


def test_the_ledger(world: World) -> None:
    check = "ledger: {files: 'ledger/*.json', last: success}"
    entry = '{"date": "%s", "aktion": "deploy", "env": "prod", "ergebnis": "%s"}'

    def put(name: str, text: str) -> None:
        world.root(f"mkdir -p {PROD}/ledger; cat >{PROD}/ledger/{name}", data=text.encode())

    def seen() -> tuple[int, str, list[str]]:
        ran = world.look(check)
        one = ran.check()
        return ran.code, one["status"], [str(a["name"]) for a in one["aspects"] if a["verdict"] != "conform"]

    assert seen()[:2] == (1, "fail")
    put("1.json", entry % ("2025-11-01T22:24:00Z", "Erfolgreich"))
    assert seen() == (0, "ok", [])
    put("2.json", entry % ("02.11.2025 08:00", "FAIL"))
    assert seen() == (1, "fail", ["last deployment"])
    put("3.json", entry % ("2025-11-03T08:00:00Z", "PASS"))
    put("4.json", entry.replace("deploy", "<script>alert(1)</script>") % ("2025-11-03T08:00:00Z", "PASS"))
    assert seen() == (1, "fail", ["times"])
    put("4.json", '{"cut off": ')
    put("5.json", '{"date": "2025-10-03T08:00:00Z"}')
    assert seen() == (1, "fail", ["readable", "fields"])
    world.root(f"rm {PROD}/ledger/[45].json; chmod 600 {PROD}/ledger/1.json; chown root {PROD}/ledger/1.json")
    assert seen() == (3, "unknown", ["None"])
    world.root(f"chmod 700 {PROD}/ledger; chown root {PROD}/ledger")
    assert seen() == (3, "unknown", [])


def test_what_anyone_can_fetch(world: World) -> None:
    assert world.look("web-exposure: {}").check()["status"] == "ok"
    world.dump_in_web_root()
    ran = world.look("web-exposure: {}")
    assert (ran.code, ran.check()["status"]) == (1, "fail") and "/backup.sql" in str(ran.check()["aspects"])
    assert "canary-dump" not in ran.stdout
    world.root(
        f"cd {PROD}/current/public; rm backup.sql; ln -s ../../../shared/.env .env; chmod 644 {PROD}/shared/.env"
    )
    assert world.look("web-exposure: {}").check()["status"] == "ok"  # nginx refuses dot files
    world.http("serve-dot-files")
    ran = world.look("web-exposure: {}")
    assert (ran.code, ran.check()["status"]) == (1, "fail") and "/.env" in str(ran.check()["aspects"])
    assert "canary" not in ran.stdout


def test_what_could_not_be_asked_for_is_not_safe(world: World) -> None:
    world.web_server_down()
    ran = world.look("web-exposure: {}")
    assert (ran.code, ran.check()["status"]) == (3, "unknown"), ran.check()


def test_php_and_an_application_that_starts(world: World) -> None:
    check = "php: {version: '>=8', path: current, artisan: '11', autoload: true, runs-application-code: true}"
    assert world.look(check).check()["status"] == "ok"
    assert world.look("php: {version: '>=9'}").check()["status"] == "fail"
    assert world.look(check.replace("'11'", "'12'")).check()["status"] == "fail"
    world.put(f"{PROD}/releases/{RELEASE}/vendor/autoload.php", "<?php\nthrow new Error('broken');\n")
    ran = world.look(check)
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    ran = world.look("php: {path: current, artisan: '11'}")
    assert ran.code == 2 and "runs-application-code" in ran.stderr, "it is opted into"


def test_a_timer(world: World) -> None:
    assert world.look("timer: {unit: docgen-publish, enabled: true}").check()["status"] == "ok"
    world.service("docgen-publish.timer", UnitFileState="disabled")
    assert world.look("timer: {unit: docgen-publish, enabled: true}").check()["status"] == "fail"
    world.service("docgen-publish.timer", ActiveState="inactive", SubState="dead")
    assert world.look("timer: docgen-publish").check()["status"] == "fail"
    world.reset()
    world.service("docgen-publish", Result="exit-code", ExecMainStatus="1")
    assert world.look("timer: docgen-publish").check()["status"] == "fail"
    ran = world.look("timer: no-such-timer")
    assert (ran.code, ran.check()["status"]) == (1, "fail")


# --- needs ------------------------------------------------------------------------------------------------------


def test_what_is_blocked_is_blocked_however_well_it_looks(world: World) -> None:
    world.spec(
        world.environments()
        + textwrap.dedent("""\
            sections:
              - name: Delivery
                environment: staging
                components:
                  - name: Permissions Fix
                    about: delivery
                    checks: [file: current/not-there]
                  - name: Symlink Switch
                    about: delivery
                    needs: Permissions Fix
                    checks: [file: current/artisan]
                  - name: Smoke Tests
                    needs: Symlink Switch
                    checks: [file: current/public/index.php, file: current/public/healthcheck.php]
            """)
    )
    ran = world.status("--env", "staging")
    rows = ran.components
    assert ran.code == 1
    assert [row["status"] for row in rows.values()] == ["fail", "pending", "pending"]
    root = rows["Permissions Fix"]["checks"][0]["id"]
    for name in ("Symlink Switch", "Smoke Tests"):
        for check in rows[name]["checks"]:
            assert (check["status"], check["observation"], check["verdict"]) == (
                "pending",
                "observed",
                "conform",
            )
            assert check["because"], check
            assert check["ist"], "what was seen is kept"
    assert root in str(rows["Symlink Switch"]["because"]) or "permissions-fix" in str(
        rows["Symlink Switch"]["because"]
    )
    assert len(ran.report["blockers"]) == 1
    blocked = " ".join(ran.report["blockers"][0]["blocks"])
    assert "symlink-switch" in blocked and "smoke-tests" in blocked
    text = world.docgen("status", "--env", "staging").stdout
    assert "blocked by" in text


def test_a_need_that_is_unknown_is_no_proof_either(world: World) -> None:
    world.denied(f"{PROD}/shared")
    world.spec(
        world.environments()
        + textwrap.dedent("""\
            sections:
              - name: Delivery
                environment: prod
                components:
                  - name: Settings
                    checks: [file: shared/.env]
                  - name: Release
                    needs: Settings
                    checks: [file: current/artisan]
            """)
    )
    ran = world.status("--env", "prod")
    assert ran.code == 3
    assert ran.components["Settings"]["status"] == "unknown"
    assert ran.components["Release"]["status"] in {"pending", "ok"}
    assert ran.report["overall"] == "yellow"


# --- disk -------------------------------------------------------------------------------------------------------


def test_space_and_inodes(world: World) -> None:
    world.file_system("/srv/test/disk", size="8m", used_kib=6 * 1024, inodes=100, files=80)

    def seen(limits: str) -> tuple[int, str]:
        ran = world.look(f"disk: {{path: /srv/test/disk, {limits}}}")
        return ran.code, ran.check()["status"]

    assert seen("min-free: 1M, min-free-inodes: 5%") == (0, "ok")
    assert seen("min-free: 1M, warn: {min-free: 50%}") == (0, "warn")
    assert seen("min-free: 4M") == (1, "fail")
    assert seen("max-used: 70%") == (1, "fail")
    assert seen("min-free-inodes: 50%") == (1, "fail")
    world.denied("/srv/test")
    assert seen("min-free: 1M") == (3, "unknown")


# --- odd names --------------------------------------------------------------------------------------------------

NAMES = [
    "two words",
    "it's",
    'say "no"',
    "line\\nbreak",
    "-rf",
    "--help",
    "$(reboot)",
    "a;b|c&d",
    "ü✓",
    "back\\\\slash",
    "*",
]
NAMES += ["x" * 255]


def test_odd_names_survive(world: World) -> None:
    for name in NAMES:
        real = name.replace("\\n", "\n").replace("\\\\", "\\")
        world.put(f"/srv/test/{real}", "x")
    checks = [f'file: "/srv/test/{name}"'.replace('say "no"', 'say \\"no\\"') for name in NAMES]
    ran = world.look(*checks)
    assert [c["status"] for c in ran.checks] == ["ok"] * len(NAMES), ran.checks
    assert ran.code == 0
    assert len({c["id"] for c in ran.checks}) == len(NAMES)
    # The same names, missing: each is missed by itself.
    world.root("rm -r /srv/test; mkdir /srv/test")
    world.put("/srv/test/two words", "x")
    ran = world.look(*checks)
    assert [c["status"] for c in ran.checks] == ["ok"] + ["fail"] * (len(NAMES) - 1)
    assert {c["observation"] for c in ran.checks[1:]} == {"absent"}


def test_names_that_are_not_utf8(world: World) -> None:
    world.put("/srv/test/Gr\udcfcn", "x")
    ran = world.look("directory: {path: /srv/test, empty: false}")
    assert ran.check()["status"] == "ok"
    world.root(r"ln -s 'Gr'$(printf '\374')'n' /srv/test/link")
    ran = world.look("symlink: {path: /srv/test/link, target: other}")
    assert ran.check()["status"] == "fail" and "Gr\\xfcn" in str(ran.check()["ist"])
    for format_ in ("text", "html", "md"):
        shown = world.docgen("status", "--env", "prod", "--format", format_, "-v")
        assert "Gr\\xfcn" in shown.stdout


def test_hostile_names_forge_nothing(world: World) -> None:
    for name in (
        "<script>alert(1)<script>",
        "x`<img src=q onerror=alert(2)>`y",
        "\x1b[2J\x1b]0;owned\x07",
        "\u202egpj.exe",
    ):
        world.put(f"/srv/test/{name}", "x")
    world.root('cd /srv/test; for f in *; do ln -s "$f" "/srv/test/link${#f}"; done')
    links = world.root("find /srv/test -name 'link*'").split()
    assert len(links) == 4
    world.check(*(f"symlink: {{path: {link}, target: other}}" for link in links))
    for format_ in ("text", "html", "md", "json", "github"):
        ran = world.docgen("status", "--env", "prod", "--format", format_, "-v")
        assert ran.code == 1
        assert not set("\x1b\x07") & set(ran.stdout)
        assert "\u202e" not in ran.stdout or format_ == "json"
        if format_ == "html":
            assert "alert(1)" in ran.stdout
            assert "<script>alert" not in ran.stdout and "<img src=q" not in ran.stdout
        if format_ == "md":
            assert "alert(1)" in ran.stdout
            tokens = MarkdownIt("commonmark").enable("table").parse(ran.stdout)
            inline = [child for token in tokens for child in token.children or []]
            assert not [t for t in (*tokens, *inline) if t.type.startswith("html") and "!--" not in t.content]
