from datetime import timedelta

import pytest

from mufakat.rules.durations import parse_elapsed


@pytest.mark.parametrize(
    ("text", "elapsed"),
    [
        ("PT4H", timedelta(hours=4)),
        ("PT90M", timedelta(minutes=90)),
        ("PT30S", timedelta(seconds=30)),
        ("P14D", timedelta(days=14)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT12H30M", timedelta(days=1, hours=12, minutes=30)),
    ],
)
def test_a_duration_is_read(text, elapsed):
    assert parse_elapsed(text) == elapsed


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "4H", "P1M", "P1Y", "PT0S", "P-1D", "PT1.5H", "P1W2D", "pt4h", "PT4H\n", "P99999D", "PT٤H"],
)
def test_what_is_no_duration_is_refused_in_words(text):
    with pytest.raises(ValueError, match="such as PT4H"):
        parse_elapsed(text)
