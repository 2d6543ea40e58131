"""The table of INTERFACE.md stands here as text; the code is compared with it, cell by cell."""

import pytest

from mufakat.rules import permissions
from mufakat.rules.errors import NotPermittedError, UnknownSeatError
from mufakat.rules.notice import NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import PERMISSIONS, Deed, Reach, Role, kinds_by_mandate, kinds_open_to, reach, seat_name

TABLE = """
| deed | officer | approver | representative | reviewer | engineer | auditor | admin |
|---|---|---|---|---|---|---|---|
| submit, withdraw, message | own party | – | reply | reply | – | – | – |
| acknowledge | – | – | yes | yes | own orders | – | – |
| decide / resolve an appeal | – | – | – | yes / not the decider | – | – | – |
| propose a restriction / approve | yes / – | – / yes, not the proposer | object | – | confirm applied, lifted | – | – |
| lift (one act, at once) | yes | yes | – | – | – | – | – |
| lodge an appeal | own notices | – | own | – | – | – | – |
| screen, propose a policy / promote it | – | – | – | yes / yes, not the proposer | – | – | – |
| agree a point | – | yes | yes | – | – | – | – |
| read | own party's | own | own | own | own | own party's, public | people and keys |
"""

# The deeds of a row, in its own words: left of the slash, right of it.
ROWS: dict[str, tuple[tuple[Deed, ...], tuple[Deed, ...]]] = {
    "submit, withdraw, message": ((Deed.SUBMIT, Deed.WITHDRAW, Deed.MESSAGE), ()),
    "acknowledge": ((Deed.ACKNOWLEDGE,), ()),
    "decide / resolve an appeal": ((Deed.DECIDE,), (Deed.RESOLVE_APPEAL,)),
    "propose a restriction / approve": ((Deed.PROPOSE_RESTRICTION,), (Deed.APPROVE_RESTRICTION,)),
    "lift (one act, at once)": ((Deed.LIFT_RESTRICTION,), ()),
    "lodge an appeal": ((Deed.LODGE_APPEAL,), ()),
    "screen, propose a policy / promote it": ((Deed.SCREEN, Deed.PROPOSE_POLICY), (Deed.PROMOTE_POLICY,)),
    "agree a point": ((Deed.AGREE_POINT,), ()),
    "read": ((Deed.READ,), ()),
}

WORDS = {
    "–": Reach.NONE,
    "yes": Reach.YES,
    "own": Reach.OWN,
    "own party": Reach.OWN_PARTY,
    "own party's": Reach.OWN_PARTY,
    "own party's, public": Reach.OWN_PARTY_AND_PUBLIC,
    "own notices": Reach.OWN_NOTICES,
    "own orders": Reach.OWN_ORDERS,
    "not the decider": Reach.NOT_THE_DECIDER,
    "yes, not the proposer": Reach.NOT_THE_PROPOSER,
    "people and keys": Reach.PEOPLE_AND_KEYS,
}

# Cells that name a deed of their own instead of a reach.
OTHER_DEEDS = {
    "reply": (Deed.MESSAGE, Reach.REPLY),
    "object": (Deed.OBJECT_RESTRICTION, Reach.YES),
    "confirm applied, lifted": (Deed.CONFIRM_RESTRICTION, Reach.YES),
}


# Who looks after a party's contacts, and who says that a test message arrived (docs/reachable.md).
CONTACTS = {
    **{(Deed.MANAGE_CONTACTS, role): Reach.YES for role in (Role.REPRESENTATIVE, Role.ADMIN)},
    **{(Deed.ANSWER_DRILL, role): Reach.YES for role in Role if role is not Role.AUDITOR},
}

# Who says where a party's events are sent, and who has dead letters tried anew (docs/flows/delivery.md).
DELIVERING = {
    **{(Deed.MANAGE_ENDPOINTS, role): Reach.YES for role in (Role.OFFICER, Role.REPRESENTATIVE, Role.ADMIN)},
    (Deed.REPLAY_DELIVERY, Role.ADMIN): Reach.YES,
}

# Who binds a Telegram account, and who looks after those of a party (docs/government-bot.md).
CHATTING = {
    **{(Deed.BIND_CHAT, role): Reach.OWN for role in (Role.OFFICER, Role.REPRESENTATIVE, Role.REVIEWER)},
    (Deed.BIND_CHAT, Role.ADMIN): Reach.PEOPLE_AND_KEYS,
}

# Who tells an authority of a screening hit (docs/flows/notification.md).
NOTIFYING = {(Deed.RELEASE_NOTIFICATION, role): Reach.YES for role in (Role.REPRESENTATIVE, Role.REVIEWER)}

# Who fills the banks of a platform, who looks at what another put in, who decides what was held (docs/banks.md).
FILTERING = {
    (Deed.MANAGE_BANKS, Role.REVIEWER): Reach.YES,
    (Deed.REVIEW_ENTRY, Role.REVIEWER): Reach.NOT_THE_PROPOSER,
    (Deed.DECIDE_HIT, Role.REVIEWER): Reach.YES,
}

# What is never closed, and an operator's own resolvers and lists (docs/flows/restriction.md).
RESTRICTING = {
    (Deed.PROTECT_NAME, Role.ADMIN): Reach.YES,
    (Deed.MANAGE_RESOLVERS, Role.ENGINEER): Reach.YES,
    (Deed.READ_FEED, Role.ENGINEER): Reach.YES,
}

# Who lets a clock rest, and who does what a ladder asks people to do (docs/flows/escalation.md).
CLOCKS = {
    (deed, role): found
    for deed in (Deed.PAUSE_CLOCK, Deed.DO_TASK)
    for role, found in (
        (Role.OFFICER, Reach.OWN_PARTY),
        (Role.REPRESENTATIVE, Reach.YES),
        (Role.REVIEWER, Reach.YES),
    )
}

# Who carries out what was decided, who is the second person, and who hands on the reasons (docs/flows/decision.md).
DECIDING = {
    (Deed.APPROVE_MEASURE, Role.REVIEWER): Reach.NOT_THE_DECIDER,
    **{
        (deed, role): Reach.YES
        for deed in (Deed.CONFIRM_MEASURE, Deed.GIVE_REASONS, Deed.IMPORT_STATEMENTS)
        for role in (Role.REPRESENTATIVE, Role.REVIEWER)
    },
}

# Who talks, who shows that a point is kept, who sends the letters of a ladder, who looks after the governance of a side
# (docs/flows/agreement.md).
AGREEING = {
    **{(Deed.PROPOSE_POINT, role): Reach.YES for role in (Role.OFFICER, Role.APPROVER, Role.REPRESENTATIVE)},
    **{(Deed.SHOW_EVIDENCE, role): Reach.YES for role in Role if role not in {Role.AUDITOR, Role.ADMIN}},
    **{(Deed.SEND_WARNING, role): Reach.OWN_NOTICES for role in (Role.OFFICER, Role.APPROVER)},
    **{(Deed.GOVERN, role): Reach.YES for role in (Role.OFFICER, Role.APPROVER, Role.REPRESENTATIVE, Role.REVIEWER)},
}


def cells_of_the_table() -> dict[tuple[Deed, Role], Reach]:
    """Every pair that the text gives something, its reach; the admin's "people and keys" is also what it manages."""
    heading, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.strip().splitlines()]
    found = {
        (Deed.MANAGE_PEOPLE_AND_KEYS, Role.ADMIN): Reach.YES,
        **CONTACTS,
        **CLOCKS,
        **CHATTING,
        **NOTIFYING,
        **FILTERING,
        **DELIVERING,
        **RESTRICTING,
    }
    found |= {**DECIDING, **AGREEING}
    for name, *cells in rows:
        left, right = ROWS[name]
        for role, cell in zip(map(Role, heading[1:]), cells, strict=True):
            if cell in OTHER_DEEDS:
                deed, found_reach = OTHER_DEEDS[cell]
                found[deed, role] = found_reach
                continue
            before, _, after = cell.partition(" / ")
            found |= {(deed, role): WORDS[before] for deed in left}
            found |= {(deed, role): WORDS[after or before] for deed in right}
    return found


CELLS = cells_of_the_table()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("deed", Deed)
def test_every_pair_is_as_in_the_interface(deed, role):
    assert reach(role, deed) is CELLS.get((deed, role), Reach.NONE)


def test_no_pair_is_left_out():
    assert {(deed, role) for deed in Deed for role in Role} == {
        (deed, role) for deed, row in PERMISSIONS.items() for role in row
    }


def test_an_officer_may_submit():
    assert permissions.require(Role.OFFICER, Deed.SUBMIT) is Reach.OWN_PARTY


def test_an_auditor_may_not_submit_and_the_error_says_who_and_what():
    with pytest.raises(NotPermittedError, match="auditor may not do this: submit") as refused:
        permissions.require(Role.AUDITOR, Deed.SUBMIT)
    assert (refused.value.role, refused.value.deed) == (Role.AUDITOR, Deed.SUBMIT)


@pytest.mark.parametrize(
    ("text", "seat"),
    [("officer", (Role.OFFICER, 1)), ("approver-2", (Role.APPROVER, 2)), ("reviewer-99", (Role.REVIEWER, 99))],
)
def test_a_seat_is_read(text, seat):
    assert Role.parse_seat(text) == seat


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("ordinal", [1, 2, 17])
def test_a_seat_has_one_name(role, ordinal):
    assert Role.parse_seat(seat_name(role, ordinal)) == (role, ordinal)


@pytest.mark.parametrize(
    "text", ["", "king", "officer-1", "officer-0", "officer-02", "officer-100", "officer-", "Officer", "officer-2\n"]
)
def test_what_is_no_seat_is_refused(text):
    with pytest.raises(UnknownSeatError, match="officer, approver"):
        Role.parse_seat(text)


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize(
    ("party_kind", "kinds"),
    [
        (PartyKind.REGULATOR, {NoticeKind.USER_REPORT, NoticeKind.OWN_DETECTION, NoticeKind.FORWARDED}),
        (PartyKind.TRUSTED_FLAGGER, {NoticeKind.USER_REPORT}),
        (PartyKind.COURT, {NoticeKind.USER_REPORT}),
        (PartyKind.PLATFORM, {NoticeKind.USER_REPORT, NoticeKind.OWN_DETECTION, NoticeKind.FORWARDED}),
        (PartyKind.OPERATOR, {NoticeKind.USER_REPORT}),
        (PartyKind.MEMBER, {NoticeKind.USER_REPORT}),
        (PartyKind.AUDITOR, {NoticeKind.USER_REPORT}),
        (PartyKind.HOUSE, {NoticeKind.USER_REPORT}),
    ],
)
def test_kinds_open_to_a_party_without_a_mandate(party_kind, kinds):
    assert kinds_open_to(party_kind) == kinds


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize(
    ("party_kind", "kinds"),
    [
        (PartyKind.REGULATOR, {NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST, NoticeKind.ORDER}),
        (PartyKind.TRUSTED_FLAGGER, {NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST}),
        (PartyKind.COURT, {NoticeKind.REQUEST, NoticeKind.ORDER}),
        (PartyKind.PLATFORM, set()),
        (PartyKind.OPERATOR, set()),
        (PartyKind.MEMBER, set()),
        (PartyKind.AUDITOR, set()),
        (PartyKind.HOUSE, set()),
    ],
)
def test_kinds_for_which_a_party_can_hold_a_mandate(party_kind, kinds):
    assert kinds_by_mandate(party_kind) == kinds


@pytest.mark.invariant("I-04")
def test_no_kind_is_both_free_and_mandated():
    assert not any(kinds_open_to(party_kind) & permissions.MANDATED for party_kind in PartyKind)


def test_every_kind_of_party_may_send_some_kind():
    assert all(kinds_open_to(party_kind) for party_kind in PartyKind)
