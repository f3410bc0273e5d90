"""Join what a national hub needs: the ways to members that others reach through it.

Answers:    ``relays(settings)`` gives what is done with a message for each member, by domain: path and body in, status and
            answer out.
Limits:     to members that the settings name and to nobody else, one hop. What is handed on is signed by its sender and looked at
            by its receiver; a hub can hold a message back, which shows as leaves without a receipt, but changes none.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from comity.services.prove.leaves.refusals import no_answer
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.exchange_site import ExchangeSite

Relay = Callable[[str, bytes], tuple[int, Mapping[str, object]]]


def relays(settings: Settings) -> dict[str, Relay]:
    """The ways."""
    if not settings.exchange.relay_to:
        return {}
    return {site.peer: partial(_hand_on, site) for site in settings.exchange.relay_to}


def _hand_on(site: "ExchangeSite", path: str, data: bytes) -> tuple[int, Mapping[str, object]]:
    from comity.outlets.peers.client import PeerClient

    with closing(PeerClient(site)) as client:  # one for each message: several come at once
        status, said = client.relay(path, data)
    return (status, said) if status else (502, {"error": no_answer(said)})
