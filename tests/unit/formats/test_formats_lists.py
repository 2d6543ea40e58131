"""Lists as files: every entry with its end, no case number, signed to the last byte."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st
from tests.feeds import AT, KEY, OTHER, Order, listed

from mufakat.formats import lists, rpz
from mufakat.formats.feed import FeedRefusedError, Refusal
from mufakat.rules.restriction import Match

KEYS = [KEY.verify_key]
FEED = listed(
    [
        Order(("example.net",), number=1, match=Match.SUBTREE, until=AT + timedelta(days=1)),
        Order(("example.net", "www.example.net", "example.org"), number=2, until=AT + timedelta(days=2)),
    ]
)
ONE, TWO = "2017-07-15T08:00:00.000Z", "2017-07-16T08:00:00.000Z"


def test_a_zone_has_the_end_of_each_line_beside_it() -> None:
    text = "".join(lists.zone(FEED.head, FEED.domains, action=rpz.Action.NXDOMAIN))
    assert text.split("\n")[5:] == [
        f"example.net CNAME . ; until {TWO}",
        f"*.example.net CNAME . ; until {ONE}",
        f"example.org CNAME . ; until {TWO}",
        f"www.example.net CNAME . ; until {TWO}",
        "",
    ]


def test_a_file_of_hosts_closes_the_names_alone() -> None:
    text = "".join(lists.hosts(FEED.head, FEED.domains))
    assert text.split("\n")[1:3] == [f"0.0.0.0 example.net # until {TWO}", f":: example.net # until {TWO}"]
    assert text.count(":: ") == 3


def test_squid_is_given_no_name_below_another() -> None:
    text = "".join(lists.squid(FEED.head, FEED.domains, {"example.net"}))
    assert text.split("\n")[1:] == [f"# until {ONE}", ".example.net", f"# until {TWO}", "example.org", ""]


@pytest.mark.parametrize("write", lists.WRITERS.values())
def test_no_case_number_stands_in_a_file(write) -> None:
    assert "rst_" not in "".join(write(FEED.head, FEED.domains, ()))


@given(st.text(alphabet="ab\n#;", max_size=200).map(lambda text: text + "\n"), st.sampled_from("#;"))
def test_a_file_is_signed_to_its_last_byte(text: str, comment: str) -> None:
    raw = b"".join(lists.sign(FEED.head, [text], key=KEY, comment=comment))
    assert lists.verify(raw, keys=KEYS, comment=comment) == FEED.head
    assert all(line.startswith(comment.encode()) for line in raw[len(text) :].splitlines())
    for changed in (b"x" + raw, raw + b"x\n", raw + f"{comment} x\n".encode(), raw[:-1], raw[1:]):
        with pytest.raises(FeedRefusedError):
            lists.verify(changed, keys=KEYS, comment=comment)


def test_a_file_of_another_key_is_refused() -> None:
    raw = b"".join(lists.sign(FEED.head, ["x\n"], key=OTHER))
    with pytest.raises(FeedRefusedError) as refused:
        lists.verify(raw, keys=KEYS)
    assert refused.value.reason is Refusal.NOT_SIGNED
