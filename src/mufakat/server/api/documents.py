"""What OpenAPI says of a route beyond its parameters: every answer, its headers and its examples.

The problems shown are made by the same function that makes the real ones, from one error of each kind, so they cannot
tell another story.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from mufakat.rules import errors as rules
from mufakat.rules.appeal import AppealState
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.measure import MeasureDeed, MeasureState
from mufakat.rules.notice import Category
from mufakat.rules.permissions import Deed, Role
from mufakat.server.api import agreement_shapes, problems, rehearsal_shapes, statement_shapes
from mufakat.server.api.bank_shapes import OF_A_BANK, PARAMETERS as OF_BANKS
from mufakat.server.api.components import components, examples
from mufakat.server.api.governance_shapes import PARAMETERS as OF_GOVERNANCE
from mufakat.server.api.hit_shapes import PARAMETERS as OF_HITS
from mufakat.server.api.key_shapes import PARAMETERS as OF_KEYS, SIGNATURE
from mufakat.server.api.notification_shapes import PARAMETERS as OF_NOTIFICATIONS
from mufakat.server.api.policy_shapes import PARAMETERS as OF_POLICIES
from mufakat.server.api.register_shapes import PARAMETERS as OF_THE_REGISTER
from mufakat.server.api.restriction_shapes import PARAMETERS as OF_RESTRICTIONS
from mufakat.server.api.shapes import Schema, an_id, ref
from mufakat.server.api.telegram_shapes import PARAMETERS as OF_TELEGRAM
from mufakat.server.connectors import errors as connectors
from mufakat.server.decisions import dsa_errors
from mufakat.server.journal import errors as journal, vault
from mufakat.server.journal.grades import Grade
from mufakat.server.notices import evidence, tasks
from mufakat.server.parties import representatives

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

READING = {
    401: "No token in force",
    403: "Not permitted",
    404: "Not found",
    422: "Something in it cannot be taken: see the errors",
}
WRITING = {
    400: "The Idempotency-Key is missing or malformed",
    409: "Not possible now",
    410: "Taken, and erased since",
    413: "Too large",
    422: "Something in it cannot be taken: see the errors; or the key was used for other content",
    503: "Too busy; repeat with the same key",
    507: "No room to store it",
}
# What the house says of itself, whatever was asked.
ALWAYS = {
    400: "The request itself cannot be read: its Host, its address or its headers",
    413: "Too large",
    500: "Something went wrong here; repeat it, with the same key where there is one",
    503: "The database is away; repeat it",
}

KEY: Schema = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": (
        "Visible ASCII, bare or in double quotes. The same key with the same body gives the first answer again, byte "
        "for byte; with another body it is refused."
    ),
    "schema": {"type": "string", "pattern": r'^(?!""$)([!-~]{1,255}|"[!-~]{1,255}")$', "maxLength": 257},
    "example": "2b0e6c0e-7a4b-4f0e-9a60-3f6f2f0f6a11",
}

DAY: Schema = {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}

# By name: a parameter means the same wherever it stands, but where the operation is named before it.
PARAMETERS: dict[str, Schema] = {
    "notice": {
        "description": "The id of a notice that your party sent or received.",
        "schema": an_id("ntc"),
        "example": examples()["NoticeOut"]["id"],
    },
    "endpoint": {
        "description": "The id of an endpoint of your party.",
        "schema": an_id("end"),
        "example": "end_01m89vygyhe4mtytf7q822wp85",
    },
    "delivery": {
        "description": "The id of a delivery.",
        "schema": an_id("dlv"),
        "example": "dlv_01m89vygyhe4mtytf7q822wp85",
    },
    "handle": {
        "description": "The handle of a party.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 63},
        "example": "telegram",
    },
    "state": {
        "description": "Only notices in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *NoticeState], "default": ""},
        "example": "received",
    },
    "to": {
        "description": "Only notices to this party (its handle); empty for all.",
        "schema": {"type": "string", "default": ""},
        "example": "telegram",
    },
    "after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('ntc')['pattern'][1:-1]})?$", "default": ""},
        "example": examples()["NoticeOut"]["id"],
    },
    "name": {
        "description": "The name of one of the notice's clocks.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 80},
        "example": "acknowledge_within",
    },
    "task": {
        "description": "The id of a task of your party.",
        "schema": an_id("tsk"),
        "example": examples()["TaskOut"]["id"],
    },
    "warning": {
        "description": "The id of a letter, or another document, on a notice that your party sent or received.",
        "schema": an_id("wrn"),
        "example": examples()["WarningOut"]["id"],
    },
    "tasks after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('tsk')['pattern'][1:-1]})?$", "default": ""},
        "example": examples()["TaskOut"]["id"],
    },
    "messages after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('msg')['pattern'][1:-1]})?$", "default": ""},
        "example": examples()["MessageOut"]["id"],
    },
    "contact": {
        "description": "The id of a contact of your party.",
        "schema": an_id("ctc"),
        "example": examples()["OwnContactOut"]["id"],
    },
    "drill": {
        "description": "The id of a drill of your party.",
        "schema": an_id("drl"),
        "example": examples()["DrillOut"]["id"],
    },
    **{
        name: {
            "description": words,
            "schema": an_id(prefix),
            "example": f"{prefix}_01m89vygyhe4mtytf7q822wp85",
        }
        for name, prefix, words in (
            ("decision", "dec", "The id of a decision on a notice that your party sent or received."),
            ("measure", "mea", "The id of a measure of your party."),
            ("statement", "sor", "The id of a statement of reasons of your party."),
            ("appeal", "apl", "The id of an appeal about a notice that your party sent or received."),
        )
    },
    "appeals state": {
        "description": "Only appeals in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *AppealState], "default": ""},
        "example": "lodged",
    },
    "code": {
        "description": "The code that the platform gave you; hyphens and capitals do not matter.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100},
        "example": "0GJ4K-7QYXH-PTC3M-9ZR2W-V5ABDE",
    },
    "measures state": {
        "description": "Only measures in this state; empty for those that wait for somebody of your party.",
        "schema": {"type": "string", "enum": ["", *MeasureState], "default": ""},
        "example": "ordered",
    },
    # Of one operation alone: its name stands in front.
    "mandates party": {
        "description": "Only mandates of this party (its handle); empty for all that you may see.",
        "schema": {"type": "string", "default": ""},
        "example": "kominfo",
    },
    "mandates after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('mnd')['pattern'][1:-1]})?$", "default": ""},
        "example": examples()["MandateList"]["items"][0]["id"],
    },
    **{
        f"accuracy {name}": {"description": words, "schema": {**schema, "default": ""}, "example": example}
        for name, words, schema, example in (
            ("party", "Only this party (its handle); empty for all.", {"type": "string"}, "kominfo"),
            ("category", "Only this category; empty for all.", {"type": "string", "enum": ["", *Category]}, "fraud"),
            ("from", "The first day on which notices came in (UTC); empty for no beginning.", DAY, "2026-01-01"),
            ("to", "The last such day; empty for no end.", DAY, "2026-06-30"),
            ("after", "The `next` of the page before; empty for the first page.", {"type": "string"}, "bnpt"),
        )
    },
    "sha256": {
        "description": "The SHA-256 of the file.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "example": "2c712a9ebd20822bff3dbb550e83d61c9869170854ad9e904e10df0f91b316af",
    },
    "position": {
        "description": "The place of the file in the notice, from 0.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 0,
    },
    "grade": {
        "description": "Which receipt: that the channel took it, that its leaf is in the log, that witnesses saw that.",
        "schema": {"type": "string", "enum": ["", *Grade], "default": ""},
        "example": "custody",
    },
    "event": {
        "description": "An event of the notice, such as a decision; empty for the one by which it came in.",
        "schema": {"type": "string", "default": ""},
        "example": "",
    },
    "shard": {
        "description": "A shard of the log.",
        "schema": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
        "example": "1",
    },
}

PARAMETERS.update(statement_shapes.PARAMETERS)
PARAMETERS.update(agreement_shapes.PARAMETERS)
PARAMETERS.update(rehearsal_shapes.PARAMETERS)
# The same name, of another kind of thing.
PARAMETERS.update(OF_THE_REGISTER)
PARAMETERS.update(OF_GOVERNANCE)
PARAMETERS.update(OF_RESTRICTIONS)
PARAMETERS.update(OF_NOTIFICATIONS)
PARAMETERS.update(OF_BANKS)
PARAMETERS.update(OF_HITS)
PARAMETERS.update(OF_POLICIES)
PARAMETERS.update(OF_TELEGRAM)
PARAMETERS.update(OF_KEYS)
PARAMETERS.update(
    {
        f"{operation} after": {
            "description": words,
            "schema": {"type": "string", "pattern": f"^({an_id(prefix)['pattern'][1:-1]})?$", "default": ""},
            "example": f"{prefix}_01m89vygyhe4mtytf7q822wp85",
        }
        for operation, prefix, words in (
            ("told", "evt", "The id of the last event you took; empty from the beginning."),
            ("appeals", "apl", "The `next` of the page before; empty for the first page."),
            ("measures", "mea", "The `next` of the page before; empty for the first page."),
            ("deliveries", "dlv", "The `next` of the page before; empty for the first page."),
        )
    }
)

HEADERS: dict[str, Schema] = {
    "X-Request-ID": {
        "description": "Names this request in the operator's log.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "example": "5f0c1d2e3a4b5c6d",
    },
    "Location": {
        "description": "Where the new thing is, such as a notice or restriction; of a message its conversation.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/v1/notices/" + examples()["NoticeOut"]["id"],
    },
    "Idempotent-Replayed": {
        "description": "`true` on the repetition of an answer that was given before; absent on the first.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    },
    "Retry-After": {
        "description": "After how many seconds the same request may succeed; absent where waiting does not help.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "example": "1",
    },
    "WWW-Authenticate": {
        "description": "How to say who you are.",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="mufakat"',
    },
}
# Status → the headers it bears besides X-Request-ID.
BORNE = {
    201: ["Location"],
    401: ["WWW-Authenticate"],
    **{status: ["Retry-After"] for status in (409, 429, 503, 507)},
}

# One error of each kind, as the code raises it.
SAMPLES: tuple[Exception, ...] = (
    problems.NotAuthenticatedError(),
    problems.TooLargeError(),
    problems.TruncatedError(),
    problems.StalledError(),
    evidence.OtherDigestError(),
    vault.DamagedFileError("a sealed file does not open"),
    rules.NotAdmissibleError([Fault("/to", FaultCode.UNKNOWN_PARTY, "There is no party called 'nobody'.")]),
    rules.BadSignatureError([Fault("/signature", FaultCode.BAD_FORM, "The key did not sign this very content.")]),
    rules.BadDecisionError([Fault("/facts", FaultCode.MISSING, "Say what was found.")]),
    rules.BadAgreementError([Fault("/terms/text/en", FaultCode.MISSING, "Say it in English too.")]),
    rules.PointStandsError("in_force", "agree"),
    rules.BadGovernanceError([Fault("/owner", FaultCode.NOT_IN_LIST, "Nobody sits there.")]),
    rules.BadRestrictionError([Fault("/names/0", FaultCode.NOT_ENTITLED, "This is a public suffix.")]),
    rules.BadScreeningError([Fault("/name", FaultCode.BAD_FORM, "Small letters, digits and hyphens.")]),
    rules.RestrictionStandsError("lifted", "approve"),
    rules.ScreeningStandsError("ended", "promote"),
    dsa_errors.StatementRefusedError([Fault("/puid", FaultCode.BAD_FORM, "The puid format is invalid.")]),
    dsa_errors.PuidTakenError(["EXAMPLE-0001"], single=True),
    dsa_errors.UnrepresentableError([Fault("/kind", FaultCode.NOT_ENTITLED, "It carried out an order.")]),
    problems.BadRequestError([Fault("/reason", FaultCode.MISSING, "This member is missing.")]),
    rules.QuotaSpentError(4),
    rules.TooOftenError(4),
    rules.NotPermittedError(Deed.SUBMIT, Role.AUDITOR),
    rules.IllegalTransitionError(NoticeState.WITHDRAWN, NoticeDeed.ACKNOWLEDGE),
    rules.ClockStandsError("acknowledge_within", "overdue", "paused"),
    rules.MeasureStandsError(MeasureState.DECLINED, MeasureDeed.CONFIRM),
    tasks.TaskOverError(),
    rules.EndedError(NoticeState.WITHDRAWN),
    rules.TooManyMessagesError(200),
    representatives.NothingWaitsError(),
    connectors.DisabledEndpointError(),
    rules.KeyReusedError(examples()["NoticeOut"]["id"]),
    rules.KeyInFlightError(),
    rules.KeyMissingError(),
    rules.KeyMalformedError(),
    rules.ErasedError(examples()["NoticeOut"]["receipt"]),
    rules.NotFoundError("notice"),
    journal.DiskFullError("the disk is full; nothing was stored"),
    journal.UnsureError("the commit failed; repeat with the same key to learn whether it was stored"),
    journal.BusyError("too much waits to be written"),
    journal.ClosedError("the writer is closed"),
)

# Where a program can go on from an answer: operation → (a parameter of the next ones, where its value stands, they).
WHOLE = (
    *("notice", "events", "receipt", "exhibits", "exhibit", "messages"),
    *("see", "acknowledge", "say", "hand_over", "withdraw", "decide"),
)
DECIDED = ("decision", "decision_see", "decision_dsa", "appeal_lodge")
MEASURED = ("measure_approve", "measure_decline", "measure_confirm", "measure_fail")
RESTRICTED = (
    *("restriction", "restriction_matrix", "restriction_approve", "restriction_object", "restriction_lift"),
    "restriction_confirm",
)
NOTIFIED = ("notification", "notification_release", "notification_decline")
OF_A_POLICY = (
    "policy",
    "policy_counts",
    "policy_shadow",
    "policy_promote",
    "policy_decline",
    "policy_end",
    "policy_try",
)
LINKS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "submit": (("notice", "/id", WHOLE),),
    "notices": (("notice", "/items/0/id", WHOLE),),
    "notice": (("decision", "/decision/id", DECIDED),),
    "decide": (("decision", "/id", DECIDED), ("statement", "/statement", ("statement_give", "statement_hand_over"))),
    "decision": (("code", "/appeal/code", ("appeal_by_code",)),),
    "measures": (("measure", "/items/0/id", MEASURED), ("decision", "/items/0/decision", DECIDED)),
    "appeal_lodge": (("appeal", "/id", ("appeal", "appeal_resolve")),),
    "appeals": (("appeal", "/items/0/id", ("appeal", "appeal_resolve")),),
    "restrictions": (("restriction", "/items/0/id", RESTRICTED),),
    "restriction_propose": (("restriction", "/id", RESTRICTED),),
    "notifications": (("notification", "/items/0/id", NOTIFIED),),
    "banks": (("name", "/items/0/name", OF_A_BANK),),
    "bank_open": (("name", "/name", OF_A_BANK),),
    "policies": (("policy", "/items/0/id", OF_A_POLICY),),
    "policy_propose": (("policy", "/id", OF_A_POLICY),),
    "samples": (("sample", "/items/0/id", ("sample", "sample_erase")),),
    "statement_submit": (("uuid", "/uuid", ("statement",)), ("puid", "/puid", ("statement_existing",))),
    "register": (("entry", "/items/0/id", ("register_entry", "register_receipt")),),
}


@cache
def told() -> dict[int, dict[str, Schema]]:
    """Status → name → example of every problem."""
    found: dict[int, dict[str, Schema]] = {}
    for error in SAMPLES:
        status, _, raw = problems.rendered(error)
        body = json.loads(raw)
        found.setdefault(status, {})[problems.kind_of(error).slug] = {"summary": body["title"], "value": body}
    for kind, says in (
        (problems.UNREADABLE, "The request cannot be read, or it is too large. Nothing was changed."),
        (problems.UNEXPECTED, problems.UNEXPECTED_SAYS),
        (problems.UNREACHABLE, problems.UNREACHABLE_SAYS),
    ):
        body = problems.said(kind, says, kind.status)
        found.setdefault(kind.status, {})[kind.slug] = {"summary": kind.title, "value": body}
    return found


def problem(status: int, words: str) -> Schema:
    """A refusal and what it can say."""
    content = {"schema": ref("Problem"), "examples": told()[status]}
    return {"description": words, "content": {problems.MEDIA_TYPE: content}}


def schema(name: str) -> dict[str, Any]:
    """A component as JSON."""
    return {"application/json": {"schema": ref(name)}}


def documented(  # noqa: PLR0913 - what can be said of a route, each by name.
    status: int,
    answer: str,
    *,
    body: str | None = None,
    key: str | None = None,
    never: Collection[int] = (),
    also: Mapping[int, str] | None = None,
    signed: bool = False,
) -> dict[str, Any]:
    """What OpenAPI says of a route beyond its parameters.

    ``never`` names usual refusals that this route cannot give, ``also`` further ones; ``signed`` says that a party's
    key may sign it.
    """
    refusals = {**ALWAYS, **READING, **(WRITING if key else {}), **(also or {})}
    found: dict[str, Any] = {
        "responses": {
            status: {"description": "Done", "content": schema(answer)},
            **{code: problem(code, words) for code, words in sorted(refusals.items()) if code not in never},
        }
    }
    if body is not None:
        found["requestBody"] = {"required": key == "required", "content": schema(body)}
    if key is not None:
        found["parameters"] = [{**KEY, "required": key == "required"}, *([SIGNATURE] if signed else [])]
    return found


def complete(operation: Schema) -> None:
    """Give an operation the headers, the parameters' words and the examples that follow from what it says already."""
    named = {parameter["name"] for parameter in operation.get("parameters", ())}
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        says = PARAMETERS.get(f"{operation['operationId']} {name}", PARAMETERS.get(name))
        if says is not None and parameter["in"] != "header":
            parameter.update(says)
    shapes = components()
    following = LINKS.get(operation["operationId"], ())
    for status, response in operation["responses"].items():
        if int(status) < 300 and following:
            response["links"] = {
                name: {
                    "operationId": name,
                    "parameters": {
                        f"path.{parameter}": f"$response.body#{place}",
                        **({"path.position": "0"} if name == "exhibit" else {}),
                    },
                    "description": f"The same {parameter}: {name}.",
                }
                for parameter, place, names in following
                for name in names
            }
        borne = ["X-Request-ID", *BORNE.get(int(status), ())]
        if "Location" in borne and "Idempotency-Key" not in named:
            borne.remove("Location")  # A file has no address until a notice names it.
        if int(status) < 300 and "Idempotency-Key" in named:
            borne.append("Idempotent-Replayed")
        response.setdefault("headers", {}).update({name: HEADERS[name] for name in borne})
        exemplify(response.get("content", {}))
    body = operation.get("requestBody")
    if body is not None:
        exemplify(body["content"])
        name = body["content"].get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        # No body at all is an empty object; it is refused only where a member is needed.
        body["required"] = body["required"] or bool(shapes.get(name, {}).get("required"))


def exemplify(content: Schema) -> None:
    """The example of a component beside every use of it as a body or an answer."""
    for said in content.values():
        name = said["schema"].get("$ref", "").rpartition("/")[2]
        if name in examples() and "example" not in said and "examples" not in said:
            said["example"] = examples()[name]
