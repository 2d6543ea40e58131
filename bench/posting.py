"""The floor: the HTTP client alone posts the same bodies with the same headers, as many at once (bench.delivery)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime

import aiohttp

from mufakat.formats import webhook

AT_ONCE = 8
SECRET = webhook.Secret(b"a secret of this bench, 32 bytes")


async def post(urls: list[str], each: int) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    body = webhook.payload("token.issued", datetime.now(UTC), {"event": "evt_" + "0" * 26, "case": "pty_" + "0" * 26})
    made = [
        (url, webhook.headers(f"msg_{number}_{place}", body, keys=[SECRET], at=datetime.now(UTC)))
        for number in range(each)
        for place, url in enumerate(urls)
    ]
    sent = iter(made)
    connector = aiohttp.TCPConnector(limit_per_host=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:

        async def walk() -> None:
            for url, headers in sent:
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()

        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(walk() for _ in range(AT_ONCE)))
        return time.perf_counter() - started, time.process_time() - cpu


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    took, cpu = asyncio.run(post(told["urls"], told["each"]))
    print(json.dumps({"took": took, "cpu": cpu}))
