"""On which terms mail is taken in.

Answers:    ``GateTerms``; ``GateTerms.takes(address)`` says whether mail for an address is ours to take; ``Budget`` counts bytes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """For whom, how large, how many, how long. ``mailboxes`` are in lower case; ``@domain`` means all of a domain."""

    name: str
    mailboxes: frozenset[str]
    size: int = 10 << 20
    recipients: int = 100
    connections: int = 100
    timeout: float = 300

    def takes(self, address: str) -> bool:
        """Whether feedback for this address is ours; ``box+anything@domain`` arrives in ``box@domain``.

        >>> terms = GateTerms(name="mx.west.example", mailboxes=frozenset({"fbl@west.example", "@abuse.west.example"}))
        >>> [terms.takes(each) for each in ("FBL@west.example", "fbl+7@West.Example", "x@abuse.west.example", "x@west.example")]
        [True, True, True, False]
        """
        local, _, domain = address.lower().rpartition("@")
        box = local.partition("+")[0]
        return any(each in self.mailboxes for each in (f"{local}@{domain}", f"{box}@{domain}", f"@{domain}"))


class Budget:
    """How many bytes all connections together may hold."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> bool:
        """Take so many, or none and False."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """Give so many back."""
        self._left += size
