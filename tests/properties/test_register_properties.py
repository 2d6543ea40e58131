"""The register shows what `publicity` allows and nothing else, whatever happened and in whatever order (I-12)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from mufakat.rules import entry as entries_module, publicity
from mufakat.rules.entries import Happened, Party, Projected, entries_of
from mufakat.rules.entry import fold, place_of
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.publicity import Because, public_words

BEGUN = datetime(2017, 7, 10, 1, tzinfo=UTC)
LATER = BEGUN + timedelta(days=400)
PARTIES = {
    "kominfo": Party("kominfo", "regulator"),
    "telegram": Party("telegram", "platform"),
    "mufakat": Party("mufakat", "house"),
    "member-canary": Party("member-canary", "member"),
    "unknown-canary": Party("unknown-canary", None),
}
LOCATORS = ["https://host.example/canarypath?canaryquery=1", "tg:username:canaryname", "sha256:" + "ca" * 32]
PRIVATE = ("canarypath", "canaryquery", "canaryname", "ca" * 32)
"""What no field of any entry ever shows."""
FOLLOWING = (
    *(EventType.NOTICE_DELIVERED, EventType.NOTICE_SEEN, EventType.NOTICE_ACKNOWLEDGED, EventType.MESSAGE_SENT),
    *(EventType.INFORMATION_ASKED, EventType.DECISION_MADE, EventType.DECISION_INFORMED, EventType.REASONS_GIVEN),
    *(EventType.MEASURE_CONFIRMED, EventType.MEASURE_FAILED, EventType.MEASURE_ENDED, EventType.MEASURE_REVERTED),
    *(EventType.APPEAL_LODGED, EventType.APPEAL_UPHELD, EventType.APPEAL_REVERSED, EventType.APPEAL_PARTLY_REVERSED),
    *(EventType.NOTICE_HANDED_OVER, EventType.NOTICE_WITHDRAWN, EventType.NOTICE_CLOSED, EventType.CLOCK_BREACHED),
    *(EventType.HOLD_PLACED, EventType.NOTICE_ERASED, EventType.TASK_DONE, EventType.REASONS_SUBMITTED),
)
SHOWN_OPENINGS = frozenset(
    {
        *("subject", "outcome", "items", "ground", "reasons", "language", "automated", "refusal", "measure"),
        *("standing", "clock", "legal_ground", "locators", "how", "database"),
    }
)
"""Openings that an entry is made of; every other one holds a canary here."""


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


@dataclass(slots=True)
class Case:
    """A history as it grows."""

    sender: str = "kominfo"
    category: str | None = "terrorism"
    more: dict[str, Any] = field(default_factory=dict)
    history: list[Happened] = field(default_factory=list)

    def happens(self, type_: str, *, refs: tuple[str, ...] = (), back: bool = False, **openings: bytes | None) -> None:
        number = len(self.history)
        for name in COMMITTED[EventType(type_)] - openings.keys():
            if name not in SHOWN_OPENINGS and name != "reasons":
                openings[name] = f"canary{name}".encode()
        ends = ("telegram", self.sender) if back else (self.sender, "telegram")
        self.history.append(
            Happened(
                id=f"evt_{number:026}",
                shard="1",
                position=7 * number,
                type=type_,
                at=BEGUN + timedelta(minutes=number),
                case="ntc_" + "0" * 26,
                sender=ends[0],
                recipient=ends[1],
                leaf_hash=bytes([number % 256]) * 32,
                law="id",
                refs=refs,
                openings=openings,
            )
        )

    def begin(self) -> Case:
        subject = {"kind": "user_report", "category": self.category, "urgency": "normal", "profile": "id-2017"}
        self.happens(
            EventType.NOTICE_RECEIVED,
            refs=("mnd_" + "c" * 26,),
            subject=encoded({**subject, "measures_asked": ["remove"], "territory": ["ID"], **self.more}),
            legal_ground=encoded(
                {
                    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": f"see {LOCATORS[0]}"},
                    "terms_ground": {"document": "Terms", "clause": "4", "url": LOCATORS[0]},
                }
            ),
            locators=encoded(LOCATORS),
        )
        return self

    def then(self, type_: str, serial: int) -> None:
        known = [one.ref("dec_") for one in self.history if one.type == EventType.DECISION_MADE]
        lodged = [one.ref("apl_") for one in self.history if one.type == EventType.APPEAL_LODGED]
        said = f"Seen at {LOCATORS[0]}, by @canaryname and mail canary@canaryname.example."
        if type_ == EventType.DECISION_MADE:
            self.happens(
                type_,
                back=True,
                refs=(f"dec_{serial:026}", f"sor_{serial:026}"),
                outcome=b"act_partial" if serial % 2 else b"refuse",
                items=encoded(
                    [{"measure": f"mea_{serial:026}", "locator": 0, "name": "disable", "territory": ["ID"]}]
                    if serial % 2
                    else []
                ),
                ground=encoded({"legal_ground": {"system": "id", "instrument": "UU", "provision": LOCATORS[0]}}),
                reasons=said.encode(),
                facts=b"canaryfacts",
                language=b"en",
                automated=encoded({"detection": False, "decision": "none"}),
                refusal=b"" if serial % 2 else b"not_illegal",
            )
        elif type_ == EventType.APPEAL_LODGED:
            refs = (f"apl_{serial:026}", *([known[-1]] if known and known[-1] else []))
            self.happens(type_, refs=refs, standing=b"uploader", reasons=b"canaryreasons")
        elif type_.startswith("appeal."):
            refs = (lodged[-1],) if lodged and lodged[-1] else ()
            self.happens(type_, back=True, refs=refs, reasons=said.encode())
        elif type_.startswith("measure."):
            self.happens(type_, back=True, measure=f"mea_{max(serial - 1, 0):026}".encode())
        elif type_ == EventType.CLOCK_BREACHED:
            self.happens(type_, clock=b"takedown_same_day")
        else:
            self.happens(type_, back=serial % 3 == 0)

    def shown(self, *, at: datetime = LATER) -> tuple[Projected, ...]:
        return entries_of(self.history, parties=PARTIES, at=at)


def everything(found: tuple[Projected, ...]) -> str:
    """All that the register keeps of a case, in small letters."""
    return msgspec.json.encode([(one.entry, one.words, one.place, one.case) for one in found]).decode().lower()


histories = st.lists(st.sampled_from(FOLLOWING), max_size=12)


def grown(types: list[EventType], **case: Any) -> Case:
    made = Case(**case).begin()
    for serial, type_ in enumerate(types):
        made.then(type_, serial)
    return made


@pytest.mark.invariant("I-12")
@given(histories, st.sampled_from(["terrorism", "child_sexual_abuse", "fraud", None]))
def test_no_private_field_reaches_an_entry_its_words_or_its_place(types: list[EventType], category: str | None) -> None:
    found = everything(grown(types, category=category).shown())
    assert "canary" not in found
    assert not [word for word in PRIVATE if word in found]


@pytest.mark.invariant("I-12")
@given(histories)
def test_a_user_stays_a_user(types: list[EventType]) -> None:
    for sender in ("member-canary", "unknown-canary"):
        found = grown(types, sender=sender).shown()
        assert "canary" not in everything(found)
        assert "mnd_" not in everything(found)
        assert publicity.A_USER in everything(found)


@pytest.mark.invariant("I-15")
@given(histories)
def test_child_sexual_abuse_shows_neither_locator_nor_words(types: list[EventType]) -> None:
    for category in ("child_sexual_abuse", None):
        for one in grown(types, category=category).shown():
            assert not {"locators", "reasons", "facts", "resolution"} & one.entry.fields.keys()
            assert "host" not in one.words
            assert "host.example" not in everything((one,))


@pytest.mark.invariant("I-16")
@given(histories)
def test_a_locator_is_a_kind_and_at_most_a_host(types: list[EventType]) -> None:
    notice = grown(types).shown()[0].entry
    assert notice.fields["locators"] == [
        {"kind": "url", "host": "host.example"},
        {"kind": "username"},
        {"kind": "file"},
    ]


HIDING = ("legal_ground", "terms_ground", "locators", "territory", "measures_asked", "category")


@pytest.mark.invariant("I-12")
@given(histories, st.integers(min_value=1, max_value=4_000))
def test_non_disclosure_hides_fields_never_the_entry(types: list[EventType], minutes: int) -> None:
    until = BEGUN + timedelta(minutes=minutes)
    case = grown(types, more={"non_disclosure": {"until": until.isoformat()}})
    before, after = case.shown(at=until - timedelta(milliseconds=1)), case.shown(at=until)
    assert [(one.entry.id, one.place) for one in before] == [(one.entry.id, one.place) for one in after]
    for one in before:
        assert not {*HIDING, "reasons", "measures"} & one.entry.fields.keys()
        assert "terrorism" not in one.words
        assert one.changes_at == until
        assert {hidden.because for hidden in one.entry.hidden.values()} <= {Because.NON_DISCLOSURE, Because.PERSONAL}
    assert set(HIDING) <= after[0].entry.fields.keys()
    assert after[0].changes_at is None


@pytest.mark.invariant("I-12")
@given(histories, st.data())
def test_what_is_erased_is_gone_from_entry_and_words(types: list[EventType], data: st.DataObject) -> None:
    case = grown(types)
    gone = data.draw(st.sets(st.sampled_from(["locators", "legal_ground", "reasons", "ground"]), min_size=1))
    case.history = [
        msgspec.structs.replace(
            one, openings={name: None if name in gone else value for name, value in one.openings.items()}
        )
        for one in case.history
    ]
    for one in case.shown():
        shown = {"locators": "locators", "reasons": "reasons"}
        assert not {shown[name] for name in gone if name in shown} & one.entry.fields.keys()
        if "locators" in gone:
            assert "host.example" not in str(one.entry.fields.get("locators"))
        if "legal_ground" in gone and one.entry.kind == "notice":
            assert one.entry.hidden["legal_ground"].because is Because.ERASED


@pytest.mark.invariant("I-12")
@given(histories)
def test_an_entry_once_there_stays_where_it_is(types: list[EventType]) -> None:
    case = grown(types)
    seen: dict[str, tuple[int, str]] = {}
    for end in range(1, len(case.history) + 1):
        found = entries_of(case.history[:end], parties=PARTIES, at=LATER)
        now = {one.entry.id: (one.place, one.entry.leaf) for one in found}
        assert seen.items() <= now.items()
        seen = now


@given(histories)
def test_places_are_different_and_entries_have_each_field_once(types: list[EventType]) -> None:
    found = grown(types).shown()
    assert len({one.place for one in found}) == len(found)
    for one in found:
        assert not one.entry.fields.keys() & one.entry.hidden.keys()
        assert {*one.entry.fields, *one.entry.hidden} <= publicity.ENTRIES[one.entry.kind].keys()
        assert one.entry.steps[0].event == one.entry.event


def test_no_kind_of_entry_has_a_field_that_is_never_public() -> None:
    assert not [kind for kind, fields in publicity.ENTRIES.items() if publicity.NEVER & fields.keys()]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40)), min_size=2, max_size=6, unique=True))
def test_places_order_by_time_first(moments: list[tuple[int, int]]) -> None:
    case = Case().begin()
    events = [
        msgspec.structs.replace(case.history[0], at=BEGUN + timedelta(milliseconds=ms), position=position)
        for ms, position in moments
    ]
    for one, other in itertools.combinations(events, 2):
        if one.at != other.at:
            assert (place_of(one) < place_of(other)) == (one.at < other.at)


@given(st.text(max_size=300))
def test_folded_words_are_letters_and_digits_alone(text: str) -> None:
    words = fold(text)
    assert all(word and word.isalnum() and len(word) <= entries_module.LONGEST_WORD for word in words)
    assert fold(" ".join(words)) == words


links = st.sampled_from(
    [
        *("https://host.example/canary", "http://user:canary@host.example/x", "HTTPS://HOST.EXAMPLE/canary?x#y"),
        *("host.example/canary", "www.host.example/canary", "t.me/canary", "10.0.0.1/canary", "host.example:80/canary"),
        *("@canary", "canary@canary.example", "@canary@social.example", "mailto:canary@host.example", "tg:canary"),
        *("ftp://host.example/canary", "tg://resolve?domain=canary", "sha256:canary", "xmpp:canary@host.example"),
        *("hxxps://host.example/canary", "//host.example/canary"),
    ]
)


@pytest.mark.invariant("I-16")
@given(st.lists(st.tuples(st.sampled_from(["", " ", "(", "«", "\n", "see: ", '"', "x "]), links), max_size=6))
def test_of_links_in_words_the_host_stays_at_most(parts: list[tuple[str, str]]) -> None:
    text = " ".join(before + link for before, link in parts)
    assert "canary" not in public_words(text)


@given(st.text(max_size=200))
def test_words_without_links_stay_as_they_are(text: str) -> None:
    plain = "".join(sign for sign in text if sign not in "@:/?#.+")
    if "www" not in plain.lower():
        assert public_words(plain) == plain


@pytest.mark.invariant("I-18")
@pytest.mark.parametrize("number", ["+62 812 3456 7890", "+628123456789", "+1 (555) 010-0199", "+44.20.7946.0000"])
def test_no_telephone_number_stays_in_words(number: str) -> None:
    assert public_words(f"Ask Budi ({number}), or write.") == "Ask Budi (…), or write."


@pytest.mark.parametrize("text", ["+2 or +10", "40+50", "a+1234567890 b"])
def test_what_is_no_telephone_number_is_not_cut(text: str) -> None:
    assert public_words(text) == text


@pytest.mark.parametrize("text", ["Pasal 40 ayat (2a) UU No.11/2008.", "Seen 3/4 of it, see Art. 5/2.", "a/b or c?"])
def test_what_is_no_link_is_not_cut(text: str) -> None:
    assert public_words(text) == text


@settings(max_examples=20)
@given(st.sampled_from(["a", "a.", "@", "x://", "a@", "www.", "1.1.1.", "a.b/", "-", "é."]), st.integers(1, 20_000))
def test_any_text_is_read_once(piece: str, times: int) -> None:
    assert len(public_words(piece * times)) <= 2 * len(piece) * times + 2
