"""What a client does about policies and samples: a part of ``Client``, which knows how to ask."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlencode

from mufakat.client.asking import Asking
from mufakat.client.errors import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SAMPLES = "/api/v1/samples"
BUSY = 503
PATIENCE = 600.0  # Seconds for which the answer to a back-test is waited for.


class Policies(Asking):
    """Propose a version of a policy, try it on samples, run it in shadow, promote it as a second person, end it."""

    # -- Versions ------------------------------------------------------------------------------------------------------

    def propose_policy(self, text: str | bytes, *, note: str = "", key: str | None = None) -> Mapping[str, Any]:
        """Propose a version, as YAML. The same text of the same version is the same proposal.

        Raises ProblemError with every fault of the text and its line.
        """
        told = text.decode() if isinstance(text, bytes) else text
        return self._moved("policies", {"text": told, "note": note}, key)

    def shadow_policy(self, policy: str, *, note: str = "", key: str | None = None) -> Mapping[str, Any]:
        """Let it judge beside the live one: it does nothing, and what it would do is counted (`policy_counts`)."""
        return self._moved(f"{_place(policy)}/shadow", {"note": note}, key)

    def try_policy(
        self,
        policy: str,
        *samples: str,
        live: bool = False,
        patience: float = PATIENCE,
        key: str | None = None,
    ) -> Mapping[str, Any]:
        """Try it on samples, beside the policy that is live now: the back-test with its table of differences.

        It takes as long as the samples are: it is asked for again, under the same key, for so many seconds. ``live``:
        as if every rule of it were live.
        """
        made, until = key or secrets.token_urlsafe(24), time.monotonic() + patience
        while True:
            try:
                return self._moved(f"{_place(policy)}/backtests", {"samples": list(samples), "live": live}, made)
            except ProblemError as problem:
                if problem.status != BUSY or time.monotonic() >= until:
                    raise

    def promote_policy(
        self, policy: str, *, backtest: str, note: str = "", key: str | None = None
    ) -> Mapping[str, Any]:
        """Let it go live on the figures of a back-test, as somebody else than who proposed it; the one before ends.

        ``banks_changed`` in the answer names the banks that were changed since the back-test.
        """
        return self._moved(f"{_place(policy)}/promotion", {"backtest": backtest, "note": note}, key)

    def decline_policy(self, policy: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Say no to a version that is proposed or in shadow."""
        return self._moved(f"{_place(policy)}/refusal", {"reason": reason}, key)

    def end_policy(
        self, policy: str, *, reason: str, restore: bool = False, key: str | None = None
    ) -> Mapping[str, Any]:
        """Take the live version back at once; with ``restore`` everything that it hit is undone."""
        return self._moved(f"{_place(policy)}/end", {"reason": reason, "restore": restore}, key)

    def policy(self, policy: str) -> Mapping[str, Any]:
        """One version: its text, its rules, its back-tests, and how it stands."""
        return self._get(f"/api/v1/{_place(policy)}")

    def policies(self, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """The versions of your platform's policies, newest first, fetched page by page as you go."""
        yield from self._pages("/api/v1/policies", {"state": state})

    def backtest(self, policy: str, backtest: str) -> Mapping[str, Any]:
        """One back-test of a version, with its table."""
        return self._get(f"/api/v1/{_place(policy)}/backtests/{quote(backtest, safe='')}")

    def policy_counts(self, policy: str) -> Iterator[Mapping[str, Any]]:
        """How many items a day each rule hit, or would have hit in shadow, newest day first."""
        yield from self._pages(f"/api/v1/{_place(policy)}/counts", {})

    # -- Samples -------------------------------------------------------------------------------------------------------

    def add_sample(self, file: Path | str | BinaryIO, *, name: str, key: str | None = None) -> Mapping[str, Any]:
        """Hand in items of the past, an item a line, at most 50 MiB; nothing of the file is held in memory.

        Lines that are marked private are refused and counted (``private``), as are lines that are no items.
        """
        return self._handed_in(f"{SAMPLES}?{urlencode({'name': name})}", file, "application/x-ndjson", key)

    def samples(self) -> Iterator[Mapping[str, Any]]:
        """The samples of your platform, newest first, those that were erased too."""
        yield from self._pages(SAMPLES, {})

    def sample(self, sample: str) -> Mapping[str, Any]:
        """One sample: how many items it holds, and until when."""
        return self._get(f"{SAMPLES}/{quote(sample, safe='')}")

    def erase_sample(self, sample: str, *, key: str | None = None) -> Mapping[str, Any]:
        """Erase a sample now; its back-tests then name no item of it any more."""
        return self._moved(f"samples/{quote(sample, safe='')}/erasure", {}, key)


def _place(policy: str) -> str:
    return f"policies/{quote(policy, safe='')}"
