"""Import by API: a file in, one line for whatever became of it out."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import json
import threading
import time
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from tests.houses import NOTICE
from tests.server.api.doors import Reply

from mufakat.formats import Format
from mufakat.proof import verify
from mufakat.proof.key import VerifyKey
from mufakat.rules.mandate import Quota
from mufakat.server.api import importing, problems
from mufakat.server.journal import signer
from mufakat.server.journal.errors import DiskFullError, UnsureError
from mufakat.server.notices import batches, imports, spool
from mufakat.server.notices.models import Notice
from mufakat.server.parties import mandates, queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.houses import House

PATH = "/api/v1/notices/import"
FILL = {name: NOTICE[name] for name in ("to", "kind", "category", "language", "legal_ground")}


def view(raw: bytes, token: str, query: dict[str, str], *, key: str | None = None) -> Reply:
    """Through Django."""
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key is not None else {})}
    answer: Any = Client().generic(
        "POST", f"{PATH}?{urlencode(query)}", raw, content_type="application/octet-stream", headers=headers
    )
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.items()}, content)


def door(raw: bytes, token: str, query: dict[str, str], *, key: str | None = None) -> Reply:
    """Through the ASGI door, in pieces of unknown number."""
    parts = [raw[start : start + 7] for start in range(0, min(len(raw), 700), 7)] + [raw[700:]]
    return asyncio.run(
        taken([{"type": "http.request", "body": one, "more_body": True} for one in parts], token, query, key)
    )


async def taken(
    messages: Sequence[dict[str, Any]], token: str, query: dict[str, str], key: str | None = None, *, ended: bool = True
) -> Reply:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    if key is not None:
        headers.append((b"idempotency-key", key.encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": urlencode(query).encode(),
        "headers": headers,
    }
    waiting = [*messages, *([{"type": "http.request", "body": b"", "more_body": False}] if ended else [])]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await importing.take(scope, receive, send)
    if not sent:
        return Reply(0, {}, b"")
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], found, b"".join(one["body"] for one in sent[1:]))


both = pytest.mark.parametrize("send", [view, door])


def answers(reply: Reply) -> list[dict[str, Any]]:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in reply.body.splitlines()]


def end(reply: Reply) -> tuple[Any, ...]:
    last = answers(reply)[-1]
    return tuple(last[name] for name in ("end", "read", "taken", "repeated", "refused"))


def refused(reply: Reply) -> dict[int, list[str]]:
    return {one["line"]: [error["pointer"] for error in one["errors"]] for one in answers(reply) if "errors" in one}


def says(reply: Reply) -> str:
    return " ".join(error["detail"] for one in answers(reply) if "errors" in one for error in one["errors"])


def ndjson(count: int, **changes: Any) -> bytes:
    made = ({**NOTICE, "explanation": f"Placeholder {number}.", **changes} for number in range(count))
    return "".join(json.dumps(one) + "\n" for one in made).encode()


def filled(**changes: Any) -> str:
    return json.dumps({**FILL, **changes})


def kept() -> dict[str, Any]:
    """The only notice there is, as it was taken."""
    raw = Notice.objects.get().payload.raw
    assert raw is not None
    found: dict[str, Any] = json.loads(bytes(raw))
    return found


@pytest.fixture
def officer(house: House) -> str:
    return house.token("kominfo", "officer")


@both
def test_good_lines_are_taken_and_bad_ones_are_named(house: House, officer: str, send: Any) -> None:
    reply = send(
        ndjson(3) + b'{"to": "telegram"}\nnonsense\n' + ndjson(1, language="en"), officer, {"format": "ndjson"}
    )
    assert end(reply) == ("done", 6, 4, 0, 2)
    assert sorted(refused(reply)) == [4, 5]
    assert Notice.objects.count() == 4


@both
@pytest.mark.invariant("I-02")
def test_doing_it_again_doubles_nothing(house: House, officer: str, send: Any) -> None:
    send(ndjson(3), officer, {})
    assert end(send(ndjson(5), officer, {})) == ("done", 5, 2, 3, 0)
    assert Notice.objects.count() == 5


@pytest.mark.invariant("I-02")
def test_a_file_after_a_batch_of_the_same_notices_doubles_nothing(house: House, officer: str) -> None:
    items = ndjson(3).splitlines()
    headers = {"Authorization": f"Bearer {officer}", "Idempotency-Key": "b1"}
    raw = b'{"notices":[' + b",".join(items) + b"]}"
    Client().post("/api/v1/notices/batch", raw, content_type="application/json", headers=headers)
    assert end(view(ndjson(3), officer, {})) == ("done", 3, 0, 3, 0)


@both
def test_each_receipt_covers_the_leaves_beside_it(house: House, officer: str, send: Any) -> None:
    reply = send(ndjson(300), officer, {})
    keys = [VerifyKey.parse(signer.signing_key("1").vkey)]
    receipts = [one for one in answers(reply) if "receipt" in one]
    assert [(one["first"], one["last"]) for one in receipts] == [(1, 125), (126, 250), (251, 300)]
    for one in receipts:
        leaves = [base64.b64decode(item["leaf"]) for item in one["items"]]
        assert verify.verify(one["receipt"].encode(), keys=keys, leaves=leaves).count == len(one["items"])
    ids = {item["id"] for one in receipts for item in one["items"]}
    assert ids == set(Notice.objects.values_list("id", flat=True))


@both
def test_what_is_said_once_fills_every_row(house: House, officer: str, send: Any) -> None:
    raw = b"locators,explanation,Nomor Surat\nhttps://t.me/contoh_kanal,=1+1,S-7\n,none,\n"
    reply = send(raw, officer, {"format": "csv", "set": filled()})
    assert (end(reply), refused(reply)) == (("done", 2, 1, 0, 1), {3: ["locators"]})
    assert (kept()["explanation"], kept()["external"]) == ("=1+1", {"csv": {"Nomor Surat": "S-7"}})


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ({"format": "xml"}, ["/format"]),
        ({"encoding": "latin-1"}, ["/encoding"]),
        ({"colour": "red"}, ["/colour"]),
        ({"set": "{"}, ["/set"]),
        ({"set": "[1]"}, ["/set"]),
        ({"set": '{"to": "a", "to": "b"}'}, ["/set"]),
        ({"set": '{"colour": "red"}'}, ["/set/colour"]),
        ({"set": '{"kind": "nonsense", "legal_ground": {"system": 1}}'}, ["/set/kind", "/set/legal_ground/system"]),
        ({"set": '{"external": {"n": NaN}}'}, ["/set/external/n"]),
        ({"set": '{"external": ' + "[" * 60 + "]" * 60 + "}"}, ["/set/external"]),
    ],
)
@both
def test_a_parameter_that_is_not_known_is_refused_with_its_place(
    house: House, officer: str, query: dict[str, str], pointers: list[str], send: Any
) -> None:
    reply = send(ndjson(1), officer, query)
    assert reply.status == 422
    assert [one[: len(want)] for one, want in zip(reply.pointers, pointers, strict=False)] == pointers
    assert Notice.objects.count() == 0


@both
@pytest.mark.parametrize(("seat", "status"), [(("telegram", "reviewer"), 403), (("mufakat", "admin"), 403)])
def test_only_who_may_submit_may_import(house: House, seat: tuple[str, str], status: int, send: Any) -> None:
    assert send(ndjson(1), house.token(*seat), {}).status == status
    assert list(spool.names()) == []


def test_a_stranger_may_not_import(house: House) -> None:
    assert (view(ndjson(1), "none", {}).status, door(ndjson(1), "none", {}).status) == (401, 401)


def test_the_file_shows_its_format(house: House, officer: str) -> None:
    one = json.dumps([NOTICE]).encode()
    assert end(view(one, officer, {})) == ("done", 1, 1, 0, 0)


def test_a_file_that_shows_no_format_is_asked_for_one(house: House, officer: str) -> None:
    reply = view(b"\x00\x01\x02", officer, {})
    assert (reply.status, reply.pointers) == (422, ["/format"])


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("a.csv", "to,kind\n")
    return held.getvalue()


@pytest.mark.parametrize("form", ["csv", "ndjson", "json", "xarf"])
@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", bytes(range(256)) * 40, zipped(), b'"' * 5000],
    ids=["empty", "blank", "binary", "zip", "quotes"],
)
def test_what_is_no_file_of_notices_is_refused_in_a_line(house: House, officer: str, form: str, raw: bytes) -> None:
    reply = door(raw, officer, {"format": form})
    assert end(reply)[0] == "done"
    assert (len(refused(reply)) >= 1, Notice.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("raw", "good", "bad"),
    [
        (b"\xef\xbb\xbflocators,explanation\nhttps://t.me/contoh,x\n", 1, {}),
        ("locators,explanation\nhttps://t.me/contoh,é\n".encode("utf-16"), 1, {}),
        (b"locators;explanation\nhttps://t.me/contoh;\xe9\nhttps://t.me/contoh;e\n", 1, {2}),
        (b"locators,explanation\nhttps://t.me/contoh,x,y\nhttps://t.me/contoh\nhttps://t.me/contoh,z\n", 1, {2, 3}),
        (b"locators,explanation\nhttps://t.me/contoh,\"=cmd|' /C calc'!A0\"\n", 1, {}),
    ],
    ids=["mark", "utf-16", "another encoding", "ragged", "formula"],
)
def test_a_spreadsheet_as_people_save_it(house: House, officer: str, raw: bytes, good: int, bad: dict) -> None:
    reply = door(raw, officer, {"format": "csv", "set": filled()})
    assert (end(reply)[2], set(refused(reply))) == (good, set(bad))


def test_windows_1252_is_read_where_it_is_said(house: House, officer: str) -> None:
    raw = b"locators;explanation\nhttps://t.me/contoh;\xe9\n"
    reply = view(raw, officer, {"format": "csv", "encoding": "windows-1252", "set": filled()})
    assert kept()["explanation"] == "é"
    assert end(reply)[2] == 1


def test_xarf_of_another_version_is_refused_by_its_name(house: House, officer: str) -> None:
    reply = view(b'{"xarf_version": "5.0.0"}', officer, {"format": "xarf", "set": filled()})
    assert "5.0.0" in says(reply)
    assert end(reply) == ("done", 1, 0, 0, 1)


def test_a_body_that_breaks_off_leaves_nothing_behind(house: House, officer: str) -> None:
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": ndjson(5), "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert asyncio.run(taken(parts, officer, {})).status == 0
    assert (Notice.objects.count(), list(spool.names())) == (0, [])


def test_a_body_shorter_than_its_length_leaves_nothing_behind(house: House, officer: str) -> None:
    made = RequestFactory().generic("POST", PATH, b"")
    made.environ.update({"CONTENT_LENGTH": "100000", "wsgi.input": io.BytesIO(ndjson(5))})
    with pytest.raises(problems.TruncatedError):
        importing.view(WSGIRequest(made.environ), house.caller("kominfo", "officer"))
    assert (Notice.objects.count(), list(spool.names())) == (0, [])


def test_a_body_that_stands_still_is_let_go(house: House, officer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "STALLED", 0.05)
    parts = [{"type": "http.request", "body": ndjson(5), "more_body": True}]
    assert asyncio.run(taken(parts, officer, {}, ended=False)).status == 408
    assert (Notice.objects.count(), list(spool.names())) == (0, [])


@both
def test_a_file_that_is_too_large_is_refused(
    house: House, officer: str, monkeypatch: pytest.MonkeyPatch, send: Any
) -> None:
    monkeypatch.setattr(spool, "LARGEST", 1000)
    assert (send(ndjson(5), officer, {}).status, list(spool.names())) == (413, [])


def test_the_file_is_private_and_gone_afterwards(house: House, officer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    original = imports.prepare

    def prepare(*given: Any, **more: Any) -> Any:
        modes.extend(path.stat().st_mode & 0o777 for path in (spool.folder(), *spool.folder().iterdir()))
        return original(*given, **more)

    monkeypatch.setattr(imports, "prepare", prepare)
    view(ndjson(1), officer, {})
    assert (modes, list(spool.names())) == ([0o700, 0o600], [])


def test_an_answer_nobody_reads_leaves_no_file_and_no_slot(house: House, officer: str) -> None:
    for _ in range(importing.OF_ONE_PARTY + 1):
        reply = Client().generic(
            "POST", PATH, ndjson(1), content_type="x/y", headers={"Authorization": f"Bearer {officer}"}
        )
        assert reply.status_code == 200
        reply.close()
    assert list(spool.names()) == []


def test_more_imports_than_can_run_at_once_are_told_to_come_again(house: House, officer: str) -> None:
    by = house.caller("kominfo", "officer")
    works = [importing.Work(by) for _ in range(importing.OF_ONE_PARTY)]
    busy = door(ndjson(1), officer, {})
    for work in works:
        work.close()
    assert (busy.status, busy.headers["retry-after"]) == (503, "1")
    assert end(door(ndjson(1), officer, {}))[0] == "done"


@pytest.mark.invariant("I-02")
def test_two_imports_of_one_file_at_once_make_each_notice_once(house: House, officer: str) -> None:
    found: list[Reply] = []
    start = threading.Barrier(2)

    def send() -> None:
        start.wait()
        found.append(door(ndjson(600), officer, {}))

    runs = [threading.Thread(target=send) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [end(one)[0] for one in found] == ["done", "done"]
    assert sum(end(one)[2] for one in found) == sum(end(one)[3] for one in found) == Notice.objects.count() == 600


def failing(monkeypatch: pytest.MonkeyPatch, at: range, error: Exception, *, after: bool) -> None:
    """Let the writer fail at these commits: before it began, or after it was stored."""
    calls = iter(range(1000))
    original = batches.BatchSubmission.run

    def run(self: Any, moment: Any) -> Any:
        now = next(calls) in at
        if now and not after:
            raise error
        made = original(self, moment)
        if now:
            moment.after.append(lambda: (_ for _ in ()).throw(error))
        return made

    monkeypatch.setattr(batches.BatchSubmission, "run", run)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PAUSES", (0.01, 0.01))


@pytest.mark.invariant("I-02")
def test_a_commit_that_failed_once_is_repeated(
    house: House, officer: str, monkeypatch: pytest.MonkeyPatch, no_pauses: None
) -> None:
    failing(monkeypatch, range(1, 2), UnsureError("made up"), after=False)
    assert end(door(ndjson(600), officer, {})) == ("done", 600, 600, 0, 0)


@pytest.mark.invariant("I-02")
def test_a_commit_that_was_stored_without_a_word_counts_once_and_keeps_its_receipt(
    house: House, officer: str, monkeypatch: pytest.MonkeyPatch, no_pauses: None
) -> None:
    failing(monkeypatch, range(1, 2), UnsureError("made up"), after=True)
    reply = door(ndjson(600), officer, {})
    assert end(reply) == ("done", 600, 600, 0, 0)
    assert len([one for one in answers(reply) if "receipt" in one]) == 5


@both
def test_what_stays_broken_ends_with_a_clear_line_and_goes_on_later(
    house: House, officer: str, monkeypatch: pytest.MonkeyPatch, no_pauses: None, send: Any
) -> None:
    with monkeypatch.context() as broken:
        failing(broken, range(1, 100), DiskFullError("no room"), after=False)
        first = send(ndjson(600), officer, {})
    last = answers(first)[-1]
    assert (end(first), last["problem"]["type"]) == (("interrupted", 125, 125, 0, 0), "urn:mufakat:problem:disk-full")
    assert end(send(ndjson(600), officer, {})) == ("done", 600, 475, 125, 0)
    assert Notice.objects.count() == 600


@both
@pytest.mark.invariant("I-02")
def test_the_same_key_with_the_same_file_gives_the_same_receipts(house: House, officer: str, send: Any) -> None:
    first, again = (send(ndjson(300), officer, {}, key="k1") for _ in range(2))
    assert (again.body, Notice.objects.count()) == (first.body, 300)


@both
def test_a_key_that_was_sent_empty_is_refused(house: House, officer: str, send: Any) -> None:
    reply = send(ndjson(3), officer, {}, key="")
    assert (reply.status, Notice.objects.count()) == (400, 0)


@both
def test_the_same_key_with_another_file_takes_nothing(house: House, officer: str, send: Any) -> None:
    send(ndjson(3), officer, {}, key="k1")
    reply = send(ndjson(4), officer, {}, key="k1")
    assert (end(reply)[:3], answers(reply)[-1]["problem"]["status"]) == (("interrupted", 0, 0), 422)


def test_twenty_thousand_lines_need_no_more_memory_than_two_thousand(
    house: House, officer: str, request: pytest.FixtureRequest
) -> None:
    peaks = []
    by = house.caller("kominfo", "officer")
    how = imports.How(Format.NDJSON)
    more = msgspec.structs.replace(queries.mandates_of(by.party_id)[0].terms, quota=Quota(100_000, 100_000))
    mandates.grant(queries.party_by_handle("kominfo"), more, at=datetime.now(UTC))

    def stream(start: int, count: int) -> Iterator[bytes]:
        for number in range(start, start + count):
            yield json.dumps({**NOTICE, "explanation": f"Placeholder {number}."}).encode() + b"\n"

    # What other tests of this process left alive must not keep the collector from its work.
    gc.collect()
    gc.freeze()
    request.addfinalizer(gc.unfreeze)
    for start, count in ((0, 2_000), (2_000, 20_000)):
        gc.collect()
        tracemalloc.start()
        found = sum(
            len(step.taken) for step in imports.steps(stream(start, count), how, by=by, name=str(start), digest=b"")
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found == count
    assert peaks[1] < 1.5 * peaks[0]


def test_the_answer_comes_while_the_work_goes_on(house: House, officer: str) -> None:
    work = importing.Work(house.caller("kominfo", "officer"))
    work.spool.write(ndjson(600))
    parts = work.begin(importing.asked("format=ndjson", None))
    first = next(parts)
    assert (b'"progress"' in first, Notice.objects.count()) == (True, 125)
    work.close()


def test_a_single_notice_does_not_wait_for_the_file(house: House, officer: str) -> None:
    done = threading.Event()

    def send() -> None:
        door(ndjson(3000), officer, {})
        done.set()

    running = threading.Thread(target=send)
    running.start()
    while Notice.objects.count() == 0:
        time.sleep(0.01)
    house.submit(key="single")
    between = not done.is_set()
    running.join()
    assert between
