"""Names of one look: UTS 39, section 4, in lower case."""

from __future__ import annotations

import pytest

from mufakat.rules import look_alikes, network_names


def look(text: str) -> str:
    name = network_names.read(text)
    assert isinstance(name, str)
    return look_alikes.look_of(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0440\u0430\u0443\u0440\u0430\u04cf.example", "paypal.example"),  # All Cyrillic.
        ("paypa1.example", "paypal.example"),
        ("g00gle.example", "google.example"),
        ("rnodern.example", "modern.example"),
        ("\u03bf\u03c1\u03b5n.example", "\u043e\u0440\u03b5n.example"),  # Greek and Cyrillic.
        ("\u0251lpha.example", "alpha.example"),
    ],
)
def test_twins_have_one_look(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(("one", "other"), [("bank.example", "tank.example"), ("b\xfccher.example", "bucher.example")])
def test_names_that_look_otherwise_have_another(one: str, other: str) -> None:
    assert look(one) != look(other)


@pytest.mark.parametrize("name", ["a.example", "rn.example", "m.example", "xn--bcher-kva.example"])
def test_the_look_of_a_look_is_itself(name: str) -> None:
    found = look_alikes.look_of(name)
    assert look_alikes.look_of(found) == found
