"""What the database itself refuses, whoever writes: nothing agreed changes, and nobody is bound twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction
from tests.server.agreements.talking import body, frame, in_force, opened, settle, show, terms

from mufakat.server.agreements.models import (
    Agreement,
    Governing,
    Point,
    ProfileText,
    Proposal,
    Shown,
    Side,
    Signature,
    Version,
)
from mufakat.server.journal import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    from mufakat.server.journal.work import Moment


def refused(deed: Callable[[], Any]) -> str:
    """The database's own word why it does not take this; it must not take it."""

    def run(moment: Moment) -> str:
        del moment
        try:
            with transaction.atomic():
                deed()
        except DatabaseError as error:
            return str(error)
        return "taken"

    return door.commit(run)


@pytest.fixture
def agreement(house: House) -> Agreement:
    """One with two versions, and evidence for a point."""
    del house
    found = in_force()
    settle(found["id"], "channel", terms())
    show(found["id"], "channel")
    return Agreement.objects.get()


DAY = timedelta(days=1)

FINAL: dict[str, tuple[Any, dict[str, Any]]] = {
    "profile_text": (ProfileText, {"raw": "name: another"}),
    "proposal": (Proposal, {"terms": "{}"}),
    "signature": (Signature, {"note": "Under protest."}),
    "evidence_of_a_point": (Shown, {"confirms": True}),
}


@pytest.mark.parametrize("what", FINAL)
def test_what_was_said_is_never_changed_nor_deleted(agreement: Agreement, what: str) -> None:
    del agreement
    model, changes = FINAL[what]
    assert f"{what}_is_never_changed" in refused(lambda: model.objects.update(**changes))
    assert f"{what}_is_never_deleted" in refused(lambda: model.objects.all()._raw_delete(model.objects.db))


def copy(row: Any, **changes: Any) -> Any:
    """The row once more, with changes."""
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    return row


BROKEN: dict[str, Callable[[], Any]] = {
    "point_has_one_version_in_force": lambda: copy(Point.objects.get(name="channel"), version=2).save(),
    "point_has_one_version_under_way": lambda: [
        copy(Point.objects.get(name="channel", version=1), version=version, state="proposed").save()
        for version in (2, 3)
    ],
    "point_has_its_version": lambda: copy(Point.objects.get(name="channel"), state="failed").save(),
    "point_state_is_known": lambda: Point.objects.update(state="lost"),
    "point_in_force_was_agreed": lambda: Point.objects.update(agreed_at=None),
    "point_binds_nobody_backwards": lambda: [
        Point.objects.filter(pk=one.pk).update(from_at=one.agreed_at - timedelta(milliseconds=1))
        for one in Point.objects.all()
        if one.agreed_at is not None
    ],
    "proposal_has_its_number": lambda: copy(Proposal.objects.first(), event="evt_other").save(),
    "proposal_says_something": lambda: copy(Proposal.objects.first(), event="evt_o", number=9, terms="").save(),
    "side_signs_a_proposal_once": lambda: copy(Signature.objects.first()).save(),
    "signature_names_its_key": lambda: copy(Signature.objects.first(), party_id=other(), key="a key").save(),
    "version_has_its_number": lambda: copy(Version.objects.first(), event="evt_other").save(),
    "agreement_has_one_version_in_force": lambda: copy(Version.objects.last(), event="evt_other", number=9).save(),
    "version_ends_after_it_begins": lambda: Version.objects.update(until=Agreement.objects.get().opened_at - DAY),
    "pair_has_one_agreement_in_force": lambda: copy(Governing.objects.last()).save(),
    "nobody_agrees_with_itself": lambda: copy(
        Governing.objects.last(), recipient_id=Governing.objects.all()[0].sender_id
    ).save(),
    "party_is_one_side_of_an_agreement": lambda: copy(Side.objects.first(), position=9).save(),
    "side_has_its_place": lambda: copy(Side.objects.first(), party_id=other()).save(),
    "agreement_has_so_many_sides": lambda: copy(Side.objects.first(), party_id=other(), position=20).save(),
    "agreement_ends_once_opened": lambda: Agreement.objects.update(ended_at=Agreement.objects.get().opened_at - DAY),
}
# What SQLite names by its columns.
COLUMNS = {
    "point_has_one_version_in_force": "agreements_point.agreement_id, agreements_point.name",
    "point_has_one_version_under_way": "agreements_point.agreement_id, agreements_point.name",
    "point_has_its_version": "agreements_point.version",
    "proposal_has_its_number": "agreements_proposal.number",
    "side_signs_a_proposal_once": "agreements_signature.party_id",
    "version_has_its_number": "agreements_version.number",
    "agreement_has_one_version_in_force": "agreements_version.agreement_id",
    "pair_has_one_agreement_in_force": "agreements_governing.sender_id, agreements_governing.recipient_id",
    "party_is_one_side_of_an_agreement": "agreements_side.agreement_id, agreements_side.party_id",
    "side_has_its_place": "agreements_side.agreement_id, agreements_side.position",
}


def other() -> str:
    """A party that has no part in it."""
    from mufakat.server.parties import queries

    return queries.party_by_handle("bnpt").id


@pytest.mark.parametrize("rule", BROKEN)
def test_the_database_refuses_what_breaks_the_rule(agreement: Agreement, rule: str) -> None:
    del agreement
    said = refused(BROKEN[rule])
    assert rule in said or COLUMNS.get(rule, rule) in said


def test_two_agreements_never_govern_one_pair(house: House) -> None:
    del house
    in_force()
    two = opened(
        body(parties=["bnpt", "telegram"], points=[{"name": "terms", **frame(owner="bnpt")}]), by=("bnpt", "officer")
    )
    assert two["state"] == "talks"
    rows = list(Governing.objects.all())
    assert len({(row.sender_id, row.recipient_id) for row in rows}) == len(rows) == 1
