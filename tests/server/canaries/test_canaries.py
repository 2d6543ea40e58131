"""No field of another party reaches anybody, by whatever way (I-10)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connections, models
from django.test import Client
from tests.houses import copied, dropped, move_to
from tests.server.api.contract import described, operations
from tests.server.canaries import banked, crawl, governed, handed_in, keyed, negotiated, policed, restricted, screened
from tests.server.canaries.eye import CANARY, Eye
from tests.server.canaries.world import PARTIES, PLANTED, UNPLANTED, World, build

from mufakat.rules.permissions import Role
from mufakat.server.runtime.logs import JSONFormatter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.invariant("I-10")

LINES: list[str] = []


class Keeping(logging.Handler):
    """Keeps the lines of the log as the server would write them."""

    def emit(self, record: logging.LogRecord) -> None:
        LINES.append(JSONFormatter().format(record))


@pytest.fixture(scope="module")
def world(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One house for the module: nothing here changes it after it was built."""
    from mufakat.server.journal import door

    folder = tmp_path_factory.mktemp("canaries") / "data"
    database = copied(prepared, folder)
    move_to(folder, database)
    handler = Keeping()
    logging.getLogger().addHandler(handler)
    with door.open_house():
        yield build()
    logging.getLogger().removeHandler(handler)
    connections.close_all()
    dropped(database)


def told(world: World, handle: str, role: Role) -> Iterator[tuple[str, str]]:
    """Everything that a seat is told, by token and by page."""
    yield from crawl.api(world, world.tokens[handle, role], list(PARTIES))
    yield from crawl.pages(world, (handle, role))


def leaks(world: World, handle: str, roles: Iterable[Role]) -> list[str]:
    """What these seats of a party are told of others."""
    return [
        f"{role} at {where}: {', '.join(strange)}"
        for role in roles
        for where, text in told(world, handle, role)
        if (strange := world.eye.strange(text, handle, asked=where, notices=role is not Role.ADMIN))
    ]


@pytest.mark.parametrize("handle", PARTIES)
def test_no_party_is_told_anything_of_another(world: World, handle: str) -> None:
    assert leaks(world, handle, [Role.OFFICER]) == []


# A minute of work: every other role of every party.
@pytest.mark.contract
@pytest.mark.parametrize("handle", PARTIES)
def test_no_role_is_told_anything_of_another_party(world: World, handle: str) -> None:
    assert leaks(world, handle, set(Role) - {Role.OFFICER}) == []


def test_every_seat_that_may_read_is_told_what_is_its_own(world: World) -> None:
    """The crawl is not blind: each side of a notice finds every canary that was meant for it."""
    for handle in ("regulator-a", "platform-a"):
        seen = world.eye.seen("\n".join(said for _, said in told(world, handle, Role.OFFICER)))
        unseen = {
            canary.where
            for one, canary in world.eye.known.items()
            if handle in canary.audience and canary.of_notice and one not in seen
        }
        # A key is the sender's own and never said again; so is what was refused.
        expected = ("idempotency key", "unknown handle", "unknown member", "regulator-a > regulator-a")
        assert {where for where in unseen if not any(word in where for word in expected)} == set()


def test_the_party_itself_is_not_told_the_code_of_its_drill(world: World) -> None:
    """It stands in the message alone: whoever has it has read that."""
    shown = told(world, "platform-a", Role.REPRESENTATIVE)
    found = [where for where, text in shown if any(code in text for code in world.codes)]
    assert (found, len(world.codes)) == ([], len(PARTIES))


@pytest.mark.invariant("I-18")
def test_the_code_of_an_appeal_is_told_to_those_alone_who_hand_it_out(world: World) -> None:
    """Neither whoever asked nor anybody else of the platform reads it; its reviewer does."""
    owners = set(world.appeal_codes.values())
    assert owners
    paths = [f"/api/v1/decisions/{one}" for one in world.decisions]
    paths += [f"/api/v1/notices/{one}/events" for one in world.notices]
    for handle in sorted({*owners, "regulator-a", "member-a"}):
        for role in (Role.OFFICER, Role.REVIEWER):
            client = Client(headers={"Authorization": f"Bearer {world.tokens[handle, role]}"})
            text = "\n".join(crawl.said(client.get(path)) for path in paths)
            found = {one for one in world.appeal_codes if one in text}
            own = {one for one, owner in world.appeal_codes.items() if owner == handle and role is Role.REVIEWER}
            assert found == own


def test_counterparties_are_told_whom_to_call_and_strangers_are_not(world: World) -> None:
    """The crawl is not blind: the person's name is found by those for whom it is meant."""
    where = "platform-a: name of a contact"
    name = next(one for one, canary in world.eye.known.items() if canary.where == where)
    client = Client()
    told_to = {
        handle: name in client.get("/api/v1/parties/platform-a", headers=bearer(world, handle)).content.decode()
        for handle in PARTIES
    }
    assert told_to == {handle: handle in world.eye.known[name].audience for handle in PARTIES}
    assert set(told_to.values()) == {True, False}


def bearer(world: World, handle: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.tokens[handle, Role.OFFICER]}"}


@pytest.mark.parametrize("token", ["", "mfk_made_up", "revoked"])
def test_nobody_is_told_anything_without_a_token_in_force(world: World, token: str) -> None:
    shown = crawl.api(world, world.revoked if token == "revoked" else token, list(PARTIES))
    assert [
        (where, strange) for where, text in shown if (strange := world.eye.strange(text, "nobody", asked=where))
    ] == []


def test_a_visitor_who_did_not_sign_in_is_told_nothing(world: World) -> None:
    shown = crawl.pages(world, None)
    assert [
        (where, strange) for where, text in shown if (strange := world.eye.strange(text, "nobody", asked=where))
    ] == []


@pytest.mark.invariant("I-12")
def test_beside_the_leaves_of_the_log_everybody_is_told_what_the_register_shows_and_no_more(world: World) -> None:
    """Nobody keeps the register in this world; what it would show of a case is what may be told of its events."""
    told, wrong = 0, []
    for case, path, text in crawl.disclosures():
        told += '"fields":{}' not in text
        strange = {one.partition(" ")[0] for one in world.eye.strange(text, "nobody", asked=path)}
        if strange and (more := strange - world.eye.seen(crawl.registered(case))):
            wrong.append((path, more))
    assert wrong == []
    assert told > len(world.notices)


def test_anothers_key_gives_nobody_anothers_answer(world: World) -> None:
    from tests.server.api.doors import NOTICES, hot, put

    keys = [one for one, canary in world.eye.known.items() if canary.where.endswith("idempotency key")]
    token = world.tokens["member-b", Role.OFFICER]
    answers = [hot(b'{"to": "platform-a"}', token=token, key=key) for key in keys]
    answers += [
        put(f"{NOTICES}/{notice}/withdrawal", b'{"reason": "x"}', token, key)
        for notice, sides in world.notices.items()
        if "member-b" not in sides
        for key in keys[:3]
    ]
    texts = [f"{answer.headers} {answer.body.decode()}" for answer in answers]
    assert {answer.status for answer in answers} == {404, 422}
    assert [strange for text in texts if (strange := world.eye.strange(text, "member-b"))] == []


def test_the_log_of_the_server_holds_nothing_that_was_typed(world: World) -> None:
    list(told(world, "platform-a", Role.REVIEWER))
    assert len(LINES) > 100
    typed = Eye({one: canary for one, canary in world.eye.known.items() if canary.where != "id"})
    assert [line for line in LINES if typed.seen(line) or crawl.MINE in line] == []


@pytest.mark.invariant("I-09")
def test_no_leaf_holds_anything_that_was_typed(world: World) -> None:
    """Everybody typed everywhere; the public log is told none of it."""
    from mufakat.server.journal.models import Event

    typed = Eye({one: canary for one, canary in world.eye.known.items() if CANARY.fullmatch(one)})
    leaves = [bytes(leaf).decode() for leaf in Event.objects.values_list("leaf", flat=True)]
    assert len(leaves) > 100
    assert [leaf for leaf in leaves if typed.seen(leaf)] == []


# -- The eye is proved ------------------------------------------------------------------------------------------------


def test_a_broken_wall_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.notices import queries
    from mufakat.server.notices.models import Notice

    monkeypatch.setattr(queries, "seen_by", lambda *_, **__: Notice.objects.all())
    found = {
        way
        for way in ("api", "page")
        for where, text in told(world, "auditor-a", Role.AUDITOR)
        if where.startswith("page") is (way == "page") and world.eye.strange(text, "auditor-a", asked=where)
    }
    assert found == {"api", "page"}


def test_a_canary_is_found_however_it_is_written() -> None:
    import base64

    eye = Eye()
    one = eye.plant("here", {"a"})
    forms = [one, one.upper(), f"&#122;{one[1:]}", f"%7A{one[1:]}", base64.b64encode(f"x{one}".encode()).decode()]
    assert [eye.strange(form, "b") for form in forms] == [[f"{one} (here)"]] * len(forms)
    assert eye.strange(one, "a") == []


# -- Nothing is forgotten ---------------------------------------------------------------------------------------------


def strings(schema: dict[str, Any], shape: dict[str, Any], place: str) -> Iterator[str]:
    """The places in a body where somebody can type."""
    if "$ref" in shape:
        shape = {**schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]], **shape}
    for one in shape.get("anyOf", []):
        if "required" not in one:  # What is said beside the members repeats them.
            yield from strings(schema, one, place)
    if "enum" in shape or "const" in shape:
        return
    if shape.get("type") == "string":
        yield place
    elif shape.get("type") == "array":
        yield from strings(schema, shape["items"], f"{place}[]")
    elif shape.get("type") == "object" and "properties" not in shape:
        yield place
    for name, member in shape.get("properties", {}).items():
        yield from strings(schema, member, f"{place}.{name}")


def test_every_place_of_the_api_where_somebody_can_type_has_a_canary_or_a_reason(world: World) -> None:
    schema = described()
    places: set[str] = set()
    for _, _, operation in operations(schema):
        for said in operation.get("requestBody", {"content": {}})["content"].values():
            name = said["schema"].get("$ref", f"{operation['operationId']} body").rpartition("/")[2]
            places |= set(strings(schema, said["schema"], name))
        for parameter in operation["parameters"]:
            if parameter["schema"].get("type") == "string":
                places.add(f"{parameter['in']} {parameter['name']}")
    again = ("BatchIn.notices[]", "ForeignStatements.statements[]")  # What is sent alone, too.
    places = {place for place in places if not place.startswith(again)}
    assert places == PLANTED | set(UNPLANTED)


# Columns where no canary can stand, with the reason.
PLAIN = {
    **handed_in.PLAIN,
    **negotiated.PLAIN,
    **governed.PLAIN,
    **restricted.PLAIN,
    **screened.PLAIN,
    **policed.PLAIN,
    **banked.PLAIN,
    **keyed.PLAIN,
    "an id": {
        *("*.id", "*.party_id", "Answer.subject", "*.case", "*_id", "Hold.event", "Message.event", "Notice.waits_for"),
        *("Step.event", "Step.contact", "Task.event", "Task.contact", "Decision.event"),
        *("Appeal.event", "Appeal.resolution", "Exhibit.appeal"),
    },
    "a handle": {"*.handle", "*.sender", "*.recipient", "Outbox.to", "Hold.placed_by", "Rest.paused_by"},
    "one of a list": {
        "*.kind",
        "*.category",
        "*.urgency",
        "*.state",
        "*.role",
        "*.type",
        "*.profile",
        "*.language",
        "*.sent_as",
        *("Appeal.standing", "Appeal.level"),
        *("Decision.outcome", "Decision.refusal", "Decision.automation", "Measure.name", "Measure.inverse"),
        "Statement.given_how",
        "*.grain",
    },
    "several of a list": {"Measure.territory", "Mandate.kinds", "Mandate.categories", "Mandate.surfaces"},
    "a digest, a hash, a salt or a leaf of them": {
        *("*.digest", "Decision.code_digest", "*.leaf", "*.leaf_hash", "*.head", "*.salt", "*.sha256", "*.password"),
    },
    "a key, or a random name of ours": {
        *("Upload.file", "Upload.key", "CaseKey.key", "Exhibit.sealed_key", "Import.spool"),
    },
    "how a file is read, how far it is, and its receipts": {
        *("Import.form", "Import.encoding", "Import.reason", "ImportReceipt.receipt", "ImportReceipt.items"),
    },
    "of a contact: a number to call, a place, times, languages, a code of ours": {
        *("*.country", "*.time_zone", "*.languages", "*.phone", "*.because", "*.unreachable_because"),
        *("*.mandate_sha256", "ContactVersion.event", "Drill.event", "Drill.code"),
    },
    "of the public log: hashes, and what the log signed": {"Head.root", "Head.note", "Tile.hashes"},
    "ours": {
        "*.shard",
        *("Follower.name", "Outbox.detail"),
        "*.custody",
        "*.route",
        "Opening.field",
        *("Clock.name", "Clock.holidays", "Step.name", "Step.act", "Task.name", "Task.act", "Task.proposes"),
        *("SentWarning.step", "SentWarning.proposes", "SentWarning.code", "SentWarning.event"),
        "Person.country",
        "Party.country",
        "Mandate.country",
    },
    "of a chat with a bot, which this world has not; tests of it look at what leaves it": {
        *("Chat.event", "Talk.plan", "Talk.said", "Button.step", "Button.choices", "Heard.replies"),
    },
    "a list of deeds": {"Token.scopes"},
    "what was counted: days, numbers and handles": {"QuotaShare.evidence", "Proposal.evidence", "Proposal.event"},
    "of a mail: who it is for by handle, how it was read, and what its signature names, shown with it alone": {
        *("Intake.fingerprint", "Intake.event", "Intake.source", "Intake.automatic", "Intake.to", "Intake.claims"),
        *("Intake.verdict", "Intake.verdict_why", "Intake.dkim_domain", "Intake.dkim_selector", "Intake.dkim_key"),
        *("Intake.notice", "Intake.ended_by", "Polled.mailbox"),
    },
    "of what went out: ids, codes, a status": {
        *("Letter.event", "Letter.party", "Letter.contact", "Letter.sign", "Letter.status"),
        *("Bounce.says", "Bounce.status", "Delivery.carrier", "Delivery.target", "Delivery.detail"),
        *("Endpoint.ended", "Endpoint.last_detail"),
    },
    "of the public register, which nobody keeps in this world; rules.publicity says what may stand there": {
        *("Entry.body", "Words.words"),
    },
    "sealed": {"Endpoint.secret", "Endpoint.former"},
}
TYPED = {
    *handed_in.TYPED,
    *negotiated.TYPED,
    *governed.TYPED,
    *restricted.TYPED,
    *policed.TYPED,
    *banked.TYPED,
    *("Payload.raw", "Pointer.canonical", "Pointer.input", "Opening.value", "Answer.key", "Answer.body"),
    *("Exhibit.name", "Exhibit.media_type", "Import.name", "Import.defaults"),
    *("ImportProblem.pointer", "ImportProblem.detail"),
    *("ContactVersion.name", "ContactVersion.organisation", "ContactVersion.email", "ContactVersion.mandate"),
    *("ContactVersion.postal_address", "ContactVersion.hours"),
    *("Intake.envelope", "Intake.author", "Intake.subject", "Intake.links", "Intake.raw", "Reply.address"),
    *("Endpoint.url", "Appeal.body"),
    *("Party.name", "Person.email", "Person.name", "Token.label"),
    *("Mandate.expertise", "Mandate.granted_by", "Mandate.legal_source", "Mandate.reason", "Mandate.reply"),
    *("QuotaShare.reason", "Proposal.reason"),
}


def written(value: Any) -> str:
    """A value of a column as text."""
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview | bytes) else str(value)


def test_every_column_where_words_are_kept_has_a_canary_or_a_reason(world: World) -> None:
    plain = {name for names in PLAIN.values() for name in names}
    wrong = []
    kinds = (models.CharField, models.TextField, models.BinaryField, models.JSONField)
    rooms = (
        "journal",
        "parties",
        "agreements",
        "notices",
        "decisions",
        "restrictions",
        "appeals",
        "governance",
        "register",
        "connectors",
        "mail",
    )
    for app in rooms:
        for model in apps.get_app_config(app).get_models():
            for column in model._meta.concrete_fields:
                name = f"{model.__name__}.{column.name}"
                if not isinstance(column, kinds):
                    continue
                known = name in plain or f"*.{column.name}" in plain
                values = model.objects.values_list(column.name, flat=True) if hasattr(model, "objects") else []
                holds = any(
                    world.eye.seen(
                        bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview | bytes) else str(value)
                    )
                    for value in values
                    if value is not None
                )
                ids = name in TYPED or not known
                if ids and not (name in TYPED and holds):
                    wrong.append(f"{name}: no canary was planted there")
                if known and name in TYPED:
                    wrong.append(f"{name}: named twice")
    assert wrong == []
