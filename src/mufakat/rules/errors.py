"""Every refusal of the rules: one error per reason, carrying what collided. Its str() is a sentence for people.

MufakatError
└── RefusedError                   expected: the one who asked can mend it; not logged as a fault
    ├── DocumentRefusedError       carries faults, each with its JSON pointer
    │   ├── NotAdmissibleError     the notice cannot be taken
    │   ├── BadProfileError        the profile cannot be used
    │   ├── BadPlanError           the plan of a rehearsal cannot be played
    │   ├── BadMandateError        the mandate, or what is said about it, cannot be taken
    │   ├── BadDecisionError       the decision cannot be made as it stands
    │   ├── BadAgreementError      the agreement, or what is proposed for it, cannot be taken
    │   ├── BadGovernanceError     the objective, the review or what is said about them cannot be taken
    │   ├── BadRestrictionError    the restriction, or what is said about it, cannot be taken
    │   ├── BadSignatureError      a party's signature is not one of what was sent
    │   │   └── UnsignedError      there is none, and the party asks for one
    │   └── BadScreeningError      the bank, policy, item, or what is said about them, cannot be taken
    ├── QuotaSpentError            the party has sent as much as its mandates allow for now
    ├── TooOftenError              this address has asked too often for now
    ├── NotPermittedError          this role may not do this
    ├── IllegalTransitionError     not in this state
    ├── ClockStandsError           the clock stands otherwise
    ├── MeasureStandsError         the measure stands otherwise
    ├── PointStandsError           the point stands otherwise
    ├── RestrictionStandsError     the restriction stands otherwise
    ├── ScreeningStandsError       the entry, policy, hit or notification stands otherwise
    ├── NotNowError                in order, and not possible as things stand
    ├── EndedError                 the notice has ended: nothing more is said about it
    ├── TooManyMessagesError       this side has said its fill
    ├── IdempotencyKeyError
    │   ├── KeyMissingError        no key where one is required
    │   ├── KeyMalformedError      not 1-255 visible ASCII characters
    │   ├── KeyReusedError         the key was used for other content
    │   └── KeyInFlightError       the first request with this key still runs
    ├── UnknownPartyError          no party of this handle
    ├── UnknownSeatError           no role of this name
    ├── NotFoundError              nothing here that you may see
    ├── BadReasonError             a reason that is empty, too long, or rewrites a screen
    ├── HeldError                  under a legal hold
    └── ErasedError                erased; the receipt remains

Only `api/problems.py` turns these into HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.fault import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mufakat.rules.fault import Fault
    from mufakat.rules.lifecycle import NoticeDeed, NoticeState
    from mufakat.rules.permissions import Deed, Role


class MufakatError(Exception):
    """The root of our errors."""


class RefusedError(MufakatError):
    """An expected refusal: nothing is broken, and the one who asked can do something about it."""


class DocumentRefusedError(RefusedError):
    """A document has faults; `faults` holds all of them, in the order of reading."""

    what = "document"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults, the first"
        where = first.pointer or "the whole"
        if first.line is not None:
            where = f"line {first.line}"
        super().__init__(f"The {self.what} was refused: {count} at {where}: {first.detail}")


class NotAdmissibleError(DocumentRefusedError):
    """The notice cannot be taken as it stands."""

    what = "notice"


class BadSignatureError(DocumentRefusedError):
    """The signature that came with it is not one by a key in force of the party, of what was sent."""

    what = "signature"


class UnsignedError(BadSignatureError):
    """The party has what it sends refused without a signature, and none came."""


class BadAgreementError(DocumentRefusedError):
    """The agreement, or what is proposed for it, cannot be taken as it stands."""

    what = "agreement"


class BadGovernanceError(DocumentRefusedError):
    """The objective, the review, or what is said about one, cannot be taken as it stands."""

    what = "record"


class BadRestrictionError(DocumentRefusedError):
    """The restriction cannot be taken as it stands: its names, its ground, its end, or a rule of the profile (I-07)."""

    what = "restriction"


class BadScreeningError(DocumentRefusedError):
    """The bank, policy, item or notification, or what is said about it, cannot be taken as it stands."""

    what = "screening"


class BadProfileError(DocumentRefusedError):
    """The profile cannot be used as it stands."""

    what = "profile"


class BadPlanError(DocumentRefusedError):
    """The plan of a rehearsal cannot be played as it stands."""

    what = "plan"


class BadMandateError(DocumentRefusedError):
    """The mandate cannot be granted as it stands, or what is said about it cannot be taken."""

    what = "mandate"


class BadDecisionError(DocumentRefusedError):
    """The decision cannot be made as it stands: its shape, its measures, or incomplete reasons (I-05)."""

    what = "decision"


class QuotaSpentError(RefusedError):
    """The quota of the party is used up; nothing was stored, and after so many whole `seconds` it may try again."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            "Your party has sent as many notices as its mandates allow for now, with all its tokens together. "
            f"This one was not stored; send it again in {seconds} s."
        )


class TooOftenError(RefusedError):
    """One address asks too often where anybody may ask; after so many whole `seconds` it may come again."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many requests came from your address. Ask again in {seconds} s.")


class NotPermittedError(RefusedError):
    """This role may not do this deed at all (INTERFACE.md, "Who may do what")."""

    def __init__(self, deed: Deed, role: Role) -> None:
        self.deed = deed
        self.role = role
        super().__init__(f"The role {role.value} may not do this: {deed.value.replace('_', ' ')}.")


class IllegalTransitionError(RefusedError):
    """The notice is in a state in which this deed is not open."""

    def __init__(self, state: NoticeState, deed: NoticeDeed) -> None:
        self.state = state
        self.deed = deed
        super().__init__(f"A notice in state {state.value} does not take this step: {deed.value}.")


class ClockStandsError(RefusedError):
    """The clock stands so that this cannot be done with it: it has ended, is overdue, rests already, or runs."""

    def __init__(self, name: str, state: str, deed: str) -> None:
        self.name = name
        self.state = state
        super().__init__(f"The clock {name} is {state.replace('_', ' ')}; it cannot be {deed}.")


class MeasureStandsError(RefusedError):
    """The measure is in a state in which this deed is not open."""

    def __init__(self, state: str, deed: str) -> None:
        self.state = state
        super().__init__(f"A measure that is {state} does not take this step: {deed}.")


class PointStandsError(RefusedError):
    """The point of an agreement is in a state in which this deed is not open."""

    def __init__(self, state: str, deed: str) -> None:
        self.state = state
        super().__init__(f"A point that is {state.replace('_', ' ')} does not take this step: {deed}.")


class RestrictionStandsError(RefusedError):
    """The restriction is in a state in which this deed is not open."""

    def __init__(self, state: str, deed: str) -> None:
        self.state = state
        super().__init__(
            f"A restriction that is {state.replace('_', ' ')} does not take this step: {deed.replace('_', ' ')}."
        )


class ScreeningStandsError(RefusedError):
    """The entry, policy, hit or notification is in a state in which this deed is not open."""

    def __init__(self, state: str, deed: str) -> None:
        self.state = state
        super().__init__(f"What is {state.replace('_', ' ')} does not take this step: {deed.replace('_', ' ')}.")


class NotNowError(RefusedError):
    """It is in order, and not possible as things stand."""


class EndedError(RefusedError):
    """The notice has ended: nothing more is said about it, and it is in nobody's hands."""

    def __init__(self, state: NoticeState) -> None:
        self.state = state
        super().__init__(f"The notice has ended ({state.value}); what there is still to say needs a new notice.")


class TooManyMessagesError(RefusedError):
    """This side has written as many messages about the notice as it takes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Your side has written {most} messages about this notice; it takes no more.")


class IdempotencyKeyError(RefusedError):
    """Something is wrong with the Idempotency-Key."""


class KeyMissingError(IdempotencyKeyError):
    """A request that creates came without a key."""

    def __init__(self) -> None:
        super().__init__("Send an Idempotency-Key, so that a repeated request cannot create a second one.")


class KeyMalformedError(IdempotencyKeyError):
    """The key is not 1 to 255 visible ASCII characters, bare or in double quotes."""

    def __init__(self) -> None:
        super().__init__("An Idempotency-Key is 1 to 255 visible ASCII characters, bare or in double quotes.")


class KeyReusedError(IdempotencyKeyError):
    """The sender used this key before, for other content; `first` is what the key stands for."""

    def __init__(self, first: str) -> None:
        self.first = first
        super().__init__(f"This Idempotency-Key already stands for {first}, with other content; take a new key.")


class KeyInFlightError(IdempotencyKeyError):
    """The first request with this key is still running."""

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running; repeat it in a moment.")


class UnknownPartyError(RefusedError):
    """No party has this handle. The handle is as it was typed: escape it where it is shown."""

    def __init__(self, handle: str) -> None:
        self.handle = handle
        super().__init__(f"There is no party called {excerpt(handle)}.")


class UnknownSeatError(RefusedError):
    """No role is called so. The text is as it was typed: escape it where it is shown."""

    def __init__(self, text: str, roles: Iterable[str]) -> None:
        self.text = text
        super().__init__(f"There is no role called {excerpt(text)}; write one of {', '.join(roles)}, or officer-2.")


class NotFoundError(RefusedError):
    """Nothing of this kind that the one who asks may see; whether it exists is not said."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"There is no such {what} here.")


class BadReasonError(RefusedError):
    """Who erases or holds must say why, in words that a screen can show."""


class HeldError(RefusedError):
    """The notice is under a legal hold; `hold` is the event that placed it, `since` when (RFC 3339), `by` who."""

    def __init__(self, notice: str, *, hold: str, since: str, by: str) -> None:
        self.hold = hold
        super().__init__(
            f"The notice {notice} is under a legal hold ({hold}), placed by {by} at {since}: nothing of it is erased "
            "before the hold is released."
        )


class ErasedError(RefusedError):
    """The content was erased; the receipt, which holds no personal data, remains, where there was one.

    `done` says that something was done then: what has no receipt, a contact for example, stands all the same.
    """

    def __init__(self, receipt: str, *, done: bool = False) -> None:
        self.receipt = receipt
        if receipt:
            words = "The content was erased; its receipt remains."
        elif done:
            words = "This was done so long ago that its answer was erased. It is not done again."
        else:
            words = "This was answered so long ago that the answer was erased; nothing had been taken."
        super().__init__(words)
