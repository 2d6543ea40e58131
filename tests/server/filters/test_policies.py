"""Versions of a policy: proposed with every fault named, run in shadow, promoted by somebody else, declined, ended."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from django.db import IntegrityError
from tests.server.filters.policing import FIRST, SECOND, policy, said

from mufakat.rules.errors import (
    BadScreeningError,
    NotFoundError,
    NotNowError,
    NotPermittedError,
    ScreeningStandsError,
)
from mufakat.rules.events import EventType
from mufakat.rules.filtering import FRESH, PolicyState
from mufakat.rules.promotion import OwnProposalError
from mufakat.server.filters import operations, policies, policy_queries as queries
from mufakat.server.filters.models import Bank, Count, Policy, Restoring
from mufakat.server.journal import door, queries as journal
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from tests.server.filters.policing import Desk

    from mufakat.server.journal.work import Moment

MILDER = {"then: block": "then: hold"}


def pointers(desk: Desk, text: str) -> list[tuple[str, str]]:
    with pytest.raises(BadScreeningError) as refused:
        desk.propose(text)
    return [(one.pointer, one.detail) for one in refused.value.faults]


# -- Proposed ----------------------------------------------------------------------------------------------------------


def test_a_proposed_version_is_kept_byte_for_byte(desk: Desk) -> None:
    made = desk.propose()
    row = Policy.objects.get(pk=made["id"])
    assert (row.text, made["sha256"]) == (policy(), hashlib.sha256(policy().encode()).hexdigest())


def test_its_rules_are_shown_in_the_order_in_which_they_are_asked(desk: Desk) -> None:
    made = desk.propose()
    assert [one["name"] for one in made["rules"]] == [
        *("unripe-block", "host-hold", "unripe-notify", "unripe-warn", "unripe-label")
    ]


def test_the_same_text_of_the_same_version_is_the_same_proposal(desk: Desk) -> None:
    assert desk.propose()["id"] == desk.propose(by=SECOND)["id"]


def test_another_text_of_the_same_version_is_refused(desk: Desk) -> None:
    desk.propose()
    found = pointers(desk, policy(MILDER))
    assert found == [("/text", "orchard/1 is there already with another text: raise the version.")]


def test_the_leaf_commits_to_the_text(desk: Desk) -> None:
    made = desk.propose()
    (event,) = journal.events_of(made["id"])
    assert [(one.field, bytes(one.value or b"")) for one in event.openings.all()] == [("policy", policy().encode())]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (policy({"mode: shadow": "mood: shadow"}), "Line 29, /rules/4/mood: 'mood' is not known here."),
        (policy({"then: label": "then: purge"}), "Line 31, /rules/4/then: 'purge' is not one of"),
        (
            policy({"bank: hosts": "bank: hosts, matches: '(a+)+$'"}),
            "Line 13, /rules/1/when/any_of/0/matches: 'matches' is not known here.",
        ),
        (
            policy({"bank: hosts": "bank: nowhere"}),
            "Line 13, /rules/1/when/any_of/0/bank: There is no bank of this name.",
        ),
        (policy({"category: terrorism": "category: other"}), "Line 22, /rules/3: This rule is never reached"),
        (policy().replace("rules:", "rules: &a [*a]\nmore:"), "Line 3: Anchors (&), aliases (*)"),
        ("policy: [" * 40, "Line 1: More than 32 things"),
        (policy() + "#" * 300_000, "Line 33: At most 262144 bytes are taken"),
        ("\t", "Line 1: A tab stands where only spaces may."),
    ],
    ids=["member", "action", "expression", "bank", "unreachable", "bomb", "depth", "length", "tab"],
)
def test_what_is_wrong_is_said_with_its_line(desk: Desk, text: str, says: str) -> None:
    pointer, detail = pointers(desk, text)[0]
    assert (pointer, detail[: len(says)]) == ("/text", says)


def test_a_policy_whose_own_test_does_not_hold_is_refused(desk: Desk) -> None:
    test = (
        "tests:\n  - name: all is well\n"
        '    item: {item: t, at: "2040-01-01T12:00:00Z", visibility: public, kind: post, text: pisang}\n'
        "    found: {phrases: [terrorism]}\n    expect: {action: none}\n"
    )
    (found,) = pointers(desk, policy() + test)
    assert found[1].startswith("Line 37, /tests/0/expect: This test does not hold")


def test_so_many_versions_wait_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MOST_OPEN", 1)
    desk.propose()
    with pytest.raises(NotNowError):
        desk.propose(policy(version=2))


# -- In shadow ---------------------------------------------------------------------------------------------------------


def test_a_version_begins_its_shadow_run_once(desk: Desk) -> None:
    pk = desk.propose()["id"]
    assert desk.shadowed(pk)["state"] == PolicyState.SHADOW
    with pytest.raises(ScreeningStandsError):
        desk.shadowed(pk)


def test_so_many_run_in_shadow_at_once(desk: Desk) -> None:
    for version in range(1, policies.MOST_IN_SHADOW + 1):
        desk.shadowed(desk.propose(policy(version=version))["id"])
    with pytest.raises(NotNowError):
        desk.shadowed(desk.propose(policy(version=9))["id"])


def test_what_a_shadow_run_counts_is_shown_by_day_and_rule(desk: Desk) -> None:
    pk = desk.propose()["id"]

    def count(moment: Moment) -> None:
        for days in range(9):
            day = (moment.at - timedelta(days=days)).date()
            for category in ("terrorism", "other"):
                Count.objects.create(
                    policy_id=pk, day=day, rule="unripe-block", shadow=True, category=category, count=5
                )
            Count.objects.create(policy_id=pk, day=day, rule="", shadow=False, count=100)

    door.commit(count)
    found = queries.counts(desk.caller(), pk)
    assert [(one.rule, one.shadow, one.count) for one in found.items[:2]] == [
        ("", False, 100),
        ("unripe-block", True, 10),
    ]
    rest = queries.counts(desk.caller(), pk, before=found.next)
    assert (len(found.items), len(rest.items), rest.next) == (14, 4, None)


# -- Promoted ----------------------------------------------------------------------------------------------------------


def test_a_second_person_promotes_on_the_figures_of_a_back_test(desk: Desk) -> None:
    pk = desk.propose()["id"]
    backtest = desk.tried(pk)["id"]
    desk.shadowed(pk)
    made = desk.promoted(pk, backtest)
    assert (made["state"], made["promoter"], made["backtest"], made["banks_changed"]) == ("live", SECOND, backtest, [])


@pytest.mark.invariant("I-06")
def test_who_proposed_a_version_does_not_promote_it(desk: Desk) -> None:
    pk = desk.propose()["id"]
    backtest = desk.tried(pk)["id"]
    desk.shadowed(pk)
    with pytest.raises(OwnProposalError):
        desk.promoted(pk, backtest, by=FIRST)


@pytest.mark.invariant("I-06")
def test_the_database_itself_refuses_who_proposed_a_version(desk: Desk) -> None:
    row = Policy.objects.get(pk=desk.live()["id"])
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Policy.objects.filter(pk=row.pk).update(promoter=row.proposer))


def test_what_was_not_in_shadow_does_not_go_live(desk: Desk) -> None:
    pk = desk.propose()["id"]
    backtest = desk.tried(pk)["id"]
    with pytest.raises(ScreeningStandsError):
        desk.promoted(pk, backtest)


def refusal(desk: Desk, pk: str, backtest: str) -> str:
    with pytest.raises(BadScreeningError) as refused:
        desk.promoted(pk, backtest)
    (fault,) = refused.value.faults
    assert fault.pointer == "/backtest"
    return fault.detail


def test_a_back_test_of_another_version_is_none(desk: Desk) -> None:
    other = desk.tried(desk.propose()["id"])["id"]
    pk = desk.propose(policy(version=2))["id"]
    desk.shadowed(pk)
    assert refusal(desk, pk, other).startswith("This is no back-test of this version")


def test_a_back_test_is_too_old_after_a_week(desk: Desk) -> None:
    pk = desk.propose()["id"]
    backtest = desk.tried(pk)["id"]
    desk.shadowed(pk)
    desk.at += FRESH + timedelta(milliseconds=1)
    assert refusal(desk, pk, backtest).startswith("This back-test is older than 7 days")


def test_a_back_test_against_what_is_live_no_more_is_of_no_use(desk: Desk) -> None:
    pk = desk.propose(policy(version=2))["id"]
    backtest = desk.tried(pk)["id"]
    desk.shadowed(pk)
    desk.live()
    assert refusal(desk, pk, backtest).startswith("Another policy is live now")


def test_a_back_test_as_if_every_rule_were_live_is_another_policys(desk: Desk) -> None:
    pk = desk.propose()["id"]
    backtest = desk.tried(pk, live=True)["id"]
    desk.shadowed(pk)
    assert refusal(desk, pk, backtest).startswith("This back-test was made as if every rule were live")


def test_the_same_counts_where_every_rule_is_live(desk: Desk) -> None:
    pk = desk.propose(policy({"mode: shadow": "mode: live"}).replace("- name: unripe-label", "- name: z-label"))["id"]
    backtest = desk.tried(pk, live=True)["id"]
    desk.shadowed(pk)
    assert desk.promoted(pk, backtest)["state"] == "live"


def test_the_former_policy_ends_with_the_promotion_and_restores_nothing(desk: Desk) -> None:
    former = desk.live()["id"]
    made = desk.live(policy(MILDER, version=2))
    row = Policy.objects.get(pk=former)
    assert (row.state, row.ended_at, Restoring.objects.count()) == ("ended", desk.at, 0)
    assert queries.live_of(desk.caller().party_id) == Policy.objects.get(pk=made["id"])


def test_the_answer_names_the_banks_that_were_changed_since(desk: Desk) -> None:
    pk = desk.propose()["id"]
    backtest = desk.tried(pk)["id"]
    desk.shadowed(pk)
    door.commit(lambda _: Bank.objects.filter(name="hosts").update(changes=2))
    assert desk.promoted(pk, backtest)["banks_changed"] == ["hosts"]


def test_what_happened_is_told_to_the_platform_alone_with_the_figures(desk: Desk) -> None:
    pk = desk.live()["id"]
    told = journal.events_of(pk)
    assert [(one.type, one.sender, one.recipient) for one in told] == [
        (type_.value, "telegram", "mufakat")
        for type_ in (
            EventType.POLICY_PROPOSED,
            EventType.POLICY_TRIED,
            EventType.POLICY_SHADOWED,
            EventType.POLICY_PROMOTED,
        )
    ]
    (figures,) = told[-1].openings.all()
    assert msgspec.json.decode(bytes(figures.value or b""))["changed"] == 3


def test_the_same_key_gives_the_same_answer(desk: Desk) -> None:
    pk = desk.propose()["id"]
    key = Key.of(desk.caller().party_id, "POST /x", "k", b"")
    first, again = (operations.begin_shadow(pk, by=desk.caller(), key=key) for _ in range(2))
    assert (first.body, again.replayed) == (again.body, True)


# -- Declined and ended ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shadow", [False, True], ids=["proposed", "shadow"])
def test_a_version_that_is_not_live_is_declined_with_the_reason(desk: Desk, *, shadow: bool) -> None:
    pk = desk.propose()["id"]
    if shadow:
        desk.shadowed(pk)
    found = said(operations.decline(pk, reason="Too broad.", by=desk.caller(SECOND)))
    assert (found["state"], found["reason"], found["ended_by"]) == ("declined", "Too broad.", SECOND)


@pytest.mark.parametrize("restore", [False, True], ids=["kept", "restored"])
def test_the_live_version_is_taken_back_by_one_person(desk: Desk, *, restore: bool) -> None:
    pk = desk.live()["id"]
    found = said(operations.end(pk, reason="It hit recipes.", restore=restore, by=desk.caller()))
    assert (found["state"], found["reason"], "restoring" in found) == ("ended", "It hit recipes.", restore)


def test_what_is_restored_follows_from_the_event_that_ended_it(desk: Desk) -> None:
    pk = desk.live()["id"]
    operations.end(pk, reason="It hit recipes.", restore=True, by=desk.caller())
    row = Restoring.objects.get(policy=pk)
    assert (row.because, row.state, row.begun_at) == (journal.events_of(pk)[-1].id, "running", desk.at)


def test_what_ended_is_neither_promoted_nor_tried_again(desk: Desk) -> None:
    made = desk.live()
    operations.end(made["id"], reason="Old.", by=desk.caller())
    with pytest.raises(ScreeningStandsError):
        desk.promoted(made["id"], made["backtest"])
    with pytest.raises(ScreeningStandsError):
        desk.tried(made["id"])


# -- Walls -------------------------------------------------------------------------------------------------------------


@pytest.mark.invariant("I-10")
def test_another_platform_finds_nothing(desk: Desk) -> None:
    pk = desk.propose()["id"]
    from mufakat.rules.parties import PartyKind
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations as parties, queries as known

    parties.register_party("pasar", kind=PartyKind.PLATFORM, name="Pasar")
    parties.enrol_person(
        known.party_by_handle("pasar"), role=Role.REVIEWER, ordinal=1, email="r@pasar.example", name="R"
    )
    stranger = desk.house.caller("pasar", "reviewer")
    assert queries.page(stranger).items == []
    with pytest.raises(NotFoundError):
        queries.whole_for(stranger, pk)
    with pytest.raises(NotFoundError):
        operations.begin_shadow(pk, by=stranger)


@pytest.mark.parametrize(("handle", "seat"), [("telegram", "representative"), ("kominfo", "officer")])
def test_only_a_reviewer_of_a_platform_proposes(desk: Desk, handle: str, seat: str) -> None:
    with pytest.raises(NotPermittedError):
        operations.propose(policy(), by=desk.house.caller(handle, seat))


def test_pages_of_versions_come_newest_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    made = [desk.propose(policy(version=version))["id"] for version in range(1, 4)]
    first = queries.page(desk.caller())
    rest = queries.page(desk.caller(), after=first.next)
    assert [[one.pk for one in page.items] for page in (first, rest)] == [[made[2], made[1]], [made[0]]]
