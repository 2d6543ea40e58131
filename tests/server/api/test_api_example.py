"""The notice that the README's curl and command line send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.server.api.doors import both, hot

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "examples" / "notice.json").read_bytes()


@both
def test_the_example_is_taken(house: House, post: Post) -> None:
    assert post(EXAMPLE, token=house.token("kominfo", "officer")).status == 201


def test_the_example_shows_an_address_written_so_that_nobody_follows_it(house: House) -> None:
    from mufakat.server.notices import queries

    answer = hot(EXAMPLE, token=house.token("kominfo", "officer"))
    caller = house.caller("telegram", "reviewer")
    pointers = queries.pointers(queries.get_for(caller, answer.json()["id"]))
    assert pointers[1].input == json.loads(EXAMPLE)["locators"][1] == "hxxps://t[.]me/examplechannel/13"
    assert pointers[1].canonical == "tg:username:examplechannel/message/13"


def test_the_readme_sends_the_example() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "--data-binary @examples/notice.json" in readme
    assert "mufakat notice submit examples/notice.json" in readme
