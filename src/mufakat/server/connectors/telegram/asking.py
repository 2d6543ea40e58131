"""The platform's instance of Mufakat, as the bot asks it: a verdict for an item, and what was decided about hits since.

All of its HTTP is here. What a server can do to us is bounded: the bytes of an answer and its time; a redirect is not
followed, because the token goes to this server alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec
from msgspec import Meta, Struct

from mufakat.rules.filtering import HitState  # noqa: TC001 - msgspec evaluates a struct's annotations.
from mufakat.screening.item import Action  # noqa: TC001 - the same.
from mufakat.server.connectors.platform.errors import ConnectorError, LaterError, LockedOutError

if TYPE_CHECKING:
    from pathlib import Path
    from ssl import SSLContext

    from mufakat.screening.item import Item

LARGEST: Final = 1024 * 1024  # Bytes of an answer.
PATIENCE: Final = 30.0  # Seconds for one answer.
AGAIN: Final = frozenset({409, 425, 429, 500, 502, 503, 504, 507})
LONGEST: Final = 300.0  # Seconds that the server may tell us to wait.

Code = Annotated[str, Meta(max_length=200)]


class ItemRefusedError(ConnectorError):
    """The engine does not take this item, and says why: asking again changes nothing."""


class Answered(Struct, frozen=True, kw_only=True):
    """A verdict. `hit` and `state` are there where it is in the platform's books: what follows goes by the state."""

    item: str
    action: Action
    rule: Code | None = None
    policy: Code | None = None
    hit: Code | None = None
    state: HitState | None = None


class Told(Struct, frozen=True):
    """An event that the platform was told."""

    id: str
    type: str
    data: dict[str, Any]


class _Page(Struct, frozen=True):
    items: list[Told]
    next: str | None = None


_ANSWER: Final = msgspec.json.Decoder(Answered)
_PAGE: Final = msgspec.json.Decoder(_Page)
_PROBLEM: Final = msgspec.json.Decoder(dict[str, Any])


def check_url(url: str) -> None:
    """ValueError where this is no address of a server."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the address of a server begins with https:// or http://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the address of a server holds no user, question mark or fragment")


class Engine:
    """One server and one token, which is read from its file anew when it is refused."""

    def __init__(self, url: str, token_file: Path, context: SSLContext | None = None) -> None:
        check_url(url)
        self._url = url.rstrip("/")
        self._file = token_file
        self._token = read_token(token_file)
        self._context = context
        self._session: aiohttp.ClientSession | None = None

    async def screen(self, item: Item) -> Answered:
        """The verdict. Raises LaterError, LockedOutError, ItemRefusedError."""
        raw = await self._ask("POST", "/api/v1/screen", msgspec.json.encode(item))
        try:
            return _ANSWER.decode(raw)
        except msgspec.MsgspecError as error:
            raise LaterError(f"the verdict cannot be read: {error}") from None

    async def events(self, after: str | None) -> tuple[list[Told], bool]:
        """What the platform was told since, oldest first, and whether there is more."""
        raw = await self._ask("GET", f"/api/v1/events?{urlencode({'after': after or ''})}", None)
        try:
            page = _PAGE.decode(raw)
        except msgspec.MsgspecError as error:
            raise LaterError(f"the events cannot be read: {error}") from None
        return page.items, page.next is not None

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, path: str, body: bytes | None, *, renewed: bool = False) -> bytes:
        session, token = self._opened(), self._token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            async with session.request(
                method, self._url + path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status, wait = answer.status, answer.headers.get("Retry-After", "")
                raw = await answer.content.read(LARGEST + 1)
                while len(raw) <= LARGEST and (more := await answer.content.read(LARGEST + 1 - len(raw))):
                    raw += more
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LaterError(f"the platform's server does not answer ({type(error).__name__})") from None
        if status == 401 and not renewed and self._renewed(token):
            return await self._ask(method, path, body, renewed=True)
        if 200 <= status < 300 and len(raw) <= LARGEST:
            return raw
        raise _refusal(status, wait, raw)

    def _renewed(self, before: str) -> bool:
        """Whether the token is another one now: in its file, or because somebody else read it meanwhile."""
        if self._token == before:
            self._token = read_token(self._file)
        return self._token != before

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=64, ssl=self._context or True)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE), auto_decompress=False
            )
        return self._session


def _refusal(status: int, wait: str, raw: bytes) -> ConnectorError:
    try:
        problem = _PROBLEM.decode(raw)
    except msgspec.MsgspecError:
        problem = {}
    listed = problem.get("errors")
    parts = [str(problem.get("detail") or f"it answered {status}")]
    parts += (
        [str(one.get("detail", "")) for one in listed[:5] if isinstance(one, dict)] if isinstance(listed, list) else []
    )
    said = "".join(one if one.isprintable() else "?" for one in "; ".join(parts)[:500])
    if status in {401, 403, 404}:
        return LockedOutError(f"the platform's server refuses the token ({status}): {said}")
    if status in AGAIN or status < 400 or len(raw) > LARGEST:
        return LaterError(f"the platform's server: {said}", min(float(wait), LONGEST) if wait.isdecimal() else None)
    return ItemRefusedError(said)


def read_token(file: Path) -> str:
    """The token in a file: one word. ValueError, without the word, where it is none; OSError."""
    token = file.read_text(encoding="ascii", errors="replace").strip()
    if not token or len(token) > 4_096 or not all("!" <= sign <= "~" for sign in token):
        raise ValueError(f"{file} holds no token: one word of visible ASCII characters")
    return token
