"""Leases that lie aside come back as they were."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from comity.model.lease import Lease
from comity.outlets.files.aside import LeasesAside

BEGAN = datetime(2026, 11, 28, 8, 0, 0, 7, tzinfo=UTC)


def test_every_field_comes_back_lot_by_lot() -> None:
    """Of both kinds of address, ended and not, with ports, in any script."""
    lots = [
        [
            Lease(
                network=ip_network(network), first_port=first, began=BEGAN, known_until=BEGAN + timedelta(hours=1),
                ended=ended, subscriber=name, is_shared=shared, identity=bytes(8),
            )
            for network, first, ended, name, shared in (
                ("192.0.2.7/32", 0, None, "line-7", False), ("2001:db8::/56", 1024, BEGAN + timedelta(days=1), "张三", True),
            )
        ],
        [],
    ]  # fmt: skip
    with LeasesAside() as aside:
        for each in lots:
            aside.put(each)
        assert list(aside.lots()) == lots
