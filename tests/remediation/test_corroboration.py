"""When somebody is told: two independent witnesses, or one that is trusted; never one alone."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from comity.model.notice import Certainty
from comity.model.sighting import Outcomes, SeenBy, Sighting, SightingClass
from comity.remediation.corroboration import OLD, Standing, assess, unfit

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
SINK, HONEY, PRESS = SightingClass.SINKHOLE, SightingClass.HONEYPOT, SightingClass.COMPLAINT


def seen(kind: SightingClass, source: str, **more: object) -> Sighting:
    """A sighting of an hour ago."""
    given = {"address": "192.0.2.7", "seen": NOW - timedelta(hours=1), "said": "mirai"} | more
    return Sighting(sighting_class=kind, source=source, **given)  # type: ignore[arg-type]


def summed(*given: Sighting) -> list[SeenBy]:
    """Each as it is when it stands for itself."""
    return [
        SeenBy(
            sighting_class=each.sighting_class,
            source=each.source,
            address=each.address,
            said=each.said,
            first=each.seen,
            last=each.seen,
        )
        for each in given
    ]


@pytest.mark.parametrize(
    ("given", "certainty", "reason"),
    [
        ([], None, "nothing"),
        ([(SINK, "a")] * 50, None, "one-class"),
        ([(SINK, "a"), (SINK, "b")], None, "one-class"),
        ([(SINK, "a"), (HONEY, "a")], None, "one-source"),
        ([(SINK, "a"), (HONEY, "b")], Certainty.SUSPECTED, "two-classes"),
        ([(SINK, "good"), (HONEY, "b")], Certainty.LIKELY, "two-classes"),
        ([(SINK, "trusted")], Certainty.LIKELY, "trusted"),
        ([(SINK, "trusted"), (PRESS, "b")], Certainty.CONFIRMED, "trusted-and-another"),
        ([(SINK, "trusted"), (PRESS, "trusted")], Certainty.LIKELY, "trusted"),
    ],
)
def test_tiers(given: list[tuple[SightingClass, str]], certainty: Certainty | None, reason: str) -> None:
    """Each mixture of witnesses comes to its tier, or to a named no."""
    standing = Standing(trusted={"trusted"}, outcomes={"good": Outcomes(right=80)})
    found = assess(summed(*(seen(kind, source) for kind, source in given)), standing)
    assert (found.certainty, found.reason) == (certainty, reason)


def test_the_family_is_what_most_say() -> None:
    """First and last time and the family come from all of them, whatever their order."""
    given = [
        seen(SINK, "a", said="zeus", seen=NOW - timedelta(days=3)),
        seen(SINK, "a"),
        seen(HONEY, "b"),
        seen(HONEY, "c", said=None),
    ]
    there, back = assess(summed(*given), Standing()), assess(summed(*given[::-1]), Standing())
    assert there == back
    assert (there.said, there.first, there.last) == ("mirai", NOW - timedelta(days=3), NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("moment", "address", "reason"),
    [
        (NOW + timedelta(days=1), "192.0.2.7", "from-the-future"),
        (NOW - OLD - timedelta(seconds=1), "192.0.2.7", "too-old"),
        (NOW, "198.51.100.9", "researcher"),
        (NOW, "2001:db8::1", None),
        (NOW + timedelta(minutes=2), "192.0.2.7", None),
    ],
)
def test_what_does_not_count(moment: datetime, address: str, reason: str | None) -> None:
    """Tomorrow, last year and researchers are named; two minutes of a wrong clock are not."""
    standing = Standing(researchers=(ip_network("198.51.100.0/28"),))
    assert unfit(seen(SINK, "a", seen=moment, address=address), now=NOW, standing=standing) == reason
