"""What is asked in a chat, and in which order: the steps of a notice, a question, a refusal, a withdrawal.

Each step waits for a choice (a button) or for words. What was said so far is one mapping of plain values; which step
comes next follows from it alone, so that a process that died goes on where the person is.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Plan(StrEnum):
    """What a person is about in a chat."""

    NOTICE = "notice"
    MESSAGE = "message"  # A word on a notice: a question of the platform's, an answer of the sender's.
    ASK = "ask"  # It cannot be decided yet: the sender is asked.
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Step(StrEnum):
    """What is waited for."""

    TO = "to"
    CATEGORY = "category"
    KIND = "kind"
    URGENCY = "urgency"
    GROUND = "ground"
    LAW = "law"  # The ground in the person's own words, where none of those offered is it.
    EXPLANATION = "explanation"
    TEXT = "text"
    REFUSAL = "refusal"
    FACTS = "facts"
    REASONS = "reasons"
    REASON = "reason"
    CONFIRM = "confirm"


TYPED = frozenset({Step.LAW, Step.EXPLANATION, Step.TEXT, Step.FACTS, Step.REASONS, Step.REASON})
"""The steps that wait for words; the others wait for a button."""

PLANS: Mapping[Plan, tuple[Step, ...]] = MappingProxyType(
    {
        Plan.NOTICE: (
            *(Step.TO, Step.CATEGORY, Step.KIND, Step.URGENCY, Step.GROUND, Step.LAW, Step.EXPLANATION),
            Step.CONFIRM,
        ),
        Plan.MESSAGE: (Step.TEXT, Step.CONFIRM),
        Plan.ASK: (Step.TEXT, Step.CONFIRM),
        Plan.REFUSE: (Step.REFUSAL, Step.FACTS, Step.REASONS, Step.CONFIRM),
        Plan.WITHDRAW: (Step.REASON, Step.CONFIRM),
    }
)
"""The steps of each plan, in their order. `law` is passed over where `ground` was chosen from those offered."""


def next_step(plan: Plan, said: Mapping[str, Any]) -> Step:
    """The first step whose answer is not there; `confirm` is never answered by anything said."""
    return next(step for step in PLANS[plan] if step is Step.CONFIRM or not _is_said(step, said))


def _is_said(step: Step, said: Mapping[str, Any]) -> bool:
    if step is Step.LAW:
        return said.get(Step.GROUND) != "own" or Step.LAW in said
    return step in said


def without_last(plan: Plan, said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said without the newest answer: one step back. What the plan began with stays."""
    steps = [step for step in PLANS[plan] if step in said]
    return {name: value for name, value in said.items() if not steps or name != steps[-1]}
