"""Deeds of the filters room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.filters.policies import begin_shadow, decline, end, propose
from mufakat.server.filters.promoting import promote
from mufakat.server.filters.samples import erase as erase_sample, sweep as sweep_samples, take as take_sample
from mufakat.server.filters.trying import try_on

__all__ = [
    "begin_shadow",
    "decline",
    "end",
    "erase_sample",
    "promote",
    "propose",
    "sweep_samples",
    "take_sample",
    "try_on",
]
