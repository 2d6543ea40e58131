"""Appeals: by code and by account, resolved by somebody else, with an effect; the database holds the promise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.server.appeals.contesting import (
    BECAUSE,
    DECIDER,
    OFFICER,
    OTHER,
    REPRESENTATIVE,
    WHY,
    code_of,
    decision,
    file,
    said,
)
from tests.server.notices import erasing
from tests.server.notices.test_notices_operations import at_once

from mufakat.rules.appeal import (
    AlreadyContestedError,
    AlreadyResolvedError,
    BadAppealError,
    DeciderError,
    NothingStandsError,
    WindowOverError,
)
from mufakat.rules.errors import KeyReusedError, NotFoundError, NotPermittedError
from mufakat.server.appeals import faces, queries
from mufakat.server.appeals.models import Appeal, Window
from mufakat.server.decisions import operations as decisions, queries as parts, wording
from mufakat.server.decisions.models import Decision, Measure
from mufakat.server.journal import door
from mufakat.server.journal.errors import UnsureError
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import erasure, exhibits
from mufakat.server.notices.models import Exhibit, Notice, Upload
from mufakat.server.register import histories

if TYPE_CHECKING:
    from tests.server.appeals.contesting import Contest

    from mufakat.server.journal.work import Moment


def state_of(notice: str) -> str:
    return Notice.objects.get(pk=notice).state


def measures_of(found: dict[str, Any]) -> list[str]:
    return list(Measure.objects.filter(decision=found["id"]).order_by("id").values_list("state", flat=True))


def write(change: dict[str, Any], appeal: str) -> None:
    """Put it past every rule of the code, straight into the database."""

    def run(moment: Moment) -> None:
        del moment
        with transaction.atomic():
            Appeal.objects.filter(pk=appeal).update(**change)

    door.commit(run)


# -- Lodging --


def test_whoever_has_the_code_appeals_without_an_account(contest: Contest) -> None:
    found = contest.decided()
    made = said(contest.lodge_by_code(found))
    assert (made["state"], made["standing"], made["level"], made["lodged_by"]) == (
        *("lodged", "uploader", "internal"),
        None,
    )
    assert made["decision"] == found["id"]


@pytest.mark.invariant("I-03")
def test_an_appeal_is_one_event_that_both_sides_are_told_and_that_holds_no_word_of_it(contest: Contest) -> None:
    found = contest.decided()
    made = said(contest.lodge_by_code(found))
    (event,) = Event.objects.filter(case=found["notice"], type="appeal.lodged")
    assert (event.sender, event.recipient) == ("mufakat", "telegram")
    assert {one.to for one in Outbox.objects.filter(event=event)} == {"party:kominfo", "party:telegram"}
    assert erasing.opened(event) == {"standing": b"uploader", "reasons": WHY.encode()}
    assert b"satire" not in bytes(event.leaf)
    assert json.loads(bytes(event.leaf))["ref"][:2] == [made["id"], found["id"]]
    assert code_of(found).encode() not in bytes(event.leaf)


def test_the_sender_reads_the_counter_notice_with_its_reasons(contest: Contest) -> None:
    found = contest.decided()
    contest.lodge_by_code(found)
    (whole,) = queries.of_notice(contest.house.caller(*OFFICER), found["notice"])
    assert {bytes(one.value or b"") for one in whole.lodged.openings.all()} == {b"uploader", WHY.encode()}


@pytest.mark.parametrize("seat", [OFFICER, REPRESENTATIVE], ids="/".join)
def test_either_side_appeals_with_its_account(contest: Contest, seat: tuple[str, str]) -> None:
    made = contest.lodge(contest.decided("refuse"), by=seat)
    assert (made["standing"], made["lodged_by"]) == ("sender" if seat == OFFICER else "platform", seat[0])


@pytest.mark.parametrize(
    ("seat", "error"),
    [
        (("bnpt", "officer"), NotFoundError),
        (DECIDER, NotPermittedError),
        (("kominfo", "approver"), NotPermittedError),
        (("isp-a", "engineer"), NotPermittedError),
    ],
    ids=["stranger", "reviewer", "approver", "engineer"],
)
def test_nobody_else_does(contest: Contest, seat: tuple[str, str], error: type[Exception]) -> None:
    found = contest.decided()
    with pytest.raises(error):
        contest.lodge(found, by=seat)
    assert not Appeal.objects.exists()


def test_the_window_is_the_profiles(contest: Contest) -> None:
    found = contest.decided()
    contest.wait(days=30)
    contest.lodge(found)
    contest.wait(seconds=1)
    with pytest.raises(WindowOverError):
        contest.lodge_by_code(found)


def test_where_no_profile_gives_a_window_the_statement_says_ours(contest: Contest) -> None:
    found = contest.decided()
    door.commit(lambda moment: Decision.objects.filter(pk=found["id"]).update(appeal_until=None) and moment.at)
    row = queries.by_code(code_of(found))
    told = wording.told(parts.whole(row), row.notice, shown=[None])
    assert told.appeal_until == queries.contested(parts.whole(row)).until


def test_two_appeals_of_one_side_at_once_are_one(contest: Contest) -> None:
    found = contest.decided()
    outcomes = at_once(*[lambda: contest.lodge_by_code(found)] * 4)
    assert sum(isinstance(one, AlreadyContestedError) for one in outcomes) == 3
    assert Appeal.objects.count() == 1


def test_the_same_key_gives_the_same_answer_and_another_content_is_refused(contest: Contest) -> None:
    found = contest.decided()
    first = contest.lodge_by_code(found, key="one", evidence=[file()])
    again = contest.lodge_by_code(found, key="one", evidence=[file()])
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(KeyReusedError):
        contest.lodge_by_code(found, key="one")
    assert Appeal.objects.count() == 1
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"reasons": " "}, ["/reasons"]),
        ({"reasons": "a\x00b"}, ["/reasons"]),
        ({"standing": "sender"}, ["/standing"]),
        ({"evidence": [{**file(), "content": None}]}, ["/evidence/0/content"]),
        ({"evidence": [{**file(), "sha256": "0" * 64}]}, ["/evidence/0/sha256"]),
        ({"evidence": [file()] * 6}, ["/evidence"]),
        ({"more": 1}, ["/more"]),
        ({"code": None}, ["/code"]),
    ],
)
def test_every_fault_of_an_appeal_is_named(contest: Contest, changes: dict[str, Any], where: list[str]) -> None:
    found = contest.decided()
    with pytest.raises(BadAppealError) as refused:
        contest.lodge_by_code(found, **changes)
    assert [fault.pointer for fault in refused.value.faults] == where


@pytest.mark.parametrize("code", ["", "0" * 26, "nonsense", "\N{SNOWMAN}", "A" * 100])
def test_codes_that_are_none_are_all_the_same(contest: Contest, code: str) -> None:
    found = contest.decided()
    with pytest.raises(queries.UnknownCodeError) as refused:
        contest.lodge_by_code(found, code=code)
    assert str(refused.value) == str(queries.UnknownCodeError())


def test_a_code_is_read_however_it_is_typed(contest: Contest) -> None:
    found = contest.decided()
    typed = code_of(found).lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert contest.lodge_by_code(found, code=typed).status == 201


def test_a_refusal_did_nothing_to_anybody_so_it_has_no_code(contest: Contest) -> None:
    found = contest.decided("refuse")
    with pytest.raises(queries.UnknownCodeError):
        contest.lodge_by_code(found)


# -- Files --


def test_files_of_an_appeal_are_for_who_judges_it(contest: Contest) -> None:
    found = contest.decided()
    made = said(contest.lodge_by_code(found, evidence=[file(), file(b"Another.", "b.txt")]))
    notice = Notice.objects.get(pk=found["notice"])
    platform, sender = contest.house.caller(*OTHER), contest.house.caller(*OFFICER)
    shown = exhibits.of_appeals(platform, notice)
    assert [one.name for one in shown[made["id"]]] == ["proof.txt", "b.txt"]
    opened = exhibits.open_for(platform, notice.id, shown[made["id"]][0].position)
    assert b"".join(opened.parts) == b"A made-up file."
    assert exhibits.of_appeals(sender, notice) == {}
    assert exhibits.of(notice) == []
    with pytest.raises(NotFoundError):
        exhibits.open_for(sender, notice.id, shown[made["id"]][0].position)


@pytest.mark.invariant("I-15")
def test_of_child_sexual_abuse_an_appeal_takes_no_bytes(contest: Contest) -> None:
    notice = contest.notice(category="child_sexual_abuse")
    found = contest.decided(notice=notice)
    with pytest.raises(BadAppealError) as refused:
        contest.lodge_by_code(found, evidence=[file()])
    assert [fault.pointer for fault in refused.value.faults] == ["/evidence/0/content"]
    assert not Exhibit.objects.exists()
    assert not Upload.objects.exists()


@pytest.mark.invariant("I-09")
def test_erasing_the_case_erases_what_an_appeal_said_and_its_files(contest: Contest) -> None:
    found = contest.decided()
    contest.resolve(said(contest.lodge_by_code(found, evidence=[file(b"KANARI-FILE")])), "upheld")
    erasure.erase(found["notice"], reason="A made-up order.")
    assert erasing.found_on_disk(contest.house.data, ["satire", "proof.txt", BECAUSE]) == []
    assert Exhibit.objects.exclude(erased_at=None).count() == 1
    assert not Upload.objects.exists()
    (whole,) = queries.of_notice(contest.house.caller(*OFFICER), found["notice"])
    assert whole.appeal.state == "upheld"


# -- Resolving --


@pytest.mark.invariant("I-08")
def test_the_decider_does_not_resolve_an_appeal_against_their_decision(contest: Contest) -> None:
    made = said(contest.lodge_by_code(contest.decided()))
    with pytest.raises(DeciderError):
        contest.resolve(made, by=DECIDER)
    assert contest.resolve(made)["state"] == "reversed"


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize(
    ("seat", "error"),
    [
        (OFFICER, NotPermittedError),
        (REPRESENTATIVE, NotPermittedError),
        (("bnpt", "officer"), NotPermittedError),
        (("isp-a", "engineer"), NotPermittedError),
    ],
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_nobody_else_resolves_it(contest: Contest, seat: tuple[str, str], error: type[Exception]) -> None:
    made = said(contest.lodge_by_code(contest.decided()))
    with pytest.raises(error):
        contest.resolve(made, by=seat)


@pytest.mark.invariant("I-08")
def test_the_database_itself_refuses_the_decider(contest: Contest) -> None:
    found = contest.decided()
    made = said(contest.lodge_by_code(found))
    decider = Decision.objects.get(pk=found["id"]).person_id
    with pytest.raises(IntegrityError, match="appeal_is_resolved_by_somebody_else"):
        write(
            {"state": "upheld", "resolved_by_id": decider, "resolved_at": contest.at, "resolution": "evt_1"}, made["id"]
        )


@pytest.mark.invariant("I-08")
def test_the_database_itself_holds_the_copy_of_the_decider_to_the_decision(contest: Contest) -> None:
    found = contest.decided()
    made = said(contest.lodge_by_code(found))
    other = contest.house.caller(*OTHER).person_id
    with pytest.raises(IntegrityError, match="appeal_names_the_decider_of_its_decision"):
        write({"decider_id": other}, made["id"])

    def rewrite(moment: Moment) -> None:
        del moment
        Decision.objects.filter(pk=found["id"]).update(person_id=other)

    with pytest.raises((IntegrityError, UnsureError)):
        door.commit(rewrite)
    assert Decision.objects.get(pk=found["id"]).person_id != other


@pytest.mark.invariant("I-08")
def test_the_database_itself_refuses_a_second_resolution(contest: Contest) -> None:
    made = said(contest.lodge_by_code(contest.decided()))
    contest.resolve(made, "upheld")
    with pytest.raises(IntegrityError, match="appeal_is_resolved_once"):
        write({"state": "reversed"}, made["id"])


def test_an_appeal_is_resolved_once(contest: Contest) -> None:
    made = said(contest.lodge_by_code(contest.decided()))
    outcomes = at_once(lambda: contest.resolve(made, "upheld"), lambda: contest.resolve(made, "reversed"))
    assert sum(isinstance(one, AlreadyResolvedError) for one in outcomes) == 1
    types = Event.objects.filter(type__in=["appeal.upheld", "appeal.reversed"])
    assert types.count() == 1


@pytest.mark.invariant("I-08")
def test_a_reversal_orders_the_inverse_and_the_platform_confirms_it(contest: Contest) -> None:
    found = contest.decided()
    mine = contest.house.caller(*REPRESENTATIVE)
    (measure,) = (one["id"] for one in found["measures"])
    decisions.confirm_measure(measure, by=mine)
    contest.resolve(said(contest.lodge_by_code(found)))
    assert (Decision.objects.get(pk=found["id"]).state, measures_of(found)) == ("reversed", ["reverting"])
    decisions.confirm_measure(measure, by=mine)
    assert measures_of(found) == ["reverted"]
    (event,) = Event.objects.filter(type="measure.reverted")
    assert {one.to for one in Outbox.objects.filter(event=event)} == {"party:kominfo", "party:telegram"}


@pytest.mark.invariant("I-08")
def test_a_reversed_refusal_is_decided_anew_by_somebody_else(contest: Contest) -> None:
    found = contest.decided("refuse")
    contest.resolve(contest.lodge(found))
    assert (state_of(found["notice"]), Decision.objects.get(pk=found["id"]).state) == ("acknowledged", "reversed")
    with pytest.raises(NotPermittedError, match="somebody else"):
        contest.decided(notice=found["notice"])
    decisions.decide(found["notice"], decision(), by=contest.house.caller(*OTHER))
    assert state_of(found["notice"]) == "decided"


@pytest.mark.invariant("I-08")
def test_a_notice_that_was_decided_anew_is_not_opened_again_for_the_former_decision(contest: Contest) -> None:
    former = contest.decided()
    notice = former["notice"]
    court = contest.lodge(former, level="judicial", body="Example District Court")
    contest.resolve(contest.lodge(former))
    assert state_of(notice) == "acknowledged"
    decisions.decide(notice, decision("refuse"), by=contest.house.caller(*OTHER))
    contest.resolve(court)
    assert state_of(notice) == "decided"
    standing = Decision.objects.filter(notice=notice, state="standing")
    assert list(standing.values_list("outcome", flat=True)) == ["refuse"]
    (entry,) = [one.entry for one in histories.projected({notice}, at=contest.at) if one.entry.kind == "notice"]
    assert entry.state == "decided"


def test_a_part_is_reversed_and_the_rest_stands(contest: Contest) -> None:
    notice = contest.notice(locators=["https://t.me/s/examplechannel/12", "https://t.me/s/examplechannel/13"])
    items = [{"locator": place, "measure": "remove"} for place in (0, 1)]
    found = contest.decided(notice=notice, items=items)
    second = found["measures"][1]["id"]
    made = contest.resolve(said(contest.lodge_by_code(found)), "partly", measures=[second])
    assert made["resolution"]["measures"] == [second]
    assert (Decision.objects.get(pk=found["id"]).state, measures_of(found)) == (
        "partly_reversed",
        ["ordered", "reverting"],
    )
    (event,) = Event.objects.filter(type="appeal.partly_reversed")
    assert json.loads(erasing.opened(event)["items"] or b"") == [second]


def test_what_was_reversed_cannot_be_contested_again(contest: Contest) -> None:
    found = contest.decided()
    contest.resolve(said(contest.lodge_by_code(found)))
    with pytest.raises(NothingStandsError):
        contest.lodge_by_code(found, standing="third_party")


def test_both_sides_read_the_outcome_with_its_reasons(contest: Contest) -> None:
    found = contest.decided()
    made = contest.resolve(said(contest.lodge_by_code(found)), "upheld")
    assert made["resolution"]["reasons"] == BECAUSE
    assert made["resolution"]["resolved_by"] == "reviewer-2"
    (event,) = Event.objects.filter(type="appeal.upheld")
    assert {one.to for one in Outbox.objects.filter(event=event)} == {"party:kominfo", "party:telegram"}
    assert measures_of(found) == ["ordered"]


@pytest.mark.parametrize("seat", [OFFICER, OTHER], ids="/".join)
def test_either_side_lists_its_appeals_and_a_stranger_none(contest: Contest, seat: tuple[str, str]) -> None:
    made = said(contest.lodge_by_code(contest.decided()))
    assert [one.appeal.id for one in queries.list_for(contest.house.caller(*seat)).items] == [made["id"]]
    stranger = contest.house.caller("bnpt", "officer")
    assert queries.list_for(stranger).items == []
    with pytest.raises(NotFoundError):
        queries.get_for(stranger, made["id"])


# -- Bodies outside --


def test_a_court_is_recorded_and_what_it_reverses_is_undone(contest: Contest) -> None:
    found = contest.decided()
    made = contest.lodge(found, by=REPRESENTATIVE, level="judicial", body="Example District Court")
    (event,) = Event.objects.filter(type="dispute.completed")
    assert erasing.opened(event) == {
        "body": b"Example District Court",
        "note": WHY.encode(),
        "standing": b"platform",
        "level": b"judicial",
    }
    contest.resolve(made)
    (event,) = Event.objects.filter(type="dispute.settled")
    assert erasing.opened(event)["outcome"] == b"reversed"
    assert measures_of(found) == ["reverting"]


@pytest.mark.parametrize(
    ("outcome", "expected"), [("reversed", ("acknowledged", "reversed")), ("upheld", ("closed", "standing"))]
)
def test_a_body_outside_may_be_recorded_after_the_window_and_after_the_end(
    contest: Contest, outcome: str, expected: tuple[str, str]
) -> None:
    found = contest.decided("refuse")
    contest.wait(days=31)
    contest.work()
    assert state_of(found["notice"]) == "closed"
    made = contest.lodge(found, level="out_of_court", body="Example Dispute Settlement")
    contest.resolve(made, outcome)
    assert (state_of(found["notice"]), Decision.objects.get(pk=found["id"]).state) == expected
    (entry,) = [
        one.entry for one in histories.projected({found["notice"]}, at=contest.at) if one.entry.kind == "notice"
    ]
    assert entry.state == expected[0]


@pytest.mark.invariant("I-08")
def test_a_notice_that_a_court_opens_after_its_end_and_its_erasure_is_decided_anew(contest: Contest) -> None:
    found = contest.decided("refuse")
    contest.wait(days=31)
    contest.work()
    contest.wait(days=400)
    erasure.sweep(at=contest.at)
    assert Notice.objects.get(pk=found["notice"]).erased_at is not None
    made = contest.lodge(found, level="judicial", body="Example District Court")
    contest.wait(days=30)
    erasure.sweep(at=contest.at)
    # What was said with it is there while it is heard, though the rest is gone.
    assert faces.said(queries.whole(Appeal.objects.get(pk=made["id"])).lodged, "note") == WHY
    contest.resolve(made)
    opened = Notice.objects.get(pk=found["notice"])
    assert (opened.state, opened.ended_at, opened.erased_at) == ("acknowledged", None, None)
    with pytest.raises(NotPermittedError):
        decisions.decide(found["notice"], decision("refuse"), by=contest.house.caller(*DECIDER))
    decisions.decide(found["notice"], decision(), by=contest.house.caller(*OTHER))
    assert state_of(found["notice"]) == "decided"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"level": "judicial"}, ["/body"]),
        ({"body": "A court"}, ["/body"]),
        ({"level": "judicial", "body": "\n"}, ["/body"]),
    ],
)
def test_a_body_outside_has_a_name(contest: Contest, changes: dict[str, Any], where: list[str]) -> None:
    found = contest.decided()
    with pytest.raises(BadAppealError) as refused:
        contest.lodge(found, **changes)
    assert sorted({fault.pointer for fault in refused.value.faults}) == where


# -- The end --


def test_a_notice_closes_when_the_time_for_appeals_is_over(contest: Contest) -> None:
    found = contest.decided("refuse")
    contest.wait(days=29)
    contest.work()
    assert state_of(found["notice"]) == "decided"
    contest.wait(days=1, hours=2)
    contest.work()
    assert state_of(found["notice"]) == "closed"
    (event,) = Event.objects.filter(type="notice.closed")
    assert {one.to for one in Outbox.objects.filter(event=event)} == {"party:kominfo", "party:telegram"}
    assert not Window.objects.exists()


def test_an_open_appeal_keeps_it_open_and_its_resolution_closes_it(contest: Contest) -> None:
    found = contest.decided("refuse")
    made = contest.lodge(found)
    contest.wait(days=40)
    contest.work()
    assert state_of(found["notice"]) == "decided"
    contest.resolve(made, "upheld")
    contest.work()
    assert state_of(found["notice"]) == "closed"


@pytest.mark.invariant("I-08")
def test_what_is_still_to_be_undone_keeps_it_open(contest: Contest) -> None:
    found = contest.decided()
    contest.resolve(said(contest.lodge_by_code(found)))
    contest.wait(days=40)
    contest.work()
    assert state_of(found["notice"]) == "decided"
    decisions.confirm_measure(found["measures"][0]["id"], by=contest.house.caller(*REPRESENTATIVE))
    contest.wait(hours=2)
    contest.work()
    assert state_of(found["notice"]) == "closed"


def test_a_reaction_that_is_tried_anew_changes_nothing(contest: Contest) -> None:
    found = contest.decided("refuse")
    (event,) = Event.objects.filter(type="decision.made")
    (row,) = Outbox.objects.filter(event=event, to="reaction:open_window")
    before = Window.objects.get(notice=found["notice"]).due_at

    def anew(moment: Moment) -> None:
        del moment
        Outbox.objects.filter(pk=row.pk).update(done_at=None)

    door.commit(anew)
    contest.work()
    assert Window.objects.get(notice=found["notice"]).due_at == before


def test_the_number_of_queries_of_a_list_does_not_grow(contest: Contest) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            queries.list_for(contest.house.caller(*OTHER))
        return len(found)

    contest.lodge_by_code(contest.decided())
    before = asked()
    for _ in range(3):
        contest.resolve(said(contest.lodge_by_code(contest.decided())), "upheld")
    assert asked() == before
