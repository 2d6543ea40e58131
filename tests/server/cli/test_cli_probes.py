"""Ask operators' resolvers by hand, through the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line


def test_where_nothing_is_followed_it_says_so(line: Line) -> None:
    result = line("probe", "run")
    assert (result.exit_code, result.stdout) == (0, "Nothing is followed at any resolver.\n")
    assert line.json("probe", "run") == {"asked": 0, "behind": 0, "restrictions": []}


@pytest.mark.parametrize("pk", ["rst_x", "rst_01jd8v9r1ze8k3n7p5s2a4b6d9", "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9", "'"])
def test_what_is_no_restriction_is_not_found(line: Line, pk: str) -> None:
    result = line("probe", "run", "--restriction", pk)
    assert (result.exit_code, "no such restriction" in result.stderr) == (1, True)
