"""The types of events, listed once, and what each commits to.

A type is dotted and past tense. An event is a leaf of the log (INTERFACE.md, "Events, leaves, receipts"): what people
typed never enters it; the leaf carries commitments to those fields, and erasing a field leaves every proof valid
(I-09).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class EventType(StrEnum):
    """What can happen. A type, once written to a log, is never renamed and never taken away."""

    EXAMPLE_BEGUN = "example.begun"  # The first leaf of a shard in which a story is told.
    LOG_OPENED = "log.opened"  # The first leaf of a shard that follows another one: it names that one's last head.
    LOG_KEY_ADDED = "log.key_added"  # A key that signs heads of this shard, from the one on that holds this leaf.
    LOG_KEY_RETIRED = "log.key_retired"  # It signs no head that holds this leaf.
    LOG_KEY_REVOKED = "log.key_revoked"  # The same, at once: somebody else may have it.
    NOTICE_RECEIVED = "notice.received"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_WITHDRAWN = "notice.withdrawn"
    NOTICE_DELIVERED = "notice.delivered"
    NOTICE_SEEN = "notice.seen"
    NOTICE_HANDED_OVER = "notice.handed_over"
    NOTICE_CLOSED = "notice.closed"  # The time for appeals is over, or the last appeal is resolved.
    NOTICE_ERASED = "notice.erased"
    INFORMATION_ASKED = "information.asked"  # It cannot be decided yet; the sender's next message is the answer.
    DECISION_MADE = "decision.made"
    DECISION_REVERSED = "decision.reversed"  # What it rested on does not stand any more; no appeal asked for it.
    DECISION_INFORMED = "decision.informed"  # The decision reached whoever asked.
    REASONS_GIVEN = "reasons.given"  # The statement of reasons reached whoever is affected.
    REASONS_SUBMITTED = "reasons.submitted"  # It was handed to a public database of statements.
    STATEMENTS_IMPORTED = "statements.imported"  # Statements that were made elsewhere, a portion at a time.
    MEASURE_APPROVED = "measure.approved"  # By the second person that an irreversible measure needs.
    MEASURE_DECLINED = "measure.declined"
    MEASURE_CONFIRMED = "measure.confirmed"
    MEASURE_FAILED = "measure.failed"
    MEASURE_ENDED = "measure.ended"  # Its time is over: its inverse is to be done.
    MEASURE_REVERTED = "measure.reverted"  # The inverse is done.
    APPEAL_LODGED = "appeal.lodged"
    APPEAL_UPHELD = "appeal.upheld"  # The decision stands.
    APPEAL_REVERSED = "appeal.reversed"
    APPEAL_PARTLY_REVERSED = "appeal.partly_reversed"
    APPEAL_DISMISSED = "appeal.dismissed"  # Inadmissible.
    DISPUTE_COMPLETED = "dispute.completed"  # A body outside has a complete complaint.
    DISPUTE_SETTLED = "dispute.settled"
    MESSAGE_SENT = "message.sent"
    CLOCK_BREACHED = "clock.breached"
    CLOCK_PAUSED = "clock.paused"
    CLOCK_RESUMED = "clock.resumed"
    ESCALATION_CLIMBED = "escalation.climbed"
    TASK_DONE = "task.done"
    TASK_REOPENED = "task.reopened"
    HOLD_PLACED = "hold.placed"
    HOLD_RELEASED = "hold.released"
    MAIL_RECEIVED = "mail.received"  # Unverified intake: somebody wrote; nothing is asked with authority yet.
    MAIL_TAKEN_UP = "mail.taken_up"  # An enrolled person made a notice of it.
    MAIL_SET_ASIDE = "mail.set_aside"
    MAIL_ERASED = "mail.erased"
    MAIL_UNDELIVERED = "mail.undelivered"  # A letter of ours did not reach its contact; the next one is told.
    PARTY_REGISTERED = "party.registered"
    PERSON_ENROLLED = "person.enrolled"
    PERSON_ENDED = "person.ended"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 - an event's name, no secret.
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - the same.
    CONTACT_SET = "contact.set"
    CONTACT_WITHDRAWN = "contact.withdrawn"  # A change that still waited.
    CONTACT_REMOVED = "contact.removed"
    CONTACT_VERIFIED = "contact.verified"
    CONTACT_UNREACHABLE = "contact.unreachable"
    CONTACT_REACHABLE = "contact.reachable"
    CONTACT_ERASED = "contact.erased"  # What is personal in a former version.
    CHAT_BOUND = "chat.bound"  # A person's own chat with the Government Channel bot.
    CHAT_UNBOUND = "chat.unbound"
    CHAT_UNREACHABLE = "chat.unreachable"  # The person blocked the bot: the other ways go on.
    CHAT_REACHABLE = "chat.reachable"
    CHAT_ERASED = "chat.erased"  # What is personal in a chat of the past.
    DRILL_PLANNED = "drill.planned"  # How often a party's contacts are tried.
    DRILL_SENT = "drill.sent"
    DRILL_ANSWERED = "drill.answered"
    DRILL_MISSED = "drill.missed"
    ENDPOINT_SET = "endpoint.set"
    ENDPOINT_ROTATED = "endpoint.rotated"
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_ENABLED = "endpoint.enabled"
    ENDPOINT_TESTED = "endpoint.tested"
    DELIVERY_FAILED = "delivery.failed"
    DELIVERY_REPLAYED = "delivery.replayed"
    MANDATE_GRANTED = "mandate.granted"
    MANDATE_SUSPENDED = "mandate.suspended"
    MANDATE_RESUMED = "mandate.resumed"
    MANDATE_REVOKED = "mandate.revoked"
    MANDATE_REPLIED = "mandate.replied"
    MANDATE_QUOTA_LOWERED = "mandate.quota_lowered"
    MANDATE_QUOTA_RESTORED = "mandate.quota_restored"
    MANDATE_SUSPENSION_PROPOSED = "mandate.suspension_proposed"
    MANDATE_SUSPENSION_DECLINED = "mandate.suspension_declined"  # People looked at what was proposed, and said no.
    KEY_ENROLLED = "key.enrolled"  # A key with which a party signs.
    KEY_RETIRED = "key.retired"
    SIGNING_REQUIRED = "signing.required"  # What a party sends and acknowledges is refused without its signature.
    SIGNING_WAIVED = "signing.waived"
    PROFILE_ADOPTED = "profile.adopted"  # The text of a profile, as agreements cite it, for good.
    AGREEMENT_OPENED = "agreement.opened"  # Talks began.
    AGREEMENT_IN_FORCE = "agreement.in_force"  # A version of it: by the first point in force, or by a change of one.
    AGREEMENT_ENDED = "agreement.ended"
    POINT_PROPOSED = "point.proposed"
    POINT_COUNTERED = "point.countered"
    POINT_SIGNED = "point.signed"  # By a side, before the last one.
    POINT_AGREED = "point.agreed"  # By the last side.
    POINT_DECLINED = "point.declined"
    POINT_WITHDRAWN = "point.withdrawn"
    POINT_EVIDENCED = "point.evidenced"  # What a point asks for was handed in.
    POINT_CONFIRMED = "point.confirmed"  # The other side says that a point is kept.
    OBLIGATION_CHANGED = "obligation.changed"
    REOPENING_FULFILLED = "reopening.fulfilled"  # What an agreement asks for before something is opened is there.
    REOPENING_LOST = "reopening.lost"  # It is no longer.
    WARNING_SENT = "warning.sent"  # A step of a ladder as a document, with its number and ground.
    OBJECTIVE_SET = "objective.set"
    OBJECTIVE_ENDED = "objective.ended"
    REVIEW_HELD = "review.held"
    FOLLOWUP_DONE = "followup.done"
    REPORT_PUBLISHED = "report.published"
    RESTRICTION_PROPOSED = "restriction.proposed"
    RESTRICTION_APPROVED = "restriction.approved"  # By an approver; the second one makes it ready.
    RESTRICTION_REFUSED = "restriction.refused"  # By an approver, by its proposer, or because its end came first.
    RESTRICTION_ANSWERED = "restriction.answered"  # The platform concerned said what it has to say.
    RESTRICTION_PUBLISHED = "restriction.published"  # On the lists of its operators.
    RESTRICTION_APPLIED = "restriction.applied"  # An operator says that it carries it out.
    RESTRICTION_LIFTED = "restriction.lifted"  # Some or all names are off the lists, before its end.
    RESTRICTION_REMINDED = "restriction.reminded"  # It stands, and is to be looked at again.
    RESTRICTION_EXPIRED = "restriction.expired"
    RESTRICTION_OPENED = "restriction.opened"  # An operator says that it opened what was lifted or expired.
    RESTRICTION_OVERDUE = "restriction.overdue"  # An operator did not open in its time: a step of its ladder.
    RESTRICTION_SEEN = "restriction.seen"  # An operator's resolver answers otherwise than before: closed, or open.
    NAME_PROTECTED = "name.protected"  # A name that is never closed joined the list of those.
    NAME_RELEASED = "name.released"
    RESOLVER_SET = "resolver.set"  # An operator's resolver that is asked; `restriction.seen` tells what it answers.
    RESOLVER_REMOVED = "resolver.removed"
    RESOLVER_SEEN = "resolver.seen"  # It filters the name that stands on every list, or does so no longer.
    BANK_OPENED = "bank.opened"
    ENTRIES_ADDED = "entries.added"  # A portion of at most a thousand; they begin in shadow (I-17).
    ENTRIES_REVIEWED = "entries.reviewed"  # By somebody else: they act from now on, or never.
    ENTRIES_RETRACTED = "entries.retracted"
    POLICY_PROPOSED = "policy.proposed"
    POLICY_SHADOWED = "policy.shadowed"  # It judges beside the live one, and does nothing.
    POLICY_TRIED = "policy.tried"  # On items of the past: a table of differences.
    POLICY_PROMOTED = "policy.promoted"
    POLICY_DECLINED = "policy.declined"
    POLICY_ENDED = "policy.ended"
    FILTER_HIT = "filter.hit"
    HIT_RELEASED = "hit.released"  # By a person, or because nobody decided in time.
    HIT_BLOCKED = "hit.blocked"
    HIT_RESTORED = "hit.restored"
    HIT_ERASED = "hit.erased"  # What its item said; that it was, and by which rule, stays.
    NOTIFICATION_PROPOSED = "notification.proposed"
    NOTIFICATION_RELEASED = "notification.released"  # By a named person: an authority learns of it (I-14).
    NOTIFICATION_DECLINED = "notification.declined"
    NOTIFICATION_LAPSED = "notification.lapsed"
    NOTIFICATION_WITHDRAWN = "notification.withdrawn"  # What was told is restored since: its authority is told so.
    COUNTS_TOLD = "counts.told"  # What goes to an authority by itself: counts, each of ten at least (I-14).
    RESTORING_DONE = "restoring.done"  # All that a retracted entry or an ended policy hit is restored.


COMMITTED: Mapping[EventType, frozenset[str]] = MappingProxyType(
    {
        EventType.EXAMPLE_BEGUN: frozenset({"block"}),
        # `former` is the signed head of the shard before, as a note: whoever opens it can verify it.
        EventType.LOG_OPENED: frozenset({"former"}),
        EventType.LOG_KEY_ADDED: frozenset({"key"}),
        EventType.LOG_KEY_RETIRED: frozenset({"key"}),
        EventType.LOG_KEY_REVOKED: frozenset({"key", "reason"}),
        # `subject` is codes (kind, category, territory …): so the public view is made of the journal alone (I-12).
        EventType.NOTICE_RECEIVED: frozenset({"payload", "locators", "explanation", "legal_ground", "subject"}),
        # `received` is the hash of the leaf by which it came, where the recipient's key signs (`proof.signed`).
        EventType.NOTICE_ACKNOWLEDGED: frozenset({"note", "received"}),
        EventType.NOTICE_WITHDRAWN: frozenset({"reason"}),
        EventType.NOTICE_DELIVERED: frozenset({"received"}),
        EventType.NOTICE_SEEN: frozenset(),
        EventType.NOTICE_HANDED_OVER: frozenset({"note", "seat"}),
        EventType.NOTICE_CLOSED: frozenset(),
        EventType.NOTICE_ERASED: frozenset({"classes", "reason"}),
        EventType.INFORMATION_ASKED: frozenset({"text", "ground", "facts", "language", "automated"}),
        EventType.DECISION_MADE: frozenset(
            {"outcome", "items", "ground", "facts", "reasons", "language", "automated", "refusal"}
        ),
        EventType.DECISION_REVERSED: frozenset({"because"}),
        EventType.DECISION_INFORMED: frozenset(),
        EventType.REASONS_GIVEN: frozenset({"how"}),
        EventType.REASONS_SUBMITTED: frozenset({"database"}),
        EventType.STATEMENTS_IMPORTED: frozenset({"portion"}),
        EventType.MEASURE_APPROVED: frozenset({"measure", "note"}),
        EventType.MEASURE_DECLINED: frozenset({"measure", "reason"}),
        EventType.MEASURE_CONFIRMED: frozenset({"measure", "note"}),
        EventType.MEASURE_FAILED: frozenset({"measure", "reason"}),
        EventType.MEASURE_ENDED: frozenset({"measure"}),
        EventType.MEASURE_REVERTED: frozenset({"measure", "note"}),
        EventType.APPEAL_LODGED: frozenset({"standing", "reasons"}),
        EventType.APPEAL_UPHELD: frozenset({"reasons"}),
        EventType.APPEAL_REVERSED: frozenset({"reasons"}),
        EventType.APPEAL_PARTLY_REVERSED: frozenset({"reasons", "items"}),
        EventType.APPEAL_DISMISSED: frozenset({"reasons"}),
        EventType.DISPUTE_COMPLETED: frozenset({"standing", "level", "body", "note"}),
        EventType.DISPUTE_SETTLED: frozenset({"body", "outcome", "note", "items"}),
        EventType.MESSAGE_SENT: frozenset({"text"}),
        EventType.CLOCK_BREACHED: frozenset({"clock"}),
        EventType.CLOCK_PAUSED: frozenset({"clock", "reason"}),
        EventType.CLOCK_RESUMED: frozenset({"clock", "reason"}),
        # `missing` says that nobody was there whom the step could have told, so that the next one was taken at once.
        EventType.ESCALATION_CLIMBED: frozenset({"clock", "step", "missing"}),
        EventType.TASK_DONE: frozenset({"step", "note"}),
        EventType.TASK_REOPENED: frozenset({"step", "note"}),
        EventType.HOLD_PLACED: frozenset({"reason"}),
        EventType.HOLD_RELEASED: frozenset({"reason"}),
        EventType.MAIL_RECEIVED: frozenset({"payload"}),
        EventType.MAIL_TAKEN_UP: frozenset(),
        EventType.MAIL_SET_ASIDE: frozenset({"reason"}),
        EventType.MAIL_ERASED: frozenset({"classes", "reason"}),
        EventType.MAIL_UNDELIVERED: frozenset(),
        EventType.PARTY_REGISTERED: frozenset({"name", "kind", "country"}),
        EventType.PERSON_ENROLLED: frozenset(),
        EventType.PERSON_ENDED: frozenset(),
        EventType.TOKEN_ISSUED: frozenset(),
        EventType.TOKEN_REVOKED: frozenset(),
        EventType.CONTACT_SET: frozenset({"contact"}),
        EventType.CONTACT_WITHDRAWN: frozenset(),
        EventType.CONTACT_REMOVED: frozenset({"reason"}),
        EventType.CONTACT_VERIFIED: frozenset(),
        EventType.CONTACT_UNREACHABLE: frozenset({"because"}),
        EventType.CONTACT_REACHABLE: frozenset(),
        EventType.CONTACT_ERASED: frozenset(),
        # `chat` is whose chat it is there, by the number that the service gives: it can be erased.
        EventType.CHAT_BOUND: frozenset({"chat"}),
        EventType.CHAT_UNBOUND: frozenset({"because"}),
        EventType.CHAT_UNREACHABLE: frozenset({"because"}),
        EventType.CHAT_REACHABLE: frozenset(),
        EventType.CHAT_ERASED: frozenset(),
        EventType.DRILL_PLANNED: frozenset({"days"}),
        EventType.DRILL_SENT: frozenset({"because"}),
        EventType.DRILL_ANSWERED: frozenset(),
        EventType.DRILL_MISSED: frozenset(),
        # Neither an address nor a secret of an endpoint, nor a digest of them: both could be guessed.
        EventType.ENDPOINT_SET: frozenset(),
        EventType.ENDPOINT_ROTATED: frozenset(),
        EventType.ENDPOINT_DISABLED: frozenset(),
        EventType.ENDPOINT_ENABLED: frozenset(),
        EventType.ENDPOINT_TESTED: frozenset(),
        EventType.DELIVERY_FAILED: frozenset(),
        EventType.DELIVERY_REPLAYED: frozenset(),
        EventType.MANDATE_GRANTED: frozenset({"terms"}),
        EventType.MANDATE_SUSPENDED: frozenset({"reason"}),
        EventType.MANDATE_RESUMED: frozenset({"reason"}),
        EventType.MANDATE_REVOKED: frozenset({"reason"}),
        EventType.MANDATE_REPLIED: frozenset({"reply"}),
        # `evidence` is what was counted, with the bounds that follow from it: whoever is judged can count it again.
        EventType.MANDATE_QUOTA_LOWERED: frozenset({"quota", "evidence"}),
        EventType.MANDATE_QUOTA_RESTORED: frozenset({"quota", "reason"}),
        EventType.MANDATE_SUSPENSION_PROPOSED: frozenset({"evidence"}),
        EventType.MANDATE_SUSPENSION_DECLINED: frozenset({"reason"}),
        EventType.KEY_ENROLLED: frozenset({"key"}),
        EventType.KEY_RETIRED: frozenset({"key", "reason"}),
        EventType.SIGNING_REQUIRED: frozenset(),
        EventType.SIGNING_WAIVED: frozenset(),
        EventType.PROFILE_ADOPTED: frozenset({"profile"}),
        EventType.AGREEMENT_OPENED: frozenset({"title", "parties"}),
        # `version` is the number, the frame, and for each point in force its name, version and the digest of its terms.
        EventType.AGREEMENT_IN_FORCE: frozenset({"version"}),
        EventType.AGREEMENT_ENDED: frozenset({"reason"}),
        # `point` is the name and the version; `terms` what is proposed, byte for byte as it is signed.
        EventType.POINT_PROPOSED: frozenset({"point", "terms", "note"}),
        EventType.POINT_COUNTERED: frozenset({"point", "terms", "note"}),
        EventType.POINT_SIGNED: frozenset({"point", "note"}),
        EventType.POINT_AGREED: frozenset({"point", "note"}),
        EventType.POINT_DECLINED: frozenset({"point", "note"}),
        EventType.POINT_WITHDRAWN: frozenset({"point", "note"}),
        EventType.POINT_EVIDENCED: frozenset({"point", "note"}),
        EventType.POINT_CONFIRMED: frozenset({"point", "note"}),
        # `obligation` is point, kind, state and what was counted.
        EventType.OBLIGATION_CHANGED: frozenset({"obligation"}),
        EventType.REOPENING_FULFILLED: frozenset({"by"}),
        EventType.REOPENING_LOST: frozenset({"missing"}),
        # `weighed` says how the reasons of the other side were weighed, before a step for which the profile wants it.
        EventType.WARNING_SENT: frozenset({"step", "text", "legal_ground", "weighed"}),
        EventType.OBJECTIVE_SET: frozenset({"objective"}),
        EventType.OBJECTIVE_ENDED: frozenset({"reason"}),
        EventType.REVIEW_HELD: frozenset({"minutes", "figures", "followups"}),
        EventType.FOLLOWUP_DONE: frozenset({"followup", "note"}),
        EventType.REPORT_PUBLISHED: frozenset({"report"}),
        # `order` is codes and times (list, match, layer, operators, ends …); `names` are the openings that a register
        # never shows as a list (I-16).
        EventType.RESTRICTION_PROPOSED: frozenset(
            {"order", "names", "legal_ground", "reason", "proportionality", "reopening", "warnings"}
        ),
        EventType.RESTRICTION_APPROVED: frozenset({"note", "warnings"}),
        EventType.RESTRICTION_REFUSED: frozenset({"reason"}),
        EventType.RESTRICTION_ANSWERED: frozenset({"answer"}),
        EventType.RESTRICTION_PUBLISHED: frozenset({"operators", "names"}),
        EventType.RESTRICTION_APPLIED: frozenset({"note"}),
        # `opening` are the operators that have something to open: none where another restriction keeps all of it shut.
        # An event without it is older than that, and means all of them.
        EventType.RESTRICTION_LIFTED: frozenset({"note", "names", "by", "opening"}),
        EventType.RESTRICTION_REMINDED: frozenset(),
        EventType.RESTRICTION_EXPIRED: frozenset({"opening"}),
        EventType.RESTRICTION_OPENED: frozenset({"note"}),
        EventType.RESTRICTION_OVERDUE: frozenset({"operator", "step"}),
        EventType.RESTRICTION_SEEN: frozenset({"sight"}),
        EventType.NAME_PROTECTED: frozenset({"name", "reason"}),
        EventType.NAME_RELEASED: frozenset({"name", "reason"}),
        EventType.RESOLVER_SET: frozenset({"resolver"}),
        EventType.RESOLVER_REMOVED: frozenset({"resolver"}),
        EventType.RESOLVER_SEEN: frozenset({"sight"}),
        EventType.BANK_OPENED: frozenset({"bank"}),
        EventType.ENTRIES_ADDED: frozenset({"entries", "origin"}),
        EventType.ENTRIES_REVIEWED: frozenset({"entries", "note"}),
        EventType.ENTRIES_RETRACTED: frozenset({"entries", "reason"}),
        EventType.POLICY_PROPOSED: frozenset({"policy", "note"}),
        EventType.POLICY_SHADOWED: frozenset({"note"}),
        EventType.POLICY_TRIED: frozenset({"table"}),
        # `figures` are those that the second person promoted it on.
        EventType.POLICY_PROMOTED: frozenset({"figures", "note"}),
        EventType.POLICY_DECLINED: frozenset({"reason"}),
        EventType.POLICY_ENDED: frozenset({"reason"}),
        # `verdict` is codes and names of entries, `item` what was said, by whom and where: it can be erased.
        EventType.FILTER_HIT: frozenset({"verdict", "item"}),
        EventType.HIT_RELEASED: frozenset({"note"}),
        EventType.HIT_BLOCKED: frozenset({"note"}),
        EventType.HIT_RESTORED: frozenset({"because"}),
        EventType.HIT_ERASED: frozenset(),
        EventType.NOTIFICATION_PROPOSED: frozenset({"codes"}),
        # `codes` is all that an authority is told: no author, no contact, no content.
        EventType.NOTIFICATION_RELEASED: frozenset({"codes", "ground"}),
        EventType.NOTIFICATION_DECLINED: frozenset({"reason"}),
        EventType.NOTIFICATION_LAPSED: frozenset(),
        EventType.NOTIFICATION_WITHDRAWN: frozenset({"codes"}),
        EventType.COUNTS_TOLD: frozenset({"counts"}),
        EventType.RESTORING_DONE: frozenset({"restored"}),
    }
)
"""Per type, the names of the fields that its leaf may carry a commitment to; any other name is a fault of ours."""

INTERNAL = frozenset({EventType.NOTICE_HANDED_OVER, EventType.TASK_DONE, EventType.TASK_REOPENED})
"""What a party says to itself, in its own channel: the other side of the notice is not shown it."""

ERASING = frozenset(
    {
        EventType.NOTICE_ERASED,
        EventType.MAIL_ERASED,
        EventType.CONTACT_ERASED,
        EventType.CHAT_ERASED,
        EventType.HIT_ERASED,
    }
)
"""What says that openings were erased: of the event's whole case, or of the events to which its leaf refers (I-09)."""

COMING = frozenset(
    {
        "period.ended",
        "reopening.answered",
        "reopening.ordered",
        "reopening.requested",
    }
)
"""Types that a profile may name and that no part of this version writes yet: what they start does not start yet.

A name leaves this list when it joins `EventType`; until then it may still change, and the shipped profiles with it.
"""


def is_known(name: str) -> bool:
    """Whether a profile may name this type."""
    return name in COMING or is_written(name)


def is_written(name: str) -> bool:
    """Whether some part of this version writes events of this type."""
    return name in EventType._value2member_map_
