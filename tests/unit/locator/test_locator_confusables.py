"""What characters look like: UTS 39, section 4."""

from __future__ import annotations

from mufakat.locator import confusables


def test_the_table_is_of_unicode_and_says_so() -> None:
    text = confusables.TABLE.read_text(encoding="utf-8")
    assert "Version: 17.0.0" in text
    assert "UNICODE LICENSE V3" in text


def test_the_table_leads_from_no_look_any_further() -> None:
    table = confusables.table()
    assert [key for key, looks in table.items() if looks.translate(table) != looks] == []
