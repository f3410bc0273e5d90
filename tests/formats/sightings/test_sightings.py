"""Sightings out of feeds: every type of sinkhole is understood, and nobody who was attacked or merely open is called infected."""

import csv
import io
import os
import zipfile
from pathlib import Path

import pytest

from comity.formats import tables
from comity.formats.reading import read
from comity.formats.sightings import sightings
from comity.model.sighting import Sighting, SightingClass

HEAD = "timestamp,{severity}src_ip,src_port,src_asn,src_geo,family\n"
ROW = "2026-11-28 08:00:01,{severity}192.0.2.7,4455,64500,ZZ,mirai\n"
NAME = "2026-11-28-event4_sinkhole-east.csv"


@pytest.mark.parametrize("is_newer", [False, True])
def test_the_severity_column_changes_nothing(is_newer: bool) -> None:
    """The same row with and without the newer column is the same sighting."""
    text = HEAD.format(severity="severity," if is_newer else "") + ROW.format(severity="high," if is_newer else "")
    (seen,) = sightings(tables.read(text.encode(), NAME)).sightings
    assert (seen.sighting_class, seen.address, seen.port, seen.said) == (
        SightingClass.SINKHOLE,
        "192.0.2.7",
        4455,
        "mirai",
    )


def test_columns_are_found_by_name() -> None:
    """Columns that moved, and one that nobody knows, change nothing."""
    text = "novelty,family,src_geo,src_asn,src_port,src_ip,timestamp\nx,mirai,ZZ,64500,4455,192.0.2.7,2026-11-28 08:00:01\n"
    plain = sightings(tables.read((HEAD + ROW).format(severity="").encode(), NAME)).sightings
    assert sightings(tables.read(text.encode(), NAME)).sightings == plain


def test_a_zip_says_the_same() -> None:
    """A feed in an archive is read as the feed itself."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(NAME, (HEAD + ROW).format(severity=""))
    (seen,) = sightings(read(packed.getvalue(), name="feed.zip")).sightings
    assert (seen.address, seen.said) == ("192.0.2.7", "mirai")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("2026-11-28-event4_sinkhole_http_referer-x.csv", "timestamp,http_referer_ip,http_referer_asn,family"),
        ("2026-11-28-event4_honeypot_ddos_target-x.csv", "timestamp,src_ip,src_asn,src_geo"),
        ("2026-11-28-scan_http-x.csv", "timestamp,ip,asn,geo"),
    ],
)
def test_who_is_open_or_attacked_is_not_infected(name: str, header: str) -> None:
    """A site that visitors came from, a target and an open service are counted by reason, and are no sightings."""
    cells = ["2026-11-28 08:00:01", "192.0.2.7", "64500", "ZZ"][: header.count(",") + 1]
    found = sightings(tables.read(f"{header}\n{','.join(cells)}\n".encode(), name))
    assert (found.sightings, dict(found.left)) == ((), {"not-an-infection": 1})


def test_a_row_without_a_time_is_counted() -> None:
    """What names no time can name no line."""
    text = (HEAD + ROW).format(severity="").replace("2026-11-28 08:00:01", "soon")
    assert dict(sightings(tables.read(text.encode(), NAME)).left) == {"no-time": 1}


def test_a_feed_that_breaks_off_keeps_what_is_whole() -> None:
    """Wherever a feed is cut, nothing is raised, and no address appears that was not in it."""
    data = (HEAD + ROW + ROW.replace("192.0.2.7", "192.0.2.8")).format(severity="").encode()
    for end in range(len(data)):
        found = sightings(tables.read(data[:end], NAME)).sightings
        assert len(found) <= 2
        assert {each.address for each in found} <= {"192.0.2.7", "192.0.2.8"}


@pytest.mark.skipif("COMITY_DATA" not in os.environ, reason="no real feeds here")
def test_real_feeds_of_sinkholes_are_understood() -> None:
    """Every row of every real sinkhole type is a sighting, save those of referers."""
    files = [
        each for each in Path(os.environ["COMITY_DATA"]).rglob("event*sinkhole*.csv") if "abuse-feeds" in str(each)
    ]
    assert len(files) >= 7
    for file in files:
        reading = tables.read(file.read_bytes(), file.name)
        found = sightings(reading)
        expected = 0 if "referer" in file.name else len(reading.reports)
        assert (file.name, len(found.sightings)) == (file.name, expected)


def _infected() -> list[Path]:
    """Real feeds of sinkholes, of drones and of what attacks."""
    words = ("sinkhole", "drone", "ddos_participant", "honeypot_brute_force", "honeypot_http_scan", "honeypot_darknet")
    data = Path(os.environ.get("COMITY_DATA", "/nowhere"))
    found = [each for each in data.rglob("*.csv") if "abuse-feeds" in str(each)]
    return sorted(each for each in found if any(word in each.name for word in words) and "referer" not in each.name)


@pytest.mark.skipif("COMITY_DATA" not in os.environ, reason="no real feeds here")
def test_real_feeds_say_the_same_however_they_are_laid_out() -> None:
    """With and without the column of severity, with columns in another order, delivered twice in one: the same sightings."""
    files = _infected()
    assert len(files) >= 10
    for file in files:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8", errors="replace"))))
        rows = [row + [""] * (len(rows[0]) - len(row)) for row in rows]  # the last cells may be left out
        plain = _said(rows, file.name)
        assert plain, file.name
        with_it = [[*row[:1], "severity" if at == 0 else "high", *row[1:]] for at, row in enumerate(rows)]
        at = rows[0].index("severity") if "severity" in rows[0] else None
        without = rows if at is None else [row[:at] + row[at + 1 :] for row in rows]
        for other in (with_it if at is None else without, [row[::-1] for row in rows], [*rows, *rows[1:]]):
            assert (file.name, _said(other, file.name)) == (file.name, plain)


def _said(rows: list[list[str]], name: str) -> set[Sighting]:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return set(sightings(tables.read(text.getvalue().encode(), name)).sightings)
