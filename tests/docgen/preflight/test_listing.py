"""What may not be unpacked, from listings as GNU tar writes them."""

from __future__ import annotations

import pytest

from docgen.preflight import listing

GOOD = """\
drwxr-xr-x 0/0               0 2025-11-01 22:50 "./"
-rwxr-xr-x 2042/2042      1234 2025-11-01 22:50 "artisan"
drwxrwsr-x 0/0               0 2025-11-01 22:50 "storage/"
lrwxrwxrwx 0/0               0 2025-11-01 22:50 "vendor/bin/pint" -> "../laravel/pint/builds/pint"
-rw-r--r-- 0/0               9 2025-11-01 22:50 "with \\"quotes\\" and \\303\\244 .."
hrw-r--r-- 0/0               0 2025-11-01 22:50 "app/copy" link to "artisan"
"""


def line(name: str, type_: str = "-", mode: str = "rw-r--r--", size: str = "1", more: str = "") -> str:
    return f'{type_}{mode} 0/0 {size} 2025-11-01 22:50 "{name}"{more}\n'


def read(text: str, packed: int = 1000) -> listing.Listing:
    return listing.read(text, packed, 100, 1024**3)


def test_a_bundle_as_builds_make_them() -> None:
    found = read(GOOD)
    assert found.problems == ()
    assert (found.members, found.size) == (6, 1243)
    assert found.needed == 6 * listing.BLOCK


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (line("/etc/x"), "absolute"),
        (line("a/../../x"), "leads out"),
        (line(".."), "leads out"),
        (line("a\\nb"), "control"),
        (line("a\\033[2J"), "control"),
        (line("d", "c", size="1,3"), "device"),
        (line("d", "b", size="8,0"), "device"),
        (line("p", "p"), "device"),
        (line("s", mode="rwsr-xr-x"), "setuid"),
        (line("s", mode="rwxr-sr-x"), "setuid"),
        (line("l", "l", more=' -> "/etc"'), "symbolic link that leads out"),
        (line("l", "l", more=' -> ".."'), "symbolic link that leads out"),
        (line("a/l", "l", more=' -> "../.."'), "symbolic link that leads out"),
        (line("a/l", "l", more=' -> "b/../../.."'), "symbolic link that leads out"),
        (line("d", "l", more=' -> "."') + line("l", "l", more=' -> "d/.."'), "symbolic link that leads out"),
        (line("d", "l", more=' -> "a"') + line("d/x"), "behind a symbolic link"),
        (line("./d/", "l", more=' -> "a"') + line("d//x"), "behind a symbolic link"),
        (line("h", "h", more=' link to "/etc/shadow"'), "hard link"),
        (line("h", "h", more=' link to "../x"'), "hard link"),
        (line("s", "l", more=' -> "a"') + line("h", "h", more=' link to "./s"'), "hard link"),
        (line("z", size=str(2 * 1024**3)), "at most"),
        (line("z", size=str(100 * 1024**2)), "times its own size"),
        ("".join(line(f"f{n}") for n in range(101)), "more than"),
        ("V--------- 0/0 0 2025-11-01 22:50 label--Volume Header--\n", "no file, folder or link"),
        ("something else\n", "no file, folder or link"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    assert any(said in problem.id for problem in read(GOOD + text).problems), read(GOOD + text).problems
