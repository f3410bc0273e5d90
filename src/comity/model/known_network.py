"""What is known about the network that an address belongs to, as of a day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNetwork:
    """One answer of the prefix index; what no source said is None.

    Where an address was registered and where it is used are two questions: for rented addresses the answers often differ.
    """

    asn: int | None
    name: str | None
    registrant_country: str | None
    location_country: str | None
    data_date: date  # of the oldest source that had a part in this answer
