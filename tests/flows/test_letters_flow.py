from __future__ import annotations

import pytest
from tests.houses import NOTICE

from mufakat.client import Client, ProblemError


def test_a_program_sends_no_letter_that_the_profile_does_not_know_and_none_early(server):
    with Client(server.url, server.token("kominfo", "officer")) as ministry:
        notice = ministry.submit(NOTICE).id
        with pytest.raises(ProblemError) as none:
            ministry.warn(notice, "letter_1", "A made-up letter.")
        with pytest.raises(ProblemError) as early:
            ministry.warn(notice, "notice_of_intended_block", "A made-up letter.", reasons_weighed="None came.")
        assert (none.value.status, early.value.status) == (422, 409)
        assert "there is: notice_of_intended_block" in str(none.value)
        assert "has not come" in str(early.value)
        assert ministry.warnings(notice) == []
