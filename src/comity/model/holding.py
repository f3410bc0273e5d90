"""What is ours: the address ranges and domains we answer for, and which customer is behind each.

Trust:      the operator's own list.
Answers:    ``Holding``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One line of the operator's list: a range of addresses, or a domain with all below it.

    ``name`` is the range or domain as it was written, ``place`` the file and line it stands in. A range has ``first`` and
    ``last`` as numbers and ``version`` 4 or 6; a domain has ``domain`` in lower-case ASCII.
    """

    name: str
    place: str
    customer: str | None = None
    contact: str | None = None
    version: int | None = None
    first: int = 0
    last: int = 0
    domain: str | None = None
