"""What a client does with an answer that holds a receipt: it verifies it by itself, and keeps it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from tests.simulator.model import Case, Held, Model, digest, exhibits_in, require
from tests.simulator.timers import begun

from mufakat.proof import leaf as log_leaf, verify

if TYPE_CHECKING:
    from datetime import datetime

    from tests.server.api.doors import Reply
    from tests.simulator.books import EventRow
    from tests.simulator.model import Given


def admitted(model: Model, event: EventRow | None, raw: bytes, sender: str) -> None:
    """A notice stands in the journal: it is what was sent, by somebody entitled, on a ground (I-04)."""
    if event is None:
        return
    body = json.loads(raw)
    require((event.sender, event.recipient) == (sender, body["to"]), "I-03", f"{event.id} is in another's channel")
    require(event.opened("payload") == digest(raw), "I-01", f"{event.id} commits to other bytes than were sent")
    require(body["kind"] in model.parties[sender].entitled, "I-04", f"{sender} may not send {body['kind']}")
    require(body.get("legal_ground") or body.get("terms_ground"), "I-04", f"{event.case} stands on no ground")
    case = Case(event.case, sender, body["to"], body["kind"], raw, event.at, event.leaf_hash)
    case.clocks = begun(event.at)
    case.evidence = exhibits_in(raw)
    model.contents.update({one.sha256: one.inline for one in case.evidence if one.inline is not None})
    model.cases[case.id] = case
    model.apply(event)


def hear_notice(model: Model, reply: Reply, given: Given) -> None:
    """The answer to a single notice: its receipt verifies, and speaks of this notice and leaf."""
    told = reply.json()
    require(reply.body == given.body, "I-02", f"{told['id']} was given another answer than is stored")
    require(told["id"] == given.subject, "I-02", "the stored answer names another notice")
    case = model.cases[told["id"]]
    leaf_hash = base64.b64decode(told["leaf"])
    proof = verify.verify(told["receipt"].encode(), keys=[model.key])
    require(proof.notice == case.id, "I-01", f"the receipt of {case.id} is of {proof.notice}")
    require(proof.leaf_hash == leaf_hash == case.leaf_hash, "I-01", f"the receipt of {case.id} is of another leaf")
    require(told["received_at"] == proof.at == stamp(case.received_at), "I-01", f"{case.id} has two times")
    dues = {one["name"]: one["due_at"] for one in told["clocks"]}
    require(
        dues == {name: stamp(one.due) for name, one in begun(case.received_at).items()}, "clocks", f"{case.id}: {dues}"
    )
    model.receipts[case.id] = Held(told["receipt"], leaf_hash)


def hear_erased(model: Model, reply: Reply, given: Given) -> None:
    """A repetition whose answer was erased gets the receipt that remains, where anything was taken, and no more."""
    told = reply.json()
    about_notice = given.subject in model.cases
    require(("receipt" in told) == about_notice, "I-09", f"erased, and the receipt is {told.get('receipt')}")
    if about_notice:
        prove(model, model.leaf_of(model.cases[given.subject]), told["receipt"])
        held = model.receipts.get(given.subject)
        require(held is None or held.custody == told["receipt"], "I-01", f"the receipt of {given.subject} changed")


def prove(model: Model, event: EventRow, custody: str) -> None:
    """A receipt that was shown for an event is good for its leaf."""
    proof = verify.verify(custody.encode(), keys=[model.key], leaf=event.leaf)
    require(proof.notice == event.case, "I-01", f"the receipt of {event.id} is of {proof.notice}")
    require(log_leaf.leaf_hash(event.leaf) == event.leaf_hash, "I-03", f"{event.id} has another hash than its leaf")


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
