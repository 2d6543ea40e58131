"""A house negotiates: points are proposed, countered, agreed, declined, superseded and ended, in every interleaving.

Hypothesis plays both sides, a stranger, the time, the worker and notices that come in. After every step it is looked up
in the rows and in the journal, past the queries: nothing that was said changes, a point has one version in force, the
versions of an agreement have no gap, nobody is bound who did not sign, and where everything stands is what the journal,
replayed from its beginning, gives.
"""

from __future__ import annotations

import itertools
import json
import shutil
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.houses import House, body as notice_body, copied, dropped, move_to

if TYPE_CHECKING:
    from pathlib import Path


APPROVER, OFFICER = ("kominfo", "approver"), ("kominfo", "officer")
SERVICE, REVIEWER = ("telegram", "representative"), ("telegram", "reviewer")
SEATS = (APPROVER, APPROVER, SERVICE, SERVICE, SERVICE, OFFICER, REVIEWER, ("bnpt", "officer"))
POINTS = ("terms", "terms", "channel", "review")
ACTS = ("agree", "agree", "agree", "counter", "decline", "withdraw", "propose")
START = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = {"id": "Disepakati.", "en": "Agreed."}
ENDING = {"reason": "A made-up placeholder."}
UNDER_WAY = ("proposed", "countered", "agreed")


def terms_of(point: str, words: int, from_at: datetime | None, ends_at: datetime | None) -> dict[str, Any]:
    """Sound terms of a point."""
    owner = "kominfo" if words % 2 else "telegram"
    made: dict[str, Any] = {"owner": owner, "text": {**TEXT, "en": f"Agreed: {words}."}}
    if point == "review":
        made["obligations"] = [{"kind": "review_held", "every_days": 30 + words}]
    if point == "terms":
        ends = None if ends_at is None else ends_at.isoformat()
        made["frame"] = {"profile": ("id-2017", "eu-dsa")[words % 2], "ends_at": ends}
    return {**made, "from_at": from_at.isoformat() if from_at is not None else None}


class Negotiations(RuleBasedStateMachine):
    """One house, two sides, and what must always hold."""

    prepared: Path
    folder: Path
    lives = 0
    agreements: Bundle[str] = Bundle("agreements")

    def __init__(self) -> None:
        super().__init__()
        Negotiations.lives += 1
        self.data = self.folder / f"talks{Negotiations.lives}"
        self.database = copied(self.prepared, self.data)
        self.at = START
        self.said: dict[tuple[str, int], Any] = {}
        self.submitted = 0
        self.stack = ExitStack()
        self.open()

    def open(self) -> None:
        from mufakat.server.journal import door

        move_to(self.data, self.database)
        self.house = House(self.data, self.stack.enter_context(door.open_house(clock=lambda: self.at)))

    def teardown(self) -> None:
        from django.db import connections

        self.stack.close()
        connections.close_all()
        dropped(self.database)
        shutil.rmtree(self.data)

    # -- What happens

    @rule(target=agreements, seat=st.sampled_from((APPROVER, OFFICER, SERVICE)), words=st.integers(0, 3))
    def opened(self, seat: tuple[str, str], words: int) -> str:
        from mufakat.rules.errors import BadAgreementError
        from mufakat.server.agreements import operations
        from mufakat.server.agreements.models import Agreement

        points = [{"name": "terms", **terms_of("terms", words, None, None)}]
        made = {"title": TEXT, "parties": ["kominfo", "telegram"], "points": points}
        raw = json.dumps(made).encode()
        try:
            return operations.open_talks(raw, by=self.house.caller(*seat), at=self.at).subject
        except BadAgreementError:  # Another one governs already: then that one goes on.
            return Agreement.objects.filter(ended_at=None).order_by("pk")[0].id

    @rule(
        agreement=agreements,
        seat=st.sampled_from(SEATS),
        point=st.sampled_from(POINTS),
        act=st.sampled_from(ACTS),
        words=st.integers(0, 9),
        stale=st.booleans(),
        begins=st.sampled_from([None, None, 0, 5, 60]),
        ends=st.sampled_from([None, None, 90]),
    )
    def acted(  # noqa: PLR0913 - a deed has so many sides.
        self,
        agreement: str,
        seat: tuple[str, str],
        point: str,
        act: str,
        words: int,
        *,
        stale: bool,
        begins: int | None,
        ends: int | None,
    ) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.agreements import operations
        from mufakat.server.agreements.models import Point

        from_at, ends_at = (None if m is None else self.at + timedelta(minutes=m) for m in (begins, ends))
        row = Point.objects.filter(agreement=agreement, name=point).order_by("-version").first()
        newest = row.proposals if row is not None else 1
        told: dict[str, Any] = {"act": act, "note": "A made-up placeholder."}
        if act in {"propose", "counter"}:
            told["terms"] = terms_of(point, words, from_at, ends_at)
        if act != "propose":
            told["proposal"] = newest + (1 if stale and words == 0 else 0)
        with suppress(RefusedError):
            operations.act(agreement, point, json.dumps(told).encode(), by=self.house.caller(*seat), at=self.at)

    @rule(agreement=agreements, seat=st.sampled_from((APPROVER, SERVICE, REVIEWER)), dice=st.integers(0, 4))
    def ended(self, agreement: str, seat: tuple[str, str], dice: int) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.agreements import operations

        if dice == 0:
            with suppress(RefusedError):
                operations.end(agreement, json.dumps(ENDING).encode(), by=self.house.caller(*seat), at=self.at)

    @rule(minutes=st.sampled_from([-30, 0, 1, 5, 61, 500]))
    def time_passed(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule()
    def swept(self) -> None:
        from mufakat.server.agreements import operations
        from mufakat.server.runtime import reactions

        operations.sweep(at=self.at)
        reactions.run(at=self.at)

    @rule()
    def asked(self) -> None:
        self.submitted += 1
        self.house.submit(notice_body(kind="user_report"), key=f"n{self.submitted}")

    @rule()
    def restarted(self) -> None:
        self.stack.close()
        self.open()

    # -- What must always hold

    @invariant()
    def nothing_that_was_said_changes(self) -> None:
        from mufakat.server.agreements.models import Proposal, Signature, Version

        now: dict[tuple[str, int], Any] = {}
        for model, fields in (
            (Proposal, ("point_id", "number", "party_id", "person_id", "terms", "sha256", "note", "at", "event")),
            (Signature, ("proposal_id", "party_id", "person_id", "at", "event", "key", "signature", "note")),
            (Version, ("agreement_id", "number", "from_at", "profile", "frame", "points", "event")),
        ):
            now |= {(model.__name__, row[0]): row[1:] for row in model.objects.values_list("pk", *fields)}
        assert {key: now.get(key) for key in self.said} == self.said
        self.said = now

    @invariant()
    def nobody_is_bound_who_did_not_sign(self) -> None:
        from mufakat.server.agreements.models import Point, Proposal, Side, Signature

        for point in Point.objects.filter(state__in=["agreed", "in_force", "superseded"]):
            newest = Proposal.objects.filter(point=point).order_by("-number")[0]
            signed = set(Signature.objects.filter(proposal=newest).values_list("party_id", flat=True))
            assert signed == set(Side.objects.filter(agreement=point.agreement_id).values_list("party_id", flat=True))
        assert not Signature.objects.exclude(person__role__in=["approver", "representative"]).exists()

    @invariant()
    def one_version_is_in_force_and_none_is_missing(self) -> None:
        from mufakat.server.agreements.models import Agreement, Governing, Point, Version

        for agreement in Agreement.objects.all():
            versions = list(Version.objects.filter(agreement=agreement).order_by("number"))
            assert [one.number for one in versions] == list(range(1, len(versions) + 1))
            assert all(one.until == other.from_at for one, other in itertools.pairwise(versions))
            bound = Point.objects.filter(agreement=agreement, state="in_force")
            if versions and agreement.ended_at is None:
                assert versions[-1].until is None
                assert versions[-1].points == dict(bound.values_list("name", "version"))
            else:
                assert not bound.exists()
            assert agreement.ended_at is None or not Point.objects.filter(
                agreement=agreement, state__in=[*UNDER_WAY, "in_force"]
            )
        assert Governing.objects.filter(until=None).count() <= 1

    @invariant()
    def what_stands_is_what_the_journal_gives(self) -> None:
        from mufakat.server.agreements.models import Agreement, Point

        states = {
            (agreement, name, version): state
            for agreement, name, version, state in Point.objects.values_list("agreement", "name", "version", "state")
        }
        assert states == replayed(list(Agreement.objects.values_list("pk", flat=True)))

    @invariant()
    def every_notice_cites_what_was_in_force(self) -> None:
        from mufakat.server.journal.models import Event
        from mufakat.server.notices.models import Notice

        cited = dict(Notice.objects.values_list("pk", "version__event"))
        now: dict[str, str] = {}
        for case, type_, event in Event.objects.order_by("position").values_list("case", "type", "id"):
            if type_ == "agreement.in_force":
                now[case] = event
            elif type_ == "agreement.ended":
                now.pop(case, None)
            elif type_ == "notice.received":
                assert ({cited[case]} - {None}) == set(now.values())


BECOMES = {
    "point.proposed": "proposed",
    "point.countered": "countered",
    "point.agreed": "agreed",
    "point.declined": "failed",
    "point.withdrawn": "withdrawn",
}


def replayed(agreements: list[str]) -> dict[tuple[str, str, int], str]:
    """Where every version of every point stands, by the events alone."""
    from mufakat.server.journal.queries import events_of

    states: dict[tuple[str, str, int], str] = {}
    for agreement in agreements:
        for event in events_of(agreement):
            told = {one.field: bytes(one.value) for one in event.openings.all() if one.value is not None}
            if event.type in BECOMES:
                point = json.loads(told["point"])
                states[agreement, point["name"], point["version"]] = BECOMES[event.type]
            elif event.type == "agreement.in_force":
                bound = {(one["name"], one["version"]) for one in json.loads(told["version"])["points"]}
                for key in [key for key, state in states.items() if key[0] == agreement and state == "in_force"]:
                    states[key] = "superseded"
                states |= {(agreement, *one): "in_force" for one in bound}
            elif event.type == "agreement.ended":
                for key in [key for key in states if key[0] == agreement]:
                    if states[key] in {*UNDER_WAY, "in_force"}:
                        states[key] = "ended"
    return states


@pytest.mark.invariant("I-03")
def test_negotiations_in_any_order(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Negotiations, "prepared", prepared, raising=False)
    monkeypatch.setattr(Negotiations, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Negotiations,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
