"""Letters that go out: what they carry, how they thread, who signed, and what becomes of what comes back."""

from __future__ import annotations

import asyncio
import email
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection
from tests.server.connectors.mailing import DOMAIN, configured, letter, lmtp, scripted, sink
from tests.unit.formats.test_formats_dsn import report

from mufakat.rules.letters import Sign
from mufakat.server.connectors import deliveries
from mufakat.server.connectors.carriers import Fate, Parcel
from mufakat.server.connectors.mail import addresses, bounces, carrier, intake, replies, turns, verdicts, words
from mufakat.server.connectors.mail.addresses import Address, Kind
from mufakat.server.connectors.mail.carrier import MailCarrier
from mufakat.server.connectors.mail.configuration import Listen, NoMailError, Relay
from mufakat.server.connectors.mail.models import Bounce, Letter, Reply, Verdict
from mufakat.server.connectors.mail.relay import TAKING, TOTAL, hand_over
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import contacts, drills, representatives
from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill
from mufakat.server.runtime import worker

if TYPE_CHECKING:
    from pathlib import Path

SOON = timedelta(minutes=15)


def parcel(case: str, *, type_: str = "notice.received", contact: str | None = None, number: int = 0) -> Parcel:
    event = Event.objects.filter(case=case).order_by("position")[0].pk
    return Parcel(
        delivery=f"dlv_01jd8v9r1ze8k3n7p5s2a4b6d{number}",
        attempt=1,
        event=event,
        type=type_,
        case=case,
        party="telegram",
        address=f"contact{number}@telegram.example",
        contact=contact,
        body=json.dumps({"type": type_}).encode(),
        at=datetime.now(UTC),
    )


def carried(relay: Relay, one: Parcel) -> Any:
    return asyncio.run(MailCarrier(relay).carry(one))


@pytest.fixture
def notice(house) -> str:
    found: str = house.submit().subject
    return found


@pytest.fixture
def two_contacts(house) -> list[str]:
    """Two contacts of the platform, in force, in their order."""
    return set_contacts(house, 2)


def set_contacts(house, count: int) -> list[str]:
    from tests.server.connectors.contacting import in_force

    return in_force("telegram", count)


def test_a_letter_carries_ids_codes_and_times_in_both_languages_and_no_content(notice) -> None:
    with configured(), sink() as (found, relay):
        outcome = carried(relay, parcel(notice))
    [(sender, to, raw)] = found.taken
    message = email.message_from_bytes(raw)
    text = message.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    told = words.LETTERS["notice.received"]
    assert outcome.fate is Fate.ACCEPTED
    assert (told.id in text, told.en in text, notice in text) == (True, True, True)
    assert ("terrorism" in text, f"http://127.0.0.1:8000/desk/notices/{notice}" in text) == (True, True)
    assert not [one for one in ("examplechannel", "made-up", "officer of kominfo") if one in raw.decode()]
    assert message["Auto-Submitted"] == "auto-generated"
    assert addresses_of(sender, to) == (Address(Kind.BOUNCE, parcel(notice).delivery), ["contact0@telegram.example"])


def addresses_of(sender: str, to: list[str]) -> tuple[Address | None, list[str]]:
    with configured():
        return addresses.read(sender), to


def test_the_letter_of_a_drill_leads_to_the_page_that_answers_it(house, two_contacts) -> None:
    drills.send(two_contacts[0], by=None)
    row = Drill.objects.get(contact=two_contacts[0])
    one = replace(parcel(two_contacts[0], type_="drill.sent", contact=two_contacts[0]), event=row.event)
    with configured(), sink() as (found, relay):
        carried(relay, one)
    # No receipt goes with it, so that the letter is one part.
    message = email.message_from_bytes(found.taken[0][2])
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert f"http://127.0.0.1:8000/drill/{row.code}" in text.decode()  # type: ignore[union-attr]


@pytest.mark.parametrize(("late", "many"), [(timedelta(hours=23), 1), (timedelta(hours=25), 0)])
def test_a_drill_whose_time_is_over_goes_out_no_more(house, two_contacts, late: timedelta, many: int) -> None:
    drills.send(two_contacts[0], by=None)
    row = Drill.objects.get(contact=two_contacts[0])
    one = replace(parcel(two_contacts[0], type_="drill.sent", contact=two_contacts[0]), event=row.event)
    with configured(), sink() as (found, relay):
        outcome = carried(relay, replace(one, at=one.at + late))
    assert (len(found.taken), outcome.fate) == (many, Fate.ACCEPTED if many else Fate.DEAD)
    assert contacts.get(two_contacts[0]).unreachable_since is None


def test_nobody_is_reminded_of_a_notice_that_has_ended(house, notice) -> None:
    from mufakat.server.notices import operations

    one = parcel(notice, type_="escalation.climbed")
    with configured(), sink() as (found, relay):
        before = carried(relay, one).fate
        operations.withdraw(notice, by=house.caller("kominfo", "officer"), reason="A mistake.")
        after = carried(relay, one)
    assert (before, after.fate, after.detail, len(found.taken)) == (Fate.ACCEPTED, Fate.DEAD, "its time is over", 1)


@pytest.mark.parametrize("mails", [True, False])
def test_the_worker_tries_contacts_where_letters_leave_the_house_alone(house, mails) -> None:
    first, *_ = set_contacts(house, 1)
    door.commit(lambda moment: ContactPoint.objects.filter(pk=first).update(drill_at=moment.at))
    (tried,) = [work.part for work in worker.PARTS if work.name == "drills"]
    with configured(relay=Relay("127.0.0.1", 25) if mails else None):
        tried(at=datetime.now(UTC) + SOON)
    assert Drill.objects.filter(contact=first).exists() is mails


def test_the_receipt_goes_with_the_letter(notice) -> None:
    with configured(), sink() as (found, relay):
        carried(relay, parcel(notice))
    message = email.message_from_bytes(found.taken[0][2])
    attached = message.get_payload(1)
    assert attached.get_filename() == f"{notice}.receipt.txt"  # type: ignore[union-attr]
    assert b"mufakat/custody/v1\n" in attached.get_payload(decode=True)  # type: ignore[union-attr]


def test_all_letters_of_a_case_are_one_thread_whatever_their_order(notice) -> None:
    with configured(), sink() as (found, relay):
        carried(relay, parcel(notice, number=1))
        carried(relay, parcel(notice, number=2, type_="message.sent"))
    letters = [email.message_from_bytes(raw) for _, _, raw in found.taken]
    roots = {(one["References"], one["In-Reply-To"], one["Subject"]) for one in letters}
    assert (len(roots), {one["Message-ID"] for one in letters} & {one["References"] for one in letters}) == (1, set())
    with configured():
        assert addresses.read(letters[0]["Reply-To"]) == Address(Kind.THREAD, notice)


def test_a_type_that_the_table_does_not_know_gets_the_general_letter(notice) -> None:
    with configured(), sink() as (found, relay):
        carried(relay, parcel(notice, type_="something.new"))
    text = email.message_from_bytes(found.taken[0][2]).get_payload(0).get_payload(decode=True)  # type: ignore[union-attr]
    assert words.GENERAL.en.encode() in text


def key_of(folder: Path, bits: int = 2048) -> tuple[Path, bytes]:
    """A private key in a file, and the record that stands for it in the DNS."""
    key = rsa.generate_private_key(65_537, bits)
    path = folder / "dkim.pem"
    pem = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption()))
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    lines = key.public_key().public_bytes(serialization.Encoding.PEM, public).splitlines()[1:-1]
    return path, b"v=DKIM1; k=rsa; p=" + b"".join(lines)


def test_a_letter_is_signed_for_our_domain_and_no_second_author_can_be_added(notice, tmp_path) -> None:
    path, record = key_of(tmp_path)
    with configured(dkim_key=path, dkim_selector="2026a"), sink() as (found, relay):
        carried(relay, parcel(notice))
    raw = found.taken[0][2]
    good = verdicts.judge(raw, {f"2026a._domainkey.{DOMAIN}": record}.get)
    forged = verdicts.judge(b"From: other@elsewhere.example\r\n" + raw, {f"2026a._domainkey.{DOMAIN}": record}.get)
    assert (good.verdict, good.domain, good.key) == (Verdict.PASS, DOMAIN, record.decode())
    assert forged.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("says", "fate", "sign", "status", "now"),
    [
        ("450 4.2.0 greylisted, come back later", Fate.RETRY, "delayed", "4.2.0", False),
        ("452 4.2.2 mailbox full", Fate.RETRY, "full", "4.2.2", True),
        ("550 5.1.1 no such user", Fate.DEAD, "failed", "5.1.1", True),
        ("552 5.2.2 mailbox full", Fate.DEAD, "full", "5.2.2", True),
        ("550 No such user here", Fate.DEAD, "failed", "5.1.1", True),
        (None, Fate.ACCEPTED, "handed", "", False),
    ],
)
def test_whatever_the_server_says_the_next_contact_is_told_within_fifteen_minutes(  # noqa: PLR0913, PLR0917
    notice, two_contacts, says, fate, sign, status, now
) -> None:
    one = parcel(notice, contact=two_contacts[0])
    with configured(), sink() as (found, relay):
        found.says.update({one.address: says} if says else {})
        outcome = carried(relay, one)
    row = Letter.objects.get()
    assert (outcome.fate, row.sign, row.status) == (fate, sign, status)
    at = row.handed_at + (timedelta(seconds=5) if now else SOON)
    assert turns.sweep(at=at - timedelta(minutes=6)).done == 0
    assert turns.sweep(at=at).done == 1
    [event] = Event.objects.filter(type="mail.undelivered")
    assert [out.to for out in Outbox.objects.filter(event=event)] == [f"contact:{two_contacts[1]}"]
    assert turns.sweep(at=at).done == 0


@pytest.mark.parametrize(
    "says",
    [
        {"banner": "554 5.7.1 You are on a list"},
        {"ehlo": "550 no", "helo": "550 5.7.1 no"},
        {"mail": "550 5.1.8 Sender address rejected: domain not found"},
        {"mail": "552 5.3.4 too large for us"},
        {"ehlo": "250-well\r\n250 STARTTLS", "starttls": "554 5.7.0 no"},
        {"rcpt": "452 4.3.1 Insufficient system storage"},
        {"rcpt": "452 Insufficient system storage"},
        {"letter": "452 4.3.1 Insufficient system storage"},
        {"letter": ""},
    ],
    ids=str,
)
def test_a_fault_between_our_mail_server_and_us_says_nothing_about_the_contact(notice, two_contacts, says) -> None:
    with configured(), scripted(**says) as relay:
        outcome = carried(relay, parcel(notice, contact=two_contacts[0]))
    row = Letter.objects.get()
    assert (outcome.fate, row.sign, row.turn_at) == (Fate.RETRY, "delayed", row.handed_at + SOON)
    assert contacts.get(two_contacts[0]).unreachable_since is None


@pytest.mark.parametrize("says", [{"rcpt": "554 5.7.1 no"}, {"letter": "550 5.7.26 unauthenticated"}], ids=str)
def test_a_refusal_by_policy_turns_to_the_next_contact_and_marks_nobody(notice, two_contacts, says) -> None:
    with configured(), scripted(**says) as relay:
        outcome = carried(relay, parcel(notice, contact=two_contacts[0]))
    row = Letter.objects.get()
    assert (outcome.fate, row.sign, row.turn_at < row.handed_at + SOON) == (Fate.DEAD, "failed", True)  # type: ignore[operator]
    assert contacts.get(two_contacts[0]).unreachable_since is None


@pytest.mark.parametrize("says", ["500 what?", "421 4.3.2 going down", "", "nonsense"])
def test_a_letter_that_was_taken_stays_taken_whatever_the_server_says_to_our_leaving(notice, says) -> None:
    with configured(), scripted(quit=says) as relay:
        assert carried(relay, parcel(notice)).fate is Fate.ACCEPTED


def test_no_letter_is_begun_for_which_no_time_is_left(notice) -> None:
    """Or it would leave after its attempt was given up, and once more at the next."""
    with sink() as (found, relay):
        said = hand_over(relay, b"", sender="", to="contact0@telegram.example", ends=time.monotonic() + TAKING)
    assert (said.sign, found.taken) == (Sign.DELAYED, [])


def test_the_mail_server_is_given_up_before_the_attempt_and_the_attempt_before_its_lease() -> None:
    assert TOTAL < MailCarrier.longest < deliveries.LEASE.total_seconds()


def test_a_letter_that_cannot_be_written_has_its_turn(notice, two_contacts, tmp_path) -> None:
    one = parcel(notice, contact=two_contacts[0])
    key = tmp_path / "nowhere.pem"
    with configured(dkim_key=key, dkim_selector="s"), sink() as (_, relay), pytest.raises(NoMailError):
        carried(relay, one)
    row = Letter.objects.get()
    assert turns.sweep(at=row.handed_at + SOON).done == 1


@pytest.mark.parametrize(
    ("said", "unreachable", "turns_at_once"),
    [
        (("failed", "5.1.1"), True, True),
        (("failed", "5.2.2"), True, True),
        (("failed", "4.4.7"), False, True),
        (("delayed", "4.4.1"), False, False),
    ],
)
def test_a_bounce_marks_the_contact_and_turns_to_the_next(
    notice, two_contacts, said, unreachable, turns_at_once
) -> None:
    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
        door.writer().commit(bounces.deed(report(*said), letter=parcel(notice).delivery))
    row = Letter.objects.get()
    assert (contacts.get(two_contacts[0]).unreachable_since is not None) is unreachable
    assert (row.turn_at < row.handed_at + SOON) is turns_at_once  # type: ignore[operator]


@pytest.mark.parametrize("column", ["valid_from", "verified_at"])
def test_a_late_bounce_says_nothing_of_an_address_that_is_new_or_was_answered_from_since(
    notice, two_contacts, column
) -> None:
    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
        version = ContactVersion.objects.filter(contact=two_contacts[0])
        door.commit(lambda moment: version.update(**{column: moment.at}))
        door.writer().commit(bounces.deed(report("failed", "5.1.1"), letter=parcel(notice).delivery))
    assert (Letter.objects.get().sign, contacts.get(two_contacts[0]).unreachable_since) == ("failed", None)


def test_a_letter_that_lies_in_the_mailbox_turns_to_nobody(notice, two_contacts) -> None:
    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
        door.writer().commit(bounces.deed(report("delivered", "2.0.0"), letter=parcel(notice).delivery))
    assert Letter.objects.get().turn_at is None


def test_a_letter_that_was_answered_turns_to_nobody(house, notice, two_contacts) -> None:
    from mufakat.server.notices import operations

    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
    operations.acknowledge(notice, by=house.caller("telegram", "representative"), note="")
    turns.sweep(at=datetime.now(UTC) + SOON)
    assert Event.objects.filter(type="mail.undelivered").count() == 0


def test_an_answer_of_absence_is_no_sign_of_life(notice, two_contacts) -> None:
    away = letter(Auto_Submitted="auto-replied", Subject="Out of office")
    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
        door.writer().commit(bounces.deed(away, letter=parcel(notice).delivery))
    row = Letter.objects.get()
    assert (row.sign, row.turn_at, Bounce.objects.get().says) == ("handed", row.handed_at + SOON, "")


def test_the_same_bounce_counts_once(notice, two_contacts) -> None:
    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
        for _ in range(3):
            door.writer().commit(bounces.deed(report("failed", "5.1.1"), letter=parcel(notice).delivery))
    assert Bounce.objects.count() == 1


def test_nobody_can_forge_a_bounce(notice, two_contacts) -> None:
    from mufakat.server.connectors.mail import lmtp as server

    with configured(), sink() as (_, relay):
        carried(relay, parcel(notice, contact=two_contacts[0]))
        good = addresses.made(Kind.BOUNCE, parcel(notice).delivery)
        bad = good.replace(".", ".a", 1)[: good.index("@")] + f"@{DOMAIN}"
        with server.listening(Listen(host="127.0.0.1")) as made:
            assert made.ready.wait(10)
            said = [lmtp(made.port, report("failed", "5.1.1"), sender="", to=to) for to in (bad, good)]
    assert (said[0][:9], said[1][:9], Bounce.objects.count()) == ("550 5.1.1", "250 2.0.0", 1)


def test_a_server_that_cannot_be_reached_is_tried_again(notice) -> None:
    from tests.houses import free_port

    with configured():
        assert carried(Relay("127.0.0.1", free_port()), parcel(notice)).fate is Fate.RETRY


def test_letters_leave_again_after_the_database_let_our_connections_go(notice) -> None:
    def broken() -> None:
        """This thread's connection as it is after the database was restarted."""
        connection.ensure_connection()
        connection.connection.close()
        connection.close_at = 0

    async def run(relay: Relay, one: Parcel) -> Any:
        # One thread, as in a process where each of them was used before.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await asyncio.to_thread(broken)
        outcome = await MailCarrier(relay).carry(one)
        await asyncio.to_thread(lambda: connection.close())  # noqa: PLW0108 - of that thread, not of this one.
        return outcome

    with configured(), sink() as (found, relay):
        assert (asyncio.run(run(relay, parcel(notice))).fate, len(found.taken)) == (Fate.ACCEPTED, 1)


def test_a_repeated_attempt_is_the_same_letter(notice) -> None:
    with configured(), sink() as (found, relay):
        carried(relay, parcel(notice))
        carried(relay, parcel(notice))
    ids = {email.message_from_bytes(raw)["Message-ID"] for _, _, raw in found.taken}
    assert (len(found.taken), len(ids), Letter.objects.count()) == (2, 1, 1)


def test_whoever_wrote_gets_the_receipt_in_their_thread_once(house) -> None:
    taken = door.writer().commit(intake.deed(letter(), sender="officer@kominfo.example", to=Address(Kind.NOTICES, "")))
    with sink() as (found, relay), configured(relay=relay):
        at = datetime.now(UTC)
        assert [replies.sweep(at=at).done, replies.sweep(at=at).done] == [1, 0]
    [(sender, to, raw)] = found.taken
    message = email.message_from_bytes(raw)
    assert (sender, to) == ("<>", ["officer@kominfo.example"])
    assert (message["In-Reply-To"], message["Auto-Submitted"]) == ("<one@kominfo.example>", "auto-replied")
    assert taken.receipt.encode() in message.get_payload(1).get_payload(decode=True)  # type: ignore[union-attr]
    assert Reply.objects.get().sent_at is not None


def test_there_is_no_carrier_without_a_mail_server() -> None:
    with configured():
        assert carrier.mail() is None


def worked() -> None:
    """Outbox and deliveries, until nothing is left in hand: each waits a moment for news of what is on its way."""
    from mufakat.server.connectors import dispatch, expansion

    try:
        while any([part(at=datetime.now(UTC)).more for part in (expansion.expand, dispatch.deliver)]):  # noqa: C419 - both.
            pass
    finally:
        dispatch.close(at=datetime.now(UTC))


def test_a_notice_reaches_the_contact_of_its_recipient_by_the_worker(house) -> None:
    """The whole way: outbox, delivery, carrier, mail server; and the delivery says that it was accepted, no more."""
    from mufakat.server.connectors.models import Delivery

    first, *_ = set_contacts(house, 1)
    with sink() as (found, relay), configured(relay=relay):
        house.submit()
        worked()
    [row] = Delivery.objects.filter(carrier="mail")
    assert (row.target, row.state, [to for _, to, _ in found.taken]) == (
        first,
        "accepted",
        [[contacts.get(first).email]],
    )


def test_whoever_was_removed_gets_no_letter_but_of_the_removal_and_the_next_is_told(house) -> None:
    from mufakat.server.connectors import expansion
    from mufakat.server.connectors.models import Delivery

    removed, following, *_ = set_contacts(house, 2)
    address = contacts.get(removed).email
    with sink() as (found, relay), configured(relay=relay):
        house.submit()
        expansion.expand(at=datetime.now(UTC))
        assert Delivery.objects.get(carrier="mail").target == removed
        representatives.remove(removed, reason="Compromised.", by=None)
        worked()
        assert turns.sweep(at=datetime.now(UTC)).done == 1
    types = {one.event.type: one.state for one in Delivery.objects.filter(target=removed).select_related("event")}
    assert types == {"notice.received": "dead", "contact.removed": "accepted"}
    assert [to for _, to, _ in found.taken].count([address]) == 1
    event = Event.objects.get(type="mail.undelivered")
    assert [out.to for out in Outbox.objects.filter(event=event)] == [f"contact:{following}"]
