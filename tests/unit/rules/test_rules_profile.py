import json
from datetime import UTC, datetime

import jsonschema  # type: ignore[import-untyped]  # It has no types.
import pytest
import yaml

from mufakat.rules import clock, events, profile
from mufakat.rules.errors import BadProfileError, NotFoundError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile import Certainty

GOOD = """
name: here-now
title: Here and now
certainty: high
note: Made up for a test.
sources:
  - {id: act, kind: primary-read, ref: the act}
categories:
  - {code: fraud, called: fraud, urgent: null, sources: [act]}
clocks:
  - name: soon
    starts: notice.received
    stops: decision.made
    duration: {elapsed: PT4H}
    actor: recipient
    certainty: primary-read
    sources: [act]
"""


def refused(text: str | bytes) -> list[tuple[str, FaultCode]]:
    return [(fault.pointer, fault.code) for fault in faults_of(text)]


def faults_of(text: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(BadProfileError) as caught:
        profile.parse(text if isinstance(text, bytes) else text.encode())
    return caught.value.faults


def test_a_good_profile_is_read():
    assert profile.parse(GOOD.encode()).clocks[0].duration.elapsed == "PT4H"


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_of_the_package_is_good_and_named_as_its_file(name):
    assert profile.load(name).name == name


def test_the_profile_of_2017_has_the_three_categories_of_the_sources():
    assert {rule.code for rule in profile.load("id-2017").categories} == {
        Category.TERRORISM,
        Category.NARCOTICS,
        Category.CHILD_SEXUAL_ABUSE,
    }


def test_what_no_source_says_is_marked_as_ours():
    assert {clock.name: clock.certainty for clock in profile.load("id-2017").clocks} == {
        "acknowledge_within": Certainty.OURS,
        "takedown_same_day": Certainty.PRESS_READ,
        "appeal_window": Certainty.OURS,
        "isp_reopen": Certainty.PRESS_READ,
    }


@pytest.mark.parametrize("name", ["", "id-1817", "../id-2017", "schema.json", "id-2017.yaml"])
def test_an_unknown_profile_is_not_found(name):
    with pytest.raises(NotFoundError, match="no such profile"):
        profile.load(name)


def test_the_schema_beside_the_profiles_is_current():
    # To renew it: python -c "import sys; from mufakat.rules import profile; sys.stdout.buffer.write(profile.schema())"
    assert (profile._FOLDER / "schema.json").read_bytes() == profile.schema()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(GOOD.replace("act,", "&one act,", 1), FaultCode.NOT_YAML, id="anchor"),
        pytest.param("a: &a [x]\nb: *a", FaultCode.NOT_YAML, id="alias bomb's first step"),
        pytest.param(GOOD.replace("Here and now", "!!str Here"), FaultCode.NOT_YAML, id="tag"),
        pytest.param("when: !!timestamp never", FaultCode.NOT_YAML, id="tag that breaks the loader"),
        pytest.param("a: !!python/object/apply:os.getcwd []", FaultCode.NOT_YAML, id="tag that runs"),
        pytest.param("a: [", FaultCode.NOT_YAML, id="unfinished"),
        pytest.param("? [a]\n: b", FaultCode.NOT_YAML, id="a list as a key"),
        pytest.param("[" * 5000, FaultCode.TOO_DEEP, id="nest"),
        pytest.param("a: \x07", FaultCode.NOT_YAML, id="control character"),
        pytest.param(b"\xff", FaultCode.NOT_UTF8, id="not UTF-8"),
        pytest.param("#" * 65_537, FaultCode.TOO_LARGE, id="large"),
        pytest.param("", FaultCode.WRONG_TYPE, id="empty"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_as_a_whole(text, code):
    assert refused(text) == [("", code)]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("certainty: high", "certainty: sure", ("/certainty", FaultCode.NOT_IN_LIST)),
        ("certainty: high\n", "", ("/certainty", FaultCode.MISSING)),
        ("title: Here and now", "title: no", ("/title", FaultCode.WRONG_TYPE)),
        ("title: Here and now", "title: Here\nowner: me", ("/owner", FaultCode.UNKNOWN_MEMBER)),
        ("title: Here and now", "title: Here\n5: me", ("/5", FaultCode.UNKNOWN_MEMBER)),
        ("name: here-now", "name: Here now", ("/name", FaultCode.BAD_FORM)),
        ("urgent: null", "urgent: maybe", ("/categories/0/urgent", FaultCode.WRONG_TYPE)),
        ("{elapsed: PT4H}", "{elapsed: 4h}", ("/clocks/0/duration", FaultCode.BAD_FORM)),
        ("{elapsed: PT4H}", "{}", ("/clocks/0/duration", FaultCode.BAD_FORM)),
        ("{elapsed: PT4H}", "{calendar_day: Mars/Olympus}", ("/clocks/0/duration", FaultCode.BAD_FORM)),
        ("{elapsed: PT4H}", "{calendar_day: ../../etc}", ("/clocks/0/duration", FaultCode.BAD_FORM)),
        ("{elapsed: PT4H}", "{elapsed: PT4H, calendar_day: UTC}", ("/clocks/0/duration", FaultCode.BAD_FORM)),
        ("starts: notice.received", "starts: Now", ("/clocks/0/starts", FaultCode.BAD_FORM)),
        ("    sources: [act]\n", "    sources: [law]\n", ("/clocks/0/sources/0", FaultCode.NOT_IN_LIST)),
        ("    sources: [act]\n", "    sources: []\n", ("/clocks/0/certainty", FaultCode.BAD_FORM)),
    ],
)
def test_a_fault_is_pointed_at(old, new, fault):
    assert old in GOOD
    assert fault in refused(GOOD.replace(old, new))


def test_every_fault_of_a_profile_is_listed():
    assert [pointer for pointer, _ in refused(GOOD.replace("high", "sure").replace("ref: the act", "ref: 5"))] == [
        "/certainty",
        "/sources/0/ref",
    ]


def test_two_clocks_of_one_name_are_refused():
    one = GOOD[GOOD.index("  - name: soon") :]
    assert refused(GOOD + one) == [("/clocks/1/name", FaultCode.REPEATED_ITEM)]


FULL = """\
name: full
title: With everything
certainty: low
note: Made up for a test.
sources:
  - {id: act, kind: primary-read, ref: the act}
categories: []
calendars:
  - name: office
    zone: Asia/Jakarta
    days: [monday, tuesday]
    hours: ["08:00-12:00", "13:00-16:00"]
    holidays: ID
    closed: [2026-03-20]
    open: [2026-08-17]
clocks:
  - name: soon
    starts: notice.received
    stops: notice.acknowledged
    duration: {elapsed: PT4H}
    actor: recipient
    certainty: ours
    sources: []
  - name: worked
    starts: notice.received
    stops: decision.made
    duration: {working: PT8H, calendar: office}
    actor: recipient
    certainty: ours
    sources: []
    pauses: [warning.sent]
    resumes: [notice.acknowledged]
  - name: letters
    starts: warning.sent
    stops: decision.made
    duration: {repeat: PT24H, times: 3}
    actor: sender
    certainty: ours
    sources: []
  - name: aim
    starts: notice.received
    stops: decision.made
    duration: {undue_delay: PT48H}
    actor: recipient
    certainty: ours
    sources: []
  - name: window
    starts: decision.made
    stops: appeal.lodged
    duration: {period: P6M, zone: Europe/Brussels}
    extendable_by: {elapsed: P90D}
    right: true
    actor: affected
    certainty: ours
    sources: []
  - name: reasons
    starts: measure.confirmed
    stops: reasons.given
    duration: {at_once: true}
    actor: recipient
    certainty: ours
    sources: []
ladders:
  - name: up
    clock: soon
    steps:
      - name: one
        act: remind
        after: {elapsed: PT1H}
      - name: two
        act: phone_task
        after: {working: P1D, calendar: office}
        from: due
      - name: three
        act: propose
        proposes: a_block
        after: {elapsed: PT1H}
        from: two
"""


def test_a_profile_with_everything_is_read():
    found = profile.parse(FULL.encode())
    assert (len(found.clocks), len(found.calendars), found.ladders[0].steps[2].counted_from) == (6, 1, "two")


MALFORMED = [
    # Old text, new text (the first occurrence is replaced), line of the fault, its code, words of its reason.
    ("  - name: soon", "  - nmae: soon", 17, FaultCode.UNKNOWN_MEMBER, "not known"),
    ("    actor: recipient\n", "", 17, FaultCode.MISSING, "actor is required"),
    ("    actor: recipient", "    actor: me", 21, FaultCode.NOT_IN_LIST, "'me' is not one of: recipient, sender"),
    (
        "    actor: recipient",
        "    actor: recipient\n    actor: sender",
        22,
        FaultCode.REPEATED_MEMBER,
        "more than once",
    ),
    ("starts: notice.received", "starts: notice.recieved", 18, FaultCode.NOT_IN_LIST, "No event is of the type"),
    ("stops: notice.acknowledged", "stops: notice.read", 19, FaultCode.NOT_IN_LIST, "No event is of the type"),
    ("stops: notice.acknowledged", "stops: notice.received", 19, FaultCode.BAD_FORM, "nothing would run"),
    ("pauses: [warning.sent]", "pauses: [nap.taken]", 31, FaultCode.NOT_IN_LIST, "No event is of the type nap.taken"),
    ("    resumes: [notice.acknowledged]\n", "", 31, FaultCode.BAD_FORM, "needs one that resumes it"),
    ("resumes: [notice.acknowledged]", "resumes: [warning.sent]", 32, FaultCode.BAD_FORM, "both pause and resume"),
    ("{elapsed: PT4H}", "{elapsed: -PT4H}", 20, FaultCode.BAD_FORM, "is not one of weeks, days, hours"),
    ("{elapsed: PT4H}", "{elapsed: P-4D}", 20, FaultCode.BAD_FORM, "is not one of weeks, days, hours"),
    ("{elapsed: PT4H}", "{elapsed: PT0S}", 20, FaultCode.BAD_FORM, "is not one of weeks, days, hours"),
    ("{elapsed: PT4H}", "{elapsed: P6M}", 20, FaultCode.BAD_FORM, "is not one of weeks, days, hours"),
    ("{elapsed: PT4H}", "{elapsed: 4}", 20, FaultCode.WRONG_TYPE, "Expected text, got a number"),
    ("{elapsed: PT4H}", "{elapsed: PT4H, undue_delay: PT4H}", 20, FaultCode.BAD_FORM, "exactly one of"),
    ("{elapsed: PT4H}", "{at_once: false}", 20, FaultCode.BAD_FORM, "at_once is true"),
    (
        "{elapsed: PT4H}",
        "{elapsed: PT4H, calendar: office}",
        20,
        FaultCode.BAD_FORM,
        "working and calendar go together",
    ),
    ("{elapsed: PT4H}", "{elapsed: PT4H, zone: UTC}", 20, FaultCode.BAD_FORM, "period and zone go together"),
    ("times: 3", "times: 1", 36, FaultCode.BAD_NUMBER, "from 2 to 100"),
    ("times: 3", "times: 1000000000", 36, FaultCode.BAD_NUMBER, "from 2 to 100"),
    ("times: 3", "times: yes", 36, FaultCode.WRONG_TYPE, "Expected a whole number, got true or false"),
    (", times: 3", "", 36, FaultCode.BAD_FORM, "repeat and times go together"),
    ("period: P6M", "period: P6D", 50, FaultCode.BAD_FORM, "months or years"),
    ("zone: Europe/Brussels", "zone: Europe/Atlantis", 50, FaultCode.BAD_FORM, "IANA name"),
    ("extendable_by: {elapsed: P90D}", "extendable_by: {at_once: true}", 51, FaultCode.BAD_FORM, "as elapsed time"),
    ("working: PT8H", "working: -PT8H", 27, FaultCode.BAD_FORM, "whole working days"),
    ("working: PT8H", "working: P1DT8H", 27, FaultCode.BAD_FORM, "whole working days"),
    ("working: PT8H", "working: PT7999H", 27, FaultCode.BAD_FORM, "more than five years"),
    ("PT8H, calendar: office", "PT8H, calendar: home", 27, FaultCode.NOT_IN_LIST, "calendar home is not listed"),
    ("zone: Asia/Jakarta", "zone: Asia/Atlantis", 10, FaultCode.BAD_FORM, "IANA name"),
    ("days: [monday, tuesday]", "days: [monday, monday]", 11, FaultCode.REPEATED_ITEM, "called monday already"),
    ("days: [monday, tuesday]", "days: []", 11, FaultCode.EMPTY, "At least 1"),
    ("08:00-12:00", "12:00-08:00", 12, FaultCode.BAD_FORM, "Hours end after they begin"),
    ("08:00-12:00", "08:00-13:30", 12, FaultCode.BAD_FORM, "after those before them"),
    ("08:00-12:00", "8-12", 12, FaultCode.BAD_FORM, "08:00-16:00"),
    ("holidays: ID", "holidays: XX", 13, FaultCode.NOT_IN_LIST, "holidays of XX are not known"),
    ("closed: [2026-03-20]", "closed: [2026-02-30]", 14, FaultCode.BAD_DATE, "no day 2026-02-30"),
    ("open: [2026-08-17]", "open: [2026-03-20]", 15, FaultCode.REPEATED_ITEM, "both open and closed"),
    ("  - name: worked", "  - name: soon", 24, FaultCode.REPEATED_ITEM, "called soon already"),
    ("  - name: worked", f"  - name: {'w' * 37}", 24, FaultCode.TOO_LONG, "At most 36"),
    ("    clock: soon", "    clock: never", 65, FaultCode.NOT_IN_LIST, "no clock called never"),
    ("    clock: soon", "    clock: letters", 65, FaultCode.BAD_FORM, "comes due once"),
    ("    clock: soon", "    clock: window", 65, FaultCode.BAD_FORM, "somebody must act"),
    ("    clock: soon", "    clock: aim", 75, FaultCode.BAD_FORM, "A target is no term of the law"),
    ("        from: two", "        from: three", 78, FaultCode.BAD_FORM, "in a circle: three counts from three"),
    (
        "        from: due",
        "        from: three",
        73,
        FaultCode.BAD_FORM,
        "circle: two counts from three counts from two",
    ),
    (
        "        after: {elapsed: PT1H}",
        "        after: {elapsed: PT1H}\n        from: two",
        70,
        FaultCode.BAD_FORM,
        "later",
    ),
    ("        from: two", "        from: four", 78, FaultCode.NOT_IN_LIST, "no step called four"),
    ("      - name: two", "      - name: one", 70, FaultCode.REPEATED_ITEM, "called one already"),
    ("      - name: two", "      - name: due", 70, FaultCode.BAD_FORM, "means a time"),
    ("        proposes: a_block\n", "", 75, FaultCode.BAD_FORM, "says what"),
    ("act: phone_task", "act: phone_task\n        proposes: a_block", 71, FaultCode.BAD_FORM, "nothing to propose"),
    ("act: phone_task", "act: remove", 71, FaultCode.NOT_IN_LIST, "'remove' is not one of: remind"),
    (
        "after: {working: P1D, calendar: office}",
        "after: {repeat: PT1H, times: 2}",
        72,
        FaultCode.BAD_FORM,
        "taken once",
    ),
    ("P1D, calendar: office", "P1D, calendar: home", 72, FaultCode.NOT_IN_LIST, "calendar home is not listed"),
    (
        "certainty: ours\n    sources: []",
        "certainty: memory\n    sources: []",
        22,
        FaultCode.BAD_FORM,
        "names the source",
    ),
    ("sources: []", "sources: [law]", 23, FaultCode.NOT_IN_LIST, "source law is not listed"),
    ("categories: []", "categories: [terrorism]", 7, FaultCode.WRONG_TYPE, "Expected an object, got text"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "words"), MALFORMED, ids=[f"{row[0]} > {row[1]}" for row in MALFORMED]
)
def test_a_malformed_profile_is_refused_with_line_and_reason(old, new, line, code, words):
    assert old in FULL
    found = [(fault.line, fault.code) for fault in faults_of(FULL.replace(old, new, 1)) if words in fault.detail]
    assert (line, code) in found


def test_a_second_ladder_of_a_clock_is_refused_at_both():
    again = FULL[FULL.index("  - name: up") :].replace("name: up", "name: again")
    assert refused(FULL + again) == [
        ("/ladders/0/clock", FaultCode.REPEATED_ITEM),
        ("/ladders/1/clock", FaultCode.REPEATED_ITEM),
    ]


def test_a_ladder_that_goes_in_a_circle_is_refused_at_every_step_of_it():
    looped = FULL.replace(
        "        after: {elapsed: PT1H}\n", "        after: {elapsed: PT1H}\n        from: three\n", 1
    )
    looped = looped.replace("        from: due", "        from: one")
    found = [(fault.line, fault.detail) for fault in faults_of(looped) if "circle" in fault.detail]
    assert found == [
        (70, "This ladder goes in a circle: one counts from three counts from two counts from one."),
        (74, "This ladder goes in a circle: two counts from one counts from three counts from two."),
        (79, "This ladder goes in a circle: three counts from two counts from one counts from three."),
    ]


def test_every_fault_has_its_line_and_they_stand_in_that_order():
    text = (
        FULL.replace("kind: primary-read", "kind: sure")
        .replace("{elapsed: PT4H}", "{elapsed: soon}")
        .replace("act: phone_task", "act: shout")
    )
    assert [fault.line for fault in faults_of(text)] == [6, 20, 71]


def test_the_first_line_is_in_the_sentence_of_the_refusal():
    with pytest.raises(BadProfileError, match=r"^The profile was refused: 1 fault at line 20: The duration"):
        profile.parse(FULL.replace("{elapsed: PT4H}", "{elapsed: soon}").encode())


def test_a_profile_of_nothing_but_faults_says_that_there_are_more():
    text = FULL + "".join(f"member{number}: 1\n" for number in range(1000))
    found = faults_of(text)
    assert (len(found), found[-1].code) == (251, FaultCode.TOO_MANY_FAULTS)


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_of_the_package_says_that_it_is_no_legal_advice(name):
    assert profile.load(name).note.startswith("Not legal advice")


@pytest.mark.parametrize("name", profile.names())
def test_every_line_of_a_statute_names_its_article(name):
    found = profile.load(name)
    statutes = {Certainty.PRIMARY_READ, Certainty.SECONDARY_READ, Certainty.MEMORY}
    lines = [(line.name, line.certainty, line.article) for line in found.clocks]
    lines += [(step.name, step.certainty, step.article) for each in found.ladders for step in each.steps]
    assert [name for name, certainty, article in lines if certainty in statutes and article is None] == []


def test_the_practice_that_only_the_press_knows_is_an_overlay_of_low_certainty():
    assert profile.names() == ("eu-dsa", "eu-tco", "id-2017", "id-mr5-2020", "id-saman")
    found = profile.load("id-saman")
    assert (found.certainty, found.based_on) == ("low", "id-mr5-2020")


@pytest.mark.parametrize("name", profile.names())
def test_no_orders_of_one_notice_run_by_two_terms_for_one_thing(name):
    for kind in NoticeKind:
        for category in Category:
            due = clock.derive(
                profile.load(name),
                event="notice.received",
                kind=kind,
                category=category,
                urgency=Urgency.NORMAL,
                at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            assert len({one.stops for one in due}) == len(due)


def test_a_type_that_is_written_is_no_longer_coming():
    assert {str(each) for each in events.EventType} & events.COMING == set()


def schema_of():
    return jsonschema.Draft202012Validator(json.loads(profile.schema()))


@pytest.mark.parametrize("name", profile.names())
def test_another_reader_takes_every_profile_by_the_schema(name):
    text = (profile._FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert list(schema_of().iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "wrong", [{"owner": "me"}, {"certainty": "sure"}, {"clocks": [{}]}, {"ladders": [{"name": "a"}]}]
)
def test_another_reader_refuses_a_profile_by_the_schema(wrong):
    document = yaml.safe_load((profile._FOLDER / "id-2017.yaml").read_text(encoding="utf-8"))
    assert not schema_of().is_valid(document | wrong)
