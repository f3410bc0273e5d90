"""What the operator types so that others hear of it: a claim that a peer is to look at, a warning where there is no agreement."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


def test_a_claim_is_looked_at_by_the_other_side(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """West asks, east signs, and both desks tell by whom and when; a name that somebody types is told as such."""
    path = str(tmp_path / "x.json")

    def hand(ours: str, theirs: str) -> None:
        assert run(ours, "practices", "guidance", "write", f"{theirs}.example", "--out", path)[0] == 0
        assert run(theirs, "practices", "guidance", "take", path)[0] == 0

    claim = ("practices", "claim", "abuse-mailbox", "--standing", "kept", "--evidence", "read daily")
    put = ("--ask", "east.example", "--evidence-zh", "每日查看", "--by", "Ann")
    assert run("west", *claim, "--ask", "east.example")[0] == 64
    assert run("west", *claim, *put, "--reviewer", "Li Na")[0] == 64
    status, (made,) = run("west", *claim, *put)
    assert (status, made["signed_by"]["name"], made["signed_by"]["at"]) == (0, None, None)
    hand("west", "east")
    guidance = made["signed_by"]["guidance"]
    assert run("east", "practices", "guidance", "agree", guidance, "--by", "Li Na")[0] == 0
    hand("east", "west")
    for side in ("west", "east"):
        (shown,) = run(side, "practices", "show", "abuse-mailbox")[1]
        (claimed,) = shown["claimed"]
        assert (claimed["network"], claimed["signed_by"]["network"]) == ("west.example", "east.example")
        assert claimed["signed_by"]["name"] == "Li Na"
    capsys.readouterr()
    main(["practices", "show", "abuse-mailbox", "--config", str(tmp_path / "west/comity.toml")])
    assert "looked at and signed by Li Na of east.example" in " ".join(capsys.readouterr().out.split())
    main(["--language", "zh", "practices", "show", "abuse-mailbox", "--config", str(tmp_path / "west/comity.toml")])
    assert "east.example 的 Li Na 已于" in " ".join(capsys.readouterr().out.split())


def test_a_network_without_an_agreement_is_warned(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing leaves before the operator says so; then the mailbox for abuse is told, and the list no longer names it."""
    until = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    impose = ("recourse", "impose", "mail.listed.example", "--measure", "listed", "--reason", "traps", "--until", until)
    _, (made,) = run("west", *impose, "--also", "trap", "--by", "Ann")
    assert (made["mailed"], made["not_mailed"]) == (False, "warned-observe")
    capsys.readouterr()
    main(["recourse", "list", "--config", str(tmp_path / "west/comity.toml")])
    assert "no warning on record" in capsys.readouterr().out
    assert run("west", "peer", "live", "warned_networks")[0] == 0
    _, (sent,) = run("west", "recourse", "warn", made["reference"], "--by", "Ann")
    assert sent["mailed"] is True
    assert [each["warned"] for each in run("west", "recourse", "list")[1]] == [True]
    (mail,) = run("west", "outbox", "preview", "warned_networks")[1]
    assert mail["address"] == "abuse@listed.example"
    _, (other,) = run(
        "west", *[each.replace("mail.listed", "mail.second") for each in impose], "--also", "trap", "--by", "Ann"
    )
    assert other["mailed"] is True
    _, (noted,) = run("west", "recourse", "warn", other["reference"], "--by", "Ann", "--handed-on", "by telephone")
    assert noted["not_mailed"] == "handed-on"
