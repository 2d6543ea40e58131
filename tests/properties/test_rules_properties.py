"""What holds for every notice, profile, state and clock, not only for the ones that we thought of."""

import base64
import copy
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings, strategies as st
from tests.mandates import EVERYTHING

from mufakat.rules import admissibility, clock, profile
from mufakat.rules.errors import BadProfileError, IllegalTransitionError, NotAdmissibleError, RefusedError
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.lifecycle import FIRST_STATE, TRANSITIONS, NoticeDeed, Turn, advance, turn
from mufakat.rules.notice_reading import read_at_once, read_carefully
from mufakat.rules.parties import PartyKind, is_handle
from mufakat.rules.permissions import Role
from mufakat.rules.profile import Duration

# No deadline: the machine may be busy with other tests.
patient = settings(deadline=None, max_examples=150)

AT = datetime(2017, 7, 14, 3, tzinfo=UTC)
CONTENT = b"a picture of the screen"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = {"name": "a.png", "media_type": "image/png", "sha256": SHA256, "content": base64.b64encode(CONTENT).decode()}
NOTICE: dict[str, Any] = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "terrorism",
    "urgency": "urgent",
    "locators": ["https://t.me/s/examplechannel/12", "example.com"],
    "explanation": "A manual for making bombs.\n\tSecond line, § 5.",
    "language": "id",
    "content_date": "2017-07-10",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
    "terms_ground": {"document": "Terms of Service", "clause": "3", "url": "https://telegram.org/tos"},
    "requested_measures": ["remove", "warn"],
    "territory": ["ID", "MY"],
    "evidence": [FILE, FILE | {"content": None}],
    "external_refs": [{"scheme": "kominfo", "id": "1"}, {"scheme": "bnpt", "id": "2"}],
    "external": {"xarf": {"version": 4, "tags": ["a", None, 1.5, True, {}]}},
}

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)  # Surrogates and controls as well.
odd_texts = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "a\nb",
        "\x85",
        "\ud800",
        "\u2028",
        "2017-02-30",
        "0001-01-01T00:00:00+14:00",
        "x" * 300,
        "to",
        "id",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**62, 2**66)
    | st.floats()
    | texts
    | odd_texts  # NaN as well.
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


def admit(raw: bytes) -> admissibility.Admitted:
    return admissibility.admit(
        raw,
        sender="kominfo",
        sender_kind=PartyKind.REGULATOR,
        mandates=EVERYTHING,
        recipient={"telegram": PartyKind.PLATFORM}.get,
        evidence_stored=lambda sha256: sha256 == SHA256,
        at=AT,
    )


def faults_of(raw: bytes) -> tuple[Fault, ...]:
    try:
        admit(raw)
    except NotAdmissibleError as refused:
        return refused.faults
    return ()


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from paths(inner, (*path, step))


# Every name stands here once and nothing needs an escape, so that the first reading alone has to see a second one.
PLAIN = NOTICE | {"explanation": "A manual.", "evidence": [FILE], "external_refs": [], "external": None}
PATHS = [path for path in paths(NOTICE) if path]
OBJECTS = [()] + [path for path in PATHS if not isinstance(path[-1], int) and path[-1] in {"legal_ground", "xarf"}]
OBJECTS += [("evidence", 0), ("evidence", 1), ("external_refs", 1), ("external",), ("terms_ground",)]


def at_path(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


@st.composite
def mutated_documents(draw: st.DrawFn) -> Any:
    """A sound notice with up to four members replaced, left out, added or doubled."""
    document: Any = copy.deepcopy(draw(st.sampled_from([NOTICE, PLAIN])))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(PATHS))
        try:
            around = at_path(document, path[:-1])
            match draw(st.sampled_from(["replace", "leave out", "add", "borrow", "double"])):
                case "replace":
                    around[path[-1]] = draw(values)
                case "leave out":
                    del around[path[-1]]
                case "add" if isinstance(around, dict):
                    around[draw(texts)] = draw(values)
                case "borrow":
                    around[path[-1]] = copy.deepcopy(at_path(NOTICE, draw(st.sampled_from(PATHS))))
                case "double" if isinstance(around, list):
                    around.append(copy.deepcopy(around[path[-1]]))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # An earlier change took this place away.
    return document


@st.composite
def mutated_bytes(draw: st.DrawFn) -> bytes:
    """Such a notice as JSON in some style, at times with a piece of its bytes cut out, doubled or overwritten."""
    document = draw(mutated_documents())
    text = json.dumps(document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    raw = text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 30)))
        piece = draw(st.sampled_from([b"", raw[start:end] * 2, b'"', b"\\", b"\x00", b"\xff", b"{", b"]", b"1e999"]))
        raw = raw[:start] + piece + raw[end:]
    return raw


@pytest.mark.parametrize("notice", [NOTICE, PLAIN])
def test_a_notice_that_is_mutated_is_sound(notice):
    assert admit(json.dumps(notice).encode())


@patient
@given(mutated_bytes())
def test_the_fast_reading_refuses_exactly_where_the_careful_one_finds_a_fault(raw):
    faults = Faults()
    read_carefully(raw, faults)
    assert (read_at_once(raw) is None) == bool(faults.found)


@patient
@given(mutated_bytes())
def test_both_readings_give_the_same_draft(raw):
    at_once = read_at_once(raw)
    assert at_once is None or read_carefully(raw, Faults()) == at_once


@patient
@given(st.binary(max_size=200) | mutated_bytes())
@example(b"")
@example(b"[" * 50_000)
def test_bytes_are_admitted_or_refused_with_faults_and_nothing_else_happens(raw):
    assert isinstance(faults_of(raw), tuple)


@patient
@given(values)
def test_any_json_is_admitted_or_refused_with_faults(value):
    assert faults_of(json.dumps(value).encode("utf-8", "surrogatepass"))


def points_into(document: Any, pointer: str) -> bool:
    """Whether the pointer leads to a value of the document, or to a member that an object of it lacks."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for position, step in enumerate(steps):
        if isinstance(document, dict):
            if step not in document:
                return position == len(steps) - 1
            document = document[step]
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return False
    return pointer == "" or pointer.startswith("/")


@patient
@given(mutated_bytes())
def test_every_fault_points_into_the_document(raw):
    faults = faults_of(raw)
    try:
        document = json.loads(raw.decode())
    except ValueError:
        assert {fault.pointer for fault in faults} == {""}
        return
    assert [fault for fault in faults if not points_into(document, fault.pointer)] == []


@patient
@given(mutated_bytes())
def test_a_sentence_is_short_and_harmless(raw):
    details = [fault.detail for fault in faults_of(raw)]
    assert [text for text in details if not (text.isascii() and text.isprintable() and len(text) < 700)] == []


@st.composite
def notices_with_a_name_twice(draw: st.DrawFn) -> bytes:
    """A sound notice, written by hand with one name twice in one object, spelled with other blanks and escapes."""
    blanks = st.text(" \t\n\r", max_size=2)
    base, places = draw(st.sampled_from([(NOTICE, OBJECTS), (PLAIN, [(), ("legal_ground",), ("evidence", 0)])]))
    target = draw(st.sampled_from(places))

    def spell(name: str) -> str:
        if draw(st.booleans()):
            return name
        escaped = draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
        return "".join(f"\\u{ord(one):04x}" if change else one for one, change in zip(name, escaped, strict=True))

    def write(value: Any, path: tuple[Any, ...]) -> str:
        if isinstance(value, list):
            return f"[{','.join(write(inner, (*path, index)) for index, inner in enumerate(value))}]"
        if not isinstance(value, dict):
            return json.dumps(value)
        members = [
            f'"{name}"{draw(blanks)}:{draw(blanks)}{write(inner, (*path, name))}' for name, inner in value.items()
        ]
        if path == target:
            name = draw(st.sampled_from(sorted(value)))
            again = f'"{spell(name)}"{draw(blanks)}:{draw(blanks)}{write(value[name], (*path, name, None))}'
            members.insert(draw(st.integers(0, len(members))), again)
        return "{" + f"{draw(blanks)},{draw(blanks)}".join(members) + "}"

    return write(base, ()).encode()


@patient
@given(notices_with_a_name_twice())
def test_a_name_that_stands_twice_is_always_seen(raw):
    assert [fault.code for fault in faults_of(raw)] == [FaultCode.REPEATED_MEMBER]


@patient
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_profile_or_refused_with_faults(text):
    with pytest.raises(BadProfileError):
        profile.parse(text.encode("utf-8", "surrogatepass"))


@patient
@given(values)
def test_any_value_in_a_profile_is_taken_or_refused_with_faults(value):
    good = (profile._FOLDER / "id-2017.yaml").read_text(encoding="utf-8")
    text = good.replace("{elapsed: PT4H}", json.dumps(value))
    try:
        profile.parse(text.encode("utf-8", "surrogatepass"))
    except BadProfileError as refused:
        assert refused.faults  # noqa: PT017 - either way is good; a refusal names its faults.


@patient
@given(st.lists(st.sampled_from(NoticeDeed), max_size=12))
def test_whatever_is_tried_a_notice_stays_on_the_table(deeds):
    state = FIRST_STATE
    for deed in deeds:
        try:
            state = advance(state, deed)
        except IllegalTransitionError:
            assert (state, deed) not in TRANSITIONS
    assert turn(state) in Turn


@patient
@given(texts)
def test_any_text_is_a_seat_or_refused(text):
    try:
        role, ordinal = Role.parse_seat(text)
    except RefusedError:
        return
    assert (role in Role, 1 <= ordinal <= 99) == (True, True)


@patient
@given(st.from_regex(r"[a-z0-9-]{0,70}", fullmatch=True))
def test_a_handle_fits_a_channel_of_the_log(text):
    assert not is_handle(text) or (0 < len(text) <= 63 and ">" not in text and text.strip("-") == text)


ZONES = sorted(available_timezones() - {"localtime"})
moments = st.integers(0, 2**31 * 1000).map(
    lambda ms: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms % (40 * 365 * 86_400_000))
)
MILLISECOND = timedelta(milliseconds=1)


@patient
@given(st.sampled_from(ZONES), moments)
def test_a_calendar_day_ends_on_that_day_and_the_next_millisecond_is_another(name, at):
    zone = ZoneInfo(name)
    due = clock.due_at(Duration(calendar_day=name), at=at)
    day = at.astimezone(zone).date()
    assert (due.astimezone(zone).date(), (due + MILLISECOND).astimezone(zone).date() > day) == (day, True)


@patient
@given(st.sampled_from(ZONES), moments)
def test_nothing_is_due_before_it_starts(name, at):
    assert clock.due_at(Duration(calendar_day=name), at=at) >= at
