"""What a network without a loop would have received: counts of complaints about its mail that told nobody.

Trust:      the page goes to a stranger: counts alone are on it (tier T0), over at least five different complainers.
Standards:  RFC 6449 section 3; tier T0 of docs/decisions/0011-redaction-tiers.md (five people or more).
Answers:    ``invitation(rows, network, ...)`` gives ``Invitation``, None where too few people complained.
Limits:     a complaint counts for the /24 or /48 that its mail came out of, as our own host noted it, where nobody had
            an agreement.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_network
from typing import Final, Protocol

from comity.model.agreement import Network

FEWEST: Final = 5
FINEST: Final = {4: 24, 6: 48}  # the prefix that a complaint which told nobody counts for


class UntoldRows(Protocol):
    """Complaints that told nobody."""

    def untold(self, since: datetime, until: datetime) -> Iterable[tuple[datetime, str, str | None]]:
        """When it was decided, the network of the source, and the token of the mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The counts of one network."""

    network: str
    since: datetime
    until: datetime
    complaints: int
    complainers: int
    weeks: tuple[tuple[date, int | None], ...]  # the Monday, and how many; None: too few people to say


def invitation(rows: UntoldRows, network: Network, *, since: datetime, until: datetime) -> Invitation | None:
    """What it would have received."""
    weeks: Counter[date] = Counter()
    people: dict[date, set[str]] = {}
    for number, (when, source, who) in enumerate(rows.untold(since, until)):
        found = ip_network(source)
        # mypy: subnet_of wants one version
        if found.version != network.version or not found.subnet_of(network):  # type: ignore[arg-type]
            continue
        monday = when.date() - timedelta(days=when.weekday())
        weeks[monday] += 1
        people.setdefault(monday, set()).add(who or f"nobody {number}")
    everybody = set().union(*people.values()) if people else set()
    if len(everybody) < FEWEST:
        return None
    return Invitation(
        network=str(network),
        since=since,
        until=until,
        complaints=weeks.total(),
        complainers=len(everybody),
        weeks=_shown(weeks, people),
    )


def _shown(weeks: Counter[date], people: dict[date, set[str]]) -> tuple[tuple[date, int | None], ...]:
    """Weeks with enough people; a single week that is hidden takes the smallest beside it with it, or the sum would tell it."""
    hidden = {monday for monday in weeks if len(people[monday]) < FEWEST}
    if len(hidden) == 1 and len(weeks) > 1:
        hidden.add(min(set(weeks) - hidden, key=lambda monday: (weeks[monday], monday)))
    return tuple((monday, None if monday in hidden else n) for monday, n in sorted(weeks.items()))
