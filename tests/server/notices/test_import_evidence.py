"""Files that come inside a file of notices: stored with the notices that name them, and with no other."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.test_api_importing import end, view
from tests.server.notices.test_import_jobs import counts, ended, ndjson, start

from mufakat.formats import Format, Item
from mufakat.rules.notice import MAX_CONTENT_BYTES
from mufakat.server.journal import door, vault
from mufakat.server.notices import batches, exhibits, import_jobs as jobs, import_queries as queries, imports, spool
from mufakat.server.notices.imports import How
from mufakat.server.notices.models import Exhibit, Import, Notice, Upload
from mufakat.server.notices.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

VECTORS = Path(__file__).parents[2] / "vectors" / "formats"
LARGE = b"made-up bytes " * (MAX_CONTENT_BYTES // 10)  # Too large for the inside of a notice.
DEFAULTS = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "fraud",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40"},
}


def report(*contents: bytes, **changes: Any) -> bytes:
    """A report of XARF with these files inside."""
    found = json.loads((VECTORS / "xarf_phishing.json").read_text(encoding="utf-8"))
    found["evidence"] = [
        {
            "content_type": "image/png",
            "payload": base64.b64encode(content).decode(),
            "description": "capture.png",
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "size": len(content),
        }
        for content in contents
    ]
    return json.dumps(found | changes).encode() + b"\n"


def by_api(house: House, raw: bytes, **defaults: Any) -> tuple[Any, ...]:
    told = {"format": "xarf", "set": json.dumps({**DEFAULTS, **defaults})}
    return end(view(raw, house.token("kominfo", "officer"), told))


def by_page(house: House, raw: bytes, **defaults: Any) -> tuple[Any, ...]:
    pk = waiting(house, raw, **defaults)
    start(house, pk)
    return counts(ended(pk))


def waiting(house: House, raw: bytes, **defaults: Any) -> str:
    with closing(Spool.new()) as file:
        file.write(raw)
        how = How(Format.XARF, {**DEFAULTS, **defaults})
        return jobs.create(file, name="x.json", how=how, by=house.caller("kominfo", "officer"))


def sealed() -> int:
    """How many files lie in the vault."""
    return sum(path.is_file() for path in vault.root().rglob("*"))


both = pytest.mark.parametrize("sent", [by_api, by_page])


@both
@pytest.mark.invariant("I-01")
def test_a_large_file_of_a_report_is_read_by_the_recipient(house: House, sent: Callable[..., Any]) -> None:
    assert sent(house, report(LARGE, b"small")) == ("done", 1, 1, 0, 0)
    reviewer = house.caller("telegram", "reviewer")
    read = [b"".join(exhibits.open_for(reviewer, Notice.objects.get().id, place).parts) for place in (0, 1)]
    assert read == [LARGE, b"small"]


@both
@pytest.mark.invariant("I-15")
def test_about_child_sexual_abuse_no_file_of_an_import_is_stored(house: House, sent: Callable[..., Any]) -> None:
    csam = {"type": "csam", "classification": "A1", "detection_method": "hash_match"}
    assert sent(house, report(LARGE, b"small", **csam)) == ("done", 1, 1, 0, 0)
    assert Notice.objects.get().category == "child_sexual_abuse"
    assert (Upload.objects.count(), sealed()) == (0, 0)
    assert list(Exhibit.objects.values_list("upload", flat=True)) == [None, None]


@both
def test_of_a_refused_line_no_file_is_kept(house: House, sent: Callable[..., Any]) -> None:
    assert sent(house, report(LARGE, b"small"), to="nobody")[1:] == (1, 0, 0, 1)
    assert (Upload.objects.count(), sealed()) == (0, 0)


@both
@pytest.mark.invariant("I-02")
def test_a_report_that_comes_again_stores_no_file_again(house: House, sent: Callable[..., Any]) -> None:
    sent(house, report(LARGE, b"small"))
    before = (Upload.objects.count(), sealed())
    assert sent(house, report(LARGE, b"small")) == ("done", 1, 0, 1, 0)
    assert (Upload.objects.count(), sealed()) == before == (2, 2)


@pytest.mark.invariant("I-15")
def test_what_is_judged_once_more_before_its_files_are_stored_stays_without_them(house: House) -> None:
    """The reader leaves such files out; should another reader not, nothing is stored all the same."""
    named = [{"name": "x", "media_type": "image/png", "sha256": hashlib.sha256(LARGE).hexdigest()}]
    item = Item(1, body(category="child_sexual_abuse", evidence=named), files=(LARGE,))
    submission = imports.prepare([item], by=house.caller("kominfo", "officer"), key=None)
    assert (len(submission.items), Upload.objects.count(), sealed()) == (1, 0, 0)


def test_a_look_at_a_file_stores_none_of_its_files(house: House) -> None:
    pk = waiting(house, report(LARGE, b"small"))
    commits = house.writer.commits
    found = queries.look(Import.objects.get(pk=pk), by=house.caller("kominfo", "officer"))
    assert (found.good, sealed(), house.writer.commits) == (1, 0, commits)


def test_a_batch_without_a_key_that_fits_no_portion_is_refused_whole(house: House) -> None:
    """Its counts would move without its notices, or its notices without their receipt."""
    results = list(How(Format.NDJSON).results(io.BytesIO(ndjson(batches.PORTION + 1))))
    submission = imports.prepare(results, by=house.caller("kominfo", "officer"), key=None)
    with pytest.raises(TypeError):
        door.commit(submission.whole)
    assert Notice.objects.count() == 0


@pytest.mark.invariant("I-10")
def test_whether_a_file_is_worked_on_is_seen_without_taking_it(house: House) -> None:
    pk = waiting(house, report(b"small"))
    name = Import.objects.get(pk=pk).spool
    assert not spool.is_held(name)
    with closing(Spool.take(name)):
        assert spool.is_held(name)
    assert not spool.is_held(name)
