"""An overlay adds names and makes lines less certain; it shortens nothing, calls nothing urgent, sets no amount."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from mufakat.rules import profile, profile_overlay
from mufakat.rules.errors import BadProfileError
from mufakat.rules.fault import Faults
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.profile import Certainty, Confidence, Duration

SAMAN = profile.text_of("id-saman").decode()
BASE = profile.load("id-mr5-2020")


def faults(text):
    with pytest.raises(BadProfileError) as caught:
        profile.parse(text.encode())
    return [(fault.pointer, fault.line is not None) for fault in caught.value.faults]


def test_the_practice_runs_by_the_clocks_of_the_statute():
    found = profile.load("id-saman")
    assert [(rule.name, rule.duration) for rule in found.clocks] == [(rule.name, rule.duration) for rule in BASE.clocks]
    assert found.certainty_of("takedown_urgent") is Certainty.PRESS_READ
    assert BASE.certainty_of("takedown_urgent") is Certainty.PRIMARY_READ
    assert found.certainty_of("normalisation") is Certainty.PRIMARY_READ
    assert found.certainty_of("nothing") is None


def test_the_practice_names_the_order_and_the_letters():
    found = profile.load("id-saman")
    letters = [step.letter for ladder in found.ladders for step in ladder.steps if step.letter]
    assert [letter.code for letter in letters] == ["ST1", "ST2", "ST3"] * 2
    assert {letter.carries for letter in letters} == {"administrative_fine"}
    order = found.kind(NoticeKind.ORDER)
    assert order is not None
    assert (order.code, order.certainty) == ("SP", Certainty.PRESS_READ)
    assert {one.called for one in found.also_called} >= {"illegal_finance", "online_gambling"}


def test_urgent_grounds_are_those_of_the_statute():
    found = profile.load("id-saman")
    assert {rule.code for rule in found.categories if rule.urgent} == {Category.TERRORISM, Category.CHILD_SEXUAL_ABUSE}


FOUR = "    duration: {elapsed: PT4H}\n"
REFUSED = [
    (FOUR, "    duration: {elapsed: PT3H}\n", "/clocks/1/duration"),
    (FOUR, "    duration: {undue_delay: PT4H}\n", "/clocks/1/duration"),
    (FOUR, "    duration: {at_once: true}\n", "/clocks/1/duration"),
    ("  - name: takedown_urgent\n", "  - name: takedown_of_food\n", "/clocks/1/name"),
    ("  - name: takedown_urgent\n", "  - name: takedown_normal\n", "/clocks/1/name"),
    ('    called: "Surat Teguran 1"\n', '    called: "Surat Teguran 1"\n    amount: 500000000\n', "/steps/0/amount"),
    ("    letter: {code: ST1, number: 1}\n", "    letter: {code: ST1, number: 2}\n", "/steps/0/letter"),
    (
        "    letter: {code: ST1, number: 1}\n",
        "    letter: {code: ST1, number: 1, carries: prison}\n",
        "/steps/0/letter/carries",
    ),
    ("    step: letter_1\n", "    step: letter_4\n", "/steps/0/step"),
    ("    step: letter_1\n", "    step: letter_2\n", "/steps/1/step"),
    ("    step: letter_1\n", "    step: reminder\n", "/steps/0/letter"),
    ("kind: order, code: SP", "kind: takedown, code: SP", "/kinds/0/kind"),
    ("certainty: low\n", "certainty: high\n", "/certainty"),
    ("name: id-saman\n", "name: id-mr5-2020\n", "/overlay_of"),
    ("overlay_of: id-mr5-2020\n", "overlay_of: id-saman\n", "/overlay_of"),
    ("overlay_of: id-mr5-2020\n", "overlay_of: nowhere\n", "/overlay_of"),
    ("overlay_of: id-mr5-2020\n", "overlay_of: 5\n", "/overlay_of"),
    ("sources: [saman-sanggah]", "sources: [hearsay]", "/remedies/0/sources/0"),
    ("remedy: objection", "remedy: refusal", "/remedies/0/remedy"),
    ("{id: saman-press,", "{id: mr5,", "/sources/0/id"),
    ("also_called:\n", "fines: []\nalso_called:\n", "/fines"),
    (
        "also_called:\n",
        "categories:\n  - {code: gambling, called: judol, urgent: true, sources: [mr5]}\nalso_called:\n",
        "/categories/0/urgent",
    ),
    ("certainty: press-read, sources: [saman-sanggah]", "certainty: press-read", "/remedies/0/certainty"),
]


@pytest.mark.parametrize(("old", "new", "pointer"), REFUSED, ids=[f"{row[2]} {row[1].strip()[:40]}" for row in REFUSED])
def test_what_an_overlay_may_not_do_is_refused_with_its_line(old, new, pointer):
    assert old in SAMAN
    assert (pointer, True) in faults(SAMAN.replace(old, new, 1))


def test_a_longer_time_is_taken():
    found = profile.parse(SAMAN.replace(FOUR, "    duration: {elapsed: PT12H}\n").encode())
    rule = found.clock("takedown_urgent")
    assert rule is not None
    assert rule.duration.elapsed == "PT12H"


def test_an_overlay_becomes_one_text_that_stands_by_itself():
    text = profile.standalone(profile.text_of("id-saman"))
    assert profile.parse(text) == profile.load("id-saman")
    assert profile.standalone(text) == text
    assert profile.standalone(profile.text_of("id-2017")) == profile.text_of("id-2017")


hours = st.integers(1, 10_000)


@given(base=hours, new=hours, form=st.sampled_from(["elapsed", "undue_delay", "period", "repeat", "working"]))
def test_no_duration_that_an_overlay_gives_is_shorter(base, new, form):
    extra: Any = {"period": {"zone": "UTC"}, "repeat": {"times": 3}, "working": {"calendar": "office"}}.get(form, {})
    words = "P{}M" if form == "period" else "PT{}H"
    if form == "period":
        base, new = base % 120 + 1, new % 120 + 1
    if form == "working":
        base, new = base % 2000 + 1, new % 2000 + 1
    old, other = (Duration(**{form: words.format(many), **extra}) for many in (base, new))
    assert profile_overlay.is_as_long(other, old) is (new >= base)


@given(one=st.sampled_from(Certainty), other=st.sampled_from(Certainty))
def test_laying_over_never_makes_a_line_more_certain(one, other):
    rank = profile_overlay._RANKS
    assert rank[profile_overlay.lower(one, other)] == min(rank[one], rank[other])


@given(data=st.data())
def test_whatever_is_laid_over_the_clocks_run_no_shorter(data):
    """Any overlay that is taken has the clocks, the urgent grounds and the times of the steps of what is under it."""
    clocks = data.draw(st.lists(st.sampled_from(BASE.clocks), unique_by=lambda rule: rule.name, max_size=4))
    notes = tuple(
        profile_overlay.ClockNote(
            name=rule.name,
            certainty=Certainty.OURS,
            duration=data.draw(
                st.sampled_from([None, rule.duration, Duration(elapsed="PT1H"), Duration(at_once=True)])
            ),
        )
        for rule in clocks
    )
    overlay = profile_overlay.Overlay(
        name="xx",
        overlay_of="id-mr5-2020",
        title="A made-up practice",
        certainty=Confidence.LOW,
        note="Made up.",
        clocks=notes,
    )
    found = Faults()
    made = profile_overlay.laid_over(overlay, BASE, found)
    if found.found:
        return
    assert [each.steps for each in made.ladders] == [each.steps for each in BASE.ladders]
    assert made.categories == BASE.categories
    for rule, base in zip(made.clocks, BASE.clocks, strict=True):
        assert profile_overlay.is_as_long(rule.duration, base.duration)
        assert (
            msgspec.structs.replace(
                rule, duration=base.duration, certainty=base.certainty, note=base.note, sources=base.sources
            )
            == base
        )
