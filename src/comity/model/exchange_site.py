"""Where a peer exchanges its ledger."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSite:
    """One peer: its domain, the address of its exchange, and the certificate that is trusted there.

    >>> str(ExchangeSite(peer="east.example", url="https://peers.east.example:8473"))
    'east.example https://peers.east.example:8473'
    """

    peer: str
    url: str
    trusted: str | None = None  # a path

    def __str__(self) -> str:
        return " ".join(str(each) for each in (self.peer, self.url, self.trusted) if each is not None)
