"""Banks from end to end: the Python client, a server process, its worker, and a notice whose decision is reversed."""

from __future__ import annotations

import io
import json
import time
from contextlib import ExitStack

import pytest
from tests.houses import NOTICE
from tests.server.api.doors import ask

from mufakat.client import Client, ProblemError

HEAD = {"bank": "phrases", "kind": "phrase", "source": "a list", "category": "terrorism", "ground": "terms 4.2"}
ENTRY = {"value": "salak masam", "source": "us", "category": "terrorism", "ground": "terms 4.2"}
DECISION = {
    "outcome": "act_full",
    "items": [{"locator": 0, "measure": "remove"}],
    "ground": {"terms_ground": {"document": "Terms of Service", "clause": "2.1", "url": None}},
    "facts": "A made-up placeholder.",
    "reasons": "A made-up placeholder of reasons.",
    "language": "en",
    "automated": {"detection": False, "decision": "none"},
}


@pytest.fixture
def seated(server):
    """A client of any seat, closed afterwards."""
    with ExitStack() as stack:

        def client(handle, seat):
            return stack.enter_context(Client(server.url, server.token(handle, seat)))

        yield client


def written(*lines):
    return "\n".join([json.dumps(HEAD), *lines]).encode()


def test_a_bank_is_filled_by_one_person_and_acts_by_the_word_of_another(seated, tmp_path):
    first, second = seated("telegram", "reviewer"), seated("telegram", "reviewer-2")
    made = first.open_bank("phrases", "phrase", key="opened")
    assert first.open_bank("phrases", "phrase", key="opened") == made
    file = tmp_path / "phrases.ndjson"
    file.write_bytes(written(*(f"pisang nomor{place}" for place in range(1_200))))
    said = first.import_bank("phrases", file)
    assert (said[-1]["end"], said[-1]["taken"], sum("leaf" in one for one in said)) == ("done", 1_200, 2)
    assert first.import_bank("phrases", io.BytesIO(file.read_bytes()))[-1]["repeated"] == 1_200
    by_hand = first.add_entries("phrases", [ENTRY])
    names = [one["id"] for one in first.bank_entries("phrases", state="shadow")]
    assert (len(names), by_hand["taken"][0] in names) == (1_201, True)
    with pytest.raises(ProblemError) as caught:
        first.review_entries("phrases", names[:1], accept=True)
    assert caught.value.status == 403
    assert second.review_entries("phrases", names[:1_000], accept=True, note="Looked at.")["state"] == "live"
    assert first.retract_entries("phrases", names[:2], reason="Wrong.")["changed"] == names[:2]
    assert second.bank("phrases")["entries"] == {"shadow": 201, "live": 998, "declined": 0, "retracted": 2}
    assert second.bank_stats("phrases")["origins"] == {"hand": 1, "import": 1_198, "notice": 0}
    assert len(second.export_bank("phrases").splitlines()) == 1_200
    assert [one["name"] for one in second.banks()] == ["phrases"]


def test_poison_is_refused_with_its_line(seated):
    client = seated("telegram", "reviewer")
    client.open_bank("phrases", "phrase")
    with pytest.raises(ProblemError) as caught:
        client.import_bank("phrases", io.BytesIO(written("pisang hijau", "ab", "dan yang")))
    assert [one["line"] for one in caught.value.errors] == [3, 4]
    said = client.import_bank("phrases", io.BytesIO(written("pisang hijau", "ab")), partial=True)
    assert (said[-1]["taken"], said[-1]["refused"]) == (1, 1)


def test_a_decision_feeds_the_bank_and_its_reversal_empties_it(seated, server):
    officer, reviewer, second = (
        seated("kominfo", "officer"),
        seated("telegram", "reviewer"),
        seated("telegram", "reviewer-2"),
    )
    notice = officer.submit(NOTICE)
    reviewer.acknowledge(notice.id)
    decided = reviewer.decide(notice.id, DECISION)
    bank = "from-notices-locators"
    proposed = eventually(lambda: bank in names(second) and entries(second, bank))
    assert [(one["value"], one["state"], one["notice"]) for one in proposed] == [
        ("tg:username:examplechannel/message/12", "shadow", notice.id)
    ]
    second.review_entries(bank, [proposed[0]["id"]], accept=True)
    contested = {"code": decided.raw["appeal"]["code"], "reasons": "A made-up placeholder of reasons."}
    lodged = ask(server, "POST", "/api/v1/appeals", "", raw=json.dumps(contested).encode(), key="lodged")
    resolved = json.dumps({"outcome": "reversed", "reasons": "A made-up placeholder of reasons."}).encode()
    path = f"/api/v1/appeals/{lodged.json()['id']}/resolution"
    assert ask(server, "POST", path, second.token, raw=resolved, key="resolved").status == 200
    eventually(lambda: entries(second, bank)[0]["state"] == "retracted")


def names(client):
    return [one["name"] for one in client.banks()]


def entries(client, bank):
    return list(client.bank_entries(bank))


def eventually(look):
    """What is there in the end: the worker brings it about."""
    until = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.1)
    return found
