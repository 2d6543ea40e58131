"""A house in which something happens at random, and the register that follows it now and then."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.houses import body
from tests.server.appeals.contesting import DECIDER, OFFICER, OTHER, REPRESENTATIVE, SAID, Contest

from mufakat.rules.errors import MufakatError
from mufakat.rules.retention import Erasable
from mufakat.rules.statement import GivenHow
from mufakat.server.appeals.models import Appeal
from mufakat.server.decisions import measures, operations as decisions
from mufakat.server.decisions.models import Decision, Measure, Statement
from mufakat.server.notices import erasure, operations as notices, talk
from mufakat.server.notices.models import Notice
from mufakat.server.register import following
from mufakat.server.register.models import Entry, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.houses import House

CATEGORIES = ("terrorism", "narcotics", "child_sexual_abuse", "fraud")
MEASURES = ("remove", "disable", "warn", "terminate_account")


def follow(at: datetime) -> None:
    """Until nothing is left to read."""
    while following.sweep(at=at).more:
        pass


def rows() -> list[tuple[Any, ...]]:
    """All that the register keeps, in its order."""
    words = dict(Words.objects.values_list("place", "words"))
    found = Entry.objects.order_by("place").values_list("place", "id", "case", "kind", "state", "body", "changes_at")
    return [(*row[:5], bytes(row[5]), row[6], words.pop(row[0])) for row in found] + [("left", words)] * bool(words)


@dataclass
class Play:
    """Deeds at random, from a seed; what is refused changes nothing."""

    house: House
    seed: int
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - a script, no secret.
        self.contest = Contest(self.house)
        self.notices: list[str] = []
        self.decided: list[dict[str, Any]] = []
        self.appeals: list[dict[str, Any]] = []

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (
            *(self.submit, self.acknowledge, self.acknowledge, self.write, self.decide, self.decide, self.decide),
            *(self.turn_measure, self.turn_measure, self.turn_measure, self.give_reasons, self.lodge, self.lodge),
            *(self.lodge, self.resolve, self.resolve, self.resolve, self.withdraw, self.erase, self.wait),
        )

    def run(self, deeds: int) -> Play:
        """So many deeds; the register reads on after some of them."""
        self.submit()
        for _ in range(deeds):
            deed = self.chance.choice(self.deeds)
            try:
                deed()
            except (MufakatError, IndexError):
                continue
            self.done.append(deed.__name__)
            if self.chance.random() < 0.3:
                follow(self.contest.at)
        follow(self.contest.at)
        return self

    def one(self, things: Sequence[Any]) -> Any:
        return self.chance.choice(things)

    def by(self, *seats: tuple[str, str]) -> Any:
        return self.house.caller(*self.one(seats))

    def submit(self) -> None:
        links = [f"https://content.example/{self.chance.random()}" for _ in range(2)]
        sent = {"category": self.one(CATEGORIES), "locators": links}
        made = notices.submit(
            body(**sent), by=self.by(OFFICER, ("bnpt", "officer")), at=self.contest.at, key=self.contest.key()
        )
        self.notices.append(made.subject)

    def acknowledge(self) -> None:
        new = Notice.objects.filter(state="received").order_by("id").values_list("id", flat=True)
        notices.acknowledge(self.one(list(new)), by=self.by(DECIDER))

    def write(self) -> None:
        talk.send(self.one(self.notices), by=self.by(OFFICER, DECIDER), text="A made-up placeholder.")

    def decide(self) -> None:
        places = self.one([1, 2])
        acting = {
            "outcome": "act_full" if places == 2 else "act_partial",
            "items": [{"locator": place, "measure": self.one(MEASURES)} for place in range(places)],
        }
        refusing = {"outcome": "refuse", "refusal": "unclear"}
        asking = {"outcome": "needs_information"}
        made = self.one([acting, acting, refusing, asking])
        by = self.one([DECIDER, OTHER])
        raw = _decision(made)
        ready = Notice.objects.filter(state__in=["acknowledged", "needs_information"]).order_by("id")
        answer = decisions.decide(self.one(list(ready.values_list("id", flat=True))), raw, by=self.house.caller(*by))
        self.decided.append(_said(answer.body))
        self.contest.work()

    def turn_measure(self) -> None:
        measure = self.one(list(Measure.objects.order_by("id").values_list("id", flat=True)))
        who = self.by(DECIDER, OTHER, REPRESENTATIVE)
        why = "A made-up placeholder."
        self.one(
            [
                lambda: decisions.confirm_measure(measure, by=who),
                lambda: decisions.confirm_measure(measure, by=who),
                lambda: decisions.approve_measure(measure, by=who),
                lambda: decisions.decline_measure(measure, by=who, reason=why),
                lambda: decisions.fail_measure(measure, by=who, reason=why),
            ]
        )()

    def give_reasons(self) -> None:
        statement = self.one(list(Statement.objects.order_by("id").values_list("id", flat=True)))
        decisions.give_reasons(statement, GivenHow.IN_SERVICE, by=self.by(DECIDER))

    def lodge(self) -> None:
        found = self.one(self.decided)
        if self.chance.random() < 0.5:
            self.appeals.append(_said(self.contest.lodge_by_code(found).body))
        else:
            self.appeals.append(self.contest.lodge(found, by=self.one([OFFICER, REPRESENTATIVE])))

    def resolve(self) -> None:
        outcome = self.one(["upheld", "reversed", "reversed", "inadmissible"])
        self.contest.resolve(self.one(self.appeals), outcome, by=self.one([DECIDER, OTHER]))
        self.contest.work()

    def withdraw(self) -> None:
        notices.withdraw(self.one(self.notices), by=self.by(OFFICER), reason="A slip.")

    def erase(self) -> None:
        classes = {self.one([Erasable.LOCATORS, Erasable.EXPLANATION, Erasable.REASONS, Erasable.PAYLOAD])}
        erasure.erase(self.one(self.notices), classes=classes, reason="An order.")

    def wait(self) -> None:
        self.contest.wait(days=self.one([0.1, 0.1, 1, 1, 40]))
        decisions_sweep(self.contest.at)
        self.contest.work()


def decisions_sweep(at: datetime) -> None:
    """Measures whose time is over."""
    while measures.sweep(at=at).more:
        pass


def states() -> dict[str, str]:
    """How things stand in the rows of their own rooms."""
    found = dict(Notice.objects.values_list("id", "state"))
    found |= dict(Decision.objects.filter(event__isnull=False).values_list("id", "state"))
    return found | dict(Appeal.objects.values_list("id", "state"))


def _said(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(raw)
    return found


def _decision(made: dict[str, Any]) -> bytes:
    if made["outcome"] == "needs_information":
        return json.dumps({**made, "reasons": "Which of the two is it?", "language": "en"}).encode()
    return json.dumps({**SAID, **made}).encode()
