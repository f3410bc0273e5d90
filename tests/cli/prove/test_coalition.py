"""``comity coalition`` as operators type it: entries handed on, and a digest that says who waits for whom."""

from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import decompress

import pytest
from rich.cells import cell_len
from sqlalchemy import select

from comity.bootstrap import settings_for
from comity.bootstrap.desk import desk_store
from comity.bootstrap.trust import coalition
from comity.cli import main
from comity.model import utc_day
from comity.store.tables import sending

Said = list[dict[str, Any]]
Run = Callable[..., tuple[int, Said]]
UNTIL = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()
SOON = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
CONTACT = "escalation noc@west.example en,zh Mon-Fri 09:00-18:00 +08:00"
OURS = (
    "coalition",
    "announce",
    "--organisation",
    "West Network",
    "--organisation-zh",
    "西网",
    "--contact",
    CONTACT,
    "--until",
    UNTIL,
)


def work(run: Run, tmp_path: Path) -> None:
    """West proposes a signal and guidance, and announces itself; east has taken all of it in."""
    (tmp_path / "en.txt").write_text("Answer within three days.")
    (tmp_path / "zh.txt").write_text("三日内答复。")
    reasons = (
        "--reason",
        "spam to traps",
        "--reason-zh",
        "向陷阱地址发信",
        "--by",
        "Ann",
        "--until",
        SOON,
        "--tlp",
        "TLP:GREEN",
    )
    signal = (
        "signal",
        "propose",
        "198.51.100.7",
        "--kind",
        "listing",
        *reasons,
        "--evidence",
        "trap=3",
        "--to",
        "east.example",
    )
    texts = (
        "--file",
        str(tmp_path / "en.txt"),
        "--file-zh",
        str(tmp_path / "zh.txt"),
        "--title",
        "Answers",
        "--title-zh",
        "答复",
    )
    assert run("west", *signal)[0] == 0
    assert run("west", "practices", "guidance", "propose", "east.example", *texts, "--by", "Ann")[0] == 0
    assert run("west", *OURS, "--to", "east.example")[0] == 0
    assert run("west", "coalition", "write", "east.example", "--out", str(tmp_path / "x.json"))[1][0]["documents"] == 3
    assert run("east", "signal", "take", str(tmp_path / "x.json"))[1] == [{"taken": 3, "known": 0}]


def test_the_directory_goes_from_hand_to_hand(run: Run, tmp_path: Path) -> None:
    """Announced, handed on as a file, taken in; renewed under the next number; what does not fit is an error."""
    status, (made,) = run("west", *OURS)
    assert (status, made["version"], made["contacts"][0]["languages"]) == (0, 1, ["en", "zh"])
    assert run("west", *OURS)[1][0]["version"] == 2
    path = str(tmp_path / "directory.json")
    assert run("west", "coalition", "directory", "--out", path)[1] == [{"members": 1, "file": path}]
    assert run("east", "coalition", "take", path) == (0, [{"issuer": "west.example", "taken": True, "refused": None}])
    assert run("east", "coalition", "members")[1][0]["organisation"]["zh"] == "西网"
    assert run("west", "coalition", "take", path) == (0, [])
    changed = Path(path).read_text(encoding="utf-8").replace("noc@west.example", "noc@evil.example")
    Path(path).write_text(changed, encoding="utf-8")
    assert run("east", "coalition", "take", path)[1][0]["refused"] == "document-not-signed"
    Path(path).write_text("[]", encoding="utf-8")
    assert run("east", "coalition", "take", path)[0] == 65
    assert run("west", *OURS[:-4], "--contact", "king x@west.example en always", "--until", UNTIL)[0] == 64


def test_the_digest_says_who_waits_for_whom(run: Run, tmp_path: Path) -> None:
    """West waits for east's word on the guidance, and from the next hour on for its receipts; east has a signal and guidance to
    decide on."""
    assert run("west", "coalition", "digest") == (0, [])
    work(run, tmp_path)
    (west,) = run("west", "coalition", "digest")[1]
    assert (west["peer"], [each["what"] for each in west["for_us"]]) == ("east.example", [])
    assert [each["what"] for each in west["for_them"]] == ["their-agreement"]
    found, later = (
        settings_for(str(tmp_path / "west/comity.toml"), {}, tmp_path),
        datetime.now(UTC) + timedelta(hours=1),
    )
    with closing(desk_store(found)) as store, store.read() as records:
        (then,) = coalition.told(found, records, since=later, now=later)
    assert [(each.message_id, each.arguments.get("hours")) for each in then.for_them][1:] == [("digest.receipts", 1)]
    assert [each["what"] for each in west["changed"]] == ["proposed-by-us", "version"]
    (east,) = run("east", "coalition", "digest")[1]
    assert [each["what"] for each in east["for_us"]] == ["undecided", "agree"]
    assert [each["what"] for each in east["changed"]] == ["proposed-by-them", "version", "member"]
    assert run("east", "coalition", "digest", "--since", SOON)[1][0]["changed"] == []


def test_the_digest_is_mailed_to_whom_the_settings_name(run: Run, tmp_path: Path) -> None:
    """In both languages, once a day; to nobody else, and not at all where there is nothing to say."""
    assert run("east", "coalition", "digest", "--mail")[0] == 78
    config = tmp_path / "east/comity.toml"
    lines = '[coalition]\ndigest = "daily"\ndigest_to = ["desk@east.example"]\n'
    config.write_text(config.read_text().replace("[coalition]\n", lines))
    found = settings_for(str(config), {}, tmp_path)
    store, logged = desk_store(found), list[str]()
    now = utc_day.midnight(datetime.now(UTC)) + timedelta(days=1)  # a digest of all of today, whatever hour it is

    def due(at: datetime) -> int:
        coalition.mail_what_is_due(found, store, log=lambda event, /, **_: logged.append(event), now=at)
        with store.read() as records:
            return len(records.connection.execute(select(sending.outbox)).all())

    assert due(now) == 0
    work(run, tmp_path)
    assert [due(now), due(now + timedelta(hours=2)), due(now + timedelta(days=1, hours=1))] == [1, 1, 2]
    assert logged == ["digest-mailed"] * 2
    with store.read() as records:
        row = records.connection.execute(select(sending.outbox)).first()
    store.close()
    assert row is not None and (row.party, row.address, row.state) == ("own_staff", "desk@east.example", "waiting")
    head, _, body = decompress(bytes(row.data)).partition(b"\r\n\r\n")
    text = b64decode(body).decode()
    assert b"Auto-Submitted: auto-generated" in head and b"To: <desk@east.example>" in head
    assert "Waits for us" in text and "等待我方" in text and "198.51.100.7/32" in text and "[digest" not in text


@pytest.mark.parametrize(("often", "days"), [("daily", 150), ("weekly", 300)])
def test_each_day_and_week_has_its_digest(run: Run, tmp_path: Path, often: str, days: int) -> None:
    """The running program looks every ten minutes and a bit: no day may be left out because each digest is a little later."""
    config = tmp_path / "east/comity.toml"
    lines = f'[coalition]\ndigest = "{often}"\ndigest_to = ["desk@east.example"]\n'
    config.write_text(config.read_text().replace("[coalition]\n", lines))
    work(run, tmp_path)
    found, begun = settings_for(str(config), {}, tmp_path), utc_day.midnight(datetime.now(UTC)) + timedelta(days=7)
    begun -= timedelta(days=begun.weekday())
    with closing(desk_store(found)) as store:

        def mailed(now: datetime) -> bool:
            told = list[str]()
            coalition.mail_what_is_due(found, store, log=lambda event, /, **_: told.append(event), now=now)
            return bool(told)

        looks = [
            begun + timedelta(days=day, seconds=900 + 5 * day + 35_000 * turn) for day in range(days) for turn in (0, 1)
        ]
        told = [each.date() for each in looks if mailed(each)]
        step = 1 if often == "daily" else 7
        assert told == [begun.date() + timedelta(days=day) for day in range(0, days, step)]
        last = looks[-1]
        # A clock that is set back over midnight tells no day twice; one that was a year ahead keeps no day from being told.
        assert [mailed(last + timedelta(days=7)), mailed(last + timedelta(days=6, hours=23))] == [True, False]
        assert [
            mailed(last + timedelta(days=365)),
            mailed(last + timedelta(days=14)),
            mailed(last + timedelta(days=14)),
        ] == [
            True,
            True,
            False,
        ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_a_terminal(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Every line, in both languages."""
    work(run, tmp_path)
    for side, words in (("west", ("digest",)), ("east", ("digest",)), ("east", ("members",)), ("west", ("members",))):
        main(["coalition", *words, "--language", language, "--config", str(tmp_path / side / "comity.toml")])
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) > 1
        assert [
            line for line in lines if cell_len(line) > 80 or "[digest" in line or "[coalition" in line or "{" in line
        ] == []
