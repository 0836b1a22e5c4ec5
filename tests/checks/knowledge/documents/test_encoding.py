from __future__ import annotations

import pytest

from checks.knowledge.documents.encoding import LOST, repaired

MEANT = "Größe für Übergänge: ✅ ⚠️ 🔍 ┌──┐ “AMANHÔ «\xa0à\xa0»"


def again(text: str, codec: str, drop: bool = False) -> str:
    """`text` in UTF-8, taken for `codec`; what that has no character for is kept as it is, or dropped."""
    made = []
    for byte in text.encode():
        try:
            made.append(bytes([byte]).decode(codec))
        except UnicodeDecodeError:
            made.append("" if drop else chr(byte))
    return "".join(made)


@pytest.mark.parametrize("codec", ["cp1252", "cp1254", "latin-1"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_layer_is_undone(codec: str, layers: int) -> None:
    text = MEANT
    for _ in range(layers):
        text = again(text, codec)
    found = repaired(text)
    assert found and (found.text, found.layers, found.lost) == (MEANT, layers, 0)


def test_only_the_part_that_is_wrong_changes() -> None:
    found = repaired(f"Schön.\n{again('Vollständig ✅', 'cp1252')}\nGrün.")
    assert found and found.text == "Schön.\nVollständig ✅\nGrün."


@pytest.mark.parametrize(
    "text", ["", "plain", MEANT, "NÃO “AMANHÔ", "The bytes of `Ã¤` and `â€œ`.", "«\xa0à\xa0»"]
)
def test_what_is_right_stays(text: str) -> None:
    assert repaired(text) is None


@pytest.mark.parametrize(
    ("meant", "shown"),
    [
        ("für ⏳", "für ⏳"),
        ("für ❌.", "für ❌."),
        ("für ⚠️.", "für ⚠️."),
        ("für ┌──┐\n", "für ┌──┐\n"),
        ("für 🔍 x", f"für {LOST} x"),
    ],
)
def test_a_dropped_byte_is_completed_only_where_one_character_fits(meant: str, shown: str) -> None:
    found = repaired(again(meant, "cp1254", drop=True))
    assert found and (found.text, found.lost) == (shown, shown.count(LOST))
