"""``comity read``: every item gives at least one line, and no stranger's sign reaches the terminal as it is."""

import json
import os
from pathlib import Path

import pytest

from comity.cli import main

ARF = """\
From: loop@west.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

One of your customers.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: West/1
Version: 1
Source-IP: 198.51.100.7
Reported-Domain: {value}

--b
Content-Type: message/rfc822

From: shop@east.example
Message-ID: <1{value}@east.example>

buy
--b--
"""
HOSTILE = "a\u202eb\u200bc\x9b31md\x1b[2Je\u2066"


def _run(*arguments: str) -> int:
    return main(["read", *arguments, "--language", "en"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2.eml").write_text(ARF.format(value=""), encoding="utf-8")
    return tmp_path


def test_an_item_that_cannot_be_opened_costs_no_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe, a broken link: each is named with its reason, what comes after it is read, and the exit status is 65."""
    os.mkfifo(folder / "1.pipe")
    (folder / "3.eml").symlink_to(folder / "nowhere")
    assert _run(str(folder)) == 65
    said = capsys.readouterr().out
    assert "1.pipe: unreadable (it could not be opened)\n" in said
    assert "[not a regular file]" in said
    assert "3.eml: unreadable (it could not be opened)\n" in said
    assert "2.eml: feedback report  abuse  198.51.100.7 (field)" in said
    assert _run(str(folder), "--json") == 65
    rows = {row["path"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["1.pipe"]["findings"][0] | {"where": None} == {
        "code": "item-closed", "severity": "loss", "where": None, "detail": "not a regular file",
    }  # fmt: skip
    assert rows["2.eml"]["source_ip"] == "198.51.100.7"


def test_what_is_unreadable_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person who reads "unreadable" is told by which mark."""
    (tmp_path / "x.eml").write_bytes(b"")
    assert _run(str(tmp_path / "x.eml")) == 65
    assert capsys.readouterr().out == f"{tmp_path}/x.eml: unreadable (no header fields: this is no mail)\n"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_strangers_signs_cannot_act_on_the_terminal(
    tmp_path: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences, direction and invisible signs, in values and in names of files, as text and as JSON."""
    (tmp_path / f"{HOSTILE}.eml").write_text(ARF.format(value=HOSTILE), encoding="utf-8")
    _run(str(tmp_path), *options)
    said = capsys.readouterr().out
    assert said.isascii() or not options
    assert not set("\u202e\u200b\x9b\x1b\u2066") & set(said)
    if options:
        row = json.loads(said)
        assert row["path"] == f"{HOSTILE}.eml"
        assert "\u202e" in row["reported_domain"][0]


def test_files_of_one_name_in_two_folders_are_told_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path is shown as it stood on the command line; an empty word is no folder."""
    monkeypatch.chdir(folder)
    for name in ("a", "b"):
        Path(name).mkdir()
        Path(name, "1.eml").write_text(ARF.format(value=""), encoding="utf-8")
    assert _run("a/1.eml", "./b/1.eml", "--json") == 0
    assert [json.loads(line)["path"] for line in capsys.readouterr().out.splitlines()] == ["a/1.eml", "./b/1.eml"]
    assert _run("") == 65
    assert "there is no such file" in capsys.readouterr().err
