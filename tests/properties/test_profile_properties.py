"""Whatever becomes of the lines of a shipped profile: it is read and can be judged, or refused with a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings, strategies as st

from mufakat.rules import profile, profile_lint, profile_power_checks
from mufakat.rules.errors import BadProfileError
from mufakat.rules.profile_overlay import is_as_long

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.fault import Fault
    from mufakat.rules.profile import Profile

TEXTS = {name: profile.text_of(name).decode().splitlines() for name in profile.names()}
WORDS = st.sampled_from(
    [
        "",
        "null",
        "[]",
        "{}",
        "{value: true}",
        "true",
        "5",
        "-1",
        "[order]",
        "regulator",
        "PT1H",
        "{elapsed: PT1H}",
        "'\u202e'",
    ]
)


@st.composite
def mangled(draw: st.DrawFn, name: str | None = None) -> bytes:
    """A shipped profile some of whose lines are missing, moved, doubled, or say something else."""
    lines = list(TEXTS[name or draw(st.sampled_from(sorted(TEXTS)))])
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "move", "say"])):
            case "drop":
                lines.pop(place)
            case "double":
                lines.insert(place, lines[place])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
            case _:
                key, colon, _ = lines[place].partition(":")
                lines[place] = f"{key}{colon} {draw(WORDS)}"
    return "\n".join(lines).encode()


def judged(raw: bytes) -> tuple[Profile | None, Sequence[Fault]]:
    """The profile, or its faults."""
    try:
        return profile.parse(raw), ()
    except BadProfileError as error:
        return None, error.faults


@settings(deadline=None, max_examples=150)
@given(raw=mangled())
def test_a_profile_is_read_or_every_fault_has_its_line(raw: bytes) -> None:
    found, faults = judged(raw)
    assert all(fault.line and fault.detail.isprintable() for fault in faults)
    if found is None:
        return
    assert all(each.line for each in profile.lint(raw))
    assert {each.check for each in profile_lint.findings(found)} <= {line.name for line in profile_lint.LIST}
    assert profile.parse(profile.standalone(raw)) == found
    for _, line in profile_power_checks.lines(found):
        assert set(line.sources) <= {source.id for source in found.sources}


@settings(deadline=None, max_examples=150)
@given(raw=mangled("id-saman"))
def test_however_an_overlay_is_written_it_takes_nothing_from_the_statute(raw: bytes) -> None:
    found, _ = judged(raw)
    if found is None or found.based_on is None:
        return
    base = profile.load(found.based_on)
    assert all(is_as_long(one.duration, two.duration) for one, two in zip(found.clocks, base.clocks, strict=True))
    assert {rule.code for rule in found.categories if rule.urgent} == {r.code for r in base.categories if r.urgent}
    assert [[step.after for step in each.steps] for each in found.ladders] == [
        [step.after for step in each.steps] for each in base.ladders
    ]
    assert [rule.required for rule in found.kinds] == [rule.required for rule in base.kinds]
    assert (found.restriction, found.measures, found.points) == (base.restriction, base.measures, base.points)
