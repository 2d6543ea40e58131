"""Carries a parcel by HTTP, once, and believes nothing that comes back.

What a stranger's address may do to us is bounded here: fifteen seconds, 64 KiB of answer, no redirect, no cookie, no
decompression, no proxy of the environment, and no connection to an address that is not public. The guard stands at the
opening of the socket, where the very address that is connected to is in hand: a name that resolves to another address
a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from mufakat import __version__
from mufakat.formats import webhook
from mufakat.rules import egress
from mufakat.rules.egress import BadAddressError
from mufakat.server.connectors.carriers import Fate, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.rules.egress import Policy
    from mufakat.server.connectors.carriers import Parcel

TOTAL = 15.0  # Seconds for one attempt, from the name to the last byte that is read.
ANSWER = 64 * 1024  # Bytes of an answer that are read, so that its connection can be used again.
REST = 1.0  # Seconds for them; the status is known by then.
CONNECTIONS = 512
OF_ONE_HOST = 16
IDLE = 15.0  # Seconds that a connection waits for the next parcel.
NAMES = 32  # Look-ups of names at once: a slow name server holds up those who use it.
AGENT = f"Mufakat/{__version__}"


class RefusedAddressError(OSError):
    """The guard's word, in the family of errors that opening a socket has."""


class Resolver(AbstractResolver):
    """The system's, in threads of its own, giving nothing on to which no connection may be opened."""

    def __init__(self, refusal: Callable[[str, int], str | None]) -> None:
        self._refusal = refusal
        self._threads = ThreadPoolExecutor(NAMES, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a name that may be asked; raises where there is none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        good: list[ResolveResult] = []
        why = "it has no address"
        for kind, _, proto, _, address in found:
            if (refused := self._refusal(str(address[0]), port)) is not None:
                why = refused
                continue
            good.append(
                ResolveResult(
                    hostname=host,
                    host=str(address[0]),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not good:
            raise RefusedAddressError(why)
        return good

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class WebhookCarrier:
    """Standard Webhooks over aiohttp. Made and closed in one event loop."""

    name = "webhook"

    def __init__(self, policy: Policy, *, clock: Callable[[], datetime] | None = None, total: float = TOTAL) -> None:
        self._policy = policy
        self._total = total
        self._clock = clock or (lambda: datetime.now(UTC))
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def carry(self, parcel: Parcel) -> Outcome:
        """POST it, and say what the status says."""
        try:
            url = self._checked(parcel.address)
        except BadAddressError as error:
            return Outcome(Fate.DEAD, str(error))
        if not parcel.keys:
            return Outcome(Fate.RETRY, "its secret cannot be opened here; give it a new one")
        keys = [webhook.Secret(raw) for raw in parcel.keys]
        headers = webhook.headers(parcel.delivery, parcel.body, keys=keys, at=self._clock())
        try:
            async with asyncio.timeout(self._total):
                return await self._post(url, parcel.body, headers)
        except TimeoutError:
            return Outcome(Fate.RETRY, f"no answer within {self._total:.0f} s")
        except aiohttp.ClientConnectorError as error:
            return Outcome(Fate.RETRY, _words(error.os_error))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(Fate.RETRY, _words(error))

    async def close(self) -> None:
        """Let every connection go."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _checked(self, text: str) -> URL:
        """Judge the URL anew: the operator may allow less than when it was set."""
        target = egress.read_url(text, policy=self._policy)
        url = URL(target.url, encoded=True)
        if (url.scheme, url.port, url.raw_host) != (target.scheme, target.port, target.host):
            raise BadAddressError("Two readers of this URL disagree about where it leads.")
        return url

    async def _post(self, url: URL, body: bytes, headers: dict[str, str]) -> Outcome:
        sent = {**headers, "Content-Type": "application/json"}
        async with self._session(url.scheme).post(url, data=body, headers=sent, allow_redirects=False) as answer:
            outcome = self._outcome(answer)
            await _drain(answer)
            return outcome

    def _outcome(self, answer: aiohttp.ClientResponse) -> Outcome:
        status = answer.status
        if 200 <= status < 300:
            return Outcome(Fate.DELIVERED, "", status)
        if status == 410:
            return Outcome(Fate.GONE, "it answered 410: it wants nothing any more", status)
        if 300 <= status < 400:
            return Outcome(Fate.RETRY, f"it answered {status}: redirects are not followed", status)
        after = webhook.retry_after(answer.headers.get("Retry-After"), at=self._clock())
        return Outcome(Fate.RETRY, f"it answered {status}", status, after)

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        """One for each scheme, because the guard of a socket sees its address and not its scheme."""
        found = self._sessions.get(scheme)
        if found is None:
            found = self._sessions[scheme] = self._opened(scheme)
        return found

    def _opened(self, scheme: str) -> aiohttp.ClientSession:
        def refusal(address: str, port: int) -> str | None:
            return egress.refusal(address, scheme=scheme, port=port, policy=self._policy)

        def guarded(found: tuple[Any, ...]) -> socket.socket:
            family, kind, proto, _, address = found
            if why := refusal(str(address[0]), int(address[1])):
                raise RefusedAddressError(why)
            return socket.socket(family=family, type=kind, proto=proto)

        connector = aiohttp.TCPConnector(
            resolver=Resolver(refusal),
            socket_factory=guarded,
            limit=CONNECTIONS,
            limit_per_host=OF_ONE_HOST,
            keepalive_timeout=IDLE,
            ttl_dns_cache=10,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),  # `asyncio.timeout` around all of it.
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
        )


async def _drain(answer: aiohttp.ClientResponse) -> None:
    """Read a short answer to its end; a long or slow one costs its connection and no more."""
    left = ANSWER
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(REST):
            while part := await answer.content.readany():
                left -= len(part)
                if left < 0:
                    break
            else:
                return
    answer.close()


def _words(error: BaseException) -> str:
    """What went wrong, in words of ours: what a stranger's server says is not repeated."""
    if isinstance(error, RefusedAddressError):
        return str(error)
    if isinstance(error, socket.gaierror):
        return "its name has no address"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, aiohttp.ClientSSLError):
        return "its certificate does not hold"
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return "the connection broke"
    return f"no proper answer ({type(error).__name__})"


def host_of(url: str) -> str:
    """The host of an endpoint, for people: the rest of a URL may hold a secret."""
    return urlsplit(url).netloc
