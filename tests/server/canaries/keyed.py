"""Keys of parties: public lines that bear a handle, and signatures; only why a key was retired is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.canaries.world import World

SIGNED = "a signature, or the salt and label beside it"
UNPLANTED = {
    "PartyKeyIn.vkey": "a public key, which bears its party's handle as its name",
    **{f"PartyKeyIn.{name}": SIGNED for name in ("salt", "signatures[].k", "signatures[].s")},
    **{f"BatchIn.signatures[].{name}": SIGNED for name in ("k", "s", "salt")},
    "header Mufakat-Signature": SIGNED,
    "path key": "an id: the crawl asks for one",
}
PLAIN = {
    "of what was signed: a label made of a handle, ids, a digest": {
        *("PartyKey.label", "PartyKey.retired_event", "Statement.mark", "Statement.event"),
    },
}
KEY = "key_00000000000000000000000000"


def refused(world: World) -> list[str]:
    """Deeds on every party's keys, which are refused."""
    handles = sorted({handle for handle, _ in world.people})
    return [
        f"/api/v1/parties/{handle}/keys{deed}"
        for handle in handles
        for deed in ("", f"/{KEY}/retirement", "/requirement")
    ]
