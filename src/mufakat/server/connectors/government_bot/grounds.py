"""The grounds that a notice may stand on, as far as this house knows them: offered in a chat, so that few are typed.

From what the profile in force says of the category, where the law itself was read; from the mandates that cover it; and
from what the party's own last notices stood on. Where none is right the person writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.permissions import kinds_open_to
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.rules.profile import Certainty
from mufakat.server.agreements import asking, profiles, standing
from mufakat.server.notices import queries as notices
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mufakat.rules.mandate import Mandate
    from mufakat.rules.profile import Profile
    from mufakat.server.parties.queries import Caller

    Ground = dict[str, str]

MOST = 6
LATEST = 10  # Notices of the party that are looked at.
LINE = 255
ARTICLE = re.compile(r"(?P<instrument>.+?),?\s+(?P<provision>(?:Pasal|Article|Art\.|Section|§)\s.+)", re.IGNORECASE)
READ = frozenset({Certainty.PRIMARY_READ, Certainty.SECONDARY_READ})
OWN = "own"


def profile_of(by: Caller, recipient: str, *, at: datetime) -> Profile:
    """The profile by which a notice of the caller to this party (its id) would run."""
    under = asking.under(asking.asking().get(by.party_id, {}).get(recipient, ()), at=at)
    return under.profile if under is not None else profiles.load(standing.PROFILE)


def mandates_for(by: Caller, category: Category, kind: NoticeKind | None = None) -> list[Mandate]:
    """The caller's mandates in force that cover the category, and the kind where one is named."""
    return [
        one
        for one in parties.mandates_of(by.party_id)
        if one.state is MandateState.IN_FORCE
        and category in one.terms.categories
        and (kind is None or kind in one.terms.kinds)
    ]


def kinds_for(by: Caller, category: Category, recipient: str, *, at: datetime) -> list[NoticeKind]:
    """The kinds that the caller may send about this: what is open to anybody of its kind, and what mandates cover."""
    covered = {kind for one in mandates_for(by, category) for kind in one.terms.kinds}
    open_ = kinds_open_to(by.kind) - {NoticeKind.OWN_DETECTION, NoticeKind.FORWARDED}
    profile = profile_of(by, recipient, at=at)
    found = []
    for kind in NoticeKind:
        rule = profile.kind(kind)
        refused = bool(profile.kinds) and (rule is None or by.kind not in rule.senders)
        if kind in covered | open_ and not refused:
            found.append(kind)
    return found


def offered(by: Caller, category: Category, kind: NoticeKind, recipient: str, *, at: datetime) -> list[Ground]:
    """Grounds of law for such a notice, each once, at most MOST."""
    profile = profile_of(by, recipient, at=at)
    found: dict[tuple[str, ...], Ground] = {}
    for one in (*_of_profile(profile, category), *_of_mandates(by, category, kind), *_of_before(by)):
        if all(0 < len(text) <= LINE for text in one.values()):
            found.setdefault(tuple(one.values()), one)
    return list(found.values())[:MOST]


def system_of(profile: Profile) -> str:
    """Whose law a profile tells of: the first part of its name, where that is a system of law."""
    found = profile.name.partition("-")[0]
    return found if found in LEGAL_SYSTEMS else "id"


def typed(text: str) -> tuple[str, str] | None:
    """The two parts of a ground as a person writes it, or None."""
    parts = [part.strip() for part in text.split(";")]
    if len(parts) != 2 or not all(0 < len(part) <= LINE and part.isprintable() for part in parts):
        return None
    return parts[0], parts[1]


def shown(ground: Ground) -> str:
    """A ground in a line."""
    return ", ".join(ground[name] for name in ("instrument", "provision", "document", "clause") if name in ground)


def _of_profile(profile: Profile, category: Category) -> Iterator[Ground]:
    sources = {source.id: source for source in profile.sources}
    for rule in profile.categories:
        if rule.code is not category or not rule.article or rule.certainty not in READ:
            continue
        for name in rule.sources:
            yield {"system": system_of(profile), "instrument": sources[name].ref, "provision": rule.article}


def _of_mandates(by: Caller, category: Category, kind: NoticeKind) -> Iterator[Ground]:
    for one in mandates_for(by, category, kind):
        if match := ARTICLE.fullmatch(one.terms.legal_source.strip()):
            system = (one.terms.country or "ID").lower()
            yield {"system": system, "instrument": match["instrument"], "provision": match["provision"]}


def _of_before(by: Caller) -> Iterator[Ground]:
    page = notices.list_for(by, receipts=False)
    for whole in [one for one in page.items if one.notice.sender_id == by.party_id][:LATEST]:
        raw = notices.body(whole.notice)
        legal: Any = msgspec.json.decode(raw).get("legal_ground") if raw is not None else None
        if legal:
            yield {name: legal[name] for name in ("system", "instrument", "provision")}
