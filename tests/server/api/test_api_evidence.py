"""Evidence over HTTP: both doors of the PUT, and the way out."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.test import Client
from tests.houses import body
from tests.server.api.doors import NOTICES, Reply, get, hot, named, of, put

from mufakat.server.api import evidence as door, problems
from mufakat.server.journal import durability, vault
from mufakat.server.journal.errors import BusyError, DiskFullError
from mufakat.server.notices import evidence
from mufakat.server.notices.models import Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.houses import House

FILE = b"made-up bytes " * 14_000  # More than one chunk.
URN = "urn:mufakat:problem:"


def sha(content: bytes = FILE) -> str:
    return hashlib.sha256(content).hexdigest()


class Put(Protocol):
    """One of the two doors."""

    def __call__(
        self, content: bytes, *, token: str = "", digest: str | None = None, length: int | None = None
    ) -> Reply: ...


def view(content: bytes, *, token: str = "", digest: str | None = None, length: int | None = None) -> Reply:
    """The ordinary view, as the local socket reaches it."""
    sent = named(token, None, None)
    announced: Any = {} if length is None else {"CONTENT_LENGTH": str(length)}
    path = door.PATH + (digest or sha(content))
    return of(Client().generic("PUT", path, content, "application/octet-stream", headers=sent, **announced))


def streamed(content: bytes, *, token: str = "", digest: str | None = None, length: int | None = None) -> Reply:
    """The ASGI door, the body in parts of 64 KiB and with its length."""
    parts = [content[start : start + 65_536] for start in range(0, len(content), 65_536)] or [b""]
    announced = {"Content-Length": str(len(content) if length is None else length)}
    return asyncio.run(sent(parts, token=token, digest=digest or sha(content), headers=announced))


async def sent(
    parts: Sequence[bytes | Callable[[], Any]], *, token: str, digest: str, headers: dict[str, str] | None = None
) -> Reply:
    """What the ASGI door answers to these parts of a body; one that is called does what it likes instead."""
    given = {**named(token, None, None), **(headers or {})}
    scope = {
        "type": "http",
        "method": "PUT",
        "path": door.PATH + digest,
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }
    waiting = list(parts)
    said: list[dict[str, Any]] = []

    async def receive() -> Any:
        part = waiting.pop(0)
        if callable(part):
            return await part()
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await door.take(scope, receive, send)
    if not said:
        return Reply(0, {}, b"")
    fields = {name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]}
    return Reply(said[0]["status"], fields, said[1]["body"])


async def silence() -> Any:
    await asyncio.Event().wait()


async def gone() -> Any:
    return {"type": "http.disconnect"}


both = pytest.mark.parametrize("store", [view, streamed])


def left(house: House) -> list[str]:
    return sorted(path.name for path in (house.data / "evidence").rglob("*") if path.is_file())


def kind(reply: Reply) -> tuple[int, str]:
    assert reply.headers["content-type"] == problems.MEDIA_TYPE
    return reply.status, reply.json()["type"].removeprefix(URN)


def notice(*refs: dict[str, Any], **changes: Any) -> bytes:
    return body(evidence=list(refs), **changes)


def ref(content: bytes = FILE, *, inline: bool = False, name: str = "capture.png") -> dict[str, Any]:
    text = base64.b64encode(content).decode() if inline else None
    return {"name": name, "media_type": "image/png", "sha256": sha(content), "content": text}


# -- Coming in


@both
@pytest.mark.parametrize("size", [0, 1, 65_536, 3 * 1024 * 1024 + 1])
def test_a_file_is_stored_and_its_digest_size_and_end_are_said(house: House, store: Put, size: int) -> None:
    content = os.urandom(size)
    reply = store(content, token=house.token("kominfo", "officer"))
    told = reply.json()
    assert (reply.status, told["sha256"], told["size"], told["expires_at"][-1]) == (201, sha(content), size, "Z")
    assert reply.headers["cache-control"] == "no-store"
    row = Upload.objects.get()
    assert b"".join(vault.opened(row.file, bytes(row.key or b""))) == content


@both
def test_bytes_of_another_digest_are_refused_and_nothing_stays(house: House, store: Put) -> None:
    token = house.token("kominfo", "officer")
    assert kind(store(FILE + b"x", token=token, digest=sha())) == (422, "digest-mismatch")
    assert (left(house), Upload.objects.count()) == ([], 0)
    assert store(FILE, token=token).status == 201
    # Also where the file is stored already.
    assert kind(store(FILE + b"x", token=token, digest=sha())) == (422, "digest-mismatch")
    assert store(FILE, token=token).status == 201


@both
@pytest.mark.parametrize("digest", ["x" * 64, sha().upper(), sha()[:-1], sha() + "0", "%00" * 64, "é" * 64])
def test_an_address_that_is_no_digest_is_refused(house: House, store: Put, digest: str) -> None:
    reply = store(FILE, token=house.token("kominfo", "officer"), digest=digest)
    assert kind(reply) == (422, "bad-field")
    assert reply.pointers == ["/sha256"]


@both
@pytest.mark.parametrize(
    ("who", "status"),
    [
        (("kominfo", "officer"), 201),
        (("telegram", "representative"), 201),
        (("telegram", "reviewer"), 201),
        (("kominfo", "approver"), 403),
        (("isp-a", "engineer"), 403),
        (("auditor", "auditor"), 403),
    ],
)
def test_who_sends_answers_or_decides_notices_uploads(
    house: House, store: Put, who: tuple[str, str], status: int
) -> None:
    assert store(FILE, token=house.token(*who)).status == status


@both
def test_a_token_for_other_deeds_uploads_nothing(house: House, store: Put) -> None:
    from mufakat.rules.permissions import Deed

    assert kind(store(FILE, token=house.token("kominfo", "officer", scopes=[Deed.READ]))) == (403, "not-permitted")
    assert store(FILE, token=house.token("kominfo", "officer", scopes=[Deed.SUBMIT])).status == 201


@both
@pytest.mark.parametrize("token", ["", "unknown"])
def test_nobody_uploads_without_a_token_in_force(house: House, store: Put, token: str) -> None:
    assert kind(store(FILE, token=token)) == (401, "not-authenticated")
    assert left(house) == []


@both
@pytest.mark.parametrize("length", [evidence.LARGEST + 1, 10**17])
def test_a_length_of_more_than_fifty_mebibytes_is_refused_before_a_byte_is_read(
    house: House, store: Put, length: int
) -> None:
    reply = store(b"", token=house.token("kominfo", "officer"), digest=sha(), length=length)
    assert kind(reply) == (413, "too-large")
    assert "50 MiB" in reply.says


@both
def test_bytes_that_are_more_than_allowed_are_counted(
    house: House, store: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "LARGEST", len(FILE) - 1)
    monkeypatch.setattr(door, "length_of", lambda _: None)  # As if it came in chunks.
    assert kind(store(FILE, token=house.token("kominfo", "officer"))) == (413, "too-large")
    assert (left(house), Upload.objects.count()) == ([], 0)
    monkeypatch.setattr(evidence, "LARGEST", len(FILE))
    assert store(FILE, token=house.token("kominfo", "officer")).status == 201


def test_a_body_shorter_than_it_said_is_refused_and_nothing_stays(house: House) -> None:
    reply = streamed(FILE, token=house.token("kominfo", "officer"), length=len(FILE) + 1)
    assert kind(reply) == (400, "truncated")
    assert (left(house), Upload.objects.count()) == ([], 0)


@both
def test_without_room_nothing_is_begun(house: House, store: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    token = house.token("kominfo", "officer")
    monkeypatch.setattr(durability, "free_bytes", lambda: 64 * 1024 * 1024 + len(FILE) - 1)
    assert kind(store(FILE, token=token)) == (507, "disk-full")
    assert left(house) == []
    monkeypatch.undo()
    assert store(FILE, token=token).status == 201


@both
@pytest.mark.parametrize(("error", "status"), [(BusyError("made up"), 503), (DiskFullError("made up"), 507)])
def test_what_the_writer_did_not_take_leaves_no_file(
    house: House, store: Put, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def refused(*_: object, **__: object) -> Any:
        raise error

    token = house.token("kominfo", "officer")
    monkeypatch.setattr(house.writer, "enter", refused)
    monkeypatch.setattr(house.writer, "commit", refused)
    assert store(FILE, token=token).status == status
    assert left(house) == []


@both
def test_who_comes_too_many_is_told_to_come_again(house: House, store: Put) -> None:
    token = house.token("kominfo", "officer")
    with contextlib.ExitStack() as stack:
        for _ in range(door.AT_ONCE):
            stack.enter_context(door.one_place())
        reply = store(FILE, token=token)
        assert (kind(reply), reply.headers["retry-after"]) == ((503, "busy"), "1")
    assert store(FILE, token=token).status == 201


def test_an_upload_that_stands_still_is_given_up_and_nothing_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "STALLED", 0.05)
    token = house.token("kominfo", "officer")
    reply = asyncio.run(sent([FILE, os.urandom(door.PIECE), silence, b""], token=token, digest=sha()))
    assert kind(reply) == (408, "stalled")
    assert (left(house), Upload.objects.count()) == ([], 0)
    assert door.places.acquire(blocking=False)
    door.places.release()


def test_an_upload_that_never_ends_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    monkeypatch.setattr(evidence, "LONGEST", timedelta(seconds=0.2))
    token = house.token("kominfo", "officer")

    async def drip() -> Any:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    reply = asyncio.run(sent([drip] * 10_000, token=token, digest=sha()))
    assert kind(reply) == (408, "stalled")
    assert left(house) == []


def test_a_sender_that_leaves_leaves_nothing(house: House) -> None:
    token = house.token("kominfo", "officer")
    reply = asyncio.run(sent([os.urandom(2 * door.PIECE), gone], token=token, digest=sha()))
    assert (reply.status, left(house), Upload.objects.count()) == (0, [], 0)


def test_a_task_that_is_cancelled_leaves_nothing(house: House) -> None:
    token = house.token("kominfo", "officer")

    async def cancelled() -> None:
        task = asyncio.create_task(sent([os.urandom(2 * door.PIECE), silence], token=token, digest=sha()))
        while not left(house):  # noqa: ASYNC110 - a file on the disk sets no event.
            await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert left(house) == []


def test_a_hundred_uploads_of_one_file_at_once_are_one_row_and_one_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.token("kominfo", "officer")

    async def all_at_once() -> list[Reply]:
        return await asyncio.gather(*(sent([FILE], token=token, digest=sha()) for _ in range(100)))

    replies = asyncio.run(all_at_once())
    statuses = {reply.status for reply in replies}
    assert statuses <= {201, 503}
    assert sum(reply.status == 201 for reply in replies) >= door.AT_ONCE
    assert (Upload.objects.count(), len(left(house))) == (1, 1)
    assert hot(notice(ref()), token=token).status == 201


@pytest.mark.invariant("I-10")
@both
def test_a_party_does_not_learn_that_another_has_the_file(house: House, store: Put) -> None:
    ours, theirs = house.token("kominfo", "officer"), house.token("bnpt", "officer")
    assert store(FILE, token=theirs).status == 201
    unknown, known = (kind(hot(notice(ref(one)), token=ours)) for one in (b"nobody has it", FILE))
    assert unknown == known == (422, "not-admissible")
    assert store(FILE, token=ours).json().keys() == {"sha256", "size", "expires_at"}
    assert len(left(house)) == 2


# -- Going out


def sent_with(house: House, *refs: dict[str, Any], **changes: Any) -> str:
    reply = hot(notice(*refs, **changes), token=house.token("kominfo", "officer"))
    assert reply.status == 201, reply.body
    return str(reply.json()["id"])


def stream(path: str, token: str) -> tuple[int, dict[str, str], bytes]:
    response: Any = Client().get(path, headers=named(token, None, None))
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, {name.lower(): value for name, value in response.items()}, content


def test_a_file_goes_out_as_an_attachment_that_no_browser_shows(house: House) -> None:
    identity = sent_with(house, ref(inline=True, name="../\u202egnp.html"))
    status, headers, content = stream(f"{NOTICES}/{identity}/evidence/0", house.token("telegram", "reviewer"))
    assert (status, content) == (200, FILE)
    assert {name: headers[name] for name in HEADERS} == HEADERS


HEADERS = {
    "content-type": "application/octet-stream",
    "content-length": str(len(FILE)),
    "content-disposition": "attachment; filename=\"__gnp.html\"; filename*=UTF-8''__gnp.html",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def test_the_files_of_a_notice_are_listed(house: House) -> None:
    token = house.token("kominfo", "officer")
    assert streamed(b"uploaded", token=token).status == 201
    identity = sent_with(house, ref(inline=True), ref(b"uploaded", name="second.txt"))
    listed = get(f"{NOTICES}/{identity}/evidence", token).json()["items"]
    assert listed == [
        {
            "position": place,
            "state": "held",
            "name": name,
            "media_type": "image/png",
            "size": len(content),
            "sha256": sha(content),
        }
        for place, (name, content) in enumerate([("capture.png", FILE), ("second.txt", b"uploaded")])
    ]


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("way", ["evidence", "evidence/0"])
def test_a_stranger_finds_neither_list_nor_file(house: House, way: str) -> None:
    identity = sent_with(house, ref(inline=True))
    reply = get(f"{NOTICES}/{identity}/{way}", house.token("bnpt", "officer"))
    assert kind(reply) == (404, "not-found")
    assert kind(get(f"{NOTICES}/{identity}/{way}")) == (401, "not-authenticated")


@pytest.mark.invariant("I-15")
def test_what_was_only_named_by_its_digest_has_no_bytes(house: House) -> None:
    token = house.token("kominfo", "officer")
    assert streamed(FILE, token=token).status == 201
    identity = sent_with(house, ref(), category="child_sexual_abuse")
    assert get(f"{NOTICES}/{identity}/evidence", token).json()["items"][0]["state"] == "digest_only"
    assert kind(get(f"{NOTICES}/{identity}/evidence/0", token)) == (404, "not-found")


@pytest.mark.parametrize("position", ["1", "99999999999999999999", "-1"])
def test_a_place_without_a_file_is_not_found(house: House, position: str) -> None:
    identity = sent_with(house, ref(inline=True))
    reply = get(f"{NOTICES}/{identity}/evidence/{position}", house.token("kominfo", "officer"))
    assert kind(reply) == (404, "not-found")


def test_a_place_that_is_no_number_is_a_bad_field(house: House) -> None:
    identity = sent_with(house, ref(inline=True))
    reply = get(f"{NOTICES}/{identity}/evidence/first", house.token("kominfo", "officer"))
    assert kind(reply) == (422, "bad-field")


def test_an_erased_file_answers_with_the_receipt(house: House) -> None:
    from mufakat.server.journal import door as journal

    identity = sent_with(house, ref(inline=True))
    journal.commit(lambda moment: evidence.destroy_keys([identity], moment))
    token = house.token("kominfo", "officer")
    reply = get(f"{NOTICES}/{identity}/evidence/0", token)
    assert kind(reply) == (410, "erased")
    assert reply.json()["receipt"].startswith("mufakat/custody/v1")
    assert get(f"{NOTICES}/{identity}/evidence", token).json()["items"][0]["state"] == "erased"


def test_a_file_that_was_tampered_with_gives_not_one_byte(house: House, caplog: pytest.LogCaptureFixture) -> None:
    identity = sent_with(house, ref(inline=True))
    path = vault.place(left(house)[0])
    path.write_bytes(path.read_bytes()[:-1] + b"\0")  # In its last chunk: the first ones still open.
    reply = get(f"{NOTICES}/{identity}/evidence/0", house.token("kominfo", "officer"))
    assert kind(reply) == (500, "evidence-damaged")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["evidence is damaged"]


def test_reading_changes_nothing(house: House) -> None:
    from tests.server.api.doors import rows

    identity = sent_with(house, ref(inline=True))
    token = house.token("kominfo", "officer")
    before = rows(), left(house)
    stream(f"{NOTICES}/{identity}/evidence/0", token)
    get(f"{NOTICES}/{identity}/evidence", token)
    assert (rows(), left(house)) == before


@pytest.mark.parametrize("media_type", ["image", "text/html; charset=utf-8", "../x", "a/b\nSet-Cookie: x=1", ""])
def test_a_media_type_that_is_none_is_refused(house: House, media_type: str) -> None:
    token = house.token("kominfo", "officer")
    assert streamed(FILE, token=token).status == 201
    reply = hot(notice({**ref(), "media_type": media_type}), token=token)
    assert (reply.status, reply.pointers) == (422, ["/evidence/0/media_type"])


def test_the_batch_takes_uploaded_files(house: House) -> None:
    import json

    token = house.token("kominfo", "officer")
    assert streamed(FILE, token=token).status == 201
    items = [json.loads(notice(ref())), json.loads(notice(ref(b"nowhere")))]
    reply = put(f"{NOTICES}/batch", {"notices": items}, token, key="b1")
    assert [one["status"] for one in reply.json()["items"]] == [201, 422]
