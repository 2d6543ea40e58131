"""A story told through the house: every step is a public operation, done at its own time in the shard `example`.

Nothing is written past the operations. The clock of the writer is that of the story, and between two steps whatever
falls due (a clock, a rung of a ladder, a drill) happens at its time. Afterwards the house goes on by the real clock.
A story is told once, into an instance in which nothing else runs meanwhile.
"""

from __future__ import annotations

import email.message
import json
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from mufakat.locator.kinds import Surface
from mufakat.rules.durations import parse_elapsed
from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.mandate import Quota, Terms
from mufakat.rules.notice import Category, NoticeKind
from mufakat.server.agreements import operations as agreements
from mufakat.server.appeals import operations as appeals
from mufakat.server.connectors.mail import addresses, desk as mails, intake
from mufakat.server.decisions import measures
from mufakat.server.filters import counting as weeks, holding, notifying, operations as filters
from mufakat.server.governance import counting, judging, obligations
from mufakat.server.journal import door, exporting, operations as journal, outbox, queries as events, signer
from mufakat.server.notices import clocks, escalation, operations, passages, talk
from mufakat.server.parties import contact_lists, drills, mandates, queries as parties
from mufakat.server.parties.operations import HOUSE
from mufakat.server.register import following
from mufakat.server.restrictions import ending, overdue, publishing
from mufakat.server.runtime import agreeing, closing, deciding, example, reactions, screening_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mufakat.server.journal.parts import Part
    from mufakat.server.journal.work import Moment

SHARD = signer.EXAMPLE
# In a checkout, and in a wheel.
FOLDERS = (Path(__file__).parents[4] / "examples", Path(__file__).parents[2] / "examples")
# What falls due by itself. Nothing is carried out of the house while a story is told: nobody is to be told of it.
PARTS: Sequence[Part] = (
    *(agreements.sweep, clocks.sweep, escalation.sweep, measures.sweep, reactions.run, drills.sweep, appeals.sweep),
    *(counting.part, judging.part, obligations.part),
    *(publishing.sweep, ending.sweep, overdue.sweep),
    *(filters.end_holds, filters.restore_due, filters.lapse_notifications, filters.tell_counts, filters.sweep_samples),
    reactions.run,  # What is restored calls for something once more.
)
SETTLED = timedelta(milliseconds=1)
Step = dict[str, Any]


class StoryError(RefusedError):
    """The story cannot be told: the sentence says why."""


def names() -> list[str]:
    """The stories that came with this package."""
    return sorted({path.parent.name for folder in FOLDERS for path in folder.glob("*/story.yaml")})


def read(name: str) -> dict[str, Any]:
    """The story of this name."""
    told: dict[str, Any] = yaml.safe_load((_folder(name) / "story.yaml").read_bytes())
    return told


def _folder(name: str) -> Path:
    """Where the story of this name lies, with what it shows."""
    for folder in FOLDERS:
        if name in names() and (folder / name / "story.yaml").exists():
            return folder / name
    raise NotFoundError("story")


class Clock:
    """The time of the story."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def is_told() -> bool:
    """Whether a story was told here already."""
    return SHARD in signer.shards() and events.has_events(SHARD)


def load(name: str, *, now: datetime) -> list[str]:
    """Register the people, tell the story, and give what it left out; the accounts, one line each."""
    read(name)
    with door.open_house():
        example.load_people()
    tell(name, now=now)
    with door.open_house():
        accounts = example.load_parties()
        exporting.catch_up(at=now)
        return accounts


def tell(name: str, *, now: datetime) -> dict[str, int]:
    """Tell the story so that it ends now; how many steps of each kind it had. The caller has the house to itself."""
    story = read(name)
    if is_told():
        raise StoryError("A story was told here before; it is told once.")
    if any(contact_lists.roles_ever(party.id) for party in parties.parties()):
        raise StoryError("Something happened here already; a story is told into an instance that is empty.")
    block = now.astimezone(ZoneInfo(story["zone"])).date() - timedelta(days=story["days"])
    steps = sorted(((_time(step, story, block, now=now), step) for step in story["steps"]), key=lambda pair: pair[0])
    clock = Clock(steps[0][0] - SETTLED)
    teller = Teller(clock, _folder(name))
    with door.open_house(clock=clock, shard=SHARD):
        teller.begin(block, zone=story["zone"], until=now)
        for at, step in steps:
            teller.pass_until(at)
            teller.do(step)
        teller.pass_until(now)
        door.commit(partial(outbox.keep_within, SHARD))
        while following.sweep(at=now).more:  # The public reads it at once.
            pass
    return teller.counts


def _time(step: Step, story: dict[str, Any], block: date, *, now: datetime) -> datetime:
    if "before" in step:
        return now - parse_elapsed(step["before"])
    clock = time.fromisoformat(step["time"])
    there = datetime.combine(block + timedelta(days=step["day"]), clock, ZoneInfo(story["zone"]))
    return there.astimezone(UTC)


class Teller:
    """Does the steps one after the other, and remembers what they made under the names that the story gives."""

    def __init__(self, clock: Clock, folder: Path) -> None:
        self.clock = clock
        self.counts: dict[str, int] = {}
        self.notices: dict[str, str] = {}
        self.drills: dict[str, str] = {}
        self.mails: list[str] = []
        self.table = agreeing.Table()
        self.orders = closing.Orders()
        self.screening = screening_steps.Screening(folder)
        self.block, self.zone = date.min, ZoneInfo("UTC")

    def begin(self, block: date, *, zone: str, until: datetime) -> None:
        """The first leaf of the shard: when it was loaded, and which day of it is that of the block."""
        self.block, self.zone = block, ZoneInfo(zone)
        day = datetime.combine(block, time(0), ZoneInfo(zone)).astimezone(UTC)

        def run(moment: Moment) -> None:
            happening = journal.Happening(
                type=EventType.EXAMPLE_BEGUN,
                sender=HOUSE,
                recipient=HOUSE,
                case=parties.party_by_handle(HOUSE).id,
                actor=HOUSE,
                due=until,
                committed={"block": day.isoformat().encode()},
            )
            journal.append([happening], moment)

        door.commit(run)

    def pass_until(self, at: datetime) -> None:
        """Let pass the time until then; what falls due on the way happens when it is due."""
        while (due := _next_due(self.clock.at)) is not None and due <= at:
            self.clock.at = max(self.clock.at, due)
            self._settle()
            if (again := _next_due(self.clock.at)) is not None and again <= due:
                self.clock.at += SETTLED  # Due at this very moment, and in time until it is over.
                self._settle()
        self.clock.at = max(self.clock.at, at)

    def _settle(self) -> None:
        for part in PARTS:
            while part(at=self.clock.at)[1]:
                pass

    def do(self, step: Step) -> None:
        """One step."""
        name = step["deed"]
        if name in screening_steps.DEEDS:
            made = self.screening.do(step, by=_caller(step["by"]), at=self.clock.at, notices=self.notices)
            self.notices |= made
        else:
            deed: Callable[[Step], None] = getattr(self, f"do_{name}")
            deed(step)
        self.counts[step["deed"]] = self.counts.get(step["deed"], 0) + 1
        self._settle()

    def do_send(self, step: Step) -> None:
        self._send(step, made_of="")

    def do_turn(self, step: Step) -> None:
        """An officer signs in and makes a notice of a mail."""
        mail = self.mails[step["mail"] - 1]
        by = _caller(step["by"])
        found = mails.get_for(by, mail)
        self._send({"links": list(found.links or ()), **step}, made_of=mail)
        mails.take_up(mail, notice=self.notices[step["name"]], by=by)

    def _send(self, step: Step, *, made_of: str) -> None:
        explanation = "Contoh rekaan, tanpa isi nyata. (A made-up example without real content.)"
        draft = {
            "to": step.get("to", "telegram"),
            "kind": step["kind"],
            "category": step["category"],
            "urgency": step.get("urgency", "normal"),
            "locators": step["links"],
            "explanation": step.get("explanation", explanation),
            "language": "id",
            "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
            "requested_measures": ["remove"],
            "territory": ["ID"],
            "external_refs": [{"scheme": "mail", "id": made_of}] if made_of else [],
        }
        raw = json.dumps(draft, ensure_ascii=False).encode()
        key = f"{SHARD}-{step['name']}"
        self.notices[step["name"]] = operations.submit(raw, by=_caller(step["by"]), at=self.clock.at, key=key).subject

    def do_acknowledge(self, step: Step) -> None:
        operations.acknowledge(self.notices[step["notice"]], by=_caller(step["by"]), note=step.get("note", ""))

    def do_seen(self, step: Step) -> None:
        passages.see(self.notices[step["notice"]], by=_caller(step["by"]))

    def do_message(self, step: Step) -> None:
        talk.send(self.notices[step["notice"]], by=_caller(step["by"]), text=step["text"])

    def do_withdraw(self, step: Step) -> None:
        operations.withdraw(self.notices[step["notice"]], by=_caller(step["by"]), reason=step["reason"])

    def do_decide(self, step: Step) -> None:
        deciding.decide(self.notices[step["notice"]], step, by=_caller(step["by"]))

    def do_carry_out(self, step: Step) -> None:
        """The platform does what it was to do about a notice, or to undo."""
        deciding.carry_out(self.notices[step["notice"]], note=step.get("note", ""), by=_caller(step["by"]))

    def do_give(self, step: Step) -> None:
        """The platform brings the reasons, with the code, to whoever is affected."""
        deciding.give(self.notices[step["notice"]], how=step["how"], by=_caller(step["by"]))

    def do_collect(self, step: Step) -> None:
        """Whoever asked reads the decision."""
        deciding.collect(self.notices[step["notice"]], by=_caller(step["by"]))

    def do_appeal(self, step: Step) -> None:
        """Somebody contests: a party with its account, or whoever was given the code, by that alone."""
        notice, at = self.notices[step["notice"]], self.clock.at
        if "by" in step:
            deciding.appeal(notice, step["reasons"], by=_caller(step["by"]), at=at)
        else:
            deciding.appeal_by_code(notice, step["reasons"], handed_out_by=_caller(step["code"]), at=at)

    def do_resolve(self, step: Step) -> None:
        deciding.resolve(self.notices[step["notice"]], step["outcome"], step["reasons"], by=_caller(step["by"]))

    def do_talks(self, step: Step) -> None:
        """One side opens talks with the points of a profile."""
        self.table.open(step, by=_caller(step["by"]), at=self.clock.at)

    def do_points(self, step: Step) -> None:
        """Points are answered, or something else is put on the table; `begins` is a day and a time of the story."""
        begins = self._moment(step["begins"]) if "begins" in step else None
        self.table.act(step, by=_caller(step["by"]), at=self.clock.at, begins=begins)

    def do_show(self, step: Step) -> None:
        """Somebody shows that a point is kept."""
        self.table.show(step, by=_caller(step["by"]), at=self.clock.at)

    def do_review(self, step: Step) -> None:
        """A party reviews how it governs its own part."""
        agreeing.review(step, by=_caller(step["by"]), at=self.clock.at)

    def do_close(self, step: Step) -> None:
        """An order to close names, with the notices that went before; `review` and `sunset` are times of the story."""
        self.orders.propose(
            step,
            by=_caller(step["by"]),
            at=self.clock.at,
            review=self._moment(step["review"]),
            sunset=self._moment(step["sunset"]),
            notices=[self.notices[name] for name in step["notices"]],
        )

    def do_approve(self, step: Step) -> None:
        """One of the two approvals of an order."""
        self.orders.approve(step, by=_caller(step["by"]), at=self.clock.at)

    def do_confirm(self, step: Step) -> None:
        """An operator says what it did."""
        self.orders.confirm(step, by=_caller(step["by"]))

    def _moment(self, told: Step) -> datetime:
        """A day of the story, and a time of that day."""
        there = time.fromisoformat(told["time"])
        return datetime.combine(self.block + timedelta(days=told["day"]), there, self.zone)

    def do_grant(self, step: Step) -> None:
        terms = Terms(
            kinds=tuple(NoticeKind(kind) for kind in step["kinds"]),
            categories=tuple(Category),
            surfaces=tuple(Surface),
            expertise=step.get("expertise", ""),
            granted_by=step["by"],
            legal_source=step["source"],
            quota=Quota(burst=example.QUOTA.burst, per_minute=example.QUOTA.per_minute),
            review_on=(self.clock.at + example.REVIEW).date(),
        )
        mandates.grant(parties.party_by_handle(step["to"]), terms, at=self.clock.at)

    def do_contacts(self, step: Step) -> None:
        """The contacts of a party, as the example names them."""
        example.load_contacts(of=step["of"], at=self.clock.at)

    def do_drill(self, step: Step) -> None:
        """A drill on demand, for the contact of this rank."""
        caller = _caller(step["by"])
        shown = contact_lists.own(caller.party_id, at=self.clock.at)
        found = next(one for one in shown if one.in_force and one.in_force.rank == step["rank"])
        drills.send(found.id, by=caller)

    def do_answer(self, step: Step) -> None:
        """Somebody answers every drill that is open for a party."""
        for code in drills.open_codes(parties.party_by_handle(step["of"]).id):
            drills.answer(code)

    def do_mail(self, step: Step) -> None:
        """A mail comes in; it is never more than unverified."""
        raw = email.message.EmailMessage()
        raw["From"], raw["To"], raw["Subject"] = step["from"], "notices@mufakat.example", step["subject"]
        raw["Date"], raw["Message-ID"] = self.clock.at, f"<{len(self.mails) + 1}@kominfo.example>"
        raw.set_content("\n".join(["Contoh rekaan. (A made-up example.)", *step["links"]]))
        to = addresses.Address(addresses.Kind.NOTICES, step.get("to", "telegram"))
        taken: intake.Taken = door.writer().commit(intake.deed(raw.as_bytes(), sender=step["from"], to=to))
        self.mails.append(taken.id)


def _caller(seat: str) -> parties.Caller:
    handle, _, role = seat.partition("/")
    return parties.caller_by_seat(handle, role)


def _next_due(at: datetime) -> datetime | None:
    return min(_dues(at), default=None)


def _dues(at: datetime) -> Iterator[datetime]:
    dues = (
        agreements.next_due(),
        clocks.next_due(),
        escalation.next_due(),
        drills.next_due(),
        measures.next_due(),
        appeals.next_due(),
        obligations.next_due(),
        publishing.next_due(),
        ending.next_due(),
        overdue.next_due(),
        holding.next_due(),
        notifying.next_due(),
        weeks.next_over(at=at),
    )
    for due in dues:
        if due is not None:
            yield due
