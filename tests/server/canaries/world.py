"""Two parties of every kind, every role in them, and a canary in every free-text field they can fill."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from tests.houses import NOTICE
from tests.mandates import terms
from tests.server.api.doors import NOTICES, hot, put
from tests.server.api.test_api_evidence import streamed
from tests.server.api.test_api_importing import view as imported
from tests.server.canaries import (
    banked,
    contested,
    decided,
    governed,
    handed_in,
    keyed,
    negotiated,
    notified,
    policed,
    restricted,
    screened,
)
from tests.server.canaries.eye import EVERYBODY, Canary, Eye
from tests.server.governance.counted import judged_badly

from mufakat.formats import Format
from mufakat.rules.events import INTERNAL
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role, kinds_by_mandate
from mufakat.server.connectors.mail import intake
from mufakat.server.connectors.mail.addresses import Address, Kind
from mufakat.server.journal import door
from mufakat.server.notices import import_jobs, import_queries
from mufakat.server.notices.imports import How
from mufakat.server.notices.models import ImportReceipt, ImportState, Notice
from mufakat.server.notices.spool import Spool
from mufakat.server.parties.models import Drill, Mandate
from mufakat.server.parties.queries import caller_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mufakat.server.parties.queries import Caller

HOUSE = "mufakat"  # There is one house; the example made it.
PARTIES = {
    f"{kind.value.replace('_', '-')}-{letter}": kind
    for kind in PartyKind
    if kind is not PartyKind.HOUSE
    for letter in "ab"
} | {HOUSE: PartyKind.HOUSE}
WATCHING = {PartyKind.PLATFORM, PartyKind.OPERATOR, PartyKind.AUDITOR}
MANDATED = [handle for handle, kind in PARTIES.items() if kinds_by_mandate(kind)]
SHARED = "https://shared.example/seen/by/many"  # So that notices of several senders are related.

CARD_WORDS = ("name", "organisation", "email", "postal_address", "hours", "mandate")
CARD_PLAIN = {
    "phone": "digits",
    "time_zone": "one of a list",
    "languages[]": "language tags",
    "mandate_sha256": "a digest",
    "valid_from": "a moment",
    "valid_to": "a moment",
}

LODGED_WORDS = ("reasons", "evidence[].name", "evidence[].media_type", "evidence[].content")

# Every string of a request that is not one of a list, and where its canary is; or why none can stand there.
PLANTED = {
    *banked.PLANTED,
    *handed_in.PLANTED,
    *negotiated.PLANTED,
    *governed.PLANTED,
    *restricted.PLANTED,
    *screened.PLANTED,
    *policed.PLANTED,
    *notified.PLANTED,
    "Draft.locators[]",
    "Draft.explanation",
    "Draft.legal_ground.instrument",
    "Draft.legal_ground.provision",
    "Draft.non_disclosure.legal_ground.instrument",
    "Draft.non_disclosure.legal_ground.provision",
    "Draft.terms_ground.document",
    "Draft.terms_ground.clause",
    "Draft.terms_ground.url",
    "Draft.evidence[].name",
    "Draft.evidence[].media_type",
    "Draft.evidence[].content",
    "Draft.external_refs[].scheme",
    "Draft.external_refs[].id",
    "Draft.external",
    "NoteIn.note",
    "ConfirmationIn.note",
    "ReasonIn.reason",
    *(f"{card}.{name}" for card in ("Card", "NewCard") for name in CARD_WORDS),
    "TextIn.text",
    *(f"WarningIn.{name}" for name in ("text", "reasons_weighed")),
    *(f"WarningIn.legal_ground.{name}" for name in ("instrument", "provision")),
    *(f"DecisionIn.{name}" for name in ("reasons", "facts")),
    *(f"{form}.{name}" for form in ("LodgingIn", "CodeLodgingIn") for name in LODGED_WORDS),
    *("LodgingIn.body", "ResolutionIn.reasons"),
    *(f"DecisionIn.ground.legal_ground.{name}" for name in ("instrument", "provision")),
    *(f"DecisionIn.ground.terms_ground.{name}" for name in ("document", "clause", "url")),
    "HandoverIn.note",
    "EndpointIn.url",
    "header Idempotency-Key",
    "evidence body",  # The bytes of a file.
    "import body",  # A file of notices.
    "query set",
}
UNPLANTED = {
    **banked.UNPLANTED,
    **keyed.UNPLANTED,
    **handed_in.UNPLANTED,
    **negotiated.UNPLANTED,
    **governed.UNPLANTED,
    **restricted.UNPLANTED,
    **screened.UNPLANTED,
    **policed.UNPLANTED,
    **notified.UNPLANTED,
    **{f"{card}.{name}": why for card in ("Card", "NewCard") for name, why in CARD_PLAIN.items()},
    "Draft.to": "the handle of a party",
    "Draft.language": "a language tag",
    "Draft.content_date": "a date",
    "Draft.non_disclosure.until": "a moment",
    "Draft.evidence[].sha256": "a digest",
    "header Prefer": "how long to wait, a number",
    "path notice": "an id: the crawl asks for each",
    "path chat": "an id: the crawl asks for one",
    "path contact": "an id: the crawl asks for each",
    "path drill": "an id: the crawl asks for each",
    "path endpoint": "an id: the crawl asks for each",
    "path delivery": "an id: the crawl asks for each",
    "DecisionIn.language": "a language tag",
    "LodgingIn.evidence[].sha256": "a digest",
    "CodeLodgingIn.evidence[].sha256": "a digest",
    "CodeLodgingIn.code": "a code: told to nobody who has not got it",
    "ResolutionIn.measures[]": "ids",
    "path appeal": "an id: the crawl asks for each",
    "path code": "a code: asked by the reader itself",
    "DecisionIn.items[].ends_at": "a moment",
    **{f"path {name}": "an id: the crawl asks for each" for name in ("decision", "measure", "statement")},
    "path task": "an id: the crawl asks for each",
    "path warning": "an id: the crawl asks for each",
    "WarningIn.step": "one of the profile's steps",
    "WarningIn.language": "a language tag",
    "path name": "one of the profile's clocks: the crawl asks for one",
    "path handle": "the handle of a party: the crawl asks for each",
    "path entry": "an id: the crawl asks for each",
    **{f"query {name}": "asked by the reader itself" for name in ("q", "kind", "outcome", "event")},
    "path shard": "a shard",
    "path list_name": "one of the categories: the crawl asks for one",
    "path file": "one of a list",
    "query state": "one of a list",
    **{f"query {name}": "one of a list" for name in ("event", "kind", "outcome")},
    "query q": "asked by the reader itself, of the public register",
    "query to": "asked by the reader itself: see the crawl",
    "query party": "asked by the reader itself",
    "query after": "asked by the reader itself: see the crawl",
    "HandoverIn.to": "a seat",
    "path sha256": "a digest",
    "query category": "one of a list",
    "query from": "a date",
    "query format": "one of a list",
    "query encoding": "one of a list",
    "query since": "a date",
    "query upto": "an id: asked by the reader itself",
    "query contact": "asked by the reader itself, and said to nobody else",
    "query domain": "asked by the reader itself, and said to nobody else",
    "query report": "one of a list",
    "query grade": "asked by the reader itself: see the crawl",
}


@dataclass
class World:
    """What was planted, and the keys to read it."""

    eye: Eye = field(default_factory=Eye)
    tokens: dict[tuple[str, Role], str] = field(default_factory=dict)
    people: dict[tuple[str, Role], Any] = field(default_factory=dict)
    notices: dict[str, tuple[str, str]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    contacts: dict[str, str] = field(default_factory=dict)  # Whose each is.
    drills: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)  # Of drills: nobody reads them anywhere but in the message.
    parties: list[str] = field(default_factory=lambda: [*PARTIES])
    endpoints: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    decisions: dict[str, str] = field(default_factory=dict)  # The statement of each; "" where there is none.
    measures: list[str] = field(default_factory=list)
    appeals: list[str] = field(default_factory=list)
    appeal_codes: dict[str, str] = field(default_factory=dict)  # Whose platform hands each out.
    statements: dict[str, str] = field(default_factory=dict)  # Names of those handed in, and their identifiers.
    agreements: dict[str, tuple[str, str]] = field(default_factory=dict)  # The sides of each.
    points: list[str] = field(default_factory=lambda: ["terms"])
    objectives: list[str] = field(default_factory=list)
    reviews: list[str] = field(default_factory=list)
    followups: list[str] = field(default_factory=list)
    restrictions: dict[str, set[str]] = field(default_factory=dict)  # The parties of each.
    names: list[str] = field(default_factory=list)  # What is closed.
    hits: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    backtests: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    promoters: dict[str, str] = field(default_factory=dict)  # The token of who promotes, by platform.
    ground: dict[str, str] = field(default_factory=dict)  # Under which the first two tell each other of hits.
    notifications: list[str] = field(default_factory=list)
    revoked: str = ""

    def seats(self, handle: str) -> Iterator[tuple[Role, str]]:
        """The roles of a party and their tokens."""
        return ((role, token) for (one, role), token in self.tokens.items() if one == handle)

    def draft(self, sender: str, to: str, kind: str, number: int) -> dict[str, Any]:
        """A notice with a canary wherever one can stand."""

        def canary(where: str) -> str:
            return self.eye.plant(f"{sender} > {to}: {where}", {sender, to})

        content = f"file {canary('evidence content')}".encode()
        silence: dict[str, Any] = {}
        if kind in {"request", "order"}:
            law = {"instrument": f"Law {canary('silence')}", "provision": f"Section {canary('silent provision')}"}
            until = (datetime.now(UTC) + timedelta(days=100)).isoformat(timespec="seconds")
            silence = {"non_disclosure": {"until": until, "legal_ground": {"system": "id", **law}}}
        return {
            **silence,
            "to": to,
            "kind": kind,
            "category": "terrorism",
            "locators": [
                f"https://{canary('host')}.example/{canary('path')}",
                f"https://t.me/{canary('channel')}/12",
                SHARED,
            ],
            "explanation": f"A made-up placeholder, {canary('explanation')} <b>&\"'",
            "language": "id",
            "legal_ground": {
                "system": "id",
                "instrument": f"Law {canary('instrument')}",
                "provision": f"Section {canary('provision')}",
            },
            "terms_ground": {
                "document": f"Terms {canary('document')}",
                "clause": f"Clause {canary('clause')}",
                "url": f"https://terms.example/{canary('url')}",
            },
            "evidence": [
                {
                    "name": f"{canary('evidence name')}.png",
                    "media_type": f"image/{canary('media type')}",
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "content": base64.b64encode(content).decode(),
                },
                self.upload(sender, canary),
            ],
            "external_refs": [{"scheme": canary("scheme"), "id": f"S-{canary('reference')}"}],
            "external": {canary("external name"): {"number": number, "text": canary("external value")}},
        }

    def upload(self, sender: str, canary: Callable[[str], str]) -> dict[str, Any]:
        """A file that goes in by itself, as a notice names it."""
        content = f"uploaded {canary('uploaded content')}".encode()
        answer = streamed(content, token=self.tokens[sender, Role.OFFICER])
        assert answer.status == 201, answer.says
        return {
            "name": f"{canary('uploaded name')}.txt",
            "media_type": f"text/{canary('uploaded media type')}",
            "sha256": answer.json()["sha256"],
        }

    def entitle(self, handle: str) -> None:
        """A mandate in force, which whoever decides or watches sees too; and one about which words were exchanged."""
        from mufakat.server.parties import mandates, queries, shares

        party = queries.party_by_handle(handle)
        watching = {one for one, kind in PARTIES.items() if kind in WATCHING}
        for audience in (watching | {handle, HOUSE}, {handle, HOUSE}):
            told = {
                name: f"Made up {self.eye.plant(f'{handle}: {name} of a mandate', audience, of_notice=False)}"
                for name in ("expertise", "granted_by", "legal_source")
            }
            kinds = sorted(kinds_by_mandate(PartyKind(party.kind)))
            made = mandates.grant(party, terms(kinds=kinds, review_on=date(2100, 1, 1), **told), at=datetime.now(UTC))
            self.eye.known[made.id] = Canary("id", frozenset(audience), of_notice=False)
        words = [self.eye.plant(f"{handle}: {one} about a mandate", audience, of_notice=False) for one in ("a", "b")]
        said = [self.eye.plant(f"{handle}: {one} of an accuracy", audience, of_notice=False) for one in ("no", "back")]
        judged_badly(handle, mandate=made)
        shares.decline_of(made.id, reason=f"Not now: {said[0]}.")
        shares.restore(made.id, reason=f"Given back: {said[1]}.")
        mandates.suspend(made.id, reason=f"Because {words[0]}.")
        mandates.reply(made.id, by=caller_of(self.people[handle, Role.OFFICER]), text=f"Not so: {words[1]}.")

    def be_told(self, handle: str) -> None:
        """An endpoint, whose address is its party's alone: it may hold a password."""
        told = self.eye.plant(f"{handle}: address of an endpoint", {handle}, of_notice=False)
        url = f"https://hooks.example/{told}"
        token = self.tokens[handle, Role.ADMIN]
        answer = put("/api/v1/endpoints", json.dumps({"url": url}).encode(), token, self.key(handle))
        assert answer.status == 201, answer.says
        self.endpoints.append(answer.json()["id"])
        self.eye.known[answer.json()["id"]] = Canary("id", frozenset({handle}), of_notice=False)

    def mail_in(self, handle: str, number: int) -> None:
        """A mail that names a party's domain: whoever wrote it, that party and the operator may read it."""

        def canary(where: str) -> str:
            return self.eye.plant(f"{handle}: {where} of a mail", {handle, HOUSE}, of_notice=False)

        author = f"{canary('author')}@mail{number}.example"
        raw = EmailMessage()
        raw["From"], raw["To"], raw["Subject"] = author, "notices@mufakat.example", f"About {canary('subject')}"
        raw["Message-ID"], raw["Date"] = f"<{number}@mail{number}.example>", datetime.now(UTC)
        raw.set_content(f"A made-up placeholder, {canary('text')}.\nhttps://{canary('link')}.example/")
        taken = door.writer().commit(intake.deed(raw.as_bytes(), sender=author, to=Address(Kind.NOTICES, "platform-a")))
        self.eye.known[taken.id] = Canary("id", frozenset({handle, HOUSE}), of_notice=False)
        self.mails.append(taken.id)

    def key(self, owner: str) -> str:
        """An idempotency key that its sender alone knows."""
        return self.eye.plant(f"{owner}: idempotency key", {owner})

    def send(self, sender: str, to: str, kind: str, number: int) -> str:
        """Send one and learn its ids."""
        raw = json.dumps(self.draft(sender, to, kind, number)).encode()
        answer = hot(raw, token=self.tokens[sender, Role.OFFICER], key=self.key(sender))
        assert answer.status == 201, answer.says
        return self.learn(answer.json()["id"], sender, to)

    def counterparties(self, handle: str) -> set[str]:
        """Whoever asked this party with authority, or was asked by it: here by an order."""
        pairs = list(Notice.objects.filter(kind="order").values_list("sender__handle", "recipient__handle"))
        # Whoever holds a mandate works with every platform and operator.
        holders = Mandate.objects.filter(state="in_force").values_list("party__handle", flat=True)
        asked = [one for one, kind in PARTIES.items() if kind in {PartyKind.PLATFORM, PartyKind.OPERATOR}]
        pairs += [(holder, one) for holder in holders for one in asked]
        return {one for pair in pairs if handle in pair for one in pair} | {handle}

    def card(self, handle: str, seen_by: set[str]) -> dict[str, Any]:
        """A contact with a canary wherever one can stand."""

        def canary(where: str, audience: set[str]) -> str:
            return self.eye.plant(f"{handle}: {where} of a contact", audience, of_notice=False)

        return {
            "name": f"Person {canary('name', seen_by)}",
            "organisation": f"Office {canary('organisation', seen_by)}",
            "country": "ID",
            "email": f"{canary('e-mail', seen_by)}@mail.example",
            "languages": ["id"],
            "phone": "+62 21 5550 0199",
            "postal_address": f"Street {canary('address', seen_by)}",
            "hours": f"Always {canary('hours', seen_by)}",
            "time_zone": "Asia/Jakarta",
            "mandate": f"Letter {canary('mandate', {handle})}",
            "mandate_sha256": "ab" * 32,
        }

    def set_contact(self, handle: str) -> None:
        """A contact in force, a change of it that waits, one that was removed, and a drill."""
        token = self.tokens[handle, Role.REPRESENTATIVE]
        there = "/api/v1/contacts"

        def post(path: str, made: dict[str, Any]) -> str:
            answer = put(path, json.dumps(made).encode(), token, self.key(handle))
            assert answer.status < 300, answer.says
            return str(answer.json()["id"])

        shown = self.counterparties(handle)
        # The office of a contact in force is everybody's to see.
        card = self.card(handle, shown)
        card["organisation"] = f"Office {self.eye.plant(f'{handle}: office', {EVERYBODY}, of_notice=False)}"
        contact = post(there, {"role": "contact_for_authorities", **card})
        post(f"{there}/{contact}/versions", self.card(handle, {handle}))
        gone = post(there, {"role": "legal_representative", **self.card(handle, {handle})})
        reason = self.eye.plant(f"{handle}: reason of a removal", {handle}, of_notice=False)
        post(f"{there}/{gone}/removal", {"reason": f"Left. {reason}"})
        drill = post(f"{there}/{contact}/drills", {})
        code = Drill.objects.get(pk=drill).code
        self.eye.known[drill] = Canary("id of a drill", frozenset({handle}), of_notice=False)
        self.contacts |= {contact: handle, gone: handle}
        self.drills.append(drill)
        self.codes.append(code)

    def import_file(self, sender: str, to: str) -> None:
        """A file by API and one by page: a good line and a bad one in each, and a member said for all lines."""
        only = {sender}
        bad = {"to": self.eye.plant("a refused line: handle", only), self.eye.plant("a refused line: member", only): 1}
        good = self.draft(sender, to, "user_report", 7)
        said = {"explanation": good.pop("explanation")}
        query = {"format": "ndjson", "set": json.dumps(said)}
        answer = imported(lines(good, bad), self.tokens[sender, Role.OFFICER], query, key=self.key(sender))
        taken = [item["id"] for one in map(json.loads, answer.body.splitlines()) for item in one.get("items", ())]
        assert len(taken) == 1
        self.learn(taken[0], sender, to)
        name = self.eye.plant(f"{sender}: name of a file", only, of_notice=False)
        by = caller_of(self.people[sender, Role.OFFICER])
        sent = self.keep_file(name, lines(self.draft(sender, to, "user_report", 8), bad), How(Format.NDJSON), by)
        run(sent, by)
        items = [item for one in ImportReceipt.objects.filter(of_id=sent) for item in json.loads(bytes(one.items))]
        assert len(items) == 1
        self.learn(items[0]["id"], sender, to)
        looked = {**NOTICE, "locators": [f"https://{self.eye.plant('a line that waits', only)}.example/"], "to": to}
        how = How(Format.NDJSON, {"explanation": self.eye.plant(f"{sender}: said for all lines", only)})
        self.keep_file(name, lines({**looked, "kind": "user_report"}), how, by)

    def keep_file(self, name: str, raw: bytes, how: How, by: Caller) -> str:
        """A file that was sent to the page and waits."""
        with closing(Spool.new()) as file:
            file.write(raw)
            pk = import_jobs.create(file, name=f"{name}.ndjson", how=how, by=by)
        self.eye.learn(pk, {by.handle})
        self.imports.append(pk)
        return pk

    def learn(self, notice: str, sender: str, to: str) -> str:
        self.notices[notice] = (sender, to)
        self.eye.learn(notice, {sender, to})
        return notice


def lines(*items: dict[str, Any]) -> bytes:
    """A file of notices."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in items)


def run(pk: str, by: Caller) -> None:
    """Send a file and wait until it is done."""
    import_jobs.start(pk, by=by)
    until = time.monotonic() + 60
    while import_queries.get_for(by, pk).state != ImportState.DONE:
        assert time.monotonic() < until
        time.sleep(0.01)


def build(eye: Eye | None = None) -> World:
    """Everything that can be typed is typed by everybody who may."""
    from mufakat.server.parties import operations, queries

    world = World(eye or Eye())
    for number, (handle, kind) in enumerate(PARTIES.items()):
        if handle == HOUSE:
            party = queries.party_by_handle(handle)
        else:
            name = world.eye.plant(f"{handle}: name", {EVERYBODY}, of_notice=False)
            party = operations.register_party(handle, kind=kind, name=f"Party {name}", country="ID")
        for role in Role:
            mail = world.eye.plant(f"{handle}: e-mail of {role}", {handle}, of_notice=False)
            called = world.eye.plant(f"{handle}: name of {role}", {handle}, of_notice=False)
            person = operations.enrol_person(
                party, role=role, ordinal=2, email=f"{mail}@mail{number}.example", name=f"Person {called}"
            )
            label = world.eye.plant(f"{handle}: label of a token", {handle}, of_notice=False)
            world.people[handle, role] = person
            world.tokens[handle, role] = operations.issue_token(person, label=f"Label {label}").token
    for handle in MANDATED:
        world.entitle(handle)
    for number, handle in enumerate(PARTIES):
        world.be_told(handle)
        world.mail_in(handle, number)
    ended = operations.issue_token(world.people["regulator-a", Role.OFFICER])
    operations.revoke_token(ended.id)
    world.revoked = ended.token
    correspond(world)
    for handle in PARTIES:
        world.set_contact(handle)
    climb(world)
    decided.decide(world)
    handed_in.hand_in(world, PARTIES)
    contested.contest(world)
    negotiated.negotiate(world)
    governed.govern(world, PARTIES)
    restricted.restrict(world)
    screened.screen(world)
    policed.police(world)
    notified.notify(world)
    banked.bank(world, PARTIES)
    learn_events(world)
    return world


def correspond(world: World) -> None:
    """Everybody sends, some are acknowledged with a note, some taken back with a reason, some refused."""
    deciders = [handle for handle, kind in PARTIES.items() if kind in {PartyKind.PLATFORM, PartyKind.OPERATOR}]
    for number, (sender, kind) in enumerate(PARTIES.items()):
        to = [one for one in deciders if one != sender][number % 3]
        word = "order" if kind in {PartyKind.REGULATOR, PartyKind.COURT} else "user_report"
        notice = world.send(sender, to, word, number)
        if number % 2 == 0:
            note = world.eye.plant(f"{to} > {sender}: note", {sender, to})
            raw = json.dumps({"note": f"Received. {note}"}).encode()
            token = world.tokens[to, Role.REPRESENTATIVE]
            assert put(f"{NOTICES}/{notice}/acknowledgement", raw, token, world.key(to)).status == 200
        talk(world, notice, sender, to)
        if number % 3 == 0:
            reason = world.eye.plant(f"{sender} > {to}: reason", {sender, to})
            raw = json.dumps({"reason": f"Moot. {reason}"}).encode()
            token = world.tokens[sender, Role.OFFICER]
            assert put(f"{NOTICES}/{notice}/withdrawal", raw, token, world.key(sender)).status == 200
    sender, to = "regulator-a", deciders[1]
    good = world.draft(sender, to, "user_report", 0)
    bad = {**world.draft(sender, sender, "user_report", 1), "to": world.eye.plant("unknown handle", {sender})}
    odd = {world.eye.plant("unknown member", {sender}): 1}
    raw = json.dumps({"notices": [good, bad, odd]}).encode()
    answer = put(f"{NOTICES}/batch", raw, world.tokens[sender, Role.OFFICER], world.key(sender))
    taken = [item["id"] for item in answer.json()["items"] if item["status"] == 201]
    assert len(taken) == 1
    world.learn(taken[0], sender, to)
    world.import_file("regulator-a", "platform-a")
    world.import_file("member-b", "operator-b")


def talk(world: World, notice: str, sender: str, to: str) -> None:
    """Both sides write, and each hands the notice to a colleague with a note that only its own party may see."""
    for own, role in ((sender, Role.OFFICER), (to, Role.REPRESENTATIVE)):
        token = world.tokens[own, role]
        said = world.eye.plant(f"{own}: message to the other side", {sender, to})
        path = f"{NOTICES}/{notice}"
        assert put(f"{path}/messages", {"text": f"Well? {said}"}, token, world.key(own)).status == 201
        note = world.eye.plant(f"{own}: note to a colleague", {own})
        told = {"to": f"{role.value}-2", "note": f"Yours. {note}"}
        assert put(f"{path}/handover", told, token, world.key(own)).status == 200
    why = {"reason": f"Wait. {world.eye.plant(f'{sender} > {to}: reason of a pause', {sender, to})}"}
    answer = put(f"{path}/clocks/takedown_same_day/pause", why, world.tokens[sender, Role.OFFICER], world.key(sender))
    assert answer.status == 200, answer.says


def climb(world: World) -> None:
    """Two days of ladders, and what their tasks came to: a note that the party alone reads."""
    from mufakat.server.notices import escalation
    from mufakat.server.notices.models import Task

    at = datetime.now(UTC)
    for hour in range(48):
        escalation.sweep(at=at + timedelta(hours=hour))
    for task in Task.objects.select_related("party", "notice__recipient").order_by("pk"):
        own = task.party.handle
        world.tasks.append(task.pk)
        world.eye.known[task.pk] = Canary("id of a task", frozenset({own}), of_notice=False)
        if task.proposes:
            warn(world, task, own, task.notice.recipient.handle)
            continue
        note = {"note": f"Called. {world.eye.plant(f'{own}: note about a task', {own})}"}
        answer = put(f"/api/v1/tasks/{task.pk}/done", note, world.tokens[own, Role.OFFICER], world.key(own))
        assert answer.status == 200, answer.says


def warn(world: World, task: Any, own: str, to: str) -> None:
    """What the ladder proposes is sent, with words that both sides read and nobody else."""
    sides = {own, to}
    path = f"{NOTICES}/{task.notice_id}/warnings"
    told = {
        "step": task.name,
        "text": f"We announce. {world.eye.plant(f'{own}: text of a letter', sides)}",
        "reasons_weighed": f"Weighed. {world.eye.plant(f'{own}: reasons weighed', sides)}",
        "legal_ground": {
            "system": "id",
            "instrument": f"Law {world.eye.plant(f'{own}: law of a letter', sides)}",
            "provision": f"Section {world.eye.plant(f'{own}: article of a letter', sides)}",
        },
    }
    answer = put(path, told, world.tokens[own, Role.OFFICER], world.key(own))
    assert answer.status == 201, answer.says
    world.warnings.append(answer.json()["id"])
    world.eye.learn(world.warnings[-1], sides)


def learn_events(world: World) -> None:
    from mufakat.server.journal import queries
    from mufakat.server.notices.models import Message

    for notice, sides in world.notices.items():
        for event in queries.events_of(notice):
            world.eye.learn(event.id, {event.sender} if event.type in INTERNAL else sides)
        for message in Message.objects.filter(notice=notice):
            world.eye.learn(message.id, sides)
