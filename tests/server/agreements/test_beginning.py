"""What was agreed begins and ends at its own moment, whoever looks when; every notice cites what stood at its own."""

from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from tests.houses import body as notice_body
from tests.server.agreements.talking import MINISTRY, act, body, end, frame, in_force, newest, opened, settle, terms

from mufakat.proof import leaf
from mufakat.rules.errors import BadAgreementError, NotAdmissibleError
from mufakat.server.agreements import operations, queries as agreements, standing
from mufakat.server.agreements.models import Agreement, Governing, Version
from mufakat.server.journal.models import Event
from mufakat.server.notices import operations as notices
from mufakat.server.notices.models import Notice
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.server.parties.contacting import Office

MILLISECOND = timedelta(milliseconds=1)
MIDNIGHT = timedelta(hours=9)  # From now: so far is the midnight of these tests.


def instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def submit(office: Office, key: str) -> Notice:
    """A notice that comes in now."""
    answer = notices.submit(notice_body(), by=queries.caller_by_seat("kominfo", "officer"), at=office.at, key=key)
    return Notice.objects.select_related("version").get(pk=answer.subject)


def whole(at: datetime) -> datetime:
    """The millisecond that the writer gives."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def sweep(office: Office) -> int:
    return operations.sweep(at=office.at).done


def cited(notice: Notice) -> int | None:
    return notice.version.number if notice.version is not None else None


def change(office: Office, agreement: str, at: datetime, profile: str = "eu-dsa") -> None:
    """Agree on another frame from `at` on."""
    del office
    settle(agreement, "terms", frame(profile=profile, from_at=instant(at)))


@pytest.mark.parametrize("swept", [False, True])
def test_across_midnight_every_notice_cites_what_stood_when_it_came(office: Office, *, swept: bool) -> None:
    found = in_force()
    midnight = whole(office.at + MIDNIGHT)
    change(office, found["id"], midnight)
    office.at = midnight - MILLISECOND
    before = submit(office, "before")
    office.at = midnight
    if swept:
        assert sweep(office) == 1
    after = submit(office, "after")
    assert (cited(before), cited(after)) == (1, 2)
    assert (before.profile.split("@")[0], after.profile.split("@")[0]) == ("id-2017", "eu-dsa")
    refs = leaf.decode(bytes(Event.objects.get(case=after.id, type="notice.received").leaf)).ref
    assert {found["id"], Version.objects.get(number=2).event} <= set(refs)


def test_the_door_judges_by_what_was_agreed_for_that_millisecond(office: Office) -> None:
    found = in_force()
    midnight = whole(office.at + MIDNIGHT)
    change(office, found["id"], midnight, profile="id-mr5-2020")
    office.at = midnight - MILLISECOND
    submit(office, "before")
    office.at = midnight
    with pytest.raises(NotAdmissibleError, match="evidence"):  # That profile asks for some; nobody has swept yet.
        submit(office, "after")


def test_the_change_is_one_event_whoever_makes_it(office: Office) -> None:
    found = in_force()
    midnight = whole(office.at + MIDNIGHT)
    change(office, found["id"], midnight)
    office.at = midnight + timedelta(seconds=3)
    submit(office, "first")
    assert sweep(office) == 0
    submit(office, "second")
    told = Event.objects.filter(type="agreement.in_force").order_by("position")
    assert (told.count(), told[1].at, leaf.decode(bytes(told[1].leaf)).due) == (
        2,
        office.at,
        instant(midnight)[:-6] + "Z",
    )
    assert Version.objects.get(number=1).until == Version.objects.get(number=2).from_at == midnight


def test_a_clock_that_jumps_over_several_changes_makes_each_in_its_order(office: Office) -> None:
    found = in_force()
    first, second = (whole(office.at + MIDNIGHT + timedelta(hours=step)) for step in range(2))
    settle(found["id"], "channel", {**terms(), "from_at": instant(second)})
    change(office, found["id"], first)
    office.at = second + timedelta(days=3)
    assert cited(submit(office, "late")) == 3
    times = list(Version.objects.order_by("number").values_list("from_at", "until"))
    assert [until for _, until in times] == [first, second, None]
    assert [begun for begun, _ in times][1:] == [first, second]


def test_a_clock_that_is_set_back_moves_nobody_back(office: Office) -> None:
    found = in_force()
    midnight = whole(office.at + MIDNIGHT)
    change(office, found["id"], midnight)
    office.at = midnight + timedelta(minutes=1)
    submit(office, "after")
    office.at = midnight - timedelta(hours=1)
    assert cited(submit(office, "set back")) == 2


def test_an_agreement_ends_by_itself_at_its_time(office: Office) -> None:
    midnight = whole(office.at + MIDNIGHT)
    found = in_force(body(points=[{"name": "terms", **frame(ends_at=instant(midnight))}]))
    office.at = midnight - MILLISECOND
    before = submit(office, "before")
    office.at = midnight
    after = submit(office, "after")
    assert (cited(before), cited(after), after.profile) == (1, None, standing.PROFILE)
    row = Agreement.objects.get(pk=found["id"])
    assert (row.ended_at, row.next_at, sweep(office)) == (midnight, None, 0)
    assert Event.objects.filter(case=found["id"]).order_by("-position")[0].type == "agreement.ended"


def test_nothing_is_agreed_for_a_time_at_which_the_agreement_has_ended(office: Office) -> None:
    end_at, later = (instant(office.at + MIDNIGHT * step) for step in (1, 2))
    found = in_force(body(points=[{"name": "terms", **frame(ends_at=end_at)}]))
    with pytest.raises(BadAgreementError, match="ends before"):
        act(found["id"], "terms", "propose", by=MINISTRY, terms=frame(from_at=later))


def test_another_agreement_takes_over_in_the_same_millisecond(office: Office) -> None:
    midnight = whole(office.at + MIDNIGHT)
    first = in_force(body(points=[{"name": "terms", **frame(ends_at=instant(midnight))}]))
    second = in_force(body(points=[{"name": "terms", **frame(profile="eu-dsa", from_at=instant(midnight))}]))
    office.at = midnight - MILLISECOND
    before = submit(office, "before")
    office.at = midnight
    after = submit(office, "after")
    assert [one.version.agreement_id for one in (before, after) if one.version is not None] == [
        first["id"],
        second["id"],
    ]


def test_what_would_govern_twice_later_on_is_refused_now(office: Office) -> None:
    midnight = office.at + MIDNIGHT
    first = in_force(body(points=[{"name": "terms", **frame(from_at=instant(midnight))}]))
    for made in (
        frame(),
        frame(from_at=instant(midnight + timedelta(days=9))),
        frame(ends_at=instant(midnight + MILLISECOND)),
    ):
        with pytest.raises(BadAgreementError, match=first["id"]):
            opened(body(points=[{"name": "terms", **made}]))
    assert (
        opened(body(points=[{"name": "terms", **frame(ends_at=instant(midnight - MILLISECOND))}]))["state"] == "talks"
    )


def test_what_was_signed_after_its_time_is_in_force_at_once_and_binds_nobody_backwards(office: Office) -> None:
    found = opened(body(points=[{"name": "terms", **frame(from_at=instant(office.at + MIDNIGHT))}]))
    office.later(MIDNIGHT + timedelta(days=1))
    found = act(found["id"], "terms", "agree", proposal=1)
    assert (found["state"], Version.objects.get().from_at) == ("in_force", whole(office.at))


def test_the_end_of_an_agreement_takes_what_waits_for_midnight_along(office: Office) -> None:
    found = in_force()
    change(office, found["id"], office.at + MIDNIGHT)
    found = end(found["id"])
    office.later(MIDNIGHT * 2)
    assert (sweep(office), newest(found, "terms")["state"], cited(submit(office, "k"))) == (0, "ended", None)


def test_switching_the_profile_changes_clocks_for_what_comes_after(office: Office) -> None:
    found = in_force()
    one = submit(office, "one")
    settle(found["id"], "terms", frame(profile="eu-dsa"))
    two = submit(office, "two")
    names = [set(each.clocks.values_list("name", flat=True)) for each in (one, two)]
    assert names[0] != names[1]
    assert [each.profile.split("@")[0] for each in (one, two)] == ["id-2017", "eu-dsa"]


# -- Any course of things ---------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["notice", "notice", "change", "point", "sweep", "end", "open"]),
        st.sampled_from([-5000, 0, 0, 1, 2, 999, 1000, 1001, 5000]),  # Milliseconds by which the clock moves before.
        st.sampled_from([None, 1, 2, 1000, 1001]),  # Milliseconds from now on when what is agreed begins.
    ),
    min_size=4,
    max_size=14,
)


@settings(
    max_examples=12,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_happens_every_notice_cites_the_version_in_force_when_it_came(
    office: Office, steps: list[tuple[str, int, int | None]]
) -> None:
    course = _Course(office)
    course.take(steps)
    check_citations(course.made)


class _Course:
    """Things that happen one after the other."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.taken = Notice.objects.count()
        self.made: list[str] = []
        found = Agreement.objects.filter(ended_at=None).first()
        self.agreement = found.id if found is not None else ""

    def take(self, steps: list[tuple[str, int, int | None]]) -> None:
        for what, moved, begins in steps:
            self.office.at += timedelta(milliseconds=moved)
            with suppress(BadAgreementError):  # What would contradict something is refused, and changes nothing.
                getattr(self, what)(begins)

    def notice(self, begins: int | None) -> None:
        del begins
        self.taken += 1
        self.made.append(submit(self.office, f"n{self.taken}").id)

    def open(self, begins: int | None) -> None:
        if not self.agreement:
            self.agreement = in_force(body(points=[{"name": "terms", **self.timed(frame(), begins)}]))["id"]

    def change(self, begins: int | None) -> None:
        self.put("terms", frame(profile="eu-dsa" if self.taken % 2 else "id-2017"), begins)

    def point(self, begins: int | None) -> None:
        self.put("channel", terms(), begins)

    def sweep(self, begins: int | None) -> None:
        del begins
        sweep(self.office)

    def end(self, begins: int | None) -> None:
        del begins
        if self.agreement and self.taken % 3 == 0:
            end(self.agreement)
            self.agreement = ""

    def put(self, name: str, made: dict[str, Any], begins: int | None) -> None:
        if not self.agreement:
            return
        found = agreements.get_for(queries.caller_by_seat(*MINISTRY), self.agreement)
        if not any(one.name == name and one.state in {"proposed", "countered", "agreed"} for one in found.points):
            settle(self.agreement, name, self.timed(made, begins))

    def timed(self, made: dict[str, Any], begins: int | None) -> dict[str, Any]:
        at = self.office.at + timedelta(milliseconds=begins) if begins is not None else None
        return made if at is None else {**made, "from_at": instant(at)}


def check_citations(made: Collection[str]) -> None:
    """Past the queries: the journal is replayed, and whatever it says was in force is what each notice cites.

    Inside one millisecond the journal's order alone says what came first.
    """
    versions = {one.event: one for one in Version.objects.all()}
    told = {one.id: one for one in Notice.objects.filter(id__in=made).select_related("version")}
    standing_now: dict[str, Version] = {}
    for event in Event.objects.order_by("position"):
        if event.type == "agreement.in_force":
            standing_now[event.case] = versions[event.id]
        elif event.type == "agreement.ended":
            standing_now.pop(event.case, None)
        elif event.type == "notice.received" and event.case in told:
            notice = told[event.case]
            assert ({notice.version} - {None}) == set(standing_now.values())
            if notice.version is not None:
                assert notice.profile == notice.version.profile
                assert notice.version.from_at <= event.at <= (notice.version.until or event.at)
    for agreement in Agreement.objects.all():
        numbered = list(Version.objects.filter(agreement=agreement).order_by("number"))
        assert [one.number for one in numbered] == list(range(1, len(numbered) + 1))
        assert all(one.until == other.from_at for one, other in itertools.pairwise(numbered))
        assert agreement.ended_at is None or numbered[-1].until == agreement.ended_at
    assert all(row.version.until == row.until for row in Governing.objects.select_related("version"))


def test_the_time_zone_of_a_moment_is_nothing_but_another_way_to_write_it(office: Office) -> None:
    at = (office.at + MIDNIGHT).astimezone(UTC).replace(microsecond=0)
    jakarta = (at + timedelta(hours=7)).replace(tzinfo=None).isoformat() + "+07:00"
    found = in_force(body(points=[{"name": "terms", **frame(from_at=jakarta)}]))
    assert newest(found, "terms")["from_at"] == at.isoformat(timespec="milliseconds")[:-6] + "Z"
