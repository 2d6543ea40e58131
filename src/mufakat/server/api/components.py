"""The shapes of OpenAPI: the structs that the code reads and writes, and what the code asks beyond their types.

A struct says most by itself. What `rules.admissibility` judges (countries, digests, the ground) and what an answer
promises (ids, times, base64) stands here in the words of JSON Schema, no stricter than the code is.
"""

from __future__ import annotations

import functools
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from mufakat.rules.agreement import ActIn, AgreementIn
from mufakat.rules.agreement_reading import EndingIn, ShowingIn
from mufakat.rules.appeal import ResolutionIn
from mufakat.rules.appeal_reading import CodeLodgingIn, LodgingIn
from mufakat.rules.contact import Card, NewCard
from mufakat.rules.decision import DecisionIn
from mufakat.rules.hit_reading import HitBlockIn, HitReleaseIn
from mufakat.rules.notice import Draft
from mufakat.rules.notifying import NotificationRefusalIn, NotificationReleaseIn
from mufakat.rules.objective import DoneIn, ObjectiveEndIn, ObjectiveIn, ReviewIn, YearIn
from mufakat.rules.probing import ResolverIn
from mufakat.rules.protected_reading import ProtectedIn, ReleasedIn
from mufakat.rules.restriction import RestrictionIn
from mufakat.rules.warning import WarningIn
from mufakat.rules.year_report import YearReport
from mufakat.screening.item import Item
from mufakat.server.agreements.compliance import ComplianceOut
from mufakat.server.agreements.faces import AgreementOut
from mufakat.server.agreements.version_faces import VersionShownOut
from mufakat.server.api import statement_shapes
from mufakat.server.api.accuracy_shapes import ACCURACY_SHAPES
from mufakat.server.api.agreement_shapes import AGREEMENT_SHAPES
from mufakat.server.api.answers import (
    AgreementList,
    DrillList,
    EventList,
    ExhibitList,
    MandateList,
    MandateOut,
    MessageList,
    NoticeList,
    OwnContactList,
    PartyList,
    PartyOut,
    PartyShownOut,
    StoredOut,
)
from mufakat.server.api.appeal_shapes import APPEAL_SHAPES
from mufakat.server.api.bank_files import EntriesLine
from mufakat.server.api.bank_shapes import BANK_SHAPES
from mufakat.server.api.bodies import (
    BatchIn,
    ConfirmationIn,
    EmptyIn,
    EndpointIn,
    HandoverIn,
    HowIn,
    NoteIn,
    PartyKeyIn,
    ReasonIn,
    TextIn,
)
from mufakat.server.api.decision_shapes import BESIDES as OF_DECISIONS, DECISION_SHAPES
from mufakat.server.api.exporting import ReportEnd, ReportLine
from mufakat.server.api.governance_shapes import GOVERNANCE_SHAPES
from mufakat.server.api.hit_shapes import HIT_SHAPES
from mufakat.server.api.importing import EndLine, NotedLine, ProgressLine, ReceiptLine, RefusedLine
from mufakat.server.api.key_shapes import EXAMPLES as OF_KEYS, KEY_SHAPES
from mufakat.server.api.notification_shapes import NOTIFICATION_SHAPES
from mufakat.server.api.policy_answers import BacktestIn, PolicyEndIn, PolicyIn, PromotionIn
from mufakat.server.api.policy_shapes import POLICY_SHAPES
from mufakat.server.api.register_shapes import REGISTER_SHAPES
from mufakat.server.api.rehearsal_shapes import REHEARSAL_SHAPES
from mufakat.server.api.restriction_answers import (
    ApprovalIn,
    CarriedIn,
    ClosedNameOut,
    LiftingIn,
    ObjectionIn,
    ProtectedList,
    ResolverList,
)
from mufakat.server.api.restriction_shapes import RESTRICTION_SHAPES
from mufakat.server.api.screening import InterruptedLine, UnscreenedLine
from mufakat.server.api.shapes import (
    INSTANT,
    RECEIPT,
    SHARPER,
    Schema,
    or_null,
    ref,
)
from mufakat.server.api.statement_exporting import StatementsEndLine, StatementsRefusedLine
from mufakat.server.api.statement_files import PortionLine
from mufakat.server.api.statement_shapes import SubmissionIn
from mufakat.server.api.telegram_shapes import EXAMPLES as OF_TELEGRAM, TELEGRAM_SHAPES
from mufakat.server.api.warning_shapes import WARNING_SHAPES
from mufakat.server.appeals.faces import ContestableOut, LodgedAppealList, LodgedAppealOut
from mufakat.server.connectors.faces import DeliveryList, EndpointList, EndpointOut, ToldList
from mufakat.server.connectors.government_bot.faces import BindingOut, ChatList, ChatOut
from mufakat.server.decisions.faces import DecisionOut, MeasureList, MeasureOut, StatementOut
from mufakat.server.filters.bank_faces import AddedOut, BankEntryList, BankList, BankOut, BankStatsOut, MovedOut
from mufakat.server.filters.bank_reading import BankIn, BankReviewIn, EntriesIn, RetractionIn
from mufakat.server.filters.faces import HitList, HitOut
from mufakat.server.filters.notification_faces import NotificationList, NotificationOut, WeekList
from mufakat.server.filters.policy_faces import (
    BacktestOut,
    PolicyCountList,
    PolicyList,
    PolicyOut,
    SampleList,
    SampleOut,
)
from mufakat.server.filters.queries import VerdictOut
from mufakat.server.governance.faces import AccuracyOut
from mufakat.server.governance.governing_faces import (
    FollowupList,
    FollowupOut,
    ObjectiveList,
    ObjectiveOut,
    ReviewList,
    ReviewOut,
)
from mufakat.server.governance.rehearsal_faces import RehearsalOut
from mufakat.server.governance.reports import PublishedList, PublishedOut
from mufakat.server.notices.batches import BatchOut
from mufakat.server.notices.faces import NoticeOut
from mufakat.server.notices.talk import MessageOut
from mufakat.server.notices.tasks import TaskList, TaskOut
from mufakat.server.notices.warning_faces import WarningList, WarningOut
from mufakat.server.parties.contact_faces import ContactOut, DrillOut, OwnContactOut
from mufakat.server.parties.key_faces import PartyKeyList, PartyKeyOut
from mufakat.server.register.faces import EntryList, EntryOut
from mufakat.server.restrictions.faces import RestrictionList, RestrictionOut
from mufakat.server.restrictions.matrix import MatrixOut
from mufakat.server.restrictions.protecting import ProtectedOut
from mufakat.server.restrictions.resolvers import ResolverOut

STRUCTS = (
    *(BatchIn, BatchOut, Draft, EventList, ExhibitList, NoteIn, NoticeList, NoticeOut, PartyList, PartyOut, ReasonIn),
    *(EmptyIn, HandoverIn, MessageList, MessageOut, StoredOut, TextIn),
    *(Card, NewCard, OwnContactOut, OwnContactList, DrillOut, DrillList, ContactOut, PartyShownOut),
    *(ActIn, AgreementIn, AgreementList, AgreementOut, EndingIn, ShowingIn, VersionShownOut),
    ComplianceOut,
    *(AccuracyOut, MandateList, MandateOut, TaskList, TaskOut),
    *(WarningIn, WarningList, WarningOut),
    *(ConfirmationIn, DecisionIn, DecisionOut, HowIn, MeasureList, MeasureOut, StatementOut),
    *(CodeLodgingIn, ContestableOut, LodgedAppealList, LodgedAppealOut, LodgingIn, ResolutionIn),
    *(ApprovalIn, CarriedIn, LiftingIn, ObjectionIn, RestrictionIn, RestrictionList, RestrictionOut),
    *(ClosedNameOut, MatrixOut, ProtectedIn, ProtectedList, ProtectedOut, ReleasedIn),
    *(ResolverIn, ResolverList, ResolverOut),
    *(NotificationList, NotificationOut, NotificationRefusalIn, NotificationReleaseIn, WeekList),
    *(AddedOut, BankEntryList, BankIn, BankList, BankOut, BankReviewIn, BankStatsOut),
    *(EntriesIn, EntriesLine, MovedOut, RetractionIn),
    *(HitBlockIn, HitList, HitOut, InterruptedLine, Item, HitReleaseIn, UnscreenedLine, VerdictOut),
    *(BacktestIn, BacktestOut, PolicyCountList, PolicyEndIn, PolicyIn, PolicyList, PolicyOut, PromotionIn),
    *(SampleList, SampleOut),
    *(BindingOut, ChatList, ChatOut),
    *(PartyKeyIn, PartyKeyList, PartyKeyOut),
    *(DeliveryList, EndpointIn, EndpointList, EndpointOut, ToldList),
    *(PortionLine, StatementsEndLine, StatementsRefusedLine, SubmissionIn),
    *(EntryList, EntryOut, RehearsalOut),
    *(DoneIn, ObjectiveEndIn, ObjectiveIn, ReviewIn, YearIn),
    *(FollowupList, FollowupOut, ObjectiveList, ObjectiveOut, PublishedList, PublishedOut, ReviewList, ReviewOut),
    YearReport,
    *(EndLine, NotedLine, ProgressLine, ReceiptLine, RefusedLine, ReportEnd, ReportLine),
)

# What one member alone cannot say.
BESIDES: dict[str, Schema] = {
    "Draft": {
        "anyOf": [
            {"required": [name], "properties": {name: ref(shape)}}
            for name, shape in (("legal_ground", "LegalGround"), ("terms_ground", "TermsGround"))
        ],
        "description": "A notice: one ground at least; an authority's request or order names its law.",
    },
    "ItemOut": {"oneOf": [{"required": ["id", "leaf"]}, {"required": ["problem"]}]},
    **OF_DECISIONS,
}

OTHERS: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "title": "Problem",
        "description": "Why not (RFC 9457). `type` is stable; the sentences may change.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "pattern": "^urn:mufakat:problem:[a-z]+(-[a-z]+)*$"},
            "title": {"type": "string", "minLength": 1},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "minLength": 1},
            "errors": {
                "type": "array",
                "minItems": 1,
                "description": "Every fault of the request at once.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "additionalProperties": False,
                    "properties": {
                        "pointer": {"type": "string", "pattern": "^(/.*)?$", "description": "RFC 6901"},
                        "detail": {"type": "string", "minLength": 1},
                        "line": {"type": "integer", "minimum": 1, "description": "Of a file, where it has lines."},
                    },
                },
            },
            "receipt": {**RECEIPT, "description": "Of what was taken and erased since (410 alone)."},
            **statement_shapes.IN_PROBLEMS,
        },
    },
    "Health": {
        "type": "object",
        "title": "Health",
        "description": "How the process is.",
        "required": ["status"],
        "properties": {
            "status": {"type": "string", "enum": ["ok", "not ready"]},
            "wrong": {"type": "array", "items": {"type": "string"}, "description": "What stands in the way."},
            "warnings": {
                "type": "array",
                "items": {"type": "string"},
                "description": "What an operator has to look at though notices are taken: why the log is not signed.",
            },
        },
    },
    "Keys": {
        "type": "object",
        "title": "Keys",
        "description": "By which keys receipts of this shard are verified; what is not signed is not to be trusted.",
        "required": ["origin", "keys"],
        "properties": {
            "origin": {"type": "string", "minLength": 1},
            "keys": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["vkey", "from", "to"],
                    "properties": {
                        "vkey": {"type": "string", "description": "A C2SP verifier key."},
                        "from": {
                            "type": "integer",
                            "minimum": 0,
                            "description": "The size of the smallest tree whose checkpoint it signs.",
                        },
                        "to": or_null(
                            {
                                "type": "integer",
                                "minimum": 0,
                                "description": "Of the largest; null where it is in office.",
                            }
                        ),
                        "until": {
                            **INSTANT,
                            "description": "Of an ended key: later custody receipts are not good.",
                        },
                    },
                },
            },
        },
    },
}


@cache
@functools.cache
def examples() -> dict[str, Any]:
    """One true example for each component: what a running instance took and gave, receipts included."""
    found: dict[str, Any] = {}
    for name in (
        "bank_examples.json",
        "examples.json",
        "governance_examples.json",
        "hit_examples.json",
        "notification_examples.json",
        "policy_examples.json",
        "restriction_examples.json",
    ):
        found |= json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found | statement_shapes.EXAMPLES | OF_TELEGRAM | OF_KEYS


@functools.cache
def components() -> dict[str, Schema]:
    """Every component, sharpened and with its example; made once, and not to be changed by whoever asks for it."""
    _, made = msgspec.json.schema_components(STRUCTS, ref_template="#/components/schemas/{name}")
    found: dict[str, Schema] = {**made, **OTHERS, **statement_shapes.SHAPES}
    for name, members in {
        **SHARPER,
        **DECISION_SHAPES,
        **APPEAL_SHAPES,
        **ACCURACY_SHAPES,
        **AGREEMENT_SHAPES,
        **REHEARSAL_SHAPES,
        **REGISTER_SHAPES,
        **GOVERNANCE_SHAPES,
        **TELEGRAM_SHAPES,
        **KEY_SHAPES,
        **WARNING_SHAPES,
        **RESTRICTION_SHAPES,
        **NOTIFICATION_SHAPES,
        **BANK_SHAPES,
        **HIT_SHAPES,
        **POLICY_SHAPES,
    }.items():
        for member, says in members.items():
            former = found[name]["properties"][member]
            whole = "anyOf" in says or "anyOf" in former or "$ref" in says or "$ref" in former
            found[name]["properties"][member] = {**({} if whole and "$ref" not in former else former), **says}
    for name, says in BESIDES.items():
        found[name].update(says)
    for name, example in examples().items():
        if name in found:
            found[name]["examples"] = [example]
    return found
