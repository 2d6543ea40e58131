"""What a client does about restrictions: a part of ``Client``, which knows how to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mufakat.client.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = "/api/v1/restrictions"


class Restrictions(Asking):
    """Propose to close names, approve, answer, carry out and lift; ask whether a name is closed; name the resolvers."""

    # -- Orders --------------------------------------------------------------------------------------------------------

    def propose_restriction(self, order: Mapping[str, Any] | bytes, *, key: str | None = None) -> Mapping[str, Any]:
        """Propose an order to close names; repeated with the same key it is the same order.

        Raises ProblemError with every name and field that cannot be taken, each with its reason.
        """
        return self._moved("restrictions", order, key)

    def approve_restriction(self, restriction: str, *, note: str = "", key: str | None = None) -> Mapping[str, Any]:
        """Agree, as a second or a third person. Where the guard asks for reasons, the note holds them."""
        return self._moved(f"{_place(restriction)}/approval", {"note": note}, key)

    def refuse_restriction(self, restriction: str, *, note: str, key: str | None = None) -> Mapping[str, Any]:
        """Say no to an order as an approver, with the reason. Its own side takes it back by `lift_restriction`."""
        return self._moved(f"{_place(restriction)}/approval", {"note": note, "refuse": True}, key)

    def object_to_restriction(self, restriction: str, *, note: str, key: str | None = None) -> Mapping[str, Any]:
        """Answer an order as the platform that it concerns."""
        return self._moved(f"{_place(restriction)}/objection", {"note": note}, key)

    def lift_restriction(
        self, restriction: str, *, note: str = "", names: Sequence[str] = (), key: str | None = None
    ) -> Mapping[str, Any]:
        """Open it again at once: the whole of it, or these names alone. One act of one person.

        An order that is not on the lists yet is taken back so.
        """
        told: dict[str, Any] = {"note": note} if not names else {"note": note, "names": list(names)}
        return self._moved(f"{_place(restriction)}/lifting", told, key)

    def confirm_restriction(
        self, restriction: str, *, note: str = "", opened: bool | None = None, key: str | None = None
    ) -> Mapping[str, Any]:
        """Say as an operator that it is carried out; or, once it is off your list, that you opened it.

        ``opened`` says which of the two you mean: it may be lifted meanwhile.
        """
        told: dict[str, Any] = {"note": note} if opened is None else {"note": note, "opened": opened}
        return self._moved(f"{_place(restriction)}/confirmation", told, key)

    def restriction(self, restriction: str) -> Mapping[str, Any]:
        """One restriction, as far as your party may see it."""
        return self._get(f"/api/v1/{_place(restriction)}")

    def restrictions(self, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """The restrictions that concern your party, newest first, fetched page by page as you go."""
        yield from self._pages(HERE, {"state": state})

    def restriction_matrix(self, restriction: str) -> Mapping[str, Any]:
        """How each name stands at each operator, as its resolvers answer: closed or open, and since when."""
        return self._get(f"/api/v1/{_place(restriction)}/matrix")

    def closed_name(self, name: str) -> Mapping[str, Any]:
        """Whether exactly this name is closed, by whom, why, until when, and how to object. Anybody may ask."""
        return self._get(f"{HERE}/names/{quote(name, safe='')}")

    # -- What is never closed, and who is asked ------------------------------------------------------------------------

    def protected_names(self) -> Iterator[Mapping[str, Any]]:
        """The names that are never closed, fetched page by page as you go."""
        yield from self._pages("/api/v1/protected-names", {})

    def protect_name(self, name: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Put a name on the list of those that are never closed."""
        return self._moved("protected-names", {"name": name, "reason": reason}, key)

    def release_name(self, name: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Take a name off that list."""
        return self._moved(f"protected-names/{quote(name, safe='')}/release", {"reason": reason}, key)

    def resolvers(self) -> Iterator[Mapping[str, Any]]:
        """The resolvers of your party that are asked, fetched page by page as you go."""
        yield from self._pages("/api/v1/resolvers", {})

    def set_resolver(self, address: str, *, port: int = 53, key: str | None = None) -> Mapping[str, Any]:
        """Name a resolver of your party. It counts once it was seen to filter the name that is always on your lists."""
        return self._moved("resolvers", {"address": address, "port": port}, key)

    def remove_resolver(self, resolver: str, *, key: str | None = None) -> Mapping[str, Any]:
        """Ask a resolver no more."""
        return self._moved(f"resolvers/{quote(resolver, safe='')}/removal", {}, key)


def _place(restriction: str) -> str:
    return f"restrictions/{quote(restriction, safe='')}"
