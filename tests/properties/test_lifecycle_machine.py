"""A house lives: notices come, are acknowledged, taken back and repeated, by the right and the wrong, across restarts.

Beside it runs a model of plain values, written from INTERFACE.md and not from the code; after every step the house and
the model agree, and what must always hold does.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.houses import House, body, copied, dropped, move_to
from tests.server.api.doors import NOTICES, Reply, get, hot, put, view

if TYPE_CHECKING:
    from pathlib import Path

    from mufakat.proof.key import VerifyKey
    from mufakat.server.journal.models import Event

SENDERS = ("kominfo", "bnpt")
RECIPIENTS = ("telegram", "isp-a")
# Every seat that acts, rightly or wrongly.
SEATS = (
    ("kominfo", "officer"),
    ("kominfo", "approver"),
    ("bnpt", "officer"),
    ("telegram", "representative"),
    ("telegram", "reviewer"),
    ("isp-a", "engineer"),
    ("isp-b", "engineer"),
    ("auditor", "auditor"),
    ("mufakat", "admin"),
)
ACKNOWLEDGERS = {"representative", "reviewer", "engineer"}
KEYS = ("k1", "k2", "k3", "k4")


@dataclass
class Case:
    """A notice in the model."""

    sender: str
    recipient: str
    kind: str
    state: str = "received"
    types: list[str] = field(default_factory=lambda: ["notice.received"])


@dataclass
class Model:
    """What the house should hold."""

    cases: dict[str, Case] = field(default_factory=dict)
    answers: dict[tuple[str, str, str], tuple[bytes, bytes]] = field(default_factory=dict)  # (party, route, key).
    registrations: int = 0

    @property
    def events(self) -> int:
        return self.registrations + sum(len(case.types) for case in self.cases.values())


class Life(RuleBasedStateMachine):
    """One house and its model."""

    prepared: Path
    folder: Path
    lives = 0
    notices: Bundle[str] = Bundle("notices")

    def __init__(self) -> None:
        super().__init__()
        from mufakat.proof.key import VerifyKey
        from mufakat.server.journal import signer
        from mufakat.server.journal.models import Event

        Life.lives += 1
        self.data = self.folder / f"life{Life.lives}"
        self.database = copied(self.prepared, self.data)
        self.stack = ExitStack()
        self.open()
        self.model = Model()
        self.steps = 0
        self.before = Event.objects.count()
        self.tokens = {seat: self.house.token(*seat) for seat in SEATS}
        self.model.registrations = len(SEATS)
        self.key: VerifyKey = VerifyKey.parse(signer.signing_key("1").vkey)

    def open(self) -> None:
        from mufakat.server.journal import door

        move_to(self.data, self.database)
        self.house = House(self.data, self.stack.enter_context(door.open_house()))

    def teardown(self) -> None:
        self.stack.close()
        from django.db import connections

        connections.close_all()
        dropped(self.database)
        shutil.rmtree(self.data)

    # -- What happens

    @rule(
        target=notices,
        sender=st.sampled_from(SENDERS),
        asked=st.fixed_dictionaries(
            {
                "to": st.sampled_from(RECIPIENTS),
                "kind": st.sampled_from(["trusted_flag", "user_report", "order"]),
                "explanation": st.sampled_from(["first", "second"]),
            }
        ),
        key=st.sampled_from(KEYS),
        door=st.sampled_from([view, hot]),
    )
    def submit(self, sender: str, asked: dict[str, str], key: str, door: Any) -> Any:
        raw = body(**asked)
        answer: Reply = door(raw, token=self.tokens[sender, "officer"], key=key)
        if sender == "bnpt" and asked["kind"] == "order":
            assert (answer.status, answer.pointers) == (422, ["/kind"])
            return multiple()
        known = self.model.answers.get((sender, NOTICES, key))
        if known is None:
            assert answer.status == 201
            notice = str(answer.json()["id"])
            self.model.cases[notice] = Case(sender, asked["to"], asked["kind"])
            self.model.answers[sender, NOTICES, key] = (raw, answer.body)
            return notice
        if known[0] == raw:
            assert (answer.status, answer.body) == (201, known[1])
        else:
            assert (answer.status, answer.json()["type"]) == (422, "urn:mufakat:problem:key-reused")
        return multiple()

    @rule(seat=st.sampled_from([seat for seat in SEATS if seat[1] != "officer"]), door=st.sampled_from([view, hot]))
    def submit_without_right(self, seat: tuple[str, str], door: Any) -> None:
        assert door(body(), token=self.tokens[seat], key="k9").status == 403

    @rule(raw=st.sampled_from([b"", b"{}", body(to="nobody"), body(locators=[])]), door=st.sampled_from([view, hot]))
    def submit_nonsense(self, raw: bytes, door: Any) -> None:
        assert door(raw, token=self.tokens["kominfo", "officer"], key="k9").status == 422

    @rule(notice=notices, key=st.sampled_from([None, "a1", "a2"]), note=st.booleans())
    def acknowledge(self, notice: str, key: str | None, *, note: bool) -> None:
        handle = self.model.cases[notice].recipient
        role = "representative" if handle == "telegram" else "engineer"
        self.acknowledge_by(notice, (handle, role), key, {"note": "Seen."} if note else {})

    @rule(notice=notices, seat=st.sampled_from(SEATS))
    def acknowledge_by_anybody(self, notice: str, seat: tuple[str, str]) -> None:
        self.acknowledge_by(notice, seat, None, {})

    def acknowledge_by(self, notice: str, seat: tuple[str, str], key: str | None, told: dict[str, str]) -> None:
        answer = put(f"{NOTICES}/{notice}/acknowledgement", told, self.tokens[seat], key)
        handle, role = seat
        case = self.model.cases[notice]
        if role not in ACKNOWLEDGERS:
            assert answer.status == 403
        elif handle not in {case.sender, case.recipient}:
            assert answer.status == 404
        elif role == "engineer" and case.kind != "order":
            assert answer.status == 403
        else:
            self.turned(answer, f"{notice}/acknowledgement", handle, key, json.dumps(told).encode())

    @rule(notice=notices, key=st.sampled_from([None, "w1", "w2"]))
    def withdraw(self, notice: str, key: str | None) -> None:
        self.withdraw_by(notice, (self.model.cases[notice].sender, "officer"), key)

    @rule(notice=notices, seat=st.sampled_from(SEATS))
    def withdraw_by_anybody(self, notice: str, seat: tuple[str, str]) -> None:
        self.withdraw_by(notice, seat, None)

    def withdraw_by(self, notice: str, seat: tuple[str, str], key: str | None) -> None:
        told = {"reason": "A slip."}
        answer = put(f"{NOTICES}/{notice}/withdrawal", told, self.tokens[seat], key)
        handle, role = seat
        if role != "officer":
            assert answer.status == 403
        elif handle != self.model.cases[notice].sender:  # No recipient here has an officer.
            assert answer.status == 404
        else:
            self.turned(answer, f"{notice}/withdrawal", handle, key, json.dumps(told).encode())

    @rule(seat=st.sampled_from(SEATS), deed=st.sampled_from(["acknowledgement", "withdrawal"]))
    def act_on_nothing(self, seat: tuple[str, str], deed: str) -> None:
        told = {"reason": "x"} if deed == "withdrawal" else {}
        may = seat[1] in (ACKNOWLEDGERS if deed == "acknowledgement" else {"officer"})
        answer = put(f"{NOTICES}/ntc_{'0' * 26}/{deed}", told, self.tokens[seat])
        assert answer.status == (404 if may else 403)

    def turned(self, answer: Reply, route: str, handle: str, key: str | None, raw: bytes) -> None:
        """What a deed by the right seat answers, and what it changes."""
        notice, _, deed = route.partition("/")
        case = self.model.cases[notice]
        scope = (handle, route, key or "")
        if key is not None and scope in self.model.answers:
            first_raw, first = self.model.answers[scope]
            if raw == first_raw:
                assert (answer.status, answer.body) == (200, first)
            else:
                assert answer.status == 422
            return
        if deed == "acknowledgement" and case.state == "acknowledged":
            assert (answer.status, answer.json()["state"]) == (200, "acknowledged")
        elif case.state == "withdrawn":
            assert answer.status == 409
            return
        else:
            case.state = "acknowledged" if deed == "acknowledgement" else "withdrawn"
            case.types.append(f"notice.{case.state}")
            assert (answer.status, answer.json()["state"]) == (200, case.state)
        if key is not None:
            self.model.answers[scope] = (raw, answer.body)

    @rule(handle=st.sampled_from(["kominfo", "telegram"]))
    def issue_a_token(self, handle: str) -> None:
        seat = (handle, "officer" if handle == "kominfo" else "representative")
        self.tokens[seat] = self.house.token(*seat)
        self.model.registrations += 1

    @rule()
    def end_a_token(self) -> None:
        from mufakat.server.parties import operations, queries

        issued = operations.issue_token(queries.person_in("kominfo", "officer"))
        operations.revoke_token(issued.id)
        assert get(NOTICES, issued.token).status == 401
        self.model.registrations += 2

    @precondition(lambda self: self.model.cases)
    @rule()
    def close_and_open_again(self) -> None:
        self.stack.close()
        self.stack = ExitStack()
        self.open()

    # -- What always holds

    @invariant()
    def every_change_of_state_and_every_registration_is_one_event(self) -> None:
        """I-03."""
        from mufakat.server.journal.models import Event

        assert Event.objects.count() - self.before == self.model.events
        found: dict[str, list[str]] = {}
        for event in Event.objects.filter(case__startswith="ntc_").order_by("position"):
            found.setdefault(event.case, []).append(event.type)
        assert found == {notice: case.types for notice, case in self.model.cases.items()}

    @invariant()
    def every_channel_is_a_chain_without_a_gap(self) -> None:
        from mufakat.proof import leaf
        from mufakat.server.journal.models import Channel, Event, Pending

        last: dict[tuple[str, str], tuple[int, bytes | None]] = {}
        for place, event in enumerate(Event.objects.order_by("position")):
            raw = bytes(event.leaf)
            made = leaf.decode(raw)
            seq, head = last.get((event.sender, event.recipient), (0, None))
            assert (event.position, made.seq, event.seq) == (place, seq + 1, seq + 1)
            assert made.prev == (None if head is None else base64.b64encode(head).decode())
            assert (made.id, made.type, made.case) == (event.id, event.type, event.case)
            assert made.chan == f"{event.sender}>{event.recipient}"
            assert leaf.leaf_hash(raw) == bytes(event.leaf_hash)
            last[event.sender, event.recipient] = (seq + 1, bytes(event.leaf_hash))
        heads = {(one.sender, one.recipient): (one.seq, bytes(one.head)) for one in Channel.objects.all()}
        assert heads == last
        assert Pending.objects.count() == Event.objects.count()

    @invariant()
    def every_receipt_verifies_and_every_commitment_opens(self) -> None:
        """I-01."""
        from mufakat.proof import commitment, leaf, verify
        from mufakat.server.journal.models import Event

        for event in Event.objects.filter(case__startswith="ntc_").prefetch_related("openings"):
            raw = bytes(event.leaf)
            assert verify.verify(event.custody.encode(), keys=[self.key], leaf=raw).notice == event.case
            openings = {one.field: (bytes(one.salt or b""), bytes(one.value or b"")) for one in event.openings.all()}
            committed = leaf.decode(raw).c
            assert openings.keys() == committed.keys()
            for name, (salt, value) in openings.items():
                assert commitment.opens(base64.b64decode(committed[name]), name, salt, value)

    @invariant()
    def the_outbox_names_every_recipient_of_an_event_once(self) -> None:
        from mufakat.server.journal.models import Outbox

        def recipient(event: Event) -> str:
            case = self.model.cases[event.case]
            return case.sender if event.type == "notice.acknowledged" else case.recipient

        rows = Outbox.objects.filter(to__startswith="party:").select_related("event")
        assert Counter((one.event.case, one.event.type, one.to) for one in rows) == Counter(
            (one.event.case, one.event.type, f"party:{recipient(one.event)}") for one in rows
        )
        assert len(rows) == sum(len(case.types) for case in self.model.cases.values())
        called = Outbox.objects.filter(to__startswith="reaction:").values_list("event__type", "to")
        assert set(called) <= {("notice.withdrawn", "reaction:retract_entries")}
        assert len(called) == sum(case.types.count("notice.withdrawn") for case in self.model.cases.values())

    @invariant()
    def everybody_sees_their_own_and_nothing_else(self) -> None:
        """I-10, over HTTP; and the states agree."""
        # Two seats a step, so that all of them have looked after five.
        self.steps += 1
        for handle, role in (SEATS[(2 * self.steps) % len(SEATS)], SEATS[(2 * self.steps + 1) % len(SEATS)]):
            answer = get(NOTICES, self.tokens[handle, role])
            if role == "admin":
                assert answer.status == 403
                continue
            assert {item["id"]: item["state"] for item in answer.json()["items"]} == {
                notice: case.state
                for notice, case in self.model.cases.items()
                if handle in {case.sender, case.recipient}
            }

    @invariant()
    def nothing_that_was_received_is_lost(self) -> None:
        """I-11: received = the sum over the states."""
        from mufakat.server.journal.models import Event
        from mufakat.server.notices.models import Notice

        states = Counter(Notice.objects.values_list("state", flat=True))
        assert states == Counter(case.state for case in self.model.cases.values())
        assert sum(states.values()) == Event.objects.filter(type="notice.received").count()


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
@pytest.mark.invariant("I-03")
@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-11")
def test_a_house_and_its_model_agree_whatever_happens(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Life, "prepared", prepared, raising=False)
    monkeypatch.setattr(Life, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
