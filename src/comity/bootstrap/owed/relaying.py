"""Join what a national hub needs: the ways to members that others reach through it.

Answers:    ``relays(settings)`` gives what is done with a message for each member, by domain: path and body in, status and
            answer out.
Limits:     to members that the settings name and to nobody else, one hop. What is handed on is signed by its sender and looked at
            by its receiver; a hub can hold a message back, which shows as leaves without a receipt, but changes none.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.peers.client import PeerClient

Relay = Callable[[str, bytes], tuple[int, Mapping[str, object]]]


def relays(settings: Settings) -> dict[str, Relay]:
    """The ways."""
    if not settings.exchange.relay_to:
        return {}
    from comity.outlets.peers.client import PeerClient

    return {site.peer: partial(_hand_on, PeerClient(site)) for site in settings.exchange.relay_to}


def _hand_on(client: "PeerClient", path: str, data: bytes) -> tuple[int, Mapping[str, object]]:
    status, said = client.relay(path, data)
    return (status, said) if status else (502, {"error": "peer-unreachable"})
