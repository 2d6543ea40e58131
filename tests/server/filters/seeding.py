"""Rows of the filters room as they are after what people did before: for tests of what comes later, and for volume."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F

from mufakat.rules.filtering import EntryState, HitState, Origin, PolicyState
from mufakat.screening.backtest import Table
from mufakat.server.filters.models import Backtest, Bank, Entry, Hit, HitEntry, Policy, Sample
from mufakat.server.filters.policy_faces import BacktestTableOut
from mufakat.server.journal import door
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.journal.work import Moment

POLICY = """\
policy: orchard
version: 1
rules:
  - name: unripe-block
    priority: 30
    mode: live
    when: {all_of: [{bank: phrases, category: terrorism}]}
    then: block
    reason: {id: Dilarang oleh aturan layanan kami., en: Forbidden by our terms of service.}
  - name: host-hold
    priority: 20
    mode: live
    when: {any_of: [{bank: hosts}]}
    then: hold
    reason: {id: Seorang peninjau melihatnya dahulu., en: A reviewer looks at it first.}
  - name: unripe-notify
    priority: 15
    mode: live
    when: {any_of: [{bank: phrases, category: narcotics}]}
    then: propose_notification
    reason: {id: Mungkin perlu diberitahukan., en: It may have to be told.}
  - name: unripe-warn
    priority: 10
    mode: live
    when: {any_of: [{bank: phrases, category: other}]}
    then: warn
    reason: {id: Kata-kata ini dilarang., en: These words are forbidden.}
  - name: unripe-label
    mode: shadow
    when: {any_of: [{bank: phrases}]}
    then: label
    reason: {id: Mungkin tidak pantas., en: It may not be fit for everybody.}
"""
"""Made-up fruit stands for what a platform looks for."""

ENTRIES: dict[str, list[tuple[str, str]]] = {
    "phrases": [("pisang hijau", "terrorism"), ("mangga muda", "narcotics"), ("salak masam", "other")],
    "hosts": [("jual.example.net", "gambling")],
}
KINDS = {"phrases": "phrase", "hosts": "locator", "own-words": "phrase"}


@dataclass(frozen=True)
class Seeded:
    """What was seeded: the policy, and the entries by bank and value."""

    policy: str
    entries: dict[tuple[str, str], int]


def seed(
    *,
    text: str = POLICY,
    entries: dict[str, list[tuple[str, str]]] | None = None,
    platform: str = "telegram",
    seats: tuple[str, str] = ("reviewer", "reviewer-2"),
    at: datetime | None = None,
) -> Seeded:
    """A live policy with reviewed entries, put in by the first reviewer and looked at by the second one.

    What is there already stays: banks are filled up, and a policy that was live gives way.
    """
    import msgspec
    import yaml

    when = at or datetime.now(UTC)
    first, second = (parties.caller_by_seat(platform, seat) for seat in seats)
    told = yaml.safe_load(text)

    def run(moment: Moment) -> Seeded:
        made: dict[tuple[str, str], int] = {}
        for name, values in (ENTRIES if entries is None else entries).items():
            bank, _ = Bank.objects.get_or_create(
                platform_id=first.party_id,
                name=name,
                defaults={
                    "id": moment.id("bnk"),
                    "kind": KINDS[name],
                    "allow": name == "own-words",
                    "made_by_id": first.person_id,
                    "made_at": when,
                    "event": moment.id("evt"),
                    "changes": 1,
                },
            )
            Bank.objects.filter(pk=bank.pk).update(changes=F("changes") + 1)
            for place, (value, category) in enumerate(values):
                taken = Entry.objects.filter(bank=bank, name=f"e-{place}").exists()
                row = Entry.objects.create(
                    bank=bank,
                    name=moment.id("ent") if taken else f"e-{place}",
                    value=value,
                    source="our reviewers",
                    category=category,
                    ground="terms 4.2",
                    origin=Origin.HAND.value,
                    state=EntryState.LIVE.value,
                    added_by_id=first.person_id,
                    added_at=when,
                    added_event=bank.event,
                    reviewed_by_id=second.person_id,
                    reviewed_at=when,
                )
                made[name, value] = row.pk
        sample = Sample.objects.create(
            id=moment.id("smp"),
            platform_id=first.party_id,
            name="last week",
            items=1,
            file="0" * 64,
            wrapped=b"key",
            sha256=bytes(32),
            added_by_id=first.person_id,
            added_at=when,
            erase_at=when,
        )
        Policy.objects.filter(platform=first.party_id, state=PolicyState.LIVE.value).update(
            state=PolicyState.ENDED.value, ended_at=when
        )
        known = Policy.objects.filter(platform=first.party_id, name=told["policy"])
        policy = Policy.objects.create(
            id=moment.id("pol"),
            platform_id=first.party_id,
            name=told["policy"],
            version=told["version"] + known.count(),
            text=text,
            sha256=hashlib.sha256(text.encode()).digest(),
            state=PolicyState.SHADOW.value,
            proposer_id=first.person_id,
            proposed_at=when,
            shadow_at=when,
            event=moment.id("evt"),
        )
        nothing = Table(before=None, after=f"{told['policy']}/{told['version']}", items=1, refused=0, rows=(), would={})
        policy.backtest = Backtest.objects.create(
            id=moment.id("bkt"),
            policy=policy,
            items=1,
            changed=0,
            table=msgspec.to_builtins(BacktestTableOut.of(nothing, {})),
            made_by_id=first.person_id,
            made_at=when,
            event=moment.id("evt"),
        )
        policy.backtest.samples.add(sample)
        policy.state, policy.promoter_id, policy.promoted_at = PolicyState.LIVE.value, second.person_id, when
        policy.save()
        return Seeded(policy.id, made)

    return door.commit(run)


def seed_hits(  # noqa: PLR0913 - what a hit is made of, each by name.
    seeded: Seeded,
    count: int,
    *,
    entry: tuple[str, str] = ("phrases", "salak masam"),
    action: str = "warn",
    rule: str = "unripe-warn",
    category: str = "other",
    state: HitState = HitState.TOLD,
    at: datetime | None = None,
    platform: str = "telegram",
    **more: Any,
) -> Sequence[str]:
    """So many hits by one entry; without their events, which nothing asks for unless it says what was said."""
    when = at or datetime.now(UTC)
    party = parties.caller_by_seat(platform, "reviewer").party_id

    def run(moment: Moment) -> list[str]:
        ids = [moment.id("hit") for _ in range(count)]
        Hit.objects.bulk_create(
            Hit(
                id=each,
                platform_id=party,
                policy_id=seeded.policy,
                rule=rule,
                action=action,
                category=category,
                item=hashlib.sha256(each.encode()).digest(),
                state=state.value,
                at=when,
                event=moment.id("evt"),
                **more,
            )
            for each in ids
        )
        HitEntry.objects.bulk_create(HitEntry(hit_id=each, entry_id=seeded.entries[entry]) for each in ids)
        return ids

    return door.commit(run)
