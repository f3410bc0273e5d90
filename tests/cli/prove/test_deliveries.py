"""``comity ledger deliveries`` takes our own log in, all of it or nothing."""

from pathlib import Path

import pytest

from comity.cli import main

from .conftest import Run


def test_a_log_is_taken_in(run: Run, tmp_path: Path) -> None:
    """How many mails of how many days; given again, it is the same log."""
    log = tmp_path / "sent.csv"
    log.write_text("day,message_id\n2026-11-23,<1@east.example>\n2026-11-24,<2@east.example>\n", encoding="utf-8")
    for _ in range(2):
        status, said = run("east", "ledger", "deliveries", str(log))
        assert (status, said) == (0, [{"mails": 2, "days": 2, "looked_at": 0, "disputed": 0}])


def test_a_log_that_names_recipients_counts_what_left(run: Run, tmp_path: Path) -> None:
    """By the organisation of the recipient, and only of days whose every line names one; nothing of the recipient is kept."""
    from datetime import date

    from comity.bootstrap import settings_for
    from comity.bootstrap.desk import desk_store

    log = tmp_path / "sent.csv"
    log.write_text(
        "day,message_id,to\n2026-11-23,<1@east.example>,ann@west.example\n2026-11-23,<2@east.example>,MX.west.example.\n"
        "2026-11-23,<3@east.example>,bob@north.example\n",
        encoding="utf-8",
    )
    assert run("east", "ledger", "deliveries", str(log))[0] == 0
    settings = settings_for(str(tmp_path / "east" / "comity.toml"), {}, tmp_path / "east")
    day = date(2026, 11, 23)
    with desk_store(settings).read() as rows:
        assert rows.judged.left(["west.example"], day, day) == 2
    log.write_text("day,message_id,to\n2026-11-23,<1@east.example>,nobody\n", encoding="utf-8")
    assert run("east", "ledger", "deliveries", str(log))[0] == 65


@pytest.mark.parametrize(("language", "words"), [("en", "this is no day"), ("zh_Hans", "这不是日期")])
def test_a_line_that_cannot_be_read_is_named(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    """With its file and line, and nothing is taken."""
    log = tmp_path / "sent.csv"
    log.write_text("day,message_id\n2026-11-23,<1@east.example>\nyesterday,<2@east.example>\n", encoding="utf-8")
    config = str(tmp_path / "east" / "comity.toml")
    capsys.readouterr()
    assert main(["ledger", "deliveries", str(log), "--language", language, "--config", config]) == 65
    error = capsys.readouterr().err
    assert words in error and f"{log}:3" in error
