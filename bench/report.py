"""The table for people and the rows for machines (INTERFACE.md, "Rows of bench/out")."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.contest import Contender, Outcome

OUT = Path(__file__).parent / "out"
COLUMNS = ("row", "ours", "min..max", "peer", "floor", "x peer", "x floor", "CPU ms", "p50 ms", "p95 ms", "p99 ms")
SIGNS = 3  # Significant digits; the machine's noise is larger than the third.


def row(outcome: Outcome) -> dict[str, Any]:
    """One row, null where a figure does not apply."""
    contest = outcome.contest
    rates = outcome.rates(contest.ours)
    ours = outcome.median(contest.ours)
    peer, floor = (_beside(outcome, each) for each in (contest.peer, contest.floor))
    return {
        "id": contest.id,
        "unit": contest.unit,
        "ours": ours,
        "min": min(rates),
        "max": max(rates),
        "runs": len(rates),
        "peer": peer,
        "floor": floor,
        "ratio": _ratio(ours, peer),
        "floor_ratio": _ratio(ours, floor),
        "cpu_ms": outcome.median(contest.ours, "cpu_ms"),
        "p50_ms": outcome.median(contest.ours, "p50_ms"),
        "p95_ms": outcome.median(contest.ours, "p95_ms"),
        "p99_ms": outcome.median(contest.ours, "p99_ms"),
    }


def write(suite: str, rows: Sequence[dict[str, Any]]) -> Path:
    """Write ``bench/out/<suite>.json``, whole or not at all."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{suite}.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    draft.rename(path)
    return path


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The one table."""
    lines: list[tuple[str, ...]] = [COLUMNS]
    for each in rows:
        spread = f"{short(each['min'])}..{short(each['max'])}"
        sides = [short(each[side] and each[side]["value"]) for side in ("peer", "floor")]
        figures = [short(each[name]) for name in ("ratio", "floor_ratio", "cpu_ms", "p50_ms", "p95_ms", "p99_ms")]
        lines.append((f"{each['id']} ({each['unit']})", short(each["ours"]), spread, *sides, *figures))
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return "\n".join(_line(line, widths) for line in lines)


def notes(outcome: Outcome, figures: dict[str, Any]) -> list[str]:
    """Below the table: who the others are, how far each one's rounds lay apart, and whether the targets hold."""
    contest = outcome.contest
    found = [f"{contest.id}: median of {figures['runs']} interleaved rounds; {contest.unit}"]
    titles = {id(contest.ours): "ours", id(contest.peer): "peer", id(contest.floor): "floor"}
    found += [f"  {titles.get(id(each), 'also'):<5} {_noise(outcome, each)}" for each in contest.contenders]
    for title, other in (("peer", contest.peer), ("floor", contest.floor)):
        if other is not None:
            pairs = zip(outcome.rates(contest.ours), outcome.rates(other), strict=True)
            by_round = [one / two for one, two in pairs]
            found.append(f"  x {title} within one round: {short(min(by_round))}..{short(max(by_round))}")
    found += [f"  {remark}" for remark in contest.remarks]
    for target in contest.targets:
        value = figures[target.figure]
        verdict = "holds" if value is not None and target.holds(value) else "DOES NOT HOLD"
        found.append(
            f"  {target.figure} {'<=' if target.at_most else '>='} {target.bound:g}: {short(value)}, {verdict}"
        )
    found.append(f"  load average at the beginning of the rounds: {' '.join(f'{one:.1f}' for one in outcome.load)}")
    return found


def machine() -> str:
    """What the figures depend on besides the code."""
    one, five, fifteen = os.getloadavg()
    load = f"load average {one:.1f} {five:.1f} {fifteen:.1f}"
    return f"{os.cpu_count()} cores, shared by all sides and the load generator; {load}"


def short(value: float | None) -> str:
    """Three significant digits, thousands apart."""
    if value is None:
        return "-"
    digits = max(0, SIGNS - len(str(int(abs(value))))) if abs(value) >= 1 else SIGNS
    return f"{value:,.{digits}f}"


def _noise(outcome: Outcome, contender: Contender) -> str:
    rates = outcome.rates(contender)
    words = f"{contender.name}: {short(outcome.median(contender))} ({short(min(rates))}..{short(max(rates))})"
    for figure, unit in (("cpu_ms", "ms CPU"), ("p50_ms", "ms p50"), ("p95_ms", "ms p95"), ("p99_ms", "ms p99")):
        if (value := outcome.median(contender, figure)) is not None:
            words += f", {short(value)} {unit}"
    return words


def _beside(outcome: Outcome, contender: Contender | None) -> dict[str, Any] | None:
    return None if contender is None else {"name": contender.name, "value": outcome.median(contender)}


def _ratio(ours: float | None, other: dict[str, Any] | None) -> float | None:
    return None if ours is None or not other or not other["value"] else ours / other["value"]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([first.strip().ljust(widths[0]), *rest])
