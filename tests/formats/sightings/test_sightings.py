"""Sightings out of feeds: every type of sinkhole is understood, and nobody who was attacked or merely open is called infected."""

import csv
import io
import os
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from comity.formats import tables
from comity.formats.reading import read
from comity.formats.sightings import sightings
from comity.model.feedback import Kind
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
        ("2026-11-28-special-x.csv", "timestamp,ip,asn,geo"),
        ("2026-11-28-event4_honeypot_ddos_amp-x.csv", "timestamp,src_ip,src_asn,src_geo,infection,avg_pps"),
        ("victims.csv", "timestamp,src_ip,src_asn,src_geo,dst_ip,infection,avg_pps"),
        ("attacks.csv", "timestamp,src_ip,src_asn,src_geo,dst_ip,infection,dst_netmask"),
        ("2026-11-28-event4_honeypot_darknet-x.csv", "timestamp,src_ip,src_asn,src_geo,infection"),
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


def test_rows_beside_their_columns_are_counted() -> None:
    """What cannot be read is said, however many rows it is; a heading alone is a day without sightings."""
    head = "time (UTC),source_ip,source_port,category,family\n"
    right = "2026-11-28 08:00:01,192.0.2.7,4455,botnet,mirai\n"
    for wrong in (1, 50):
        found = sightings(tables.read((head + right * 60 + "x,2026-11-28,y,botnet,mirai\n" * wrong).encode()))
        assert (len(found.sightings), dict(found.left)) == (60, {"unreadable": wrong})
    assert read(head.encode(), name="feed.csv").kind is Kind.TABLE
    assert read((head + "x,2026-11-28,y,botnet,mirai\n").encode(), name="feed.csv").why == "why.table-unrecognised"


@pytest.mark.parametrize("last", ["source_ip", "source_port", "time (UTC)"])
def test_a_feed_that_is_cut_in_its_last_column_names_nobody_else(last: str) -> None:
    """What is left of an address, a port or a time is another one; a row without its end names nobody, wherever it is cut."""
    cells = {"family": "mirai", "time (UTC)": "2026-11-28 08:00:01", "source_ip": "192.0.2.77", "source_port": "41022"}
    names = [*(name for name in cells if name != last), last]
    data = "".join(f"{','.join(row)}\n" for row in (names, [cells[name] for name in names])).encode()
    (whole,) = sightings(tables.read(data)).sightings
    for end in range(len(data)):
        found = sightings(tables.read(data[:end])).sightings
        assert found in ((), (whole,)), data[:end]
    assert dict(sightings(tables.read(data[:-2])).left) == {"cut-off": 1}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("botnet", "sinkhole"),
        ("Infected System", "sinkhole"),
        ("infected-system", "sinkhole"),
        ("僵尸网络", "sinkhole"),
        ("木马", "sinkhole"),
        ("brute_force", "honeypot"),
        ("暴力破解", "honeypot"),
        ("失陷主机", "compromised"),
        ("ddos", None),
        ("vulnerable-system", None),
        ("phishing", None),
        ("钓鱼网站", None),
    ],
)
def test_a_table_of_others_says_its_kind_in_a_column(said: str, expected: str | None) -> None:
    """A national centre's own table is understood in its own words; what may be about a victim is not."""
    text = f"time (UTC),source_ip,category,family\n2026-11-28 08:00:01,192.0.2.7,{said},mirai\n"
    found = sightings(tables.read(text.encode(), "centre.csv"), "centre.example").sightings
    assert [each.sighting_class.value for each in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("heading", "time", "zone", "expected"),
    [
        ("time", "2026-11-28 10:00:00", None, None),  # eight hours off it is another line's address
        ("time", "2026-11-28 10:00:00", "Asia/Shanghai", "2026-11-28T02:00:00+00:00"),
        ("time", "2026-11-28T10:00:00+08:00", None, "2026-11-28T02:00:00+00:00"),
        ("发生时间(北京时间)", "2026-11-28 10:00:00", None, "2026-11-28T02:00:00+00:00"),
        ("time", "2026-10-25 02:30:00", "Europe/Berlin", None),  # the clock showed it twice
        ("time", "2026-10-25 12:30:00", "Europe/Berlin", "2026-10-25T11:30:00+00:00"),
    ],
)
def test_a_time_of_no_zone_names_nobody(heading: str, time: str, zone: str | None, expected: str | None) -> None:
    """A table that does not say by whose clock it writes is believed when the operator says it."""
    text = f"{heading},source_ip,category\n{time},192.0.2.7,botnet\n"
    found = sightings(tables.read(text.encode(), "centre.csv"), "centre.example", ZoneInfo(zone) if zone else None)
    assert [each.seen.isoformat() for each in found.sightings] == ([expected] if expected else [])
    assert dict(found.left) == ({} if expected else {"zone-missing": 1})


def test_a_darknet_is_believed_where_it_knows_the_family() -> None:
    """What only reached it may be an answer to a forged address; a fingerprint of a family is a sign of a bot."""
    text = "timestamp,src_ip,src_asn,src_geo,tag\n2026-11-28 08:00:01,192.0.2.7,64500,ZZ,mirai\n"
    found = sightings(tables.read(text.encode(), "2026-11-28-event4_honeypot_darknet-x.csv")).sightings
    assert [each.said for each in found] == ["mirai"]


@pytest.mark.skipif("COMITY_DATA" not in os.environ, reason="no real feeds here")
def test_real_feeds_of_victims_accuse_nobody() -> None:
    """Whoever was attacked, or is merely open to attacks, is in no sighting."""
    words = (
        "ddos_amp",
        "ddos_target",
        "special",
        "scan_",
        "population",
        "device_id",
        "spoofer",
        "referer",
        "blocklist",
    )
    found = [each for each in Path(os.environ["COMITY_DATA"]).rglob("*.csv") if "shadowserver-intelmq" in str(each)]
    files = [
        each for each in found if any(word in each.name for word in words) and "post_exploitation" not in each.name
    ]
    assert len(files) >= 60
    named = [each.name for each in files if sightings(tables.read(each.read_bytes(), each.name)).sightings]
    assert named == []


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


@pytest.mark.parametrize(
    "heading", ["timestamp,src_ip,src_port,src_asn,src_geo,family", "src_ip,timestamp,src_port,src_asn,src_geo,family"]
)
def test_a_feed_that_was_cut_names_nobody_in_its_last_row(heading: str) -> None:
    """Half an address is somebody else's, and half a port: wherever a download broke off, what is named is in the whole feed."""
    row = dict.fromkeys(heading.split(","), "64500")
    row |= {"timestamp": "2026-11-28 08:00:01", "src_ip": "192.0.2.77", "src_port": "44551", "family": "mirai"}
    whole = f"{heading}\n{','.join(row[name] for name in heading.split(','))}\n"
    for size in range(len(heading) + 2, len(whole)):
        found = sightings(tables.read(whole[:size].encode(), NAME))
        named = {(each.address, each.port) for each in found.sightings}
        assert named <= {("192.0.2.77", 44551)}, whole[:size]
    assert len(sightings(tables.read(whole[:-1].encode(), NAME)).sightings) == 1
    assert sightings(tables.read(whole[: whole.index("4455", len(heading)) + 2].encode(), NAME)).left == {"cut-off": 1}


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
