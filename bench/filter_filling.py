"""Fills a prepared instance with a platform's banks and a live policy, as reviewed and promoted before.

A process of its own (``python -m bench.filter_filling``), told of its instance by its environment.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import django

from bench.screen import Corpus, policy
from mufakat.formats import policies
from mufakat.screening.bank import BankKind

if TYPE_CHECKING:
    from mufakat.server.journal.work import Moment

PORTION = 5_000


def fill() -> None:
    """Ten thousand phrases, a hundred thousand hosts, ten thousand digests, twenty rules."""
    from mufakat.server.filters import models
    from mufakat.server.journal.parts import alone
    from mufakat.server.parties import queries

    corpus, at = Corpus(), datetime.now(UTC)
    first, second = (queries.caller_by_seat("telegram", seat) for seat in ("reviewer", "reviewer-2"))
    values = {BankKind.PHRASE: corpus.phrases, BankKind.LOCATOR: corpus.hosts, BankKind.DIGEST: corpus.digests}

    def bank(kind: BankKind, moment: Moment) -> models.Bank:
        return models.Bank.objects.create(
            id=moment.id("bnk"),
            platform_id=first.party_id,
            name=kind.value,
            kind=kind.value,
            made_by_id=first.person_id,
            made_at=at,
            event=moment.id("evt"),
            changes=1,
        )

    def entry(row: models.Bank, number: int, value: str) -> models.Entry:
        return models.Entry(
            bank=row,
            name=f"e{number}",
            value=value,
            source="made up",
            category="made-up",
            ground="house rules",
            origin="hand",
            state="live",
            added_by_id=first.person_id,
            added_at=at,
            added_event=row.event,
            reviewed_by_id=second.person_id,
            reviewed_at=at,
        )

    for kind, held in values.items():
        row = alone(lambda moment, kind=kind: bank(kind, moment))  # type: ignore[misc]  # A default binds it.
        made = [entry(row, number, value) for number, value in enumerate(held)]
        for start in range(0, len(made), PORTION):
            part = made[start : start + PORTION]
            alone(lambda _, part=part: models.Entry.objects.bulk_create(part))  # type: ignore[misc]

    def promoted(moment: Moment) -> None:
        told = policy()
        text = policies.write(told).decode()
        sample = models.Sample.objects.create(
            id=moment.id("smp"),
            platform_id=first.party_id,
            name="made up",
            items=1,
            file="0" * 64,
            wrapped=b"key",
            sha256=bytes(32),
            added_by_id=first.person_id,
            added_at=at,
            erase_at=at,
        )
        row = models.Policy.objects.create(
            id=moment.id("pol"),
            platform_id=first.party_id,
            name=told.policy,
            version=told.version,
            text=text,
            sha256=hashlib.sha256(text.encode()).digest(),
            state="shadow",
            proposer_id=first.person_id,
            proposed_at=at,
            shadow_at=at,
            event=moment.id("evt"),
        )
        row.backtest = models.Backtest.objects.create(
            id=moment.id("bkt"),
            policy=row,
            items=1,
            changed=0,
            table={},
            made_by_id=first.person_id,
            made_at=at,
            event=moment.id("evt"),
        )
        row.backtest.samples.add(sample)
        row.state, row.promoter_id, row.promoted_at = "live", second.person_id, at
        row.save()

    alone(promoted)


if __name__ == "__main__":
    django.setup()
    from mufakat.server.journal import door

    with door.open_house():
        fill()
    sys.exit(0)
