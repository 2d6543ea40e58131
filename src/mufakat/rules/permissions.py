"""Who may do what: the table of INTERFACE.md, pair by pair, and which kinds of notice are open to whom.

A kind that speaks with authority needs a mandate in force besides (`mandate`), which a party of the right kind can be
granted; the other kinds follow from what the party is.

A reach is the most that a role gives. The wall between parties (I-10) stands besides it: `yes` never means somebody
else's.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from mufakat.rules.errors import NotPermittedError, UnknownSeatError
from mufakat.rules.notice import NoticeKind
from mufakat.rules.parties import PartyKind

_SEAT = re.compile(r"([a-z]+)(?:-([2-9]|[1-9][0-9]))?")


class Role(StrEnum):
    """What a person, or an enrolled system, is within its party."""

    OFFICER = "officer"
    APPROVER = "approver"
    REPRESENTATIVE = "representative"
    REVIEWER = "reviewer"
    ENGINEER = "engineer"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @classmethod
    def parse_seat(cls, text: str) -> "tuple[Role, int]":
        """The role and the ordinal (from 1) of a seat such as "approver" or "approver-2"; UnknownSeatError otherwise.

        A seat has one name only: "approver-1" and "approver-02" are refused. Ordinals end at 99.
        """
        match = _SEAT.fullmatch(text)
        role = _ROLES.get(match[1]) if match else None
        if match is None or role is None:
            raise UnknownSeatError(text, _ROLES)
        return role, int(match[2] or 1)


_ROLES: Mapping[str, Role] = MappingProxyType({role.value: role for role in Role})


def seat_name(role: Role, ordinal: int) -> str:
    """The name that `Role.parse_seat` reads back: "approver" is the first, "approver-2" the second person of a role."""
    return role.value if ordinal == 1 else f"{role.value}-{ordinal}"


class Deed(StrEnum):
    """What can be done here."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    MESSAGE = "message"
    ACKNOWLEDGE = "acknowledge"
    PAUSE_CLOCK = "pause_clock"
    DO_TASK = "do_task"
    DECIDE = "decide"
    APPROVE_MEASURE = "approve_measure"
    CONFIRM_MEASURE = "confirm_measure"
    GIVE_REASONS = "give_reasons"
    IMPORT_STATEMENTS = "import_statements"
    RESOLVE_APPEAL = "resolve_appeal"
    PROPOSE_RESTRICTION = "propose_restriction"
    APPROVE_RESTRICTION = "approve_restriction"
    OBJECT_RESTRICTION = "object_restriction"
    CONFIRM_RESTRICTION = "confirm_restriction"
    LIFT_RESTRICTION = "lift_restriction"
    PROTECT_NAME = "protect_name"
    MANAGE_RESOLVERS = "manage_resolvers"
    READ_FEED = "read_feed"
    LODGE_APPEAL = "lodge_appeal"
    SCREEN = "screen"
    MANAGE_BANKS = "manage_banks"
    REVIEW_ENTRY = "review_entry"
    PROPOSE_POLICY = "propose_policy"
    PROMOTE_POLICY = "promote_policy"
    DECIDE_HIT = "decide_hit"
    RELEASE_NOTIFICATION = "release_notification"
    PROPOSE_POINT = "propose_point"
    AGREE_POINT = "agree_point"
    SHOW_EVIDENCE = "show_evidence"
    SEND_WARNING = "send_warning"
    GOVERN = "govern"
    READ = "read"
    MANAGE_PEOPLE_AND_KEYS = "manage_people_and_keys"
    MANAGE_CONTACTS = "manage_contacts"
    ANSWER_DRILL = "answer_drill"
    BIND_CHAT = "bind_chat"
    MANAGE_ENDPOINTS = "manage_endpoints"
    REPLAY_DELIVERY = "replay_delivery"


class Reach(StrEnum):
    """How far a role's permission for a deed goes."""

    NONE = "none"
    YES = "yes"  # Whatever concerns the person's own party.
    OWN_PARTY = "own_party"  # What the party as a whole sent, received or made.
    OWN_PARTY_AND_PUBLIC = "own_party_and_public"
    OWN = "own"  # What is addressed to, or waits for, this person's party in this role.
    OWN_NOTICES = "own_notices"  # About notices that the party sent.
    OWN_ORDERS = "own_orders"  # About orders addressed to the party.
    REPLY = "reply"  # Within a notice that somebody else opened.
    NOT_THE_DECIDER = "not_the_decider"  # I-08: by somebody else than who decided.
    NOT_THE_PROPOSER = "not_the_proposer"  # I-06, I-07: by somebody else than who proposed.
    PEOPLE_AND_KEYS = "people_and_keys"  # Who is enrolled and which keys are valid; no notice.


def _row(**reaches: Reach) -> Mapping[Role, Reach]:
    """One deed's row; a role that is not named has none."""
    return MappingProxyType({role: reaches.get(role.value, Reach.NONE) for role in Role})


PERMISSIONS: Mapping[Deed, Mapping[Role, Reach]] = MappingProxyType(
    {
        # "reply" in the table is a message: whoever received a notice neither submits nor withdraws it.
        Deed.SUBMIT: _row(officer=Reach.OWN_PARTY),
        Deed.WITHDRAW: _row(officer=Reach.OWN_PARTY),
        Deed.MESSAGE: _row(officer=Reach.OWN_PARTY, representative=Reach.REPLY, reviewer=Reach.REPLY),
        Deed.ACKNOWLEDGE: _row(representative=Reach.YES, reviewer=Reach.YES, engineer=Reach.OWN_ORDERS),
        # The side that waits may grant a pause; the side whose act is awaited may end it, never begin it.
        Deed.PAUSE_CLOCK: _row(officer=Reach.OWN_PARTY, representative=Reach.YES, reviewer=Reach.YES),
        # A ladder asks people of the side that waits, seldom of the other.
        Deed.DO_TASK: _row(officer=Reach.OWN_PARTY, representative=Reach.YES, reviewer=Reach.YES),
        Deed.DECIDE: _row(reviewer=Reach.YES),
        # What cannot be undone needs a second person (I-06); what was ordered is confirmed by whoever did it.
        Deed.APPROVE_MEASURE: _row(reviewer=Reach.NOT_THE_DECIDER),
        Deed.CONFIRM_MEASURE: _row(representative=Reach.YES, reviewer=Reach.YES),
        Deed.GIVE_REASONS: _row(representative=Reach.YES, reviewer=Reach.YES),
        Deed.IMPORT_STATEMENTS: _row(representative=Reach.YES, reviewer=Reach.YES),
        Deed.RESOLVE_APPEAL: _row(reviewer=Reach.NOT_THE_DECIDER),
        Deed.PROPOSE_RESTRICTION: _row(officer=Reach.YES),
        Deed.APPROVE_RESTRICTION: _row(approver=Reach.NOT_THE_PROPOSER),
        Deed.OBJECT_RESTRICTION: _row(representative=Reach.YES),
        Deed.CONFIRM_RESTRICTION: _row(engineer=Reach.YES),
        Deed.LIFT_RESTRICTION: _row(officer=Reach.YES, approver=Reach.YES),
        # Of the house: what is never closed is nobody's to bargain with.
        Deed.PROTECT_NAME: _row(admin=Reach.YES),
        # An operator's own resolvers and lists (I-16).
        Deed.MANAGE_RESOLVERS: _row(engineer=Reach.YES),
        Deed.READ_FEED: _row(engineer=Reach.YES),
        Deed.LODGE_APPEAL: _row(officer=Reach.OWN_NOTICES, representative=Reach.OWN),
        Deed.SCREEN: _row(reviewer=Reach.YES),
        Deed.MANAGE_BANKS: _row(reviewer=Reach.YES),
        # I-17: what one person put in, another one looks at before it acts.
        Deed.REVIEW_ENTRY: _row(reviewer=Reach.NOT_THE_PROPOSER),
        Deed.PROPOSE_POLICY: _row(reviewer=Reach.YES),
        Deed.PROMOTE_POLICY: _row(reviewer=Reach.NOT_THE_PROPOSER),
        Deed.DECIDE_HIT: _row(reviewer=Reach.YES),
        # I-14: a named person of the platform, under a ground that the agreement names.
        Deed.RELEASE_NOTIFICATION: _row(representative=Reach.YES, reviewer=Reach.YES),
        # Whoever talks may put something on the table; who signs binds the party.
        Deed.PROPOSE_POINT: _row(officer=Reach.YES, approver=Reach.YES, representative=Reach.YES),
        Deed.AGREE_POINT: _row(approver=Reach.YES, representative=Reach.YES),
        # What a point asks for, and that the other side keeps one.
        Deed.SHOW_EVIDENCE: _row(
            officer=Reach.YES, approver=Reach.YES, representative=Reach.YES, reviewer=Reach.YES, engineer=Reach.YES
        ),
        # A letter of a ladder: a step that the profile does not allow is not there to be sent.
        Deed.SEND_WARNING: _row(officer=Reach.OWN_NOTICES, approver=Reach.OWN_NOTICES),
        # Objectives, reviews and what they decide, of one's own party.
        Deed.GOVERN: _row(officer=Reach.YES, approver=Reach.YES, representative=Reach.YES, reviewer=Reach.YES),
        Deed.READ: _row(
            officer=Reach.OWN_PARTY,
            approver=Reach.OWN,
            representative=Reach.OWN,
            reviewer=Reach.OWN,
            engineer=Reach.OWN,
            auditor=Reach.OWN_PARTY_AND_PUBLIC,
            admin=Reach.PEOPLE_AND_KEYS,
        ),
        Deed.MANAGE_PEOPLE_AND_KEYS: _row(admin=Reach.YES),
        Deed.MANAGE_CONTACTS: _row(representative=Reach.YES, admin=Reach.YES),
        # Whoever sits at the party's desk may say that the test message arrived.
        Deed.ANSWER_DRILL: _row(
            officer=Reach.YES,
            approver=Reach.YES,
            representative=Reach.YES,
            reviewer=Reach.YES,
            engineer=Reach.YES,
            admin=Reach.YES,
        ),
        # Each its own; whoever looks after the people of a party sees which there are, and ends one.
        Deed.BIND_CHAT: _row(
            officer=Reach.OWN, representative=Reach.OWN, reviewer=Reach.OWN, admin=Reach.PEOPLE_AND_KEYS
        ),
        # Where the party's events are sent: whoever answers for its channel.
        Deed.MANAGE_ENDPOINTS: _row(officer=Reach.YES, representative=Reach.YES, admin=Reach.YES),
        # The admin of the house alone: the wall between parties stands besides this table.
        Deed.REPLAY_DELIVERY: _row(admin=Reach.YES),
    }
)
"""INTERFACE.md, "Who may do what": every deed and every role, so that nothing is allowed by accident."""

MANDATED = frozenset({NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST, NoticeKind.ORDER})
"""The kinds that need a mandate in force (I-04)."""

_FOR_ANYBODY = frozenset({NoticeKind.USER_REPORT})
_OF_A_SERVICE = frozenset({NoticeKind.OWN_DETECTION, NoticeKind.FORWARDED})

KINDS: Mapping[PartyKind, frozenset[NoticeKind]] = MappingProxyType(
    {
        PartyKind.REGULATOR: _FOR_ANYBODY | _OF_A_SERVICE,
        PartyKind.TRUSTED_FLAGGER: _FOR_ANYBODY,
        PartyKind.COURT: _FOR_ANYBODY,
        PartyKind.PLATFORM: _FOR_ANYBODY | _OF_A_SERVICE,
        PartyKind.OPERATOR: _FOR_ANYBODY,
        PartyKind.MEMBER: _FOR_ANYBODY,
        PartyKind.AUDITOR: _FOR_ANYBODY,
        PartyKind.HOUSE: _FOR_ANYBODY,
    }
)
"""What a party may send without a mandate."""

KINDS_BY_MANDATE: Mapping[PartyKind, frozenset[NoticeKind]] = MappingProxyType(
    {
        PartyKind.REGULATOR: MANDATED,
        PartyKind.TRUSTED_FLAGGER: frozenset({NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST}),
        PartyKind.COURT: frozenset({NoticeKind.REQUEST, NoticeKind.ORDER}),
    }
)
"""For what a party can be granted a mandate; nobody else can hold one."""


def reach(role: Role, deed: Deed) -> Reach:
    """How far `role` may go with `deed`; Reach.NONE is a plain no."""
    return PERMISSIONS[deed][role]


def require(role: Role, deed: Deed) -> Reach:
    """The reach, or NotPermittedError where it is none."""
    found = PERMISSIONS[deed][role]
    if found is Reach.NONE:
        raise NotPermittedError(deed, role)
    return found


def kinds_open_to(party_kind: PartyKind) -> frozenset[NoticeKind]:
    """The kinds of notice that a party of this kind may send without a mandate (I-04)."""
    return KINDS[party_kind]


def kinds_by_mandate(party_kind: PartyKind) -> frozenset[NoticeKind]:
    """The kinds of notice for which a party of this kind can be granted a mandate (I-04)."""
    return KINDS_BY_MANDATE.get(party_kind, frozenset())


def deeds_table() -> str:
    """PERMISSIONS as a Markdown table, one deed a row; ends with a newline."""
    lines = ["| deed | " + " | ".join(Role) + " |", "|---|" + "---|" * len(Role)]
    for deed, row in PERMISSIONS.items():
        cells = ("–" if found is Reach.NONE else found.value.replace("_", " ") for found in row.values())
        lines.append(f"| {deed.value.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def kinds_table() -> str:
    """KINDS and KINDS_BY_MANDATE as a Markdown table, one kind of party a row; ends with a newline."""
    rows = [
        f"| {kind.value} | {_in_order(kinds_open_to(kind))} | {_in_order(kinds_by_mandate(kind))} |"
        for kind in PartyKind
    ]
    return "\n".join(["| a party of kind | may send | and with a mandate in force |", "|---|---|---|", *rows]) + "\n"


def _in_order(kinds: frozenset[NoticeKind]) -> str:
    return ", ".join(f"`{kind.value}`" for kind in NoticeKind if kind in kinds) or "–"
