"""The words of the pages: for every code that a page shows, what a person reads beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mufakat.formats.mail import Automatic
from mufakat.locator.kinds import Kind, Surface
from mufakat.rules.chats import Because
from mufakat.rules.clock import ClockState
from mufakat.rules.contact import ContactRole, ContactState, DrillCause, DrillState
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category, MeasureName, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.rules.passages import Passage
from mufakat.rules.permissions import Role
from mufakat.rules.profile import Act, Certainty
from mufakat.server.connectors.errors import (
    ClosedAddressError,
    DisabledEndpointError,
    NotDeadError,
    TooManyEndpointsError,
)
from mufakat.server.connectors.mail.models import IntakeState, Verdict
from mufakat.server.connectors.models import Ended, EndpointState
from mufakat.server.notices import clocks, exhibits
from mufakat.server.notices.import_queries import ImportState
from mufakat.server.notices.waiting import Hands
from mufakat.server.web.event_words import EVENTS, FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise


__all__ = ["EVENTS", "FIELDS"]  # The words of events are read here, beside all others.

C = TypeVar("C", bound=str)


class Coded(NamedTuple):
    """A code and its word: the page shows both, so that people and machines speak of the same thing."""

    code: str
    word: str | Promise


KINDS: Mapping[NoticeKind, Promise] = {
    NoticeKind.USER_REPORT: _("Report by a user"),
    NoticeKind.TRUSTED_FLAG: _("Notice by a trusted flagger"),
    NoticeKind.REQUEST: _("Request of an authority"),
    NoticeKind.ORDER: _("Order of an authority"),
    NoticeKind.OWN_DETECTION: _("Found by the service itself"),
    NoticeKind.FORWARDED: _("Forwarded by another service"),
}

CATEGORIES: Mapping[Category, Promise] = {
    Category.TERRORISM: _("Terrorism"),
    Category.CHILD_SEXUAL_ABUSE: _("Sexual abuse of children"),
    Category.NARCOTICS: _("Narcotics"),
    Category.GAMBLING: _("Gambling"),
    Category.FRAUD: _("Fraud"),
    Category.VIOLENCE: _("Violence"),
    Category.HATE: _("Hate"),
    Category.PRIVACY: _("Privacy"),
    Category.OTHER: _("Something else"),
}

EXHIBITS: Mapping[str, Promise] = {
    exhibits.HELD: _("Held, encrypted"),
    exhibits.DIGEST_ONLY: _("Digest only: no file was taken"),
    exhibits.ERASED: _("Erased"),
}

URGENCIES: Mapping[Urgency, Promise] = {
    Urgency.NORMAL: _("Normal"),
    Urgency.URGENT: _("Urgent"),
    Urgency.EMERGENCY: _("Emergency"),
}

STATES: Mapping[NoticeState, Promise] = {
    NoticeState.RECEIVED: _("Received"),
    NoticeState.ACKNOWLEDGED: _("Acknowledged"),
    NoticeState.NEEDS_INFORMATION: _("Needs information"),
    NoticeState.DECIDED: _("Decided"),
    NoticeState.CLOSED: _("Closed"),
    NoticeState.WITHDRAWN: _("Withdrawn"),
}

# What the one whose turn it is does next: the viewer's own party, and any other.
OURS_NEXT: Mapping[NoticeState, Promise] = {
    NoticeState.RECEIVED: _("Your party's turn: acknowledge it"),
    NoticeState.ACKNOWLEDGED: _("Your party's turn: decide"),
    NoticeState.NEEDS_INFORMATION: _("Your party's turn: answer"),
}
THEIRS_NEXT: Mapping[NoticeState, Promise] = {
    NoticeState.RECEIVED: _("%(party)s acknowledges next"),
    NoticeState.ACKNOWLEDGED: _("%(party)s decides next"),
    NoticeState.NEEDS_INFORMATION: _("%(party)s answers next"),
}
NOBODY_NEXT: Mapping[NoticeState, Promise] = {
    NoticeState.DECIDED: _("Those affected may appeal"),
    NoticeState.CLOSED: _("Nobody's turn: this is finished"),
    NoticeState.WITHDRAWN: _("Nobody's turn: the sender took it back"),
}

MEASURES: Mapping[MeasureName, Promise] = {
    MeasureName.REMOVE: _("Remove it"),
    MeasureName.DISABLE: _("Disable access to it"),
    MeasureName.DEMOTE: _("Show it less"),
    MeasureName.LABEL: _("Label it"),
    MeasureName.AGE_RESTRICT: _("Show it to adults only"),
    MeasureName.GEO_RESTRICT: _("Hide it in some countries"),
    MeasureName.WARN: _("Warn its author"),
    MeasureName.PRESERVE: _("Preserve it as evidence"),
    MeasureName.SUSPEND_ACCOUNT: _("Suspend the account"),
    MeasureName.TERMINATE_ACCOUNT: _("Terminate the account"),
    MeasureName.CLOSE_CHANNEL: _("Close the channel"),
}

CLOCKS: Mapping[str, Promise] = {
    "acknowledge_within": _("Acknowledge"),
    "takedown_same_day": _("Decide the same day"),
    "isp_reopen": _("Reopen at the operator"),
    "acknowledge_urgent": _("Acknowledge, urgent"),
    "takedown_normal": _("Decide on an order"),
    "takedown_urgent": _("Decide on an urgent order"),
    "warning_normal": _("Letters of warning"),
    "warning_urgent": _("Letters of warning, urgent"),
    "normalisation": _("Answer a request to reopen"),
    "receipt": _("Confirm the receipt"),
    "decision_trusted_flagger": _("Decide for a trusted flagger"),
    "decision": _("Decide without undue delay"),
    "order_effect": _("Say what was done about an order"),
    "statement_of_reasons": _("Give the reasons"),
    "statement_submission": _("Send the reasons to the public database"),
    "appeal_window": _("Time to appeal"),
    "complaint_window": _("Time to complain"),
    "out_of_court": _("Settle the dispute out of court"),
    "report_publish": _("Publish the report"),
    "acknowledge_other": _("Acknowledge what is no order"),
    "removal": _("Remove what was ordered"),
    "inform_effect": _("Say that it was done"),
    "complaint": _("Decide on a complaint"),
    "scrutiny_own": _("The home authority looks at it by itself"),
    "scrutiny_ask": _("Time to ask the home authority"),
    "scrutiny_decide": _("The home authority decides"),
    "preservation": _("Keep what was taken"),
    "prior_info": _("Wait before a first order"),
}

CLOCK_STATES: Mapping[ClockState, Promise] = {
    ClockState.RUNNING: _("Running"),
    ClockState.MET: _("In time"),
    ClockState.OVERDUE: _("Overdue"),
    ClockState.MISSED: _("Too late"),
    ClockState.VOID: _("No longer needed"),
    ClockState.PAUSED: _("Paused"),
    ClockState.PAST_TARGET: _("Past its target"),
    ClockState.LAPSED: _("Time has run out"),
}

# What a clock does by itself: it ran out, or its ladder takes a step.
ACTS: Mapping[str, Promise] = {
    clocks.BREACHED: _("The time ran out"),
    Act.REMIND: _("Reminder to the first contact"),
    Act.SECOND_CONTACT: _("Turning to the second contact"),
    Act.SENIOR_CONTACT: _("Turning to the senior contact"),
    Act.PHONE_TASK: _("Task for the other side: call"),
    Act.UNREACHABLE: _("Marked as unreachable"),
    Act.PROPOSE: _("Proposal to people of the other side"),
}

# What a ladder can propose to people; it is theirs to decide.
PROPOSALS: Mapping[str, Promise] = {
    "notice_of_intended_block": _("Announce that a block is intended"),
    "warning_letter": _("Send a letter of warning"),
}

# The rungs of shipped ladders by the names that their events commit to; those of other profiles stand for themselves.
RUNGS: Mapping[str, Promise] = {
    "reminder": ACTS[Act.REMIND],
    **{act.value: ACTS[act] for act in (Act.SECOND_CONTACT, Act.SENIOR_CONTACT, Act.PHONE_TASK, Act.UNREACHABLE)},
    **PROPOSALS,
    "letter_1": _("First letter of warning"),
    "letter_2": _("Second letter of warning"),
    "letter_3": _("Third letter of warning"),
    "block": PROPOSALS["notice_of_intended_block"],
}

CERTAINTIES: Mapping[Certainty, Promise] = {
    Certainty.PRIMARY_READ: _("We read it in the legal text"),
    Certainty.SECONDARY_READ: _("We read it retold by others"),
    Certainty.PRESS_READ: _("We read it in the press"),
    Certainty.GIVEN: _("It was given to us"),
    Certainty.MEMORY: _("We believe it; not looked up"),
    Certainty.OURS: _("Our choice; no source says so"),
}

MAIL_STATES: Mapping[IntakeState, Promise] = {
    IntakeState.WAITING: _("Waits for somebody"),
    IntakeState.AUTOMATIC: _("Sent by a machine"),
    IntakeState.TAKEN_UP: _("Became a notice"),
    IntakeState.SET_ASIDE: _("Set aside"),
}

VERDICTS: Mapping[Verdict, Promise] = {
    Verdict.PENDING: _("Not checked yet"),
    Verdict.NONE: _("Not signed"),
    Verdict.PASS: _("Signed by this domain"),
    Verdict.FAIL: _("The signature does not fit"),
    Verdict.UNKNOWN: _("Could not be checked"),
}

AUTOMATIC: Mapping[Automatic, Promise] = {
    Automatic.BOUNCE: _("A report of a mail server"),
    Automatic.REPLY: _("An automatic answer"),
    Automatic.LIST: _("From a list, or in bulk"),
    Automatic.GENERATED: _("Made by a program"),
}

PARTY_KINDS: Mapping[PartyKind, Promise] = {
    PartyKind.REGULATOR: _("Regulator"),
    PartyKind.TRUSTED_FLAGGER: _("Trusted flagger"),
    PartyKind.COURT: _("Court"),
    PartyKind.PLATFORM: _("Platform"),
    PartyKind.OPERATOR: _("Network operator"),
    PartyKind.MEMBER: _("Member"),
    PartyKind.AUDITOR: _("Auditor"),
    PartyKind.HOUSE: _("Operator of this instance"),
}

ROLES: Mapping[Role, Promise] = {
    Role.OFFICER: _("Officer"),
    Role.APPROVER: _("Approver"),
    Role.REPRESENTATIVE: _("Representative"),
    Role.REVIEWER: _("Reviewer"),
    Role.ENGINEER: _("Engineer"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMIN: _("Administrator"),
}

LINKS: Mapping[Kind, Promise] = {
    Kind.URL: _("Web page"),
    Kind.HOST: _("Host name"),
    Kind.FILE: _("File, by its digest"),
    Kind.USERNAME: _("Telegram name: a person, bot, group or channel"),
    Kind.PHONE: _("Telegram account, by its number"),
    Kind.CONTACT: _("Telegram contact"),
    Kind.BUSINESS_CHAT: _("Telegram business chat"),
    Kind.BOT_START: _("Telegram bot"),
    Kind.BOT_STARTGROUP: _("Telegram bot, to add to a group"),
    Kind.BOT_APP: _("App of a Telegram bot"),
    Kind.BOT_GAME: _("Game of a Telegram bot"),
    Kind.COLLECTION: _("Collection on a Telegram profile"),
    Kind.CHANNEL: _("Telegram channel"),
    Kind.INVITE: _("Invitation to a Telegram group or channel"),
    Kind.FOLDER: _("Folder of Telegram chats"),
    Kind.CALL: _("Telegram call"),
    Kind.BOOST: _("Boost of a Telegram channel"),
    Kind.DIRECT: _("Direct messages of a Telegram channel"),
    Kind.VIDEOCHAT: _("Telegram video chat"),
    Kind.MESSAGE: _("Telegram message"),
    Kind.STORY: _("Telegram story"),
    Kind.STORY_LIVE: _("Live Telegram story"),
    Kind.STORY_ALBUM: _("Album of Telegram stories"),
    Kind.ARTICLE: _("Telegraph article"),
    Kind.SHARE: _("Telegram sharing link"),
    Kind.INSTANT_VIEW: _("Instant view of a web page"),
    Kind.STICKER_SET: _("Telegram stickers"),
    Kind.EMOJI_SET: _("Telegram emoji"),
    Kind.THEME: _("Telegram theme"),
    Kind.BACKGROUND: _("Telegram background"),
    Kind.NFT: _("Telegram collectible"),
    Kind.GIFTCODE: _("Telegram gift code"),
    Kind.INVOICE: _("Telegram invoice"),
    Kind.LANGUAGE: _("Telegram language pack"),
    Kind.PROXY: _("Proxy server"),
}

CONTACT_ROLES: Mapping[ContactRole, Promise] = {
    ContactRole.FOR_AUTHORITIES: _("Contact point for authorities"),
    ContactRole.FOR_USERS: _("Contact point for users"),
    ContactRole.LEGAL_REPRESENTATIVE: _("Legal representative"),
    ContactRole.NARAHUBUNG: _("Liaison officer (narahubung)"),
}

CONTACT_STATES: Mapping[ContactState, Promise] = {
    ContactState.WAITING: _("Waits"),
    ContactState.IN_FORCE: _("In force"),
    ContactState.ENDED: _("Ended"),
    ContactState.REMOVED: _("Removed"),
}

DRILL_STATES: Mapping[DrillState, Promise] = {
    DrillState.OPEN: _("Not answered yet"),
    DrillState.ANSWERED: _("Answered in time"),
    DrillState.MISSED: _("Nobody answered in time"),
    DrillState.VOID: _("Of the past"),
}

DRILL_CAUSES: Mapping[str, Promise] = {
    DrillCause.NEW: _("because the contact is new or was changed"),
    DrillCause.SCHEDULED: _("as planned"),
    DrillCause.ASKED: _("because somebody asked for it"),
    DrillCause.TURN: _("because the one before did not answer"),
}

SURFACES: Mapping[Surface, Promise] = {
    Surface.ACCOUNT: _("Accounts"),
    Surface.CHANNEL: _("Channels"),
    Surface.MESSAGE: _("Messages"),
    Surface.URL: _("Web pages"),
    Surface.HOST: _("Host names"),
    Surface.FILE: _("Files"),
}

MANDATE_STATES: Mapping[MandateState, Promise] = {
    MandateState.IN_FORCE: _("In force"),
    MandateState.SUSPENDED: _("Suspended"),
    MandateState.REVOKED: _("Revoked"),
}

IMPORT_STATES: Mapping[ImportState, Promise] = {
    ImportState.WAITING: _("Not sent yet"),
    ImportState.RUNNING: _("Is being sent"),
    ImportState.INTERRUPTED: _("Interrupted"),
    ImportState.DONE: _("Finished"),
    ImportState.DISCARDED: _("Discarded"),
}

# Why an import stands where it stands.
IMPORT_REASONS: Mapping[str, Promise] = {
    "stopped": _("Somebody of your party stopped it."),
    "restarted": _("The server was restarted in the middle of it."),
    "full": _("There was no room left on the server."),
    "failed": _("The server could not store more for a while."),
    "expired": _("Nobody went on with it, and the file was removed."),
}

# Which of what waits the desk shows.
HANDS: Mapping[Hands, Promise] = {
    Hands.ALL: _("All"),
    Hands.MINE: _("Mine"),
    Hands.UNASSIGNED: _("In nobody's hands"),
}

PASSAGES: Mapping[Passage, Promise] = {
    Passage.FETCHED: _("Fetched"),
    Passage.DELIVERED: _("Delivered"),
    Passage.SEEN: _("Seen"),
    Passage.ACKNOWLEDGED: _("Acknowledged"),
}

# What each of them is worth.
WITNESSES: Mapping[Passage, Promise] = {
    Passage.FETCHED: _("The recipient's session or program opened it. Nobody need have read it."),
    Passage.DELIVERED: _("The recipient's own machine answered that it has it. Nobody need have read it."),
    Passage.SEEN: _("Somebody of the recipient said so."),
    Passage.ACKNOWLEDGED: _("The recipient has taken it on."),
}

ENDPOINT_STATES: Mapping[str, Promise] = {
    EndpointState.ACTIVE: _("Active"),
    EndpointState.DISABLED: _("Disabled"),
}

ENDPOINT_ENDS: Mapping[str, Promise] = {
    Ended.BY_PARTY: _("by somebody of your party"),
    Ended.BY_OPERATOR: _("by the operator"),
    Ended.GONE: _("it answered that it wants nothing any more (410)"),
    Ended.FAILING: _("it did not answer for a week"),
}

CHAT_ENDS: Mapping[str, Promise] = {
    Because.BY_PERSON: _("by the person"),
    Because.BY_ADMIN: _("by who looks after the people"),
    Because.PERSON_ENDED: _("the person has no access any more"),
    Because.REPLACED: _("another account took its place"),
    Because.BLOCKED: _("the person blocked the bot"),
}

# What a page says when a deed about a delivery is not possible as things stand.
NOT_NOW_DELIVERY: Mapping[type[Exception], Promise] = {
    TooManyEndpointsError: _("A party has at most five active endpoints; disable one first."),
    DisabledEndpointError: _("This endpoint is disabled; enable it first."),
    NotDeadError: _("This is on its way, or it has arrived."),
    ClosedAddressError: _("Its endpoint is disabled; its party has to enable it first."),
}

# What a page says when a deed cannot be done in the state that the notice has by now.
NOT_NOW: Mapping[NoticeDeed, Promise] = {
    NoticeDeed.ACKNOWLEDGE: _("It can no longer be acknowledged: see its state below."),
    NoticeDeed.WITHDRAW: _("It can no longer be withdrawn: see its state below."),
}


def clock(name: str) -> Coded:
    """A clock by its name; a turn of a repeated one is called like the whole, with its number."""
    plain, _mark, turn = name.partition("#")
    found = coded(CLOCKS, plain)
    return Coded(name, format_lazy("{word} {turn}", word=found.word, turn=turn)) if turn else found


def coded(table: Mapping[C, Promise], code: str) -> Coded:
    """The code with its word; a code that this release has no word for stands for itself."""
    found = cast("Mapping[str, Promise]", table).get(code)  # A StrEnum's member and its text are one key.
    return Coded(str(code), found if found is not None else str(code).replace("_", " "))
