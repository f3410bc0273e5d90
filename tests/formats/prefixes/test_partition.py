"""Tables put upon each other answer as each of them would alone."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.prefixes import Entry, PartitionBuilder
from comity.formats.prefixes.partition import Record

END = {4: 2**32 - 1, 6: 2**128 - 1}


def _answer(builder: PartitionBuilder, version: int, address: int) -> Record:
    """Walk the whole partition, as a person would."""
    made = builder.build()
    if version == 4:
        places = list(zip(made.starts4, made.records4, strict=True))
    else:
        starts = [high << 64 | low for high, low in zip(made.high6, made.low6, strict=True)]
        places = list(zip(starts, made.records6, strict=True))
    assert places == sorted(places)
    assert all(one[1] != other[1] for one, other in pairwise(places)), "every place is a change"
    return made.records[max((start, number) for start, number in [(-1, 0), *places] if start <= address)[1]]


def test_the_inner_range_counts_and_the_outer_one_goes_on() -> None:
    """A customer's block within a provider's is the customer's; behind it the provider's goes on."""
    entries = [Entry(4, 0, 99, 1, "outer"), Entry(4, 10, 19, 2, "inner"), Entry(4, 0, 9, registrant_country="CN")]
    for address, asn, country in (
        (0, 1, "CN"),
        (10, 2, None),
        (19, 2, None),
        (20, 1, None),
        (99, 1, None),
        (100, None, None),
    ):
        builder = PartitionBuilder()
        for entry in entries:
            builder.add(entry)
        found = _answer(builder, 4, address)
        assert (found.asn, found.registrant_country) == (asn, country)


def test_the_ends_of_the_address_space_are_in_it() -> None:
    """A table may cover everything."""
    for version, end in END.items():
        for address in (0, end):
            builder = PartitionBuilder()
            builder.add(Entry(version, 0, end, location_country="US"))
            assert _answer(builder, version, address).location_country == "US"


_ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.sampled_from("ABCD")), max_size=12)


@given(st.sampled_from([4, 6]), _ranges, _ranges, st.integers(0, 70))
def test_any_tables_answer_as_a_person_would(
    version: int, networks: list[tuple[int, int, str]], countries: list[tuple[int, int, str]], address: int
) -> None:
    """Of the ranges around an address the one that begins last counts, of several such the shortest, then the last told."""
    builder = PartitionBuilder()
    offset = 2**64 - 20 if version == 6 else 0  # across the middle, where the halves meet
    for first, size, name in networks:
        builder.add(Entry(version, offset + first, offset + first + size, ord(name), name))
    for first, size, name in countries:
        builder.add(Entry(version, offset + first, offset + first + size, location_country=name * 2))
    found = _answer(builder, version, offset + address)
    assert found.name == _wanted(networks, address)
    country = _wanted(countries, address)
    assert found.location_country == (None if country is None else country * 2)


def _wanted(ranges: list[tuple[int, int, str]], address: int) -> str | None:
    around = [(first, -size, at) for at, (first, size, _) in enumerate(ranges) if first <= address <= first + size]
    return ranges[max(around)[2]][2] if around else None
