"""A thousand agreements of fifty authorities with twenty platforms, and the figures by which they are judged."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import bulk
from bench.accuracy_rows import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.database import Instance

AUTHORITIES, PLATFORMS = 50, 20
AGREEMENTS = AUTHORITIES * PLATFORMS
DAYS = 90
DECISIONS = 20  # Of each agreement.
DRILLS = 12  # Of each contact.
AT = datetime.now(UTC).replace(microsecond=0)
BEGAN = AT - timedelta(days=400)
CATEGORIES = ("terrorism", "fraud")
KINDS = {
    "government_channel": ("platform", ("acknowledged_in_time", "answered_in_time", "reasons_given")),
    "trusted_flagger": ("platform", ("mandate_granted",)),
    "representative": ("platform", ("representative_reachable", "evidence_given")),
    "filtering_governance": ("platform", ("review_held", "confirmed")),
    "self_censoring": ("platform", ("screening_running",)),
    "web_block_and_reopen": ("authority", ("within_scope", "list_synchronised")),
}
"""Point → who owes it, and what: eleven obligations of every sort."""

TEXT = "What either side owes the other under this point, in as many words as such a sentence takes. " * 8


def fill(instance: Instance) -> None:
    """Write all of it, as the rooms would have."""
    chance = random.Random(2017)  # noqa: S311 - no secret, and the same each time.
    at, began = instance.time(AT - timedelta(days=1)), instance.time(BEGAN)
    authorities = [named("pty", number) for number in range(AUTHORITIES)]
    platforms = [named("pty", AUTHORITIES + number) for number in range(PLATFORMS)]
    with bulk.loading(instance, ("governance_agreedanswering", "notices_notice", "decisions_decision")) as connection:

        def write(table: str, columns: str, rows: Iterator[Sequence[Any]]) -> None:
            bulk.write(instance, connection, table, columns.split(), rows)

        person = instance.fetch(connection, "SELECT min(id) FROM parties_person")[0][0]
        write("parties_party", "id handle kind name country registered_at", _parties(authorities, platforms, began))
        _fill_parties(write, authorities, platforms, began, at, instance)
        pairs = [(sender, recipient) for sender in authorities for recipient in platforms]
        write(
            "agreements_agreement",
            "id title_id title_en opened_by_id person_id opened_at event",
            ((of(number), "K", "A", sender, person, began, event("a", number)) for number, (sender, _) in each(pairs)),
        )
        write(
            "agreements_side",
            "agreement_id party_id position",
            ((of(number), party, place) for number, pair in each(pairs) for place, party in enumerate(pair)),
        )
        write(
            "agreements_version",
            "id agreement_id number from_at profile frame points event",
            (
                (number + 1, of(number), 1, began, "id-2017", '{"profile": "id-2017"}', POINTS, event("v", number))
                for number, _ in each(pairs)
            ),
        )
        _fill_points(write, pairs, person, began)
        write(
            "agreements_shown",
            "point_id party_id person_id confirms note files at event",
            _shown(pairs, person, at),
        )
        write(
            "governance_agreedanswering",
            "version_id sender_id party_id kind category day received answered_in_time answered_late unanswered_late"
            " waiting withdrawn acknowledged_in_time acknowledged_late unacknowledged_late appeals_resolved"
            " appeals_overturned",
            _answers(pairs, chance),
        )
        write(
            "notices_notice",
            "id sender_id recipient_id kind category urgency language state received_at profile leaf_hash seen_at"
            " acknowledged_at version_id",
            (
                (
                    named("ntc", key),
                    *pair,
                    "trusted_flag",
                    "terrorism",
                    "normal",
                    "id",
                    "decided",
                    instance.time(moment),
                    "id-2017",
                    b"\x00",
                    instance.time(moment),
                    instance.time(moment),
                    number + 1,
                )
                for number, pair, key, moment in _decided(pairs)
            ),
        )
        write(
            "decisions_decision",
            "id notice_id party_id person_id outcome refusal language detection automation decided_at event state"
            " informed_at",
            (
                (
                    named("dec", key),
                    named("ntc", key),
                    pair[1],
                    person,
                    "refuse",
                    "not_illegal",
                    "id",
                    False,
                    "none",
                    instance.time(moment),
                    event("d", key),
                    "standing",
                    instance.time(moment),
                )
                for _, pair, key, moment in _decided(pairs)
            ),
        )
    if instance.embedded:
        with instance.writing() as connection:
            connection.execute("ANALYZE")


POINTS = json.dumps({"terms": 1, **dict.fromkeys(KINDS, 1)})


def each(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[int, tuple[str, str]]]:
    return iter(enumerate(pairs))


def of(number: int) -> str:
    """The id of an agreement."""
    return named("agr", number)


def event(sort: str, number: int) -> str:
    """An event of its own."""
    return f"evt_{sort}{number:025}"


def _parties(authorities: Sequence[str], platforms: Sequence[str], began: Any) -> Iterator[Sequence[Any]]:
    for kind, parties in (("regulator", authorities), ("platform", platforms)):
        for number, party in enumerate(parties):
            yield party, f"{kind}-{number}", kind, kind, "", began


def _fill_parties(  # noqa: PLR0913, PLR0917 - whose rows.
    write: Any, authorities: Sequence[str], platforms: Sequence[str], began: Any, at: Any, instance: Instance
) -> None:
    """A mandate of each authority; three contacts of each platform with a year of drills, and its last review."""
    write(
        "parties_mandate",
        "id party_id kinds categories surfaces country expertise granted_by legal_source burst per_minute review_on"
        " granted_at state since reason reply",
        (
            (
                named("mnd", number),
                party,
                '["trusted_flag"]',
                '["terrorism"]',
                '["url"]',
                "",
                "",
                "A",
                "B",
                9,
                9,
                (AT + timedelta(days=90)).date().isoformat(),
                began,
                "in_force",
                began,
                "",
                "",
            )
            for number, party in enumerate(authorities)
        ),
    )
    contacts = [(number, party) for number, party in enumerate(sorted([*platforms] * 3))]
    write(
        "parties_contactpoint",
        "id party_id role added_at",
        ((named("ctc", number), party, "narahubung", began) for number, party in contacts),
    )
    write(
        "parties_contactversion",
        "id contact_id party_id role number event first set_at valid_from country organisation hours time_zone"
        " languages rank senior mandate_sha256 name email phone postal_address mandate unreachable_because",
        (
            (
                number + 10000,
                named("ctc", number),
                party,
                "narahubung",
                1,
                event("c", number),
                number % 3 == 0,
                began,
                at,
                "ID",
                "O",
                "",
                "",
                "[]",
                1,
                False,
                "",
                "N",
                "n@platform.example",
                "",
                "",
                "",
                "",
            )
            for number, party in contacts
        ),
    )
    write(
        "parties_drill",
        "id contact_id version_id event code because sent_at due_at answered_at",
        (
            (
                named("drl", key),
                named("ctc", number),
                number + 10000,
                event("l", key),
                f"{key:026}",
                "scheduled",
                instance.time(sent),
                instance.time(sent + timedelta(days=1)),
                instance.time(sent + timedelta(hours=1)),
            )
            for number, _ in contacts
            for turn in range(DRILLS)
            for key, sent in [(number * DRILLS + turn, AT - timedelta(days=30 * turn + 5))]
        ),
    )


def _fill_points(write: Any, pairs: Sequence[tuple[str, str]], person: int, began: Any) -> None:
    texts = {}
    for name, (_, kinds) in {"terms": ("authority", ()), **KINDS}.items():
        terms = {
            "owner": "platform-0",
            "text": {"id": TEXT, "en": TEXT},
            "evidence": ["a letter"],
            "obligations": [{"kind": kind} for kind in kinds],
        }
        raw = json.dumps(terms, separators=(",", ":"))
        texts[name] = (raw, hashlib.sha256(raw.encode()).hexdigest())
    points = [
        (number * 10 + place, number, name, pair[0] if name in {"terms", "web_block_and_reopen"} else pair[1], pair[0])
        for number, pair in each(pairs)
        for place, name in enumerate(texts)
    ]
    write(
        "agreements_point",
        "id agreement_id name version state since proposals owner_id agreed_at from_at",
        (
            (key + 1, of(number), name, 1, "in_force", began, 1, owner, began, began)
            for key, number, name, owner, _ in points
        ),
    )
    # Each agreement was negotiated: no two proposals of it are the same bytes.
    write(
        "agreements_proposal",
        "id point_id number party_id person_id terms sha256 note at event",
        (
            (key + 1, key + 1, 1, by, person, texts[name][0], f"{key:064}", "", began, event("p", key))
            for key, _, name, _, by in points
        ),
    )


def _shown(pairs: Sequence[tuple[str, str]], person: int, at: Any) -> Iterator[Sequence[Any]]:
    names = ["terms", *KINDS]
    for number, (authority, platform) in each(pairs):
        first = number * 10 + 1
        yield first + names.index("representative"), platform, person, False, "", "[]", at, event("s", 2 * number)
        confirmed = first + names.index("filtering_governance")
        yield confirmed, authority, person, True, "", "[]", at, event("s", 2 * number + 1)


def _answers(pairs: Sequence[tuple[str, str]], chance: random.Random) -> Iterator[Sequence[Any]]:
    for number, pair in each(pairs):
        for back in range(DAYS):
            day: date = (AT - timedelta(days=back)).date()
            for category in CATEGORIES:
                late = chance.random() < 0.3
                counts = (10, 9, int(late), int(not late), 0, 0, 10, 0, 0, 0, 0)
                yield number + 1, *pair, "trusted_flag", category, day.isoformat(), *counts


def _decided(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[int, tuple[str, str], int, datetime]]:
    for number, pair in each(pairs):
        for turn in range(DECISIONS):
            yield number, pair, number * DECISIONS + turn, AT - timedelta(days=turn * 4, hours=30)
