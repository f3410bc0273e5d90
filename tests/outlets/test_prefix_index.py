"""The prefix index: small, quick, whole or refused."""

from datetime import date
from ipaddress import ip_address
from pathlib import Path

import pytest

from comity.formats.prefixes import Entry, Partition, PartitionBuilder, Side
from comity.model.known_network import KnownNetwork
from comity.model.outcomes import ComityError
from comity.outlets.prefix_index import PrefixIndex, write_index

OLD, NEW = date(2026, 5, 1), date(2026, 7, 1)
DATES = {Side.NETWORK: NEW, Side.REGISTRANT: OLD, Side.LOCATION: NEW}


def _range(first: str, last: str, **said: object) -> Entry:
    one, other = ip_address(first), ip_address(last)
    return Entry(one.version, int(one), int(other), **said)  # type: ignore[arg-type]


def _partition() -> Partition:
    builder = PartitionBuilder()
    builder.add(_range("192.0.2.0", "192.0.2.255", asn=64500, name="West 西"))
    builder.add(_range("192.0.2.128", "192.0.2.255", registrant_country="US", location_country="CN"))
    builder.add(_range("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", asn=64501))
    builder.add(_range("2001:db8:1::8000:0:0:0", "2001:db8:1::ffff:ffff:ffff:ffff", asn=64502))
    return builder.build()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index of four ranges."""
    write_index(tmp_path / "prefixes.index", _partition(), DATES)
    return tmp_path / "prefixes.index"


def test_an_answer_has_both_countries_and_its_day(path: Path) -> None:
    """Where an address was registered and where it is used stand apart; the oldest source that had a part gives the day."""
    index = PrefixIndex.read(path)
    assert index.find("192.0.2.7") == KnownNetwork(
        asn=64500, name="West 西", registrant_country=None, location_country=None, data_date=NEW
    )
    assert index.find("192.0.2.200") == KnownNetwork(
        asn=64500, name="West 西", registrant_country="US", location_country="CN", data_date=OLD
    )


@pytest.mark.parametrize(
    ("address", "asn"),
    [
        ("192.0.1.255", None),
        ("192.0.2.0", 64500),
        ("192.0.2.255", 64500),
        ("192.0.3.0", None),
        ("0.0.0.1", None),
        ("255.255.255.255", None),
        ("2001:db7:ffff::", None),
        ("2001:db8::", 64501),
        ("2001:db8:1::7fff:ffff:ffff:ffff", 64501),
        ("2001:db8:1::8000:0:0:0", 64502),
        ("2001:db8:1::ffff:ffff:ffff:ffff", 64502),
        ("2001:db8:1:1::", 64501),
        ("2001:db9::", None),
        ("not an address", None),
        ("1.2.3", None),
        ("::x", None),
        ("", None),
    ],
)
def test_the_ends_of_a_range_belong_to_it(path: Path, address: str, asn: int | None) -> None:
    """One address further, somebody else's begins, also where IPv6 networks are smaller than a /64."""
    found = PrefixIndex.read(path).find(address)
    assert (found and found.asn) == asn


def test_a_damaged_index_is_refused(path: Path) -> None:
    """A flipped bit, a cut end, another version, another file: each is said, none is answered from."""
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for data, code in (
        (bytes(flipped), "prefix-index-damaged"),
        (whole[:-3], "prefix-index-damaged"),
        (whole.replace(b'{"dates"', b'["dates"'), "prefix-index-damaged"),
        (whole.replace(b"index 1\n", b"index 2\n"), "prefix-index-version"),
        (b"something else", "prefix-index-foreign"),
        (b"", "prefix-index-foreign"),
    ):
        path.write_bytes(data)
        with pytest.raises(ComityError) as refused:
            PrefixIndex.read(path)
        assert refused.value.code == code


def test_the_old_index_stays_until_the_new_one_is_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the middle of an import costs nothing but the import."""
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_index(path, Partition(), {})
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_empty_index_knows_nothing(tmp_path: Path) -> None:
    """No address, no fault."""
    write_index(tmp_path / "i", Partition(), {})
    assert PrefixIndex.read(tmp_path / "i").find("192.0.2.1") is None
