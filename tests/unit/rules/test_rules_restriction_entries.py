"""The entry of a restriction: what the public sees of it, and that nobody reads from it which names are closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from mufakat.rules.entries import Entry, Happened, Party, entries_of
from mufakat.rules.entry import mark, words_of
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.publicity import ENTRIES, Because, unnamed_words

if TYPE_CHECKING:
    from mufakat.rules.entries import Projected

BEGUN = datetime(2017, 7, 14, 1, tzinfo=UTC)
LATER = BEGUN + timedelta(days=400)
CASE = "rst_" + "0" * 26
NAMES = ["canary-one.example", "canary-two.example", "canary-three.example"]
PARTIES = {
    "kominfo": Party("kominfo", "regulator"),
    "telegram": Party("telegram", "platform"),
    "isp-a": Party("isp-a", "operator"),
    "isp-b": Party("isp-b", "operator"),
}
ORDER = {
    "list": "terrorism",
    "match": "exact",
    "layer": "dns",
    "operators": ["isp-a", "isp-b"],
    "platform": "telegram",
    "emergency": False,
    "shadow": False,
    "review_at": "2017-08-10T00:00:00+07:00",
    "sunset_at": "2017-09-14T00:00:00+07:00",
}
REFS = ("ntc_" + "1" * 26, "mnd_" + "2" * 26)


@dataclass(slots=True)
class Case:
    """A history as it grows; whatever nobody names holds a canary."""

    order: dict[str, Any] = field(default_factory=lambda: dict(ORDER))
    history: list[Happened] = field(default_factory=list)

    def happens(self, type_: EventType, *, sender: str = "kominfo", **openings: Any) -> Case:
        number = len(self.history)
        said: dict[str, bytes | None] = {name: f"canary{name}".encode() for name in COMMITTED[type_]}
        said |= {name: value if value is None else _bytes(value) for name, value in openings.items()}
        self.history.append(
            Happened(
                id=f"evt_{number:026}",
                shard="1",
                position=number,
                type=type_,
                at=BEGUN + timedelta(minutes=number),
                case=CASE,
                sender=sender,
                recipient="mufakat",
                leaf_hash=bytes([number % 256]) * 32,
                refs=REFS if not number else (),
                openings=said,
            )
        )
        return self

    def proposed(self, **more: Any) -> Case:
        told: dict[str, Any] = {
            "order": self.order,
            "names": NAMES,
            "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": f"Pasal 40, {NAMES[0]}"},
            "reason": f"Because of {NAMES[0]} and *.{NAMES[1]}., ask +62 21 5550 0101.",
            "proportionality": "Nothing milder does.",
            "reopening": {"agreement": "id-2017", "all_of": ["representative"], "any_of": []},
        }
        return self.happens(EventType.RESTRICTION_PROPOSED, **(told | more))

    def published(self) -> Case:
        self.happens(EventType.RESTRICTION_APPROVED).happens(EventType.RESTRICTION_APPROVED)
        self.happens(EventType.RESTRICTION_ANSWERED, sender="telegram")
        return self.happens(EventType.RESTRICTION_PUBLISHED, operators=ORDER["operators"], names=NAMES)

    def by(self, operator: str, type_: EventType, **more: Any) -> Case:
        return self.happens(type_, sender=operator, **more)

    def lifted(self, *names: str, by: str = "authority") -> Case:
        return self.happens(EventType.RESTRICTION_LIFTED, names=list(names) or NAMES, by=by)

    def shown(self) -> Projected:
        (found,) = entries_of(self.history, parties=PARTIES, at=LATER)
        return found

    def entry(self) -> Entry:
        return self.shown().entry


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)


APPLIED, OPENED = EventType.RESTRICTION_APPLIED, EventType.RESTRICTION_OPENED


APPROVED = EventType.RESTRICTION_APPROVED
UNPUBLISHED = {
    "proposed": Case().proposed(),
    "approved": Case().proposed().happens(APPROVED).happens(APPROVED),
    "refused": Case().proposed().happens(APPROVED).happens(EventType.RESTRICTION_REFUSED),
}


def histories() -> dict[str, Case]:
    return {
        "publishing": Case().proposed().published(),
        "applied": Case().proposed().published().by("isp-a", APPLIED).by("isp-b", APPLIED),
        "partly_lifted": Case().proposed().published().lifted(NAMES[0]),
        "lifted": Case().proposed().published().lifted(NAMES[0]).lifted(*NAMES[1:]),
        "expired": Case().proposed().published().happens(EventType.RESTRICTION_EXPIRED),
    }


@pytest.mark.parametrize("state", histories())
def test_a_history_stands_as_it_came_to(state: str) -> None:
    assert histories()[state].entry().state == state


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize("state", histories())
def test_no_name_and_nothing_else_that_was_typed_is_shown(state: str) -> None:
    shown = histories()[state].shown()
    assert "canary" not in msgspec.json.encode(shown.entry).decode()
    assert not [word for word in shown.words if "canary" in word]
    assert shown.entry.hidden["names"].because is Because.BY_NAME


def test_the_entry_says_who_for_how_long_and_how_many() -> None:
    fields = Case().proposed().published().entry().fields
    assert {name: fields[name] for name in ("authority", "platform", "category", "closes", "operators")} == {
        "authority": "kominfo",
        "platform": "telegram",
        "category": "terrorism",
        "closes": 3,
        "operators": ["isp-a", "isp-b"],
    }
    assert (fields["published_at"], fields["sunset_at"]) == ("2017-07-14T01:04:00.000Z", "2017-09-13T17:00:00.000Z")
    assert fields["reason"] == "Because of … and …, ask …."
    assert fields["reopening"] == {"agreement": "id-2017", "all_of": ["representative"]}


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_what_was_never_published_is_nobody_elses(state: str) -> None:
    assert entries_of(UNPUBLISHED[state].history, parties=PARTIES, at=LATER) == ()


def test_each_operator_stands_for_itself() -> None:
    case = Case().proposed().published().by("isp-a", APPLIED).by("isp-b", APPLIED).lifted().by("isp-a", OPENED)
    carried = {one["operator"]: one["state"] for one in case.entry().fields["carried"]}
    assert carried == {"isp-a": "open", "isp-b": "opening"}


LIFTED, EXPIRED = EventType.RESTRICTION_LIFTED, EventType.RESTRICTION_EXPIRED


@pytest.mark.parametrize("some", [NAMES[:1], NAMES])
@pytest.mark.parametrize("opening", [["isp-a"], [], ["isp-a", "isp-b"], ["isp-c"]])
def test_who_has_nothing_to_open_opens_nothing(some: list[str], opening: list[str]) -> None:
    case = Case().proposed().published().by("isp-a", APPLIED).by("isp-b", APPLIED)
    case.happens(LIFTED, names=some, opening=opening)
    carried = {one["operator"]: one["state"] for one in case.entry().fields["carried"]}
    other = "open" if some == NAMES else "applied"
    assert carried == {handle: "opening" if handle in opening else other for handle in ("isp-a", "isp-b")}


def test_what_expired_is_opened_by_those_that_have_something_to_open() -> None:
    case = Case().proposed().published().happens(EXPIRED, opening=["isp-b"])
    assert [one["state"] for one in case.entry().fields["carried"]] == ["open", "opening"]


@pytest.mark.parametrize("type_", [LIFTED, EXPIRED])
@pytest.mark.parametrize("opening", [None, b"", b"{}", b"\xff"])
def test_where_nothing_is_said_of_who_has_to_open_all_of_them_have_to(type_: EventType, opening: bytes | None) -> None:
    case = Case().proposed().published()
    told: dict[str, Any] = {"names": NAMES, "by": "house"} if type_ is LIFTED else {}
    case.happens(type_, **told)
    said = {**case.history[-1].openings, "opening": opening}
    older = {name: value for name, value in said.items() if name != "opening"}
    for openings in (said, older):
        case.history[-1] = msgspec.structs.replace(case.history[-1], openings=openings)
        assert [one["state"] for one in case.entry().fields["carried"]] == ["opening", "opening"]


@pytest.mark.parametrize("some", [NAMES[:1], NAMES])
def test_with_a_shadow_run_there_is_nothing_to_open(some: list[str]) -> None:
    case = Case(order={**ORDER, "shadow": True}).proposed().published().lifted(*some)
    state = "open" if some == NAMES else "told"
    assert [one["state"] for one in case.entry().fields["carried"]] == [state, state]


def test_an_operator_that_does_not_open_is_named_until_it_does() -> None:
    case = Case().proposed().published().lifted()
    case.happens(EventType.RESTRICTION_OVERDUE, operator="isp-b", step="named")
    assert case.entry().fields["overdue_operators"] == ["isp-b"]
    assert "overdue_operators" not in case.by("isp-b", OPENED).entry().fields


@pytest.mark.parametrize("step", ["late", "senior"])
def test_before_the_last_step_of_its_ladder_nobody_else_reads_that_it_is_late(step: str) -> None:
    case = Case().proposed().published().lifted()
    case.happens(EventType.RESTRICTION_OVERDUE, operator="isp-b", step=step)
    entry = case.entry()
    assert "overdue_operators" not in entry.fields
    assert EventType.RESTRICTION_OVERDUE not in {one.type for one in entry.steps}


def seen(case: Case, state: str, *names: str, resolver: str = "1", operator: str = "isp-a") -> Case:
    told = [{"name": name, "since": "", "state": state, "ways": "canary"} for name in names or NAMES]
    return case.happens(
        EventType.RESTRICTION_SEEN, sight={"names": told, "operator": operator, "resolver": resolver}, operator=operator
    )


def at_a(case: Case) -> dict[str, Any]:
    (found,) = (one for one in case.entry().fields["carried"] if one["operator"] == "isp-a")
    return found


def test_what_its_resolvers_answer_opens_it_without_a_word() -> None:
    case = seen(seen(Case().proposed().published(), "closed"), "closed", resolver="2")
    assert (at_a(case)["state"], at_a(case)["seen"]) == ("told", "closed")
    case = seen(case.lifted(), "open")
    assert (at_a(case)["state"], at_a(case)["seen"]) == ("opening", "closed")
    assert (at_a(seen(case, "open", resolver="2"))["state"], at_a(case)["seen"]) == ("open", "open")


def test_a_resolver_that_still_closes_weighs_more_than_a_word() -> None:
    case = seen(Case().proposed().published().lifted().by("isp-a", OPENED), "closed")
    assert (at_a(case)["state"], at_a(case)["seen"]) == ("opening", "closed")


def test_what_is_still_on_its_list_is_carried_out_after_some_is_opened() -> None:
    case = Case().proposed().published().by("isp-a", APPLIED).lifted(NAMES[0])
    assert at_a(case)["state"] == "opening"
    assert at_a(case.by("isp-a", OPENED))["state"] == "applied"


def test_how_many_were_lifted_and_by_whom() -> None:
    some, whole = Case().proposed().published().lifted(NAMES[0]), Case().proposed().published().lifted(by="house")
    found = [(one.entry().fields["lifted"], one.entry().fields["lifted_by"]) for one in (some, whole)]
    assert found == [(1, "authority"), (3, "house")]


@pytest.mark.invariant("I-15")
def test_of_abuse_of_children_no_words_are_shown() -> None:
    case = Case()
    case.order["list"] = "child_sexual_abuse"
    entry = case.proposed().published().entry()
    hidden = {name: entry.hidden[name].because for name in ("reason", "proportionality", "legal_ground")}
    assert set(hidden.values()) == {Because.CHILD_PROTECTION}


def test_what_was_erased_says_so() -> None:
    entry = Case().proposed(reason=None, proportionality=None, legal_ground=None).published().entry()
    assert {entry.hidden[name].because for name in ("reason", "proportionality", "legal_ground")} == {Because.ERASED}


def test_it_is_found_by_its_parties_and_its_list() -> None:
    words = words_of(Case().proposed().published().entry())
    for name, value in (
        *(("party", handle) for handle in ("kominfo", "telegram", "isp-a", "isp-b")),
        ("category", "terrorism"),
        ("kind", "restriction"),
    ):
        assert mark(name, value) in words


def test_notices_before_it_and_the_one_that_it_renews_belong_to_it() -> None:
    case = Case()
    case.order["renews"] = "rst_" + "9" * 26
    assert case.proposed().published().entry().related == (REFS[0], "rst_" + "9" * 26)


def test_every_step_is_public_or_a_sight() -> None:
    case = Case().proposed().published().by("isp-a", APPLIED).happens(EventType.RESTRICTION_SEEN)
    types = [step.type for step in case.entry().steps]
    assert types == [one.type for one in case.history if one.type != EventType.RESTRICTION_SEEN]


def test_fields_are_those_of_the_table() -> None:
    for case in histories().values():
        entry = case.entry()
        assert {*entry.fields, *entry.hidden} <= set(ENTRIES["restriction"])


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize(
    "name",
    [
        *("web.telegram.example", "WEB.Telegram.Example.", "*.telegram.example", "https://telegram.example/x"),
        *("telegram[.]example", "telegram (dot) example", "пример.рф", "xn--e1afmkfd.xn--p1ai", "例え。テスト"),
        *("a" * 70 + ".example", ".telegram.example", "-web.example-", "telegram.example:443"),
    ],
)
def test_no_name_of_a_host_stays_in_words(name: str) -> None:
    kept = unnamed_words(f"Closed: {name} for good.")
    assert "example" not in kept.casefold()
    assert not any(part in kept for part in ("рф", "xn--", "テスト"))


@pytest.mark.parametrize("text", ["UU 11/2008, Pasal 40 ayat (2a).", "Art. 9 no. 3, 12.5 of 100.", "e.g. this"])
def test_words_that_are_no_names_stay(text: str) -> None:
    assert unnamed_words(text) == text


@pytest.mark.invariant("I-16")
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["web.telegram.example", "t.example"]))
def test_whatever_stands_around_a_name_it_goes(before: str, after: str, name: str) -> None:
    assert name not in unnamed_words(f"{before} {name} {after}")


def test_other_shapes_of_openings_break_nothing() -> None:
    for value in (b"", b"[1]", b"{}", b"null", b'"x"', b"\xff", None):
        case = Case()
        case.proposed()
        case.history[0] = msgspec.structs.replace(
            case.history[0], openings=dict.fromkeys(COMMITTED[EventType.RESTRICTION_PROPOSED], value)
        )
        case.published().lifted().happens(EventType.RESTRICTION_OVERDUE)
        assert case.entry().state == "lifted"
