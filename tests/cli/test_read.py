"""``comity read``: every item gives at least one line, and no stranger's sign reaches the terminal as it is."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.formats.xarf.documents import attack, legacy

from comity.cli import main
from comity.formats import reading
from comity.formats.xarf import content_kinds, copyright_kinds, envelope, legacy_rules, network_kinds, rules
from comity.formats.xarf.rules import Rule
from comity.locale import catalogue

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
    assert capsys.readouterr().out == f"{tmp_path}/x.eml: unreadable (empty: there is nothing in it)\n"


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


def test_a_remark_on_a_hundred_places_is_not_a_hundred_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first five places are named, the others counted; JSON has them all."""
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{each}\n\n--b{each}\n" for each in range(12))
    (tmp_path / "deep.eml").write_text(f"Subject: deep\n{deep}\nend\n", encoding="utf-8")
    assert main(["read", str(tmp_path / "deep.eml"), "--language", "zh"]) == 0
    said = capsys.readouterr().out
    assert said.count("缺少结束分隔标记") == 5
    assert "      另有 7 处相同\n" in said
    main(["read", str(tmp_path / "deep.eml"), "--json"])
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 12


# Each kind of fault: what is done to a good document, the JSON path that is wrong, what is said of it in both languages.
FAULTS = [
    (attack(source_identifier=None), "source_identifier", "wanted: text, at least 1", "应为：文本，至少 1"),
    (attack(source_port="25"), "source_port", "whole number, 1 to 65535", "整数，1 至 65535"),
    (attack(source_port=70_000), "source_port", "70000", "70000"),
    (attack(reporter="West"), "reporter", "object", "对象"),
    (
        attack(reporter={"org": "West", "contact": 7, "domain": "west.example"}),
        "reporter.contact",
        "e-mail",
        "电子邮件",
    ),
    (attack(timestamp="yesterday"), "timestamp", "date-time of RFC 3339", "RFC 3339 格式的日期时间"),
    (attack(report_id="1"), "report_id", "UUID", "UUID"),
    (attack(category="war"), "category", "one of", "之一"),
    (attack(type="rudeness"), "type", "type of this category", "属于该类别的类型"),
    (legacy({"SourceIp": "somewhere"}), "Report.SourceIp", "IP address", "IP 地址"),
    (legacy({"Date": "This is no date"}), "Report.Date", "date-time of RFC 3339", "RFC 3339 格式的日期时间"),
    (legacy({"ReportType": "Rudeness"}), "Report.ReportType", "known report type", "已知的报告类型"),
    (legacy({"ReporterCaseID": 7}), "Report.ReporterCaseID", "text", "文本"),
    (legacy({"ASN": 41_999_999_990}), "Report.ASN", "whole number, 1 to 4199999999", "整数，1 至 4199999999"),
    (legacy({"Samples": {}}), "Report.Samples", "list, at least 1", "列表，至少 1"),
    (
        legacy({"Samples": [{"ContentType": 32, "Base64Encoded": "no", "Payload": "x"}]}),
        "Report.Samples[0].Base64Encoded",
        "true or false",
        "true 或 false",
    ),
    (legacy(ReporterInfo="woah"), "ReporterInfo", "object", "对象"),
    (legacy(Report=None), "Report", "object", "对象"),
]


@pytest.mark.parametrize(("document", "path", "english", "chinese"), FAULTS)
def test_a_refused_document_says_which_field_and_what_was_wanted(
    document: dict[str, object],
    path: str,
    english: str,
    chinese: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The path of the field stands in the line for people, in both languages, and in the JSON; no report comes of it."""
    document = {name: value for name, value in document.items() if value is not None}
    (tmp_path / "bad.json").write_text(json.dumps(document), encoding="utf-8")
    for language, words in (("en", english), ("zh", chinese)):
        main(["read", str(tmp_path / "bad.json"), "--language", language])
        said = capsys.readouterr().out.splitlines()[1:]
        assert [line for line in said if f"[{path} " in line or f"[{path}: " in line or f"[{path}（" in line], said
        assert any(words in line for line in said), said
    main(["read", str(tmp_path / "bad.json"), "--json"])
    row = json.loads(capsys.readouterr().out)
    assert (row["kind"], row["source_ip"]) == ("xarf", None)
    assert path in [each["where"] for each in row["findings"] if each["severity"] == "loss"]


def test_every_rule_of_xarf_has_words_in_both_languages() -> None:
    """What is wanted of a field is told in the reader's language, but for names of fields and of hash functions."""
    names = {"MD5", "SHA-1", "SHA-256", "UUID", "4.MINOR.PATCH"}
    untold = set()
    for rule in _rules():
        what = rule.expects.partition(", ")[0]
        slug = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
        if not rule.expects.startswith("one of ") and what not in names and f"xarf.wants.{slug}" not in catalogue("zh"):
            untold.add(rule.expects)
    assert untold == set()


def _rules() -> Iterator[Rule]:
    modules = (content_kinds, copyright_kinds, envelope, legacy_rules, network_kinds, rules)
    waiting = [each for module in modules for each in vars(module).values()]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, Rule):
            yield each
            waiting += [*each.fields.values(), *([each.item] if each.item else [])]
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, legacy_rules.Kind):
            waiting.append(each.rule)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((text, "empty: there is nothing in it") for text in ("", "\n\n\n", "\r\n\r\n")),
        ("\nPermission is granted to everybody.\n", "no header fields: this is no mail"),
    ],
)
def test_what_has_no_header_is_no_mail(text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether it begins with an empty line or with a word; where there is no word, that is said."""
    (tmp_path / "licence").write_text(text, encoding="utf-8", newline="")
    assert _run(str(tmp_path / "licence")) == 65
    assert f"licence: unreadable ({why})" in capsys.readouterr().out


def test_nothing_is_put_before_no_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a mailbox of bare "From " lines each is told as what it is: a mail of nothing."""

    def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(reading, "DIALECTS", (("asked", asked),))
    monkeypatch.setattr(reading, "_file", asked)
    (tmp_path / "box").write_bytes(b"From a@west.example Mon Jan  5 10:00:00 2026\n" * 3)
    assert _run(str(tmp_path / "box")) == 65
    assert capsys.readouterr().out.count("unreadable (empty: there is nothing in it)") == 3
