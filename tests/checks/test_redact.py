"""Secrets: nothing that looks like one, and no value of the spec's own, in any encoding."""

from __future__ import annotations

import base64
import random
import urllib.parse

import pytest

from checks import redact
from checks.redact import MASK, Redactor


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("DB_PASSWORD=hunter22", "hunter22"),
        ("DB_PASSWORD='with space'", "with space"),
        ('{"api_key": "abc123def"}', "abc123def"),
        ("mysql://app:hunter22@db/shop", "hunter22"),
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ("APP_KEY=base64:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0", "MTIzNDU2Nzg5"),
        ("token ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abcdefghij"),
        ("mysqldump --password=hunter22 shop", "hunter22"),
        ("mysqldump -phunter22 shop", "hunter22"),
        ("(root) NOPASSWD: /usr/bin/mysqldump --password\\=hunter22 app", "hunter22"),
        ("MAIL_PASSWORD\\=hunter22", "hunter22"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END OPENSSH PRIVATE KEY-----", "b3Blb"),
        ("deploy:$2y$10$abcdefghijklmnopqrstuv:x", "$2y$10$abcdef"),
        ("AWS_SECRET_ACCESS_KEY=abcd/efgh", "abcd/efgh"),
        ("MAIL_PASSWORD=p;q,r", "q,r"),
        ("'smtp_pass' => 'hunter22',", "hunter22"),
        ("['password' => 'hunter22', \"secret\" => \"hunter33\"]", "hunter"),
        ("'password' => env('DB_PASSWORD', 'hunter22'),", "hunter22"),
        ("define('DB_PASSWORD', 'hunter22');", "hunter22"),
        ("<password>hunter22</password>", "hunter22"),
        ("curl -u admin:hunter22 https://x.example/", "hunter22"),
        ("curl --user=admin:hunter22 https://x.example/", "hunter22"),
        ("user root password hunter-22 here", "hunter-22"),
        ("$password = 'hunter22';", "hunter22"),
        ("backup --token  s3cr3t-value", "s3cr3t-value"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    shown = Redactor().text(text)
    assert secret not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "text",
    [
        "-rw-r--r-- 1 deploy www-data 1234 index.php",
        "APP_ENV=production",
        '{"status": "ok", "tokens": null}',
        "https://shop.example/health",
        "PasswordAuthentication no",
        "a password is required",
        "sudo -u www-data php artisan",
        "the password policy of the server",
        "/usr/bin/php -r 'echo 1;'",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "encode",
    [
        lambda s: s,
        lambda s: urllib.parse.quote(s, safe=""),
        lambda s: urllib.parse.quote(s, safe="").replace("%2F", "%2f"),
        lambda s: s.encode().hex(),
        lambda s: s.encode().hex().upper(),
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.b64encode(b"user:" + s.encode() + b"!").decode(),
        lambda s: base64.b64encode(b"ab" + s.encode()).decode(),
    ],
)
def test_the_specs_own_secrets_are_masked_in_any_encoding(encode: object) -> None:
    secret = "correct horse/battery"
    encoded = encode(secret)  # type: ignore[operator]
    assert MASK in Redactor([secret]).text(f"before {encoded} after")


@pytest.mark.parametrize("width", [76, 64])
@pytest.mark.parametrize("before", [b"", b"x-access-token:"])
def test_base64_in_several_lines_is_masked_line_by_line(width: int, before: bytes) -> None:
    """As ``echo "$TOKEN" | base64`` writes it: a log is looked at line by line."""
    secret = "github_pat_" + "Canary7" * 12
    encoded = base64.b64encode(before + secret.encode() + b"\n").decode()
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]
    assert len(lines) > 1
    shown = "\n".join(Redactor([secret]).text(line) for line in lines)
    left = shown.replace(MASK, "").replace("\n", "").removeprefix(base64.b64encode(before).decode())
    assert len(left) <= 4, shown
    assert shown.count(MASK) == len(lines)


def test_values_are_masked_wherever_they_stand() -> None:
    redactor = Redactor(["s3cr3t-value"])
    value = {"password": "short", "list": ["x s3cr3t-value y"], "n": 5, "s3cr3t-value": True}
    assert redactor.value(value) == {"password": MASK, "list": [f"x {MASK} y"], "n": 5, MASK: True}


def test_much_text_is_redacted_as_if_it_were_looked_at_as_a_whole() -> None:
    pieces = (
        *("\n", "\n\n", "  \n", "plain words\n", "and so on (\n", "end )\n", "- item\n") * 3,
        "password", "DB_PASSWORD", "'", '"', "=", ":", " => ", ",", "(", "define(", "'X_KEY'", "<password>", "<password",
        "</", ">", "-p", "mysql", "-u root:abc1", "--token", "--password=", "bearer ", "abc123def456", "\\", "\\\n",
        "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "ghp_" + "a" * 24, "://u:p@h", "don't", "null",
        "passwd hunter22!", "secret: x1y2z3", "$2y$10$" + "a" * 30, "${{ secrets.X }}",
    )  # fmt: skip
    redactor = Redactor()
    masked = 0
    for seed in range(600):
        chance = random.Random(seed)
        text = "".join(
            chance.choice(pieces) + chance.choice(("", " ", "\n")) for _ in range(chance.randint(3, 120))
        )
        made = redactor.text(text)
        masked += made.count(MASK)
        assert made == redact._shapes().sub(redact._mask, text), text
    assert masked > 1000
