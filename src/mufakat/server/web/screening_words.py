"""The words of screening: what a person reads beside every code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.filtering import EntryState, HitState, NotificationState, Origin, PolicyState, RestoringState
from mufakat.screening.bank import BankKind
from mufakat.screening.item import Action, ItemKind
from mufakat.screening.policy import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

BANK_KINDS: Mapping[BankKind, Promise] = {
    BankKind.PHRASE: _("Words one after the other"),
    BankKind.LOCATOR: _("Hosts, addresses, channels"),
    BankKind.DIGEST: _("Digests of files (SHA-256)"),
    BankKind.PATTERN: _("Regular expressions (RE2)"),
    BankKind.PDQ: _("Perceptual hashes of pictures (PDQ)"),
}

ENTRY_STATES: Mapping[EntryState, Promise] = {
    EntryState.SHADOW: _("In shadow: waits for a second person"),
    EntryState.LIVE: _("Acts"),
    EntryState.DECLINED: _("Declined"),
    EntryState.RETRACTED: _("Retracted"),
}

ORIGINS: Mapping[Origin, Promise] = {
    Origin.HAND: _("Put in by hand"),
    Origin.IMPORT: _("Imported"),
    Origin.NOTICE: _("Proposed by a decided notice"),
}

POLICY_STATES: Mapping[PolicyState, Promise] = {
    PolicyState.PROPOSED: _("Proposed"),
    PolicyState.SHADOW: _("Runs in shadow"),
    PolicyState.LIVE: _("Live"),
    PolicyState.DECLINED: _("Declined"),
    PolicyState.ENDED: _("Ended"),
}

# What happens next to a version in this state.
POLICY_NEXT: Mapping[PolicyState, Promise] = {
    PolicyState.PROPOSED: _("It can be tried on samples, and begin its shadow run. Nobody is judged by it."),
    PolicyState.SHADOW: _(
        "It judges every item beside the live policy and does nothing; what it would have done is counted. "
        "A second person promotes it on the figures of a back-test."
    ),
    PolicyState.LIVE: _("Every item is judged by it."),
    PolicyState.DECLINED: _("Nobody was ever judged by it."),
    PolicyState.ENDED: _("Nobody is judged by it any more."),
}

MODES: Mapping[Mode, Promise] = {
    Mode.SHADOW: _("Shadow: counted, nothing is done"),
    Mode.SAMPLE: _("Acts on a part of the items"),
    Mode.LIVE: _("Acts"),
}

ACTIONS: Mapping[Action, Promise] = {
    Action.NONE: _("Nothing follows"),
    Action.LABEL: _("Label"),
    Action.WARN: _("Warn its author"),
    Action.HOLD: _("Hold it for a reviewer"),
    Action.BLOCK: _("Block"),
    Action.PROPOSE_NOTIFICATION: _("Propose to tell an authority"),
}

ITEM_KINDS: Mapping[ItemKind, Promise] = {
    ItemKind.MESSAGE: _("Message"),
    ItemKind.POST: _("Post"),
    ItemKind.PROFILE: _("Profile"),
    ItemKind.MEDIA: _("Picture, sound or film"),
}

HIT_STATES: Mapping[HitState, Promise] = {
    HitState.HELD: _("Held"),
    HitState.TOLD: _("Your systems were told"),
    HitState.BLOCKED: _("Blocked"),
    HitState.RELEASED: _("Let go"),
    HitState.RESTORED: _("Restored"),
}

HIT_NEXT: Mapping[HitState, Promise] = {
    HitState.HELD: _("A reviewer decides. When nobody does in time, it is let go by itself."),
    HitState.TOLD: _("Your own systems were told. Nothing else follows by itself."),
    HitState.BLOCKED: _("By a decision with a statement of reasons. Its author can appeal."),
    HitState.RELEASED: _("Nothing is done to it."),
    HitState.RESTORED: _("What was done to it is undone."),
}

NOTIFICATION_STATES: Mapping[NotificationState, Promise] = {
    NotificationState.WAITING: _("Waits for a person of the platform"),
    NotificationState.RELEASED: _("Released"),
    NotificationState.DECLINED: _("Declined: nobody was told"),
    NotificationState.LAPSED: _("Its time was over: nobody was told"),
}

RESTORINGS: Mapping[RestoringState, Promise] = {
    RestoringState.RUNNING: _("Is being restored"),
    RestoringState.DONE: _("Everything is restored"),
}

# How the questions of a rule hang together.
TOGETHER: Mapping[str, Promise] = {
    "all_of": _("All of these"),
    "any_of": _("One of these"),
    "none_of": _("None of these"),
}

# Why a back-test does not do for a promotion, in the words of the page; the rules judge once more.
WHY_NOT: Mapping[str, Promise] = {
    "state": _("Only a version that runs in shadow is promoted."),
    "own": _("You proposed this version: somebody else of your platform looks at its figures and promotes it."),
    "seat": _("A reviewer of your platform promotes a version."),
    "live": _("It was tried as if every rule were live. For a promotion, try the rules as they stand."),
    "against": _("Another policy is live now than the one it was tried beside. Try it again."),
    "old": _("It is older than a week: what people write has changed since. Try it again."),
}
