"""Ours beside a peer and a floor, measured in turns: ``make bench SUITE=intake`` (docs/bench.md)."""
