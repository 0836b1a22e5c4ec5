"""What sudo 1.9.13 really printed, and what it really allowed."""

from __future__ import annotations

import time

import pytest

from checks.knowledge.sudo.listing import parse, refused, wants_password
from checks.knowledge.sudo.rights import Grant, Listing, Right
from checks.knowledge.sudo.writing import command, rule
from checks.knowledge.wildcards import glob, wildcard

LISTED = """\
Matching Defaults entries for deploy on web1:
    env_reset, mail_badpass,
    secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin,
    passprompt="secret: %p", env_keep+="FOO BAR"

User deploy may run the following commands on web1:

Sudoers entry:
    RunAsUsers: root
    Options: !authenticate
    Commands:
\t/usr/bin/systemctl reload nginx
\t/usr/bin/chown -R -h -P --from\\=www-data deploy\\:www-data /srv/x y

Sudoers entry:
    RunAsUsers: root
    Options: setenv, noexec, authenticate
    Commands:
\t/usr/bin/id ""
\t/usr/bin/ls
\t!/usr/bin/bash

Sudoers entry: /etc/sudoers.d/more
    RunAsUsers: www-data
    RunAsGroups: adm, #33
    Options: !authenticate
    Commands:
\t/usr/bin/cat /var/log/*
\t/usr/local/bin/
\tsudoedit /etc/hosts
\t/usr/bin/systemctl ^(reload|restart) php[0-9][.][0-9]-fpm$

LDAP Role: ops
    RunAsUsers: ALL, !root
    Options: !authenticate
    Cwd: /srv
    NotAfter: 20301231235959Z
    Commands:
\tsha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        /usr/bin/true
\t/usr/bin/long with many arguments that go on and on
        to the end of it
"""


def listing(text: str = LISTED) -> Listing:
    found = parse(text)
    assert found
    return found


def rights(*lines: str, head: str = "") -> Listing:
    """A listing of rules such as "(root) NOPASSWD: /usr/bin/id"."""
    text = head + "User deploy may run the following commands on web1:\n"
    for line in lines:
        users, _, rest = line.removeprefix("(").partition(") ")
        tag, _, listed = rest.rpartition("PASSWD: ")
        option = "" if listed == rest else f"    Options: {'!' if tag == 'NO' else ''}authenticate\n"
        text += f"\nSudoers entry:\n    RunAsUsers: {users}\n{option}    Commands:\n\t{listed}\n"
    return listing(text)


def test_every_command_of_every_rule_is_read() -> None:
    grants = listing().grants
    assert [g.command for g in grants] == [
        *("/usr/bin/systemctl", "/usr/bin/chown", "/usr/bin/id", "/usr/bin/ls", "/usr/bin/bash"),
        *(
            "/usr/bin/cat",
            "/usr/local/bin/",
            "sudoedit",
            "/usr/bin/systemctl",
            "/usr/bin/true",
            "/usr/bin/long",
        ),
    ]
    assert [g.negated for g in grants].count(True) == 1
    assert grants[2].arguments == '""'
    assert grants[3].arguments is None
    assert grants[3].setenv
    assert grants[3].password is True
    assert grants[5].groups == ("adm", "#33")
    assert grants[9].digest
    assert grants[9].users == ("ALL", "!root")
    assert grants[10].arguments == "with many arguments that go on and on to the end of it"


def allowed(found: Listing, *argv: str, user: str = "root", now: str = "") -> bool | None:
    return found.decide(Right(argv, user), now)[0]


def test_exact_rules() -> None:
    found = listing()
    assert allowed(found, "/usr/bin/systemctl", "reload", "nginx")
    assert allowed(found, "/bin/systemctl", "reload", "nginx"), "merged /usr: sudo compares the files"
    assert allowed(found, "/usr/local/bin/systemctl", "reload", "nginx") is False
    assert allowed(found, "/usr/bin/systemctl", "reload", "nginx.service") is False
    chown = ("/usr/bin/chown", "-R", "-h", "-P", "--from=www-data", "deploy:www-data", "/srv/x y")
    assert allowed(found, *chown)
    assert allowed(found, *chown[:-1], "/srv/x y/") is False
    assert allowed(found, "/usr/bin/id")
    assert allowed(found, "/usr/bin/id", "-u") is False
    assert allowed(found, "/usr/bin/ls", "-l", "/root")
    assert allowed(found, "/usr/bin/bash") is False


def test_patterns() -> None:
    found = listing()
    assert allowed(found, "/usr/bin/cat", "/var/log/../../etc/x", "y", user="www-data")
    assert allowed(found, "/usr/bin/cat", "/var/log/x") is False, "as www-data, not as root"
    assert allowed(found, "/usr/local/bin/any", "thing", user="www-data")
    assert allowed(found, "/usr/local/bin/deeper/any", user="www-data") is False
    assert allowed(found, "/usr/bin/systemctl", "restart", "php8.3-fpm", user="www-data")
    assert allowed(found, "/usr/bin/systemctl", "restart", "php8.3-fpm", "x", user="www-data") is False
    assert allowed(found, "sudoedit", "/etc/hosts", user="www-data")
    assert allowed(found, "sudoedit", "/etc/hosts") is False


def test_what_the_list_does_not_show_is_not_decided() -> None:
    assert allowed(listing(), "/usr/bin/true", user="nobody") is None, "the checksum of the file"
    assert allowed(rights("(%adm) NOPASSWD: ALL"), "/usr/bin/id", user="nobody") is None
    assert allowed(rights("(#1200) NOPASSWD: ALL"), "/usr/bin/id", user="app") is None
    assert allowed(rights("(root) NOPASSWD: /usr/bin/x ^((a+)+)+$"), "/usr/bin/x", "a") is None


def test_time() -> None:
    long = (
        "/usr/bin/long",
        *["with", "many", "arguments", "that", "go", "on", "and", "on", "to", "the", "end", "of", "it"],
    )
    assert allowed(listing(), *long, user="nobody", now="2030-12-31T23:59:58Z")
    assert allowed(listing(), *long, user="nobody", now="2031-01-01T00:00:00Z") is False


def test_the_last_match_wins() -> None:
    everything, not_id, nothing = "(ALL) NOPASSWD: ALL", "(ALL) !/usr/bin/id", "(ALL) !ALL"
    assert allowed(rights(everything, not_id), "/usr/bin/id") is False
    assert allowed(rights(not_id, everything), "/usr/bin/id") is True
    assert rights(everything, nothing).in_force("") == []
    assert len(rights(nothing, everything).in_force("")) == 1
    assert rights("(root) NOPASSWD: /usr/bin/id -u", "(root) !/usr/bin/id").in_force("") == []


def test_accounts() -> None:
    assert allowed(rights("(ALL, !root) NOPASSWD: ALL"), "/usr/bin/id") is False
    assert allowed(rights("(ALL, !root) NOPASSWD: ALL"), "/usr/bin/id", user="nobody")
    assert allowed(rights("(#0) NOPASSWD: ALL"), "/usr/bin/id")
    assert rights("(root) ALL").decide(Right(("/usr/bin/id",), "root", "adm"))[0] is False


@pytest.mark.parametrize(
    ("head", "line", "asked"),
    [
        ("", "(root) /usr/bin/id", True),
        ("", "(root) NOPASSWD: /usr/bin/id", False),
        ("Matching Defaults entries for x on y:\n    !authenticate\n\n", "(root) /usr/bin/id", False),
        ("Matching Defaults entries for x on y:\n    !authenticate\n\n", "(root) PASSWD: /usr/bin/id", True),
        ("Matching Defaults entries for x on y:\n    !authenticate, authenticate\n\n", "(root) ALL", True),
        (
            "Runas and Command-specific defaults for x:\n    Defaults>root !authenticate\n\n",
            "(root) ALL",
            False,
        ),
        (
            "Runas and Command-specific defaults for x:\n    Defaults!/usr/bin/id !authenticate\n\n",
            "(root) ALL",
            False,
        ),
        (
            "Runas and Command-specific defaults for x:\n    Defaults>adm !authenticate\n\n",
            "(root) ALL",
            True,
        ),
    ],
)
def test_who_is_asked_for_a_password(head: str, line: str, asked: bool) -> None:
    found = rights(line, head=head)
    right = Right(("/usr/bin/id",))
    granted, by = found.decide(right)
    assert granted
    assert by
    assert found.password(by, right) is asked


def test_refusals_are_told_apart() -> None:
    for text in ("Sorry, user x may not run sudo on y.", "x is not in the sudoers file."):
        assert refused(text)
        assert not wants_password(text)
    for text in ("sudo: a password is required", "sudo: interactive authentication is required"):
        assert wants_password(text)
        assert parse(text) is None


@pytest.mark.parametrize(
    ("pattern", "text", "pathname", "found"),
    [
        ("reload php*-fpm", "reload php8.3-fpm nginx x-fpm", False, True),
        ("reload php*-fpm", "reload php8.3-fpm nginx", False, False),
        ("/usr/bin/*", "/usr/bin/x/y", True, False),
        ("a[0-9]?[!x]", "a5zz", False, True),
        ("a[0-9]?[!x]", "a5zx", False, False),
        ("[[:digit:]]*", "7x", False, True),
        ("a\\*b", "a*b", False, True),
        ("a\\*b", "aXb", False, False),
        ("[", "[", False, True),
        ("[z-a]", "m", False, False),
        ("*a*b*c", "xxaxxbbcxc", False, True),
    ],
)
def test_wildcards(pattern: str, text: str, pathname: bool, found: bool) -> None:
    assert bool(glob(pattern, pathname).fullmatch(text)) is found


def test_no_pattern_takes_long() -> None:
    started = time.process_time()
    assert not glob("*a" * 200, False).fullmatch("a" * 150 + "b")
    assert time.process_time() - started < 10


def test_what_is_a_wildcard() -> None:
    assert wildcard("reload *")
    assert wildcard("a\\\\*")
    assert not wildcard("a\\*b")


def test_lines_for_sudoers_are_escaped() -> None:
    chown = Right(("/usr/bin/chown", "--from=www-data", "deploy:www-data", "/srv/x y"))
    assert rule("deploy", chown) == (
        "deploy ALL=(root) NOPASSWD: /usr/bin/chown --from\\=www-data deploy\\:www-data /srv/x\\ y"
    )
    assert command(Right(("/usr/bin/id",))) == '/usr/bin/id ""'
    assert command(Right(("/usr/bin/x", "^a*", "b,c#", "d\\"))) == "/usr/bin/x \\^a\\* b\\,c\\# d\\\\\\\\"
    assert rule("CORP\\x", Right(("sudoedit", "/etc/hosts"), "a", "b")) == (
        "CORP\\\\x ALL=(a : b) NOPASSWD: sudoedit /etc/hosts"
    )


def test_a_grant_shows_itself_as_sudo_would() -> None:
    grant: Grant = listing().grants[5]
    assert grant.shown(False) == "(www-data : adm, #33) NOPASSWD: /usr/bin/cat /var/log/*"
