"""What the model knows of what may be erased: written from docs/retention.md, not from the code.

A class is a content wherever it lies. What is erased is gone from openings, rows and answers; leaves, receipts, ids,
states and times stay.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.server.api.doors import NOTICES
from tests.simulator.model import require

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tests.simulator.books import EventRow
    from tests.simulator.model import Case, Model, Scope

ERASED = "notice.erased"
CONTENT = frozenset({"explanation", "locators", "payload", "evidence", "notes", "reasons", "messages"})
ALL = CONTENT | {"answers"}
REPEATED = {
    "explanation": {"payload", "answers"},
    "locators": {"payload", "answers"},
    "payload": {"answers"},
    "evidence": {"payload", "answers"},
    "notes": {"answers"},
    "reasons": {"answers"},
    "messages": {"answers"},
    "answers": set(),
}
OPENED_BY = {
    "payload": "payload",
    "locators": "locators",
    "explanation": "explanation",
    "legal_ground": "explanation",
    "note": "notes",
    "reason": "notes",
    "text": "messages",
    "ground": "reasons",
    "facts": "reasons",
    "reasons": "reasons",
}
# Periods of the simulated house: in days, so that much of a year's content passes them, and at different times.
PERIODS = {
    "explanation": timedelta(days=40),
    "locators": timedelta(days=40),
    "payload": timedelta(days=40),
    "evidence": timedelta(days=30),
    "notes": timedelta(days=50),
    "reasons": timedelta(days=50),
    "messages": timedelta(days=50),
    "answers": timedelta(days=60),
    "other_answers": timedelta(days=20),
}
PASSED = b"The period of the retention table has passed."
BATCH, ITEM = f"POST {NOTICES}/batch", f"POST {NOTICES}/batch item"


def with_repetitions(classes: Collection[str]) -> frozenset[str]:
    """The classes, and wherever their content lies a second time."""
    found = set(classes)
    for what in classes:
        found |= REPEATED[what]
    return frozenset(found)


def due_of(case: Case, at: datetime) -> frozenset[str]:
    """What of a notice is to be erased at this time."""
    if case.ended_at is None or case.hold:
        return frozenset()
    return with_repetitions({what for what in CONTENT if case.ended_at + PERIODS[what] <= at})


def openings_left(events: Sequence[EventRow]) -> set[str]:
    """The classes of what still opens, but for erasures themselves, whose reason stays to be seen."""
    return {
        OPENED_BY[name]
        for event in events
        if event.type != ERASED
        for name, _, value in event.openings
        if value is not None and name in OPENED_BY
    }


def present(model: Model, case: Case) -> set[str]:
    """The classes of which a notice still has something."""
    found = openings_left(model.leaves[case.id])
    if case.evidence and "evidence" not in case.erased:
        found.add("evidence")
    if any(given.subject == case.id and given.body is not None for given in model.answers.values()):
        found.add("answers")
    return found


def still(model: Model, case: Case) -> set[str]:
    """The same without answers that were given after its erasure: they have a period of their own (``due_answers``)."""
    found = present(model, case)
    if not case.erased_whole:
        return found
    since = max(event.at for event in model.leaves[case.id] if event.type == ERASED)
    answers = [given for given in model.answers.values() if given.subject == case.id and given.body is not None]
    return found - ({"answers"} if all(given.at >= since for given in answers) else set())


def erase(model: Model, events: Sequence[EventRow], due: Sequence[frozenset[str]]) -> None:
    """Erase what these events of one commit say, as was due of each: no more and no less of it."""
    had = [present(model, model.cases[event.case]) & classes for event, classes in zip(events, due, strict=True)]
    for event, classes, found in zip(events, due, had, strict=True):
        case = model.cases[event.case]
        require(not case.hold, "I-09", f"{event.case} was erased under a legal hold")
        said = json.loads(event.opened("classes") or b"null")
        require(said == sorted(found), "I-09", f"{event.case} was erased of {said}, due was {sorted(found)}")
        model.leaves[case.id].append(event)
        close(model, case, classes)
        if classes >= ALL and case.ended_at is not None:
            case.erased_whole = True
    for pk, named in list(model.uploads.items()):
        erased = {name for name in named.cases if "evidence" in model.cases[name].erased}
        named.cases -= erased
        if erased and not named.cases:
            del model.uploads[pk]
    forget_answers(model, {event.case for event, classes in zip(events, due, strict=True) if "answers" in classes})


def close(model: Model, case: Case, classes: Collection[str]) -> None:
    """Nothing of these classes opens any more."""
    case.erased |= set(classes)
    kept = model.leaves[case.id]
    for place, event in enumerate(kept):
        openings = tuple(
            (name, None, None) if event.type != ERASED and OPENED_BY.get(name) in classes else (name, salt, value)
            for name, salt, value in event.openings
        )
        if openings != event.openings:
            kept[place] = event._replace(openings=openings)
            if event.position < len(model.events):
                model.events[event.position] = (event.id, kept[place].digest)


def forget_answers(model: Model, cases: Collection[str]) -> None:
    """The answers about these notices lose their bodies, and so do those of the batches in which they came."""
    marked = {
        (scope[0], given.body[:-32].decode())
        for scope, given in model.answers.items()
        if scope[1] == ITEM and given.subject in cases and given.body is not None
    }
    for scope, given in model.answers.items():
        of_a_batch = scope[1] == BATCH and (scope[0], scope[2]) in marked
        if given.body is not None and (given.subject in cases or of_a_batch):
            model.answers[scope] = given._replace(body=None)


def due_answers(model: Model, at: datetime) -> set[Scope]:
    """The stored answers whose period has passed, but for those about a notice under a hold."""
    return {
        scope
        for scope, given in model.answers.items()
        if given.body is not None
        and given.at + PERIODS["answers" if given.subject in model.cases else "other_answers"] <= at
        and not (given.subject in model.cases and model.cases[given.subject].hold)
    }
