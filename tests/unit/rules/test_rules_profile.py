import pytest

from mufakat.rules import profile
from mufakat.rules.errors import BadProfileError, NotFoundError
from mufakat.rules.fault import FaultCode
from mufakat.rules.notice import Category
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
    with pytest.raises(BadProfileError) as caught:
        profile.parse(text if isinstance(text, bytes) else text.encode())
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


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
