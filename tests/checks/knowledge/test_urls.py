from __future__ import annotations

import pytest

from checks.knowledge.urls import followed, host_and_port, normalised, origin, target


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("http://www.example.com", "http://www.example.com/"),
        ("HTTP://WWW.Example.COM:80/A?b#c", "http://www.example.com/A?b"),
        ("https://example.com:8443/ä b/%20?q=ü", "https://example.com:8443/%C3%A4%20b/%20?q=%C3%BC"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://under_score.local/", "http://under_score.local/"),
    ],
)
def test_normalised(written: str, address: str) -> None:
    assert normalised(written) == address
    assert normalised(address) == address


@pytest.mark.parametrize(
    "written",
    [
        "",
        "example.com",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://a b/",
        "http://a:b/",
        "http://u@h/",
        "http://h/\r\nX: y",
        "http://[bad",
        "http://h:70000/",
        "http://-h/",
        "http://" + "a" * 300 + "/",
    ],
)
def test_what_is_no_address(written: str) -> None:
    with pytest.raises(ValueError):
        normalised(written)


def test_parts() -> None:
    assert origin("https://h/") == ("https", "h", 443)
    assert origin("http://[::1]:81/") == ("http", "::1", 81)
    assert target("http://h/a/b?c=d&e") == "/a/b?c=d&e"


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/x", "https://h:8443/x"),
        ("x?y", "https://h:8443/a/x?y"),
        ("//other/x", "https://other/x"),
        ("http://user:pass@other/", "http://other/"),
        (" https://other ", "https://other/"),
    ],
)
def test_redirects(location: str, to: str) -> None:
    assert followed("https://h:8443/a/b", location) == to


@pytest.mark.parametrize(
    "location", ["javascript:alert(1)", "file:///etc", "data:,x", "http://[", "http://a\nb/\x00"]
)
def test_redirects_to_elsewhere(location: str) -> None:
    with pytest.raises(ValueError):
        followed("http://h/", location)


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("h", ("h", 443)),
        ("H:22", ("h", 22)),
        ("[::1]:8443", ("::1", 8443)),
        ("127.0.0.1:1", ("127.0.0.1", 1)),
    ],
)
def test_servers(written: str, server: tuple[str, int]) -> None:
    assert host_and_port(written) == server


@pytest.mark.parametrize("written", ["", ":22", "h:0", "h:99999", "h:", "a b", "::1", "h/x", "h:22:33"])
def test_what_is_no_server(written: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        host_and_port(written)
