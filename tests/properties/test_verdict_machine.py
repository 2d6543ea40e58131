"""A house decides: notices are acted on, refused, contested, reversed, reopened and closed, in every interleaving.

Hypothesis plays both sides, whoever is affected, the time, the worker's parts in any order and in small portions, the
operator who erases, and restarts. After every step it is looked up in the rows and in the journal, past the queries:
whoever is asked is judged by time alone (I-05), nobody resolves an appeal against their own decision and a reversal
really reverses (I-08), every notice is in one place (I-11), and the register is what the journal gives (I-12).
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from tests.houses import House, copied, dropped, move_to

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.appeals.contesting import Contest

    from mufakat.server.decisions.models import Decision

KOMINFO, BNPT = ("kominfo", "officer"), ("bnpt", "officer")
FIRST, SECOND = ("telegram", "reviewer"), ("telegram", "reviewer-2")
REPRESENTATIVE = ("telegram", "representative")
SENDERS, REVIEWERS = (KOMINFO, BNPT), (FIRST, SECOND)
PLATFORM = (*REVIEWERS, REPRESENTATIVE)
SEATS_THAT_ASK = st.sampled_from(SENDERS)
OUTCOMES = ("act_full", "act_full", "act_partial", "refuse", "refuse", "not_found", "needs_information")
ENDS = ("upheld", "reversed", "reversed", "inadmissible")
DEEDS = ("approve", "confirm", "confirm", "decline", "fail")
WORDS = {"reason": "A made-up placeholder."}
PORTION = 3  # Events of one share of a follower, so that much happens between two.
GROUNDED = {"act_full", "act_partial", "refuse"}
UNDONE = {"declined", "reverting", "reverted"}


def body_of(outcome: str, measure: str) -> bytes:
    """A complete decision on a notice with two links."""
    from tests.server.appeals.contesting import SAID

    made: dict[str, Any] = {"outcome": outcome, **SAID}
    if outcome == "needs_information":
        made = {"outcome": outcome, "reasons": "Which of the two is it?", "language": "en"}
    if outcome == "refuse":
        made["refusal"] = "not_illegal"
    places = {"act_full": (0, 1), "act_partial": (1,)}.get(outcome, ())
    if places:
        made["items"] = [{"locator": place, "measure": measure} for place in places]
    return json.dumps(made).encode()


class Verdicts(RuleBasedStateMachine):
    """One house, everybody around it, and what must always hold."""

    prepared: Path
    folder: Path
    lives = 0
    notices: Bundle[str] = Bundle("notices")
    rulings: Bundle[dict[str, Any]] = Bundle("rulings")
    appeals: Bundle[dict[str, Any]] = Bundle("appeals")

    def __init__(self) -> None:
        super().__init__()
        Verdicts.lives += 1
        self.data = self.folder / f"verdicts{Verdicts.lives}"
        self.database = copied(self.prepared, self.data)
        self.patches, self.stack = ExitStack(), ExitStack()
        self.made = 0
        self.contest: Contest | None = None
        self.open()
        from mufakat.server.governance import counting
        from mufakat.server.register import following

        for follower in (counting, following):
            self.patches.enter_context(patch.object(follower, "PORTION", PORTION))

    def open(self) -> None:
        from tests.server.appeals.contesting import START, Contest

        from mufakat.server.journal import door

        move_to(self.data, self.database)
        house = House(self.data, self.stack.enter_context(door.open_house()))
        at, keys = (self.contest.at, self.contest.keys) if self.contest else (START, [])
        self.contest = Contest(house, at, keys)

    @property
    def play(self) -> Contest:
        assert self.contest is not None
        return self.contest

    def by(self, seat: tuple[str, str]) -> Any:
        return self.play.house.caller(*seat)

    def teardown(self) -> None:
        try:
            self.read_on_and_built_anew_the_register_is_the_same()
            self.counted_on_and_anew_the_figures_are_the_same()
        finally:
            self.patches.close()
            self.stack.close()
            from django.db import connections

            connections.close_all()
            dropped(self.database)
            shutil.rmtree(self.data)

    # -- What happens

    @rule(
        target=notices,
        sender=st.sampled_from(SENDERS),
        taken=st.booleans(),
        category=st.sampled_from(["fraud", "hate"]),
    )
    def submit(self, sender: tuple[str, str], category: str, *, taken: bool) -> str:
        from tests.houses import body

        from mufakat.server.notices import operations

        self.made += 1
        links = [f"https://content.example/{self.made}/{place}" for place in range(2)]
        raw = body(category=category, locators=links, kind="trusted_flag")
        notice: str = operations.submit(raw, by=self.by(sender), at=self.play.at, key=self.play.key()).subject
        if taken:
            operations.acknowledge(notice, by=self.by(FIRST))
        return notice

    @rule(notice=notices, seat=st.sampled_from(PLATFORM))
    def acknowledge(self, notice: str, seat: tuple[str, str]) -> None:
        from mufakat.server.notices import operations

        self.tried(lambda: operations.acknowledge(notice, by=self.by(seat)))

    @rule(notice=notices, seat=st.sampled_from((*SENDERS, *REVIEWERS)))
    def write(self, notice: str, seat: tuple[str, str]) -> None:
        from mufakat.server.notices import talk

        self.tried(lambda: talk.send(notice, by=self.by(seat), text="A made-up placeholder."))

    @rule(notice=notices, seat=st.sampled_from(SENDERS))
    def withdraw(self, notice: str, seat: tuple[str, str]) -> None:
        from mufakat.server.notices import operations

        self.tried(lambda: operations.withdraw(notice, by=self.by(seat), reason="A slip."))

    @rule(
        target=rulings,
        notice=notices,
        seat=st.sampled_from(REVIEWERS),
        outcome=st.sampled_from(
            ["act_full", "act_full", "act_partial", "refuse", "refuse", "not_found", "needs_information"]
        ),
        measure=st.sampled_from(["remove", "disable", "warn", "close_channel"]),
    )
    def decide(self, notice: str, seat: tuple[str, str], outcome: str, measure: str) -> Any:
        from mufakat.server.decisions import operations

        answer = self.tried(lambda: operations.decide(notice, body_of(outcome, measure), by=self.by(seat)))
        made = json.loads(answer.body) if answer else None
        return made if made and made["statement"] else multiple()

    @rule(
        ruling=rulings,
        place=st.integers(0, 1),
        seat=st.sampled_from(PLATFORM),
        deed=st.sampled_from(DEEDS),
    )
    def turn_measure(self, ruling: dict[str, Any], place: int, seat: tuple[str, str], deed: str) -> None:
        from mufakat.server.decisions import operations

        if ruling["measures"]:
            measure = ruling["measures"][place % len(ruling["measures"])]["id"]
            words = WORDS if deed in {"decline", "fail"} else {}
            run = getattr(operations, f"{deed}_measure")
            self.tried(lambda: run(measure, by=self.by(seat), **words))

    @rule(target=appeals, ruling=rulings, seat=st.sampled_from((*SENDERS, REPRESENTATIVE)))
    def contest_by_account(self, ruling: dict[str, Any], seat: tuple[str, str]) -> Any:
        made = self.tried(lambda: self.play.lodge(ruling, by=seat))
        return made or multiple()

    @rule(target=appeals, ruling=rulings, standing=st.sampled_from(["uploader", "third_party"]))
    def contest_by_code(self, ruling: dict[str, Any], standing: str) -> Any:
        made = self.tried(lambda: self.play.lodge_by_code(ruling, standing=standing))
        return json.loads(made.body) if made else multiple()

    @rule(
        appeal=appeals,
        seat=st.sampled_from(REVIEWERS),
        outcome=st.sampled_from(ENDS),
    )
    def resolve(self, appeal: dict[str, Any], seat: tuple[str, str], outcome: str) -> None:
        self.tried(lambda: self.play.resolve(appeal, outcome, by=seat))

    @rule(
        target=appeals,
        sender=st.sampled_from(SENDERS),
        seat=st.sampled_from(REVIEWERS),
        outcome=st.sampled_from(["act_full", "refuse"]),
        measure=st.sampled_from(["remove", "warn"]),
    )
    def carry_out_and_contest(self, sender: tuple[str, str], seat: tuple[str, str], outcome: str, measure: str) -> Any:
        """The whole way to an appeal, which the single steps seldom go."""
        from mufakat.server.decisions import operations

        notice = str(self.submit(sender, "fraud", taken=True))
        answer = operations.decide(notice, body_of(outcome, measure), by=self.by(seat))
        made = json.loads(answer.body)
        for one in made["measures"]:
            operations.confirm_measure(one["id"], by=self.by(seat))
        return json.loads(self.play.lodge_by_code(made).body) if made["measures"] else self.play.lodge(made, by=sender)

    @rule(appeal=appeals, outcome=st.sampled_from(["act_full", "refuse"]))
    def reverse_and_decide_anew(self, appeal: dict[str, Any], outcome: str) -> None:
        """Somebody else reverses; then whoever decided tries to decide again, and then the other one (I-08)."""
        from mufakat.server.appeals.models import Appeal
        from mufakat.server.decisions import operations

        row = Appeal.objects.select_related("decider").get(pk=appeal["id"])
        first, other = sorted(REVIEWERS, key=lambda seat: self.by(seat).person_id != row.decider_id)
        self.tried(lambda: self.play.resolve(appeal, "reversed", by=other))
        raw = body_of(outcome, "remove")
        for seat in (first, other):
            self.tried(lambda seat=seat: operations.decide(row.notice_id, raw, by=self.by(seat)))

    @rule(appeal=appeals, ruling=rulings, seat=st.sampled_from(REVIEWERS))
    def reverse_a_part(self, appeal: dict[str, Any], ruling: dict[str, Any], seat: tuple[str, str]) -> None:
        named = [one["id"] for one in ruling["measures"][:1]]
        self.tried(lambda: self.play.resolve(appeal, "partly", by=seat, **({"measures": named} if named else {})))

    @rule(appeal=appeals, outcome=st.sampled_from(["upheld", "reversed", "partly", "inadmissible"]))
    def resolve_ones_own(self, appeal: dict[str, Any], outcome: str) -> None:
        """I-08: whoever decided is refused, whatever they would say."""
        from mufakat.rules.errors import NotPermittedError
        from mufakat.server.appeals.models import Appeal

        decider = Appeal.objects.select_related("decider").get(pk=appeal["id"]).decider
        own = next(seat for seat in REVIEWERS if self.by(seat).person_id == decider.pk)
        with pytest.raises(NotPermittedError):
            self.play.resolve(appeal, outcome, by=own)

    @rule(notice=notices, what=st.sampled_from(["explanation", "locators", "reasons", "payload"]))
    def erase(self, notice: str, what: str) -> None:
        from mufakat.rules.retention import Erasable
        from mufakat.server.notices import erasure

        self.tried(lambda: erasure.erase(notice, classes={Erasable(what)}, reason="An order."))

    @rule(days=st.sampled_from([0.001, 0.2, 1, 12, 31]))
    def wait(self, days: float) -> None:
        self.play.wait(days=days)

    @rule(part=st.sampled_from(["clocks", "ladders", "measures", "reactions", "closing", "counting", "register"]))
    def work(self, part: str) -> None:
        """One share of one part of the worker."""
        from mufakat.server.appeals import operations
        from mufakat.server.decisions import measures
        from mufakat.server.governance import counting
        from mufakat.server.notices import clocks, escalation
        from mufakat.server.register import following
        from mufakat.server.runtime import reactions

        parts: dict[str, Any] = {
            "clocks": clocks.sweep,
            "ladders": escalation.sweep,
            "measures": measures.sweep,
            "reactions": reactions.run,
            "closing": operations.sweep,
            "counting": counting.part,
            "register": following.sweep,
        }
        parts[part](at=self.play.at)

    @rule()
    def close_and_open_again(self) -> None:
        self.stack.close()
        self.stack = ExitStack()
        self.open()

    def tried(self, deed: Any) -> Any:
        """What is refused changes nothing, and is looked at like everything else."""
        from mufakat.rules.errors import MufakatError

        with suppress(MufakatError):
            return deed()
        return None

    # -- What always holds

    @invariant()
    def nothing_is_decided_without_complete_reasons(self) -> None:
        """I-05: ground, facts, reasons, language and how much a machine did, for acting and refusing alike."""
        from mufakat.proof import leaf
        from mufakat.server.journal.models import Event

        for event in Event.objects.filter(type="decision.made").prefetch_related("openings"):
            said = {one.field: one.value for one in event.openings.all()}
            outcome = bytes(said["outcome"] or b"").decode()
            due = {"outcome", "items", "facts", "reasons", "language", "automated", "refusal"}
            due |= {"ground"} if outcome in GROUNDED else set()
            assert due <= leaf.decode(bytes(event.leaf)).c.keys()

    @invariant()
    def appeals_are_resolved_by_somebody_else_and_reversals_reverse(self) -> None:
        """I-08."""
        from mufakat.server.appeals.models import Appeal
        from mufakat.server.decisions.models import Decision

        for appeal in Appeal.objects.select_related("decision"):
            assert appeal.decider_id == appeal.decision.person_id
            assert appeal.resolved_by_id is None or appeal.resolved_by_id != appeal.decider_id
        for row in Decision.objects.filter(state="reversed").prefetch_related("measures"):
            assert {one.state for one in row.measures.all()} <= UNDONE
            if row.outcome not in {"act_full", "act_partial"}:
                require_decided_anew(row)

    @invariant()
    def every_notice_is_in_one_place(self) -> None:
        """I-11: by its state; and at most one decision stands on it."""
        from mufakat.server.decisions.models import Decision
        from mufakat.server.journal.models import Event
        from mufakat.server.notices.models import Notice

        states = Counter(Notice.objects.values_list("state", flat=True))
        assert sum(states.values()) == Event.objects.filter(type="notice.received").count()
        standing = Counter(Decision.objects.filter(state="standing").values_list("notice_id", flat=True))
        assert not standing or max(standing.values()) == 1
        for notice, state in Notice.objects.values_list("id", "state"):
            assert state in {"decided", "closed"} or not standing[notice]

    @rule()
    def counted_on_and_anew_the_figures_are_the_same(self) -> None:
        """I-11 in every report, and I-05: whoever is asked is judged as if nobody knew what was decided."""
        from tests.server.governance.counted import count, counts

        from mufakat.rules import conservation
        from mufakat.server.governance import counting, queries
        from mufakat.server.notices.models import Notice

        found = count()
        report = queries.conserved()
        assert conservation.balances(report)
        states = Counter(Notice.objects.values_list("state", flat=True))
        assert (report.received, report.withdrawn) == (sum(states.values()), states["withdrawn"])
        # Closed are those whose decision stands, and those of which an appeal left nothing.
        assert report.open >= states["received"] + states["acknowledged"] + states["needs_information"]
        assert answered() == answered_blindly()
        counting.count_anew()
        assert counts() == found

    @rule()
    def read_on_and_built_anew_the_register_is_the_same(self) -> None:
        """I-12: what was followed, portion by portion, is what the journal gives now, and says how it stands."""
        from tests.server.register.playing import follow, rows, states

        from mufakat.server.register import following

        follow(self.play.at)
        kept = rows()
        told = {pk: state for pk, state in states().items() if state not in {"asked", "answered", "unanswered"}}
        assert {row[1]: row[4] for row in kept if row[1][:3] in {"ntc", "dec", "apl"}} == told
        following.rebuild()
        follow(self.play.at)
        assert rows() == kept


def require_decided_anew(row: Decision) -> None:
    """A refusal was reversed: its notice waits for a decision, somebody else made one, or its sender took it back."""
    from mufakat.server.decisions.models import Decision
    from mufakat.server.notices.models import Notice

    later = Decision.objects.filter(notice=row.notice_id, id__gt=row.id).exclude(outcome="needs_information")
    assert not later.filter(person=row.person_id).exists()
    state = Notice.objects.get(pk=row.notice_id).state
    assert later.exists() or state in {"acknowledged", "needs_information", "withdrawn"}


def answered() -> Counter[tuple[str, ...]]:
    """What the chart of answers holds, of the days."""
    from mufakat.rules import timeliness
    from mufakat.server.governance.models import DAY, Answering

    found: Counter[tuple[str, ...]] = Counter()
    rows: list[Any] = list(Answering.objects.filter(grain=DAY).values())
    for row in rows:
        for name in timeliness.COUNTED:
            found[str(row["party_id"]), row["kind"], row["category"], name] += row[name]
    return +found


def answered_blindly() -> Counter[tuple[str, ...]]:
    """The same from the journal, with every outcome and refusal blotted out before anybody reads it."""
    from mufakat.rules import histories, timeliness
    from mufakat.server.governance import counting
    from mufakat.server.journal.models import Event
    from mufakat.server.notices.models import Notice

    found: Counter[tuple[str, ...]] = Counter()
    for notice in Notice.objects.all():
        events = Event.objects.filter(case=notice.id, type__in=counting.READ).order_by("position")
        told = [blotted(event) for event in events.prefetch_related("openings")]
        turns = histories.turns(told, clocks=counting.clocks_of(notice.profile))
        for name, many in zip(timeliness.COUNTED, msgspec.structs.astuple(timeliness.of_one(turns)), strict=True):
            found[notice.recipient_id, notice.kind, notice.category, name] += many
    return +found


def blotted(event: Any) -> Any:
    """An event of which it cannot be seen what was decided."""
    from mufakat.proof import leaf
    from mufakat.rules.events import EventType
    from mufakat.rules.histories import Occurrence

    said = {one.field: one.value for one in event.openings.all() if one.value is not None}
    refs = leaf.decode(bytes(event.leaf)).ref
    appeal = next((one for one in refs if one.startswith("apl_")), "")
    told = {name: bytes(said[name]).decode() for name in ("standing", "clock") if name in said}
    return Occurrence(EventType(event.type), appeal=appeal, **told)


@pytest.mark.invariant("I-05")
@pytest.mark.invariant("I-08")
@pytest.mark.invariant("I-11")
@pytest.mark.invariant("I-12")
def test_whatever_is_decided_contested_and_undone_in_whatever_order(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Verdicts, "prepared", prepared, raising=False)
    monkeypatch.setattr(Verdicts, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Verdicts,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
