"""What a client does about agreements: a part of ``Client``, which knows how to ask."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from mufakat.proof import canonical
from mufakat.rules import agreement_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mufakat.proof.key import SigningKey


class Agreements(ABC):
    """Open talks, answer proposals, show evidence, and read what is in force."""

    def open_talks(self, agreement: Mapping[str, Any] | bytes, *, key: str | None = None) -> Mapping[str, Any]:
        """Open talks with the first proposals; repeated with the same key they are the same talks.

        Raises ProblemError with everything that collides.
        """
        return self._sent("agreements", agreement, key)

    def act_on_point(
        self, agreement: str, point: str, act: Mapping[str, Any] | bytes, *, key: str | None = None
    ) -> Mapping[str, Any]:
        """Propose, counter, agree, decline or withdraw: ``{"act": "counter", "proposal": 2, "terms": {...}}``."""
        return self._sent(f"{_place(agreement)}/points/{quote(point, safe='')}", act, key)

    def agree(  # noqa: PLR0913 - to what, with which words and key.
        self,
        agreement: str,
        point: str,
        *,
        proposal: int,
        note: str = "",
        signer: SigningKey | None = None,
        key: str | None = None,
    ) -> Mapping[str, Any]:
        """Sign a proposal that you have read, by its number; with a key that your party enrolled, by that too.

        Raises LookupError where the proposal is not on the table any more.
        """
        act: dict[str, Any] = {"act": "agree", "proposal": proposal, "note": note}
        if signer is not None:
            act["signed"] = signed_with(signer, self.agreement(agreement), point, proposal)
        return self.act_on_point(agreement, point, act, key=key)

    def show_evidence(
        self, agreement: str, point: str, shown: Mapping[str, Any] | bytes, *, key: str | None = None
    ) -> Mapping[str, Any]:
        """Hand in what a point asks for, as its owner; or say, as another side, that it is kept (``confirms``)."""
        return self._sent(f"{_place(agreement)}/points/{quote(point, safe='')}/evidence", shown, key)

    def end_agreement(self, agreement: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """End an agreement, or the talks."""
        return self._sent(f"{_place(agreement)}/ending", {"reason": reason}, key)

    def agreement(self, agreement: str) -> Mapping[str, Any]:
        """One agreement: every point with its thread of proposals and signatures."""
        return self._get(f"/api/v1/{_place(agreement)}")

    def agreement_version(self, agreement: str, number: int) -> Mapping[str, Any]:
        """What was in force by a version, as a notice cites it."""
        return self._get(f"/api/v1/{_place(agreement)}/versions/{number}")

    def rehearsal(self, agreement: str, *, notices: int | None = None, profile: str = "") -> Mapping[str, Any]:
        """How your newest notices with the others would have met the clocks on the table, or those of a profile."""
        asked = {"notices": "" if notices is None else str(notices), "profile": profile}
        query = urlencode({name: value for name, value in asked.items() if value})
        return self._get(f"/api/v1/{_place(agreement)}/rehearsal" + (f"?{query}" if query else ""))

    def agreements(self, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """Your party's agreements and talks, newest first, fetched page by page as you go."""
        yield from self._pages("/api/v1/agreements", {"state": state})

    def _sent(self, place: str, told: Mapping[str, Any] | bytes, key: str | None) -> Mapping[str, Any]:
        return self._moved(place, told, key or secrets.token_urlsafe(24))

    @abstractmethod
    def _moved(self, place: str, told: Mapping[str, Any] | bytes, key: str | None) -> Mapping[str, Any]:
        """POST a deed and give the answer."""

    @abstractmethod
    def _get(self, path: str) -> Mapping[str, Any]:
        """GET an object."""

    @abstractmethod
    def _pages(self, path: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """GET every item of a list."""


def _place(agreement: str) -> str:
    return f"agreements/{quote(agreement, safe='')}"


def signed_with(signer: SigningKey, agreement: Mapping[str, Any], point: str, proposal: int) -> dict[str, str]:
    """The signature by a key of the party's, over what the agreement shows; the digest is worked out here.

    Raises LookupError where the proposal is not on the table any more.
    """
    text = agreement_text.text_in(agreement, point, proposal)
    return {"key": signer.vkey, "signature": canonical.to_base64(signer.sign(text.encode()))}
