"""Worse houses of what goes on by itself: clocks, ladders, contacts, measures, deliveries. Each breaks one promise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db.models import Q

from mufakat.rules import clock, contact, mandate, pace
from mufakat.rules.talk import Side
from mufakat.server.connectors import deliveries, dispatch, expansion, registry
from mufakat.server.connectors.carriers import Fate
from mufakat.server.connectors.models import DeliveryState, Endpoint
from mufakat.server.journal import operations as journal, store
from mufakat.server.journal.parts import Swept
from mufakat.server.notices import clocks, passages, sides
from mufakat.server.notices.models import Clock, Notice
from mufakat.server.parties import contacts, drills, quotas, representatives
from mufakat.server.parties.models import ContactVersion
from mufakat.server.runtime import reactions


def clocks_run_out_early() -> Any:
    """A clock is over an hour before its time."""
    return patch.object(clocks, "_overdue", lambda at: clocks._running().filter(due_at__lt=at + timedelta(hours=1)))


def clocks_never_run_out() -> Any:
    """Nobody is ever late."""
    return patch.object(clocks, "is_due", lambda at, but=(): False)


def clocks_run_out_again() -> Any:
    """What ran out is told twice."""
    original = journal.append

    def append(happenings: Any, moment: Any, **named: Any) -> Any:
        again = [one for one in happenings if one.type == "clock.breached"]
        original(again, moment, **named)
        return original(happenings, moment, **named)

    return patch.object(journal, "append", append)


def paused_clocks_run() -> Any:
    """A rest brings nothing: the clock goes on with its old time."""
    return patch.object(clock, "resume", lambda duration, rest, *, at, calendars=(): at)


def ladders_skip_a_step() -> Any:
    """The second step is taken for the first."""
    original = clocks.rungs_of

    def rungs_of(*words: Any, **named: Any) -> Any:
        found = original(*words, **named)
        return (*found[1:2], *found[1:])

    return patch.object(clocks, "rungs_of", rungs_of)


def ladders_hurry() -> Any:
    """A server that was away turns to everybody in the same minute."""
    return patch.object(pace, "GAP", timedelta())


def ladders_climb_on_after_the_answer() -> Any:
    """Whoever answered is asked on."""

    def _end(one: Clock, rules_of: Any, *, void: bool, moment: Any) -> None:
        one.ended_at, one.void = moment.at, void
        Clock.objects.filter(pk=one.pk).update(void=void)

    return patch.object(clocks, "_end", _end)


def the_lost_are_not_passed_over() -> Any:
    """Who did not answer a test message is turned to first all the same."""
    return patch.object(contact, "order", lambda found: [one.id for one in sorted(found, key=lambda o: (o.rank, o.id))])


def reactions_forgotten() -> Any:
    """What an event calls for is said to be done."""
    return patch.object(reactions, "OPERATIONS", {"hasten_ladders": lambda row, moment: None})


def seen_again_and_again() -> Any:
    """Whoever looks a second time is written down as the first."""
    return patch.object(passages, "times_after", lambda notice, event, *, at: {"seen_at": at})


def strangers_speak() -> Any:
    """Whoever sits in the party speaks for it, on whichever side."""
    return patch.object(sides, "answers_for", lambda role, side: bool(Side))


def contacts_begin_at_once() -> Any:
    """Whoever stole a seat sets a contact that is in force now."""
    return patch.object(contact, "may_begin_at_once", lambda **known: True)


def old_contacts_not_told() -> Any:
    """A change is told to the party's systems, and to nobody who was there before."""
    return patch.object(representatives, "_everybody", lambda party, *, at: (f"party:{party.handle}",))


def waiting_contacts_hold() -> Any:
    """A contact that waits is turned to already."""
    return patch.object(
        contacts,
        "versions_in_force",
        lambda *, at: ContactVersion.objects.filter(Q(until=None) | Q(until__gt=at), set_at__lte=at),
    )


def missed_drills_forgiven() -> Any:
    """Nobody is marked who did not answer."""
    return patch.object(drills, "_missed", lambda at: [])


def answers_leave_drills_open() -> Any:
    """An answered drill is missed all the same."""
    original = drills._missed

    def _missed(at: Any) -> list[str]:
        return original(at + timedelta(hours=12))

    def _miss(ids: Any, moment: Any, *, at: Any, carried: bool) -> int:
        return miss(ids, moment, at=at + timedelta(hours=12), carried=carried)

    miss = drills._miss
    return patch.multiple(drills, _missed=_missed, _miss=_miss)


def suspended_mandates_count() -> Any:
    """A mandate that is suspended lets through what it covered."""
    original = mandate.covers

    def covers(one: Any, asked: Any) -> Any:
        return original(mandate.as_if_in_force([one])[0], asked)

    return patch.object(mandate, "covers", covers)


def measures_not_drawn() -> Any:
    """Nothing is ever taken from the measure."""
    return patch.object(
        quotas, "WRITE", "UPDATE parties_quota SET level = level WHERE %s > 0 AND %s > 0 AND party_id = %s"
    )


def measures_filled_by_resuming() -> Any:
    """A mandate that is suspended and resumed brings a second burst."""
    return patch.object(mandate, "regraded", lambda bucket, quota, *, granted, at: mandate.full(quota, at=at))


def half_of_the_endpoints_told() -> Any:
    """A party with two addresses is told at one."""
    original = expansion._endpoints
    return patch.object(expansion, "_endpoints", lambda ids: {pk: found[:1] for pk, found in original(ids).items()})


def strangers_told() -> Any:
    """What is for one party goes to the address of another."""

    def _endpoints(party_ids: Any) -> Any:
        found: dict[str, list[expansion.Recipient]] = {}
        for endpoint in Endpoint.objects.filter(state="active").order_by("pk"):
            for party in sorted(set(party_ids)):
                to = expansion.Recipient(party, registry.WEBHOOK, endpoint.pk)
                found.setdefault(party, []).append(to)
        return found

    return patch.object(expansion, "_endpoints", _endpoints)


def rows_done_unseen() -> Any:
    """The outbox is emptied, and nothing is made of it."""
    return patch.object(expansion, "insert", lambda pairs, moment: [])


def claims_said_to_be_delivered() -> Any:
    """What is taken in hand counts as delivered."""
    original = deliveries.claim

    def claim(lanes: Any, *, at: Any, until: Any) -> Any:
        found = original(lanes, at=at, until=until)
        rows = [
            ("delivered", deliveries.told(at), deliveries.told(at), False, None, "", c.id, c.attempt) for c in found
        ]
        store.change(deliveries.SETTLE, rows)
        return found

    return patch.object(deliveries, "claim", claim)


def leases_never_end() -> Any:
    """What a dead process had in hand is nobody's for ever."""
    return patch.object(deliveries, "LEASE", timedelta(days=4_000))


def dead_letters_untold() -> Any:
    """A letter dies, and the journal says nothing."""
    original = journal.append

    def append(happenings: Any, moment: Any, **named: Any) -> Any:
        kept = [one for one in happenings if one.type != "delivery.failed"]
        return original(kept, moment, **named)

    return patch.object(journal, "append", append)


def closed_addresses_wait_for_ever() -> Any:
    """What waits for an address that was closed waits on, and nobody sees it."""
    return patch.object(dispatch, "bury", lambda *, at, stop=None: Swept(0, more=False))


def delivered_twice() -> Any:
    """Each attempt that succeeds is an event of the notice."""
    original = passages.delivered

    def delivered(notices: Any, *, moment: Any) -> Any:
        Notice.objects.filter(pk__in=notices).update(delivered_at=None)
        return original(notices, moment=moment)

    return patch.object(passages, "delivered", delivered)


def accepted_taken_for_delivered() -> Any:
    """A mail server's word is said to be the recipient's own."""
    return patch.dict(deliveries.ENDS, {Fate.ACCEPTED: DeliveryState.DELIVERED})
