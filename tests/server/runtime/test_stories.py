from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from tests import templates
from tests.houses import cluster, dropped, is_postgresql, move_to

from mufakat.proof import canonical, leaf
from mufakat.rules import conservation, weekly
from mufakat.rules.filtering import HOLD
from mufakat.runners.monitor_meaning import Meaning
from mufakat.runners.monitor_state import State
from mufakat.server.agreements import profiles
from mufakat.server.agreements.models import Obligation, Version
from mufakat.server.appeals import queries as appeals
from mufakat.server.decisions import queries as decisions
from mufakat.server.filters import queries as filters
from mufakat.server.filters.models import (
    Count,
    Entry,
    Hit,
    HitEntry,
    Notification,
    Policy,
    Restoring,
    WeeklyCounts,
)
from mufakat.server.governance import queries as governance
from mufakat.server.journal import door, queries as events, signer
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices.models import Clock, Notice
from mufakat.server.parties import contact_lists, queries as parties
from mufakat.server.register import queries as register
from mufakat.server.restrictions.models import Carrying, Restriction
from mufakat.server.runtime import example, stories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A house of its own for the module: nobody but the people of the example is in it."""
    folder = tmp_path_factory.mktemp("story") / "data"
    shutil.copytree(templates.migrated(), folder)
    if is_postgresql():
        cluster().create("story", template=templates.MIGRATED)
    move_to(folder, "story")
    with door.open_house():
        example.load_people()
    yield folder
    connections.close_all()
    dropped("story")


@pytest.fixture(scope="module")
def told(empty: Path) -> dict[str, int]:
    """How many steps of each kind the story had; nothing here changes it afterwards."""
    del empty
    return stories.tell("story-2017", now=NOW)


def of_story(kind: str) -> list[Event]:
    return list(Event.objects.filter(shard=stories.SHARD, type=kind).order_by("position"))


def opened(event: Event, field: str) -> str:
    return bytes(event.openings.get(field=field).value or b"").decode()


def test_every_step_is_done_and_leaves_its_events_in_the_shard_of_the_example(told):
    sent = told["send"] + told["turn"]
    assert Notice.objects.exclude(kind="own_detection").count() == sent
    assert len(of_story("notice.received")) == Notice.objects.count() == sent + len(of_story("hit.blocked"))
    assert len(of_story("mail.received")) == told["mail"]
    assert not Event.objects.exclude(shard=stories.SHARD).filter(type__startswith="notice.").exists()


def test_the_first_leaf_says_when_it_was_loaded_and_that_the_block_was_27_days_before(told):
    first = Event.objects.get(shard=stories.SHARD, position=0)
    block = datetime.fromisoformat(opened(first, "block"))
    said = leaf.decode(bytes(first.leaf))
    assert (said.type, said.due) == ("example.begun", canonical.timestamp(NOW))
    assert timedelta(days=27) <= NOW - block < timedelta(days=28)


def test_the_chains_of_the_example_have_no_gap_and_its_times_never_go_back(told):
    seqs: dict[tuple[str, str], list[int]] = {}
    times = []
    for event in Event.objects.filter(shard=stories.SHARD).order_by("position"):
        seqs.setdefault((event.sender, event.recipient), []).append(event.seq)
        times.append(event.at)
    assert all(found == list(range(1, len(found) + 1)) for found in seqs.values())
    assert times == sorted(times)
    assert times[-1] <= NOW


@pytest.mark.parametrize("shard", ["example", "1"])
def test_whoever_watches_the_log_of_the_example_has_nothing_to_say(told, tmp_path, shard):
    with State(tmp_path, signer.origin(shard)) as state:
        meaning = Meaning(state, "the example", datetime.now(UTC))
        for event in Event.objects.filter(shard=shard).order_by("position"):
            raw = bytes(event.leaf)
            meaning.take(event.position, leaf.decode(raw), raw)
        meaning.done()
    assert meaning.alarms.all() == []
    assert meaning.is_story == (shard == "example")


def test_what_nobody_answered_climbed_to_the_mark_that_nobody_is_reachable(told):
    steps = [opened(event, "step") for event in of_story("escalation.climbed")]
    assert {"reminder", "phone_task", "unreachable", "notice_of_intended_block"} <= set(steps)


def test_one_notice_is_left_open_with_minutes_on_its_clock(told):
    [open_] = Notice.objects.filter(state="received")
    clock = Clock.objects.get(notice=open_, name="acknowledge_within")
    assert timedelta(0) < clock.due_at - NOW < timedelta(minutes=15)
    assert clock.next_at is not None


def test_one_notice_is_refused_others_are_acted_on_and_of_some_nothing_is_left(told):
    outcomes = [opened(event, "outcome") for event in of_story("decision.made")]
    blocked = len(of_story("hit.blocked"))
    assert Counter(outcomes) == {"act_full": 4 + blocked, "refuse": 1, "not_found": 3}
    assert told["decide"] + blocked == len(outcomes)


@pytest.mark.invariant("I-08")
def test_whoever_wrote_the_message_appeals_by_code_and_a_second_person_has_it_brought_back(told):
    party = parties.party_by_handle("telegram")
    reviewer = parties.caller_by_seat("telegram", "reviewer-2")
    lodged = [one for one in appeals.list_for(reviewer).items if one.appeal.notice.kind != "own_detection"]
    found = {one.appeal.standing: one for one in lodged}
    by_code, by_sender = found["uploader"].appeal, found["sender"].appeal
    assert (by_code.lodged_by, by_code.state, by_sender.state) == (None, "reversed", "upheld")
    assert by_code.resolved_by != by_code.decider
    assert {by_code.resolved_by.party, by_code.decider.party} == {party}
    [measure] = decisions.whole(by_code.decision).measures
    assert (by_code.decision.state, measure.state, measure.inverse) == ("reversed", "reverted", "restore")
    assert measure.ended_at == by_code.resolved_at
    assert measure.reverted_at is not None
    assert by_code.notice.state == "closed"


def test_the_accuracy_of_the_flagger_has_moved_and_every_notice_is_somewhere(told):
    bnpt = parties.party_by_handle("bnpt")
    tally = governance.tallies_of(governance.Wanted(), [bnpt.id])[bnpt.id]["terrorism"]
    assert (tally.received, tally.overturned, tally.open) == (2, 1, 0)
    report = governance.conserved()
    assert conservation.balances(report)
    assert (report.received, report.withdrawn, report.open) == (Notice.objects.count(), 1, 1)


@pytest.mark.invariant("I-12")
def test_the_reopening_condition_turns_true_the_minute_the_last_point_is_agreed(told: dict[str, int]) -> None:
    del told
    fulfilled, agreed = of_story("reopening.fulfilled"), of_story("point.agreed")
    assert len(fulfilled) == 1
    assert (fulfilled[0].case, agreed[-1].case) == (agreed[0].case, agreed[0].case)
    assert json.loads(opened(agreed[-1], "point"))["name"] == "self_censoring"
    assert agreed[-1].at <= fulfilled[0].at < agreed[-1].at + timedelta(minutes=1)
    assert json.loads(opened(fulfilled[0], "by")) == [*profiles.load("id-2017").reopening.all_of]  # type: ignore[union-attr]  # It has one.


def test_every_notice_cites_the_version_in_force_when_it_came_also_across_midnight(told: dict[str, int]) -> None:
    del told
    notices = Notice.objects.filter(sender__handle="kominfo").select_related("version").order_by("received_at")
    for notice in notices:
        begun = Version.objects.filter(from_at__lte=notice.received_at).order_by("number").last()
        assert notice.version == begun
    # Two in one hour, on two days there; what was sent a few hours ago may have come at such an hour alone.
    [(eve, after)] = [
        (one, next_)
        for one, next_ in pairwise(notices)
        if next_.received_at - one.received_at < timedelta(hours=1)
        and one.received_at.astimezone(JAKARTA).date() != next_.received_at.astimezone(JAKARTA).date()
    ]
    assert (eve.version and after.version) is not None
    assert after.version.number == eve.version.number + 1  # type: ignore[union-attr]  # As was asked before.


def test_the_register_shows_all_of_it_with_leaf_hashes(told):
    shown = {kind: register.search(filters=register.Filters(kind=kind)).items for kind in ("decision", "appeal")}
    reversed_ = [one for one in shown["decision"] if one.state == "reversed"]
    made = {one.id: one for one in of_story("decision.made")}
    for entry in shown["decision"]:
        assert entry.leaf == canonical.to_base64(bytes(made[entry.event].leaf_hash))
    ways = Counter("appeal.reversed" in {step.type for step in one.steps} for one in reversed_)
    assert ways == {True: 2, False: 1}  # The third one fell with the entry of a bank that it rested on.
    assert {one.state for one in shown["appeal"]} == {"upheld", "reversed"}
    assert len(shown["decision"]) == told["decide"] + len(of_story("hit.blocked"))


def test_what_was_told_in_the_story_is_carried_to_nobody_afterwards(told):
    assert not Outbox.objects.filter(event__shard=stories.SHARD, done_at=None).exists()


def test_a_story_is_told_once(told):
    with pytest.raises(stories.StoryError):
        stories.tell("story-2017", now=NOW)


def test_no_story_is_told_beside_a_server(empty, monkeypatch):
    monkeypatch.setattr(stories, "is_told", lambda: False)
    monkeypatch.setattr(contact_lists, "roles_ever", lambda _: set())
    with door.open_house(), pytest.raises(door.HouseTakenError):
        stories.tell("story-2017", now=NOW)


def test_the_mandates_of_the_live_shard_are_granted_beside_those_of_the_story(told):
    with door.open_house():
        example.load_parties()
        example.load_parties()
    for handle in ("kominfo", "bnpt"):
        party = parties.party_by_handle(handle)
        found = events.shards_of([mandate.id for mandate in parties.mandates_of(party.id)])
        assert list(found.values()).count(signer.live_shard()) == 1


def test_what_was_agreed_is_kept_by_both_sides(told: dict[str, int]) -> None:
    del told
    found = dict(Obligation.objects.values_list("kind", "state"))
    assert set(found.values()) == {"kept"}
    judged = [json.loads(opened(event, "obligation")) for event in of_story("obligation.changed")]
    assert [one["state"] for one in judged if one["kind"] == "screening_running"] == ["kept"]


@pytest.mark.invariant("I-07")
def test_eleven_names_are_closed_by_three_people_after_the_platform_was_told_and_open_by_themselves(told):
    [row] = Restriction.objects.all()
    people = {row.proposer_id, row.first_approver_id, row.second_approver_id}
    block = datetime.fromisoformat(opened(Event.objects.get(shard=stories.SHARD, position=0), "block"))
    assert (row.names, len(people), row.state, row.ended_by) == (11, 3, "lifted", None)
    assert row.published_at is not None
    assert timedelta(0) < row.published_at - block < timedelta(hours=12)
    assert row.published_at == row.wait_until
    [lifted] = of_story("restriction.lifted")
    [fulfilled] = of_story("reopening.fulfilled")
    assert lifted.at - fulfilled.at < timedelta(seconds=1)
    causes = Event.objects.filter(id__in=leaf.decode(bytes(lifted.leaf)).ref, case=fulfilled.case)
    assert [cause.at for cause in causes] == [fulfilled.at]


def test_one_operator_has_still_to_open(told):
    states = dict(Carrying.objects.values_list("operator__handle", "state"))
    assert states == {"isp-a": "open", "isp-b": "open", "isp-c": "opening"}
    due_at = Carrying.objects.get(operator__handle="isp-c").due_at
    assert due_at is not None
    assert due_at > NOW


# -- The second half: the platform screens by itself --


def person(seat: str) -> int:
    return parties.caller_by_seat("telegram", seat).person_id


def hit_of(name: str) -> Hit:
    """The hit of an item of the story, by the end of its address."""
    [found] = Hit.objects.filter(item=hashlib.sha256(f"https://t.me/{name}".encode()).digest())
    return found


@pytest.mark.invariant("I-17")
def test_every_entry_that_acts_was_looked_at_by_somebody_else_than_who_put_it_in(told: dict[str, int]) -> None:
    del told
    acting = Entry.objects.exclude(reviewed_at=None)
    assert acting.count() == 6
    assert {(one.added_by_id, one.reviewed_by_id) for one in acting} == {(person("reviewer"), person("reviewer-2"))}


@pytest.mark.invariant("I-06")
def test_the_policy_was_in_shadow_for_two_days_and_promoted_by_a_second_person_on_its_figures(told):
    assert told["promote"] == 1
    [policy] = Policy.objects.all()
    assert (policy.state, policy.proposer_id, policy.promoter_id) == ("live", person("reviewer"), person("reviewer-2"))
    assert policy.shadow_at is not None
    assert policy.promoted_at is not None
    assert policy.promoted_at - policy.shadow_at > timedelta(days=2)
    assert policy.backtest is not None
    assert (policy.backtest.items, policy.backtest.changed) == (43, 3)
    assert policy.promoted_at - policy.backtest.made_at < timedelta(days=1)


def test_what_it_would_have_done_in_shadow_is_counted_and_nothing_was_done(told: dict[str, int]) -> None:
    del told
    [policy] = Policy.objects.all()
    assert not Hit.objects.filter(at__lt=policy.promoted_at).exists()
    shadow = Count.objects.filter(shadow=True).values_list("rule", "count")
    assert dict(shadow) == {"": 61, "ajakan-block": 1}


@pytest.mark.invariant("I-06")
def test_what_the_frame_allows_a_machine_is_blocked_at_once_and_can_be_undone(told: dict[str, int]) -> None:
    del told
    hit = hit_of("examplegarden/3")
    [whole] = decisions.all_of(hit.notice)
    [measure] = whole.measures
    assert (hit.state, measure.name, measure.inverse) == ("blocked", "disable", "enable")
    assert whole.decision.decided_at == hit.at
    assert whole.statement is not None


def test_one_is_warned_one_is_blocked_by_a_person_and_one_that_nobody_decides_on_is_let_go(
    told: dict[str, int],
) -> None:
    del told
    warned, site, known = hit_of("exampletalk/5"), hit_of("exampleoffers/9"), hit_of("exampleoffers/10")
    assert (warned.action, warned.state) == ("warn", "told")
    assert (site.state, site.decided_by_id) == ("blocked", person("reviewer-2"))
    assert (known.state, known.decided_by_id) == ("released", None)
    assert known.decided_at is not None
    assert timedelta(0) <= known.decided_at - known.at - HOLD < timedelta(seconds=1)


def test_what_slips_through_comes_by_notice_and_is_found_the_next_time(told: dict[str, int]) -> None:
    del told
    slipped = hashlib.sha256(b"https://t.me/examplechannel_six/40").digest()
    assert not Hit.objects.filter(item=slipped).exists()
    [notice] = Notice.objects.filter(sender__handle="bnpt", category="terrorism").exclude(state="closed")
    [entry] = Entry.objects.filter(notice=notice.pk)
    assert (entry.bank.name, entry.origin, entry.state) == ("from-notices-locators", "notice", "live")
    again = hit_of("examplechannel_seven/2")
    assert list(HitEntry.objects.filter(hit=again).values_list("entry", flat=True)) == [entry.pk]
    assert (again.rule, again.state, again.decided_by_id) == ("terlewat-hold", "released", person("reviewer-2"))


@pytest.mark.invariant("I-08")
def test_the_appeal_against_the_machine_restores_the_item_and_the_entry_goes_with_all_that_it_hit(told):
    assert told["retract_entries"] == 1
    recipe, other = hit_of("examplekitchen/7"), hit_of("examplekitchen/8")
    entry = Entry.objects.get(bank__name="ajakan", name="pisang-hijau")
    assert (recipe.state, other.state, entry.state) == ("restored", "restored", "retracted")
    assert [entry.pk] == list(HitEntry.objects.filter(hit=recipe).values_list("entry", flat=True))
    for hit in (recipe, other):
        [whole] = decisions.all_of(hit.notice)
        [measure] = whole.measures
        assert (whole.decision.state, measure.state) == ("reversed", "reverted")
        assert measure.reverted_at is not None
    [by_code] = [
        one.appeal
        for one in appeals.list_for(parties.caller_by_seat("telegram", "reviewer-2")).items
        if one.appeal.notice_id == recipe.notice
    ]
    assert (by_code.standing, by_code.state, by_code.lodged_by) == ("uploader", "reversed", None)
    assert by_code.resolved_by != by_code.decider
    [done] = Restoring.objects.all()
    assert (done.state, done.restored) == ("done", 1)
    assert not Hit.objects.filter(item=hashlib.sha256(b"https://t.me/examplekitchen/9").digest()).exists()


def test_what_a_notice_proposed_is_taken_out_where_its_decision_is_reversed(told: dict[str, int]) -> None:
    del told
    states = Counter(Entry.objects.filter(origin="notice").values_list("state", flat=True))
    assert states == {"shadow": 3, "live": 1, "retracted": 1}
    fallen = Entry.objects.get(origin="notice", state="retracted")
    assert [one.decision.state for one in decisions.all_of(fallen.notice)] == ["reversed"]


@pytest.mark.invariant("I-14")
def test_of_one_offer_the_ministry_is_told_in_codes_and_of_another_nobody_is(told: dict[str, int]) -> None:
    del told
    states = list(Notification.objects.order_by("proposed_at", "id").values_list("hit", "state"))
    offers = [hit_of(f"exampleoffers/{number}").pk for number in (12, 13, 22)]
    assert dict(states) == dict(zip(offers, ["released", "declined", "waiting"], strict=True))
    [shown] = filters.notifications(parties.caller_by_seat("kominfo", "officer")).items
    assert (shown.codes.platform, shown.codes.category, shown.codes.kind) == ("telegram", "narcotics", "post")
    [released] = of_story("notification.released")
    assert {one.field for one in released.openings.all()} == {"codes", "ground"}


@pytest.mark.invariant("I-14")
def test_the_counts_of_a_week_are_told_once_it_is_over_that_lay_whole_in_the_agreement(told: dict[str, int]) -> None:
    del told
    since = of_story("agreement.in_force")[0].at
    last = weekly.last_over(zone="Asia/Jakarta", at=NOW)
    weeks = [last - weekly.WEEK * back for back in range(4)]
    whole = [week for week in weeks if weekly.began(week, zone="Asia/Jakarta") >= since]
    assert list(WeeklyCounts.objects.values_list("week", flat=True)) == whole
    assert len(of_story("counts.told")) == len(whole) <= 1
    for one in WeeklyCounts.objects.all():
        assert set(one.counts["cells"].values()) == {None}
        over = weekly.began(one.week + weekly.WEEK, zone="Asia/Jakarta")
        assert timedelta(0) <= one.told_at - over < timedelta(seconds=1)


def test_today_one_item_waits_for_a_reviewer_and_one_entry_for_a_second_person(told: dict[str, int]) -> None:
    del told
    [waiting] = Hit.objects.filter(state="held")
    assert waiting.pk == hit_of("exampleoffers/21").pk
    assert waiting.due_at == waiting.at + HOLD
    assert Entry.objects.filter(state="shadow").exists()
