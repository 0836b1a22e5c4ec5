"""What gives root away, and what does not."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from checks.knowledge.sudo.files import read
from checks.knowledge.sudo.findings import FIXES, SEVERITIES
from checks.knowledge.sudo.host import Entry, Host
from checks.knowledge.sudo.judge import Judged, judge
from checks.knowledge.sudo.needs import read as need

PATHS = {
    "/srv/app": "root:root 755",
    "/srv/app/shared": "root:root 755",
    "/srv/app/shared/storage": "deploy:www-data 2775",
    "/srv/app/current": "deploy:deploy 755",
    "/srv/closed": "root:root 755",
    "/usr/local/sbin/safe": "root:root 755",
    "/usr/local/sbin/theirs": "deploy:deploy 755",
    "/usr/local/sbin/shared": "root:www-data 775",
}


def host(
    paths: Mapping[str, str] = PATHS, groups: set[str] | None = frozenset(), hardlinks: str | None = "1"
) -> Host:
    entries = {path: Entry.read(text) for path, text in paths.items()}
    known = {"fs.protected_hardlinks": hardlinks} if hardlinks is not None else {}
    return Host("deploy", entries, None if groups is None else frozenset(groups), 1500, "web1", known)


def judged(*rules: str, on: Host | None = None, needs: list[str] | None = None) -> Judged:
    lines = [
        f"deploy ALL=(root) NOPASSWD: {rule}" if re.match(r"[/^]|sudoedit|SETENV", rule) else rule
        for rule in rules
    ]
    wanted = None if needs is None else [need(line, "deploy") for line in needs]
    return judge(read({"rules": "\n".join(lines) + "\n"}), on or host(), wanted, "2026-01-01T00:00:00Z")


def ids(found: Judged) -> set[str]:
    return {finding.id for finding in found.findings}


GIVES_ROOT = {
    "deploy ALL=(ALL:ALL) ALL": "ALL_COMMANDS",
    "deploy ALL=(ALL) NOPASSWD: ALL, !/usr/bin/su": "NEGATION",
    "deploy ALL=(ALL, !root) NOPASSWD: ALL": "ALL_COMMANDS",
    "deploy ALL=(#0) NOPASSWD: /usr/bin/vim": "EDITOR",
    "deploy ALL=(deploy:docker) NOPASSWD: ALL": "ALL_COMMANDS",
    "deploy ALL=(root) CHROOT=* NOPASSWD: /usr/bin/systemctl reload nginx": "WRITABLE_TARGET",
    "/usr/bin/chown": "PERM_CHANGE",
    "/usr/bin/chmod": "PERM_CHANGE",
    r"/usr/bin/chown deploy\:www-data *": "WILDCARD_ARGS",
    r"/usr/bin/chown -R deploy\:www-data /srv/app/*/storage": "WILDCARD_ARGS",
    r"/usr/bin/chown -R deploy\:www-data storage": "RELATIVE_ARG",
    r"/usr/bin/chown -R deploy\:www-data /etc": "PERM_CHANGE",
    r"/usr/bin/chown -R deploy\:www-data /var/www/unknown/storage": "PARENT_WRITABLE",
    r"/usr/bin/chown -R -h -P deploy\:www-data /srv/app/current/storage": "PARENT_WRITABLE",
    r"/usr/bin/chown -R -L deploy\:www-data /srv/app/shared/storage": "PERM_CHANGE",
    r"/usr/bin/chown -R --from\=root deploy\:www-data /etc": "PERM_CHANGE",
    "/usr/bin/chmod -R 775 /srv/app/shared/storage": "CHMOD_TREE_RACE",
    "/usr/bin/chmod -R g+rwX /srv/app/shared": "CHMOD_TREE_RACE",
    "/usr/bin/chmod 4755 /srv/app/shared/storage": "PERM_CHANGE",
    "/usr/bin/chmod u+s /usr/bin/id": "PERM_CHANGE",
    "/usr/bin/chmod 644 /srv/app/current/x": "PARENT_WRITABLE",
    "/usr/bin/setfacl -R -m u\\:deploy\\:rwX /srv/app/shared/storage": "CHMOD_TREE_RACE",
    "/usr/bin/find /srv/app/shared/storage -type d -exec chmod 2775 {} +": "CHMOD_TREE_RACE",
    "/usr/bin/find /srv/app -name x -fprint /etc/x": "FILE_WRITE",
    "/usr/bin/ch*": "WILDCARD_PATH",
    "/usr/sbin/": "DIRECTORY_GRANT",
    "/usr/bin/systemctl": "SYSTEMCTL_WIDE",
    "/usr/bin/systemctl * nginx": "SYSTEMCTL_WIDE",
    "/usr/bin/systemctl reload php*-fpm": "WILDCARD_ARGS",
    "/usr/bin/systemctl edit nginx": "SYSTEMCTL_WIDE",
    "/usr/bin/systemctl link /srv/app/current/x.service": "SYSTEMCTL_WIDE",
    "/usr/bin/systemctl -H host restart nginx": "SYSTEMCTL_WIDE",
    "/usr/bin/systemctl status nginx": "PAGER",
    "/usr/bin/journalctl -u nginx": "PAGER",
    "/usr/bin/systemctl ^reload .*$": "REGEX_UNSAFE",
    "/usr/bin/systemctl ^(edit|reload) nginx$": "SYSTEMCTL_WIDE",
    "/usr/bin/systemctl ^restart [[:alnum:]_.@-]+$": "REGEX_UNSAFE",
    "/usr/bin/cat ^/var/log/[a-z/]+[.]log$": "REGEX_UNSAFE",
    "/usr/bin/cat ^/srv/closed/[a-z.]+/x$": "REGEX_UNSAFE",
    "/usr/bin/rsync -a /srv/closed/x/ /srv/app/shared/storage/": "PARENT_WRITABLE",
    "/usr/bin/cp -r /usr/share/x /srv/nobody-knows": "PARENT_WRITABLE",
    "^/usr/bin/.*$": "REGEX_UNSAFE",
    "/usr/sbin/service": "SERVICE_WIDE",
    "/usr/sbin/service * reload": "SERVICE_WIDE",
    "/usr/sbin/service ../../tmp/x reload": "SERVICE_WIDE",
    '/bin/sh ""': "SHELL",
    "/usr/bin/bash -c id": "SHELL",
    "/usr/bin/bash /srv/app/current/deploy.sh": "WRITABLE_INPUT",
    "/usr/bin/env /usr/bin/id": "SHELL",
    "/usr/bin/timeout 5 /usr/bin/vim": "EDITOR",
    "/usr/bin/python3 -c x": "INTERPRETER",
    "/usr/bin/php /srv/app/current/artisan config\\:cache": "WRITABLE_INPUT",
    "/usr/bin/vim /etc/hosts": "EDITOR",
    "/usr/bin/less /var/log/syslog": "PAGER",
    "/usr/bin/cat /var/log/nginx/*": "WILDCARD_ARGS",
    "/usr/bin/cat /etc/shadow": "FILE_READ",
    "/usr/bin/cat log": "RELATIVE_ARG",
    "/usr/bin/tail /srv/app/current/log": "PARENT_WRITABLE",
    "/usr/bin/tee /etc/nginx/conf.d/app.conf": "FILE_WRITE",
    "/usr/bin/cp /srv/app/current/nginx.conf /etc/nginx/nginx.conf": "WRITABLE_INPUT",
    "/usr/bin/cp /etc/shadow /srv/closed/x": "FILE_READ",
    "/usr/bin/rsync -a /srv/app/current/ /etc/nginx/": "WRITABLE_INPUT",
    "/usr/bin/tar -xzf /srv/app/current/x.tgz -C /srv/closed": "WRITABLE_INPUT",
    "/usr/bin/apt-get install -y nginx": "PACKAGE_MANAGER",
    "/usr/bin/composer install -d /srv/app/current": "PACKAGE_MANAGER",
    "/usr/bin/docker run x": "CONTAINER",
    "/usr/bin/docker compose -f /srv/app/current/compose.yml up -d": "WRITABLE_INPUT",
    "/usr/bin/docker compose up -d": "CONTAINER",
    "/usr/bin/git -C /srv/app/current pull": "WRITABLE_INPUT",
    "/usr/bin/make -C /srv/app/current": "WRITABLE_INPUT",
    "/usr/sbin/nginx -c /srv/app/current/nginx.conf": "WRITABLE_INPUT",
    '/usr/local/sbin/theirs ""': "WRITABLE_TARGET",
    '/usr/local/sbin/unknown ""': "WRITABLE_TARGET",
    '/srv/app/current/deploy.sh ""': "WRITABLE_TARGET",
    '/tmp/x ""': "WRITABLE_TARGET",
    "SETENV: /usr/local/sbin/safe": "SETENV",
    "sudoedit /etc/nginx/nginx.conf": "SUDOEDIT_CRITICAL_PATH",
    "sudoedit /etc/nginx/*": "WILDCARD_ARGS",
    "sudoedit": "NO_ARGS",
    '/usr/bin/passwd ""': "PERM_CHANGE",
    "/usr/bin/unheard-of": "NO_ARGS",
}


@pytest.mark.parametrize("rule", GIVES_ROOT)
def test_what_gives_root_away(rule: str) -> None:
    found = judged(rule)
    assert found.grants_root
    assert GIVES_ROOT[rule] in ids(found)


SAFE = {
    r"/usr/bin/chown -R -h -P --from\=www-data deploy\:www-data /srv/app/shared/storage": set(),
    r"/usr/bin/chown -R -h -P --from\=www-data deploy\:www-data /nobody/knows": set(),
    r"/usr/bin/chown -R -h -P deploy\:www-data /srv/app/shared/storage": {"CHOWN_TREE"},
    r"/usr/bin/chown -R deploy\:www-data /srv/app/shared/storage/": {"CHOWN_TREE", "TRAILING_SLASH"},
    "/usr/bin/chmod 2775 /srv/app/shared/storage": set(),
    "/usr/bin/systemctl reload nginx": set(),
    "/bin/systemctl restart php8.3-fpm.service": set(),
    "/usr/bin/systemctl --no-pager status nginx": set(),
    "/usr/bin/systemctl daemon-reload": set(),
    "/usr/bin/systemctl ^(reload|restart) php[0-9][.][0-9]-fpm$": {"REGEX_NEEDS_1_9_10"},
    "/usr/bin/systemctl ^(reload$": {"REGEX_INVALID"},
    "/usr/bin/systemctl reload php8.[0-9]-fpm": {"WILDCARD_ARGS"},
    "/usr/sbin/service php8.3-fpm reload": set(),
    "/usr/sbin/nginx -t": set(),
    "/usr/sbin/php-fpm8.3 -t": set(),
    "/usr/bin/systemctl ^restart app-[a-z0-9]+$": {"REGEX_NEEDS_1_9_10"},
    "/usr/sbin/nginx -s reload": set(),
    '/usr/bin/id ""': set(),
    "/usr/bin/journalctl -u nginx --no-pager": set(),
    "/usr/bin/tail -n 100 /var/log/nginx/error.log": {"FILE_READ"},
    "/usr/bin/tee -a /var/log/deploy.log": {"FILE_WRITE"},
    "/usr/bin/bash /usr/local/sbin/safe": set(),
    '/usr/local/sbin/safe ""': set(),
    "/usr/local/sbin/safe": {"NO_ARGS"},
    '/usr/local/sbin/shared ""': set(),
    "/usr/bin/crontab -l": set(),
    "/usr/bin/apt-get update": {"PACKAGE_MANAGER"},
    "/usr/bin/docker restart app": set(),
    "/usr/bin/mount /mnt/backup": set(),
    "sudoedit /etc/hosts": set(),
    "deploy ALL=(deploy) NOPASSWD: ALL": set(),
    "deploy ALL=(www-data) NOPASSWD: ALL": {"ALL_COMMANDS"},
    "deploy ALL=(www-data) NOPASSWD: /usr/bin/find /srv/app/shared/storage -user www-data -not -type l"
    " -exec /usr/bin/chmod g+rwX {} +": {"CHMOD_TREE_RACE"},
    "other ALL=(ALL) NOPASSWD: ALL": set(),
    "%sudo ALL=(ALL:ALL) ALL": set(),
    "deploy web2 ALL=(root) ALL": {"SYNTAX_ERROR"},
    "deploy web2=(ALL) ALL": {"HOST_MISMATCH"},
    "deploy ALL=(root) NOTAFTER=20200101000000Z ALL": set(),
}


@pytest.mark.parametrize("rule", SAFE)
def test_what_does_not(rule: str) -> None:
    found = judged(rule)
    assert not found.grants_root, found.findings
    assert ids(found) == SAFE[rule]


@pytest.mark.parametrize(
    ("rule", "on"),
    [
        (r"/usr/bin/chown -R -h -P deploy\:www-data /srv/app/shared/storage", host(hardlinks="0")),
        (r"/usr/bin/chown -R -h -P deploy\:www-data /srv/app/shared/storage", host(hardlinks=None)),
        (r"/usr/bin/chown -R -h -P deploy\:www-data /srv/app/shared/storage", host({})),
        ("%sudo ALL=(ALL:ALL) ALL", host(groups=None)),
        ("%sudo ALL=(ALL:ALL) ALL", host(groups={"sudo"})),
        ("#1500 ALL=(ALL:ALL) ALL", host()),
        ("#1501 ALL=(ALL:ALL) ALL", host()._replace(uid=None)),
        ("+admins ALL=(ALL:ALL) ALL", host()),
        ("deploy web2=(ALL) ALL", host()._replace(name=None)),
        ('/usr/local/sbin/shared ""', host(groups={"www-data"})),
        ('/usr/local/sbin/shared ""', host(groups=None)),
        ("/usr/bin/systemctl reload nginx", host(groups={"docker"})),
        ('/usr/local/sbin/safe ""', host({**PATHS, "/usr/local/sbin": "root:deploy 775"}, {"deploy"})),
    ],
)
def test_what_is_not_known_or_is_bad_counts(rule: str, on: Host) -> None:
    assert judged(rule, on=on).grants_root


NGINX = "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx"


@pytest.mark.parametrize(
    ("setting", "rule", "id_", "root"),
    [
        ('Defaults env_keep += "LD_PRELOAD"', NGINX, "ENV_KEEP", True),
        ('Defaults:deploy env_keep += "PYTHONPATH"', NGINX, "ENV_KEEP", False),
        ('Defaults env_keep += "PYTHONPATH"', '/usr/local/sbin/safe ""', "ENV_KEEP", True),
        ("Defaults !env_reset", NGINX, "ENV_RESET_OFF", True),
        ("Defaults setenv", NGINX, "SETENV", True),
        ("Defaults !secure_path", NGINX, "SECURE_PATH_OFF", False),
        ("Defaults !secure_path", "/usr/sbin/service nginx reload", "SECURE_PATH_OFF", True),
        (
            "Defaults secure_path=/srv/app/current/bin:/usr/bin",
            "/usr/local/sbin/safe",
            "SECURE_PATH_OFF",
            True,
        ),
        ("Defaults:deploy !authenticate", NGINX, "AUTH_OFF", False),
    ],
)
def test_settings(setting: str, rule: str, id_: str, root: bool) -> None:
    found = judged(setting, rule)
    assert id_ in ids(found)
    assert found.grants_root is root


@pytest.mark.parametrize(
    "setting",
    [
        "Defaults:other !env_reset",
        'Defaults env_keep += "SSH_AUTH_SOCK LANG"',
        'Defaults env_keep += "LD_PRELOAD", env_keep -= "LD_PRELOAD"',
        'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"',
        "Defaults use_pty, !requiretty",
    ],
)
def test_settings_that_are_fine(setting: str) -> None:
    assert ids(judged(setting, NGINX)) == set()


RELOAD = "/usr/bin/systemctl reload nginx"


@pytest.mark.parametrize(
    ("rules", "needs", "missing", "id_"),
    [
        ([NGINX], ["sudo -n /usr/bin/systemctl reload nginx"], [], None),
        ([NGINX], ["systemctl reload nginx"], [], None),
        ([NGINX], ["/bin/systemctl reload nginx"], [], None),
        (
            [NGINX],
            ["/usr/bin/systemctl reload nginx.service"],
            ["/usr/bin/systemctl reload nginx.service"],
            "PIN_MISMATCH",
        ),
        (["/usr/bin/chmod 0775 /x"], ["/usr/bin/chmod 775 /x"], ["/usr/bin/chmod 775 /x"], "PIN_MISMATCH"),
        (
            [NGINX.replace("NOPASSWD: ", "")],
            ["/usr/bin/systemctl reload nginx"],
            ["/usr/bin/systemctl reload nginx"],
            "PASSWORD_REQUIRED",
        ),
        (
            [NGINX, "deploy ALL=(ALL) ALL"],
            ["/usr/bin/systemctl reload nginx"],
            ["/usr/bin/systemctl reload nginx"],
            "ORDER_OVERRIDE",
        ),
        (
            [NGINX.replace("root", "www-data")],
            ["/usr/bin/systemctl reload nginx"],
            ["/usr/bin/systemctl reload nginx"],
            "RUNAS_MISSING_IN_CALL",
        ),
        (
            [NGINX],
            ["sudo -u www-data /usr/bin/systemctl reload nginx"],
            ["sudo -u www-data /usr/bin/systemctl reload nginx"],
            "RUNAS_MISMATCH",
        ),
        (
            [NGINX.replace("ALL=", "web2=")],
            ["/usr/bin/systemctl reload nginx"],
            ["/usr/bin/systemctl reload nginx"],
            "HOST_MISMATCH",
        ),
        (
            [NGINX, "/usr/bin/systemctl reload php8.3-fpm"],
            ["/usr/bin/systemctl reload nginx"],
            [],
            "UNUSED_GRANT",
        ),
        ([], ["/usr/bin/id"], ["/usr/bin/id"], None),
        (["Defaults requiretty", NGINX], [RELOAD], [RELOAD], "TTY_REQUIRED"),
        (["Defaults!/usr/bin/systemctl requiretty", NGINX], [RELOAD], [RELOAD], "TTY_REQUIRED"),
        (["Defaults requiretty", "Defaults!/usr/bin/systemctl !requiretty", NGINX], [RELOAD], [], None),
        (["Defaults!/usr/bin/id requiretty", NGINX], [RELOAD], [], None),
        (["Defaults requiretty", "Defaults:deploy !requiretty", NGINX], [RELOAD], [], None),
        (["Defaults:bob requiretty", NGINX], [RELOAD], [], None),
    ],
)
def test_what_is_missing(rules: list[str], needs: list[str], missing: list[str], id_: str | None) -> None:
    found = judged(*rules, needs=needs)
    assert found.missing == missing
    assert id_ is None or id_ in ids(found)


def test_a_password_is_no_obstacle_for_root() -> None:
    assert judged("deploy ALL=(ALL) ALL").grants_root


def test_who_may_act_as_one_who_may_become_root_may_become_root() -> None:
    chain = ("deploy ALL=(www-data) NOPASSWD: ALL", "www-data ALL=(backup) ALL", "backup ALL=(root) ALL")
    assert judged(*chain).grants_root
    assert not judged(*chain[:2]).grants_root
    assert not judged("deploy ALL=(www-data) NOPASSWD: /usr/bin/id -u", *chain[1:]).grants_root


def test_what_is_taken_back_is_not_granted() -> None:
    assert not judged("/usr/bin/vim", "deploy ALL=(root) !/usr/bin/vim").grants_root
    assert judged("/usr/bin/vim", "deploy ALL=(root) !/usr/bin/vim x").grants_root
    assert judged("deploy ALL=(root) !/usr/bin/vim", "/usr/bin/vim").grants_root
    assert judged("/usr/bin/vim, !/usr/bin/vim, /usr/bin/vim").grants_root
    assert judged("/usr/bin/vim", "deploy ALL=(www-data) !/usr/bin/vim").grants_root


def test_tags_carry_over() -> None:
    rule = "deploy ALL=(root) /usr/bin/id -u, NOPASSWD: /usr/bin/id -g, /usr/bin/systemctl reload nginx"
    (one,) = [f for f in judged(rule).findings if f.id == "TAG_CARRY_OVER"]
    assert one.rule == "/usr/bin/systemctl reload nginx"


def test_the_place_of_each_finding() -> None:
    files = {
        "etc/sudoers": "Defaults env_reset\n@includedir /etc/sudoers.d\n@include sudoers.local\n",
        "etc/sudoers.d/deploy": "# comment \\\ndeploy ALL=(root) \\\n  NOPASSWD: /usr/bin/vim\n\nbroken line\n",
        "etc/sudoers.d/old.bak": "deploy ALL=(ALL) ALL\n",
    }
    sudoers = read(files)
    found = judge(sudoers, host())
    places = {(f.id, f.file, f.line) for f in found.findings}
    assert ("EDITOR", "etc/sudoers.d/deploy", 2) in places
    assert ("SYNTAX_ERROR", "etc/sudoers.d/deploy", 5) in places
    assert ("FILE_NAME_IGNORED", "etc/sudoers.d/old.bak", 0) in places
    assert "ALL_COMMANDS" not in ids(found)
    assert sudoers.missing == ["sudoers.local"]


def test_files_that_include_each_other() -> None:
    found = judge(read({"a/x": "@include y\n", "a/y": "@include x\ndeploy ALL=(root) ALL\n"}), host())
    assert "SYNTAX_ERROR" in ids(found)
    assert found.grants_root


def test_every_finding_has_a_fix_and_a_severity() -> None:
    for rule in (*GIVES_ROOT, *SAFE):
        for finding in judged(rule).findings:
            assert finding.severity in SEVERITIES
            assert finding.fix in FIXES.values()


def test_as_whom_it_runs_where_no_account_is_named() -> None:
    found = judged("Defaults runas_default=www-data", "deploy ALL=NOPASSWD: /usr/bin/id")
    (said,) = [str(one.message.params) for one in found.findings if one.id == "RUNAS_IMPLICIT"]
    assert "www-data" in said
