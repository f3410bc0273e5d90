"""From which source is this item, and how is that proved?

Trust:      From: and everything else in a mail are a stranger's; signatures were verified before.
Standards:  RFC 6376; alignment with From: as RFC 7489 section 3.1.1 (relaxed: one organisational domain).
Answers:    ``Naming(loops).of(told)`` gives a ``SeenSource``.
Limits:     a source without proof is named after the domain it claims, so that its share of nonsense can be shown.
"""

from collections.abc import Iterable, Mapping

from comity.formats.domains import organisation_of, same_organisation
from comity.model.record import record
from comity.model.source import JoinedLoop, Proof, SeenSource

HANDED = "hand"  # a file without any address, handed over by the operator
NAME_LIMIT = 120


@record
class Told:
    """What is known of one item before anybody asks what it says."""

    header_from: str | None
    signed_by: Mapping[str, str]  # domain and selector of signatures that were verified
    peer: str | None = None  # the signer, where there is an agreement with it
    token: str | None = None  # the program that handed it over
    author: str | None = None  # the one address that a signed mail is from, in small letters


class Naming:
    """Names sources."""

    def __init__(self, loops: Iterable[JoinedLoop] = ()) -> None:
        self._loops = tuple(loops)

    def of(self, told: Told) -> SeenSource:
        """The source.

        >>> loops = [JoinedLoop(name="jmrp", domains=("west.example",))]
        >>> Naming(loops).of(Told(header_from="staff@west.example", signed_by={"west.example": "s1"}))
        SeenSource(name='loop:jmrp', proof=<Proof.LOOP: 'loop'>, selector='s1')
        >>> Naming(loops).of(Told(header_from="staff@west.example", signed_by={})).name
        'mail:west.example'
        """
        claimed = (told.header_from or "").rpartition("@")[2].strip("<> \t").lower()
        if not claimed.isprintable():  # a name is looked up as it was written down, and no store takes every sign
            claimed = "".join(each if each.isprintable() else "\ufffd" for each in claimed)
        if told.peer is not None and same_organisation(told.peer, claimed):
            return SeenSource(
                name=f"peer:{told.peer}"[:NAME_LIMIT], proof=Proof.PEER, selector=told.signed_by.get(told.peer)
            )
        for loop in self._loops:
            if loop.reports_from and told.author not in loop.reports_from:
                continue  # a user of its mailboxes
            for domain, selector in told.signed_by.items():
                if _lies_in(domain, loop.domains) and same_organisation(domain, claimed):
                    return SeenSource(name=f"loop:{loop.name}"[:NAME_LIMIT], proof=Proof.LOOP, selector=selector)
        if told.token is not None:
            return SeenSource(name=f"token:{told.token}"[:NAME_LIMIT], proof=Proof.TOKEN)
        organisation = organisation_of(claimed)
        return SeenSource(name=f"mail:{organisation}"[:NAME_LIMIT] if organisation else HANDED, proof=Proof.NONE)


def _lies_in(domain: str, domains: Iterable[str]) -> bool:
    return any(domain == each or domain.endswith(f".{each}") for each in domains)
