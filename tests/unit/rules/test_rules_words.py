"""Handles, places, events, faults and errors: the small words of the rules."""

import re
from importlib import resources

import pytest

from mufakat.rules import errors, events
from mufakat.rules.errors import NotAdmissibleError, UnknownPartyError
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.fault import MAX_FAULTS, Fault, FaultCode, Faults, excerpt, within
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.parties import is_handle
from mufakat.rules.permissions import Deed, Role
from mufakat.rules.places import COUNTRIES, LEGAL_SYSTEMS


@pytest.mark.parametrize("text", ["kominfo", "isp-a", "4chan", "a" * 63])
def test_a_handle(text):
    assert is_handle(text)


@pytest.mark.parametrize("text", ["", "Kominfo", "a b", "a>b", "-a", "a-", "a--b", "a" * 64, "ä", "a\n", "a.b"])
def test_no_handle(text):
    assert not is_handle(text)


def test_countries_are_those_of_the_time_zone_database():
    table = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    assert {line[:2] for line in table.splitlines() if line and not line.startswith("#")} == COUNTRIES


def test_systems_of_law_are_the_countries_the_union_and_the_united_nations():
    assert LEGAL_SYSTEMS - {code.lower() for code in COUNTRIES} == {"eu", "un"}


@pytest.mark.parametrize("event_type", EventType)
def test_a_type_is_dotted_and_past_tense(event_type):
    assert re.fullmatch(
        r"[a-z]+\.([a-z_]+(ed|n|ne|nt)|made|held|lost|in_force|upheld|set|hit|told|(un)?bound|set_aside|taken_up|handed_over|overdue|(un)?reachable)",
        event_type.value,
    )


def test_every_type_says_what_it_commits_to():
    assert set(COMMITTED) == set(EventType)


def test_a_received_notice_commits_to_what_can_be_erased():
    erasable = {"payload", "locators", "explanation", "legal_ground"}
    assert events.COMMITTED[EventType.NOTICE_RECEIVED] == {*erasable, "subject"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc", "'abc'"),
        ("a\x00\x1b[31m", r"'a\x00\x1b[31m'"),
        ("é\ud800", r"'\xe9\ud800'"),
        ("x" * 41, f"'{'x' * 40}'..."),
    ],
)
def test_an_excerpt_is_short_and_ascii(text, shown):
    assert excerpt(text) == shown


@pytest.mark.parametrize(
    ("name", "pointer"), [("b", "/a/b"), ("m~n/o", "/a/m~0n~1o"), ("", "/a/"), ("x" * 129, "/a"), ("\n", "/a")]
)
def test_a_pointer_escapes_a_name_or_stays_outside(name, pointer):
    assert within("/a", name) == pointer


def test_faults_without_end_are_cut_and_say_so():
    faults = Faults()
    for index in range(MAX_FAULTS + 10):
        faults.add(f"/{index}", FaultCode.MISSING, "…")
    assert [len(faults), faults.found[-1].code] == [MAX_FAULTS + 1, FaultCode.TOO_MANY_FAULTS]


ERRORS = [
    NotAdmissibleError([Fault("/to", FaultCode.MISSING, "to is required.")]),
    errors.BadProfileError([Fault("", FaultCode.NOT_YAML, "This is not YAML."), Fault("", FaultCode.MISSING, "No.")]),
    errors.BadMandateError([Fault("/kinds", FaultCode.EMPTY, "Name one at least.")]),
    errors.BadDecisionError([Fault("/reasons", FaultCode.MISSING, "reasons is required.")]),
    errors.BadAgreementError([Fault("/terms/text/en", FaultCode.MISSING, "Say it in English too.")]),
    errors.BadGovernanceError([Fault("/minutes", FaultCode.MISSING, "Say what was found.")]),
    errors.BadRestrictionError([Fault("/names/0", FaultCode.BAD_FORM, "This is the root of all names.")]),
    errors.BadScreeningError([Fault("/names/0", FaultCode.BAD_FORM, "This is the root of all names.")]),
    errors.UnsignedError([Fault("/signature", FaultCode.MISSING, "Your party signs what it sends.")]),
    errors.BadPlanError([Fault("/reviewers", FaultCode.MISSING, "Say how many there are.")]),
    errors.QuotaSpentError(12),
    errors.TooOftenError(12),
    errors.NotPermittedError(Deed.SUBMIT, Role.AUDITOR),
    errors.IllegalTransitionError(NoticeState.CLOSED, NoticeDeed.DECIDE),
    errors.ClockStandsError("acknowledge_within", "overdue", "paused"),
    errors.MeasureStandsError("declined", "approve"),
    errors.PointStandsError("in_force", "agree"),
    errors.RestrictionStandsError("lifted", "lift"),
    errors.ScreeningStandsError("ended", "promote"),
    errors.NotNowError("Not now."),
    errors.EndedError(NoticeState.WITHDRAWN),
    errors.TooManyMessagesError(200),
    errors.KeyMissingError(),
    errors.KeyMalformedError(),
    errors.KeyReusedError("ntc_1"),
    errors.KeyInFlightError(),
    UnknownPartyError("nobody"),
    errors.UnknownSeatError("king", ["officer"]),
    errors.NotFoundError("notice"),
    errors.BadReasonError("Say why: the reason is empty."),
    errors.HeldError("ntc_1", hold="evt_1", since="2017-07-10T00:00:00.000Z", by="mufakat"),
    errors.ErasedError("receipt"),
    errors.ErasedError(""),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_an_expected_refusal_with_a_sentence(error):
    assert isinstance(error, errors.RefusedError)
    assert re.fullmatch(r"[A-Z].*\.", str(error))


def test_every_error_stands_in_the_tree_at_the_top():
    named = set(re.findall(r"\w+Error\b", errors.__doc__ or ""))
    defined = {
        name for name, thing in vars(errors).items() if isinstance(thing, type) and thing.__module__ == errors.__name__
    }
    assert named == defined


def test_every_leaf_of_the_tree_is_tried_here():
    tree = {thing for thing in vars(errors).values() if isinstance(thing, type) and thing.__module__ == errors.__name__}
    leaves = {error for error in tree if not tree & set(error.__subclasses__())}
    assert leaves == {type(error) for error in ERRORS}


def test_what_a_stranger_typed_comes_back_harmless():
    assert str(UnknownPartyError("\x1b[2J" + "x" * 10_000)).isascii()
    assert len(str(UnknownPartyError("\x1b[2J" + "x" * 10_000))) < 120
