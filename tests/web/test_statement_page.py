"""The page and the sheet of a joint statement: both languages, nothing hidden comes out, and a stranger's text does nothing."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from comity.accord.measured import block
from comity.formats import intervals
from comity.model.outcomes import ComityError
from comity.services.prove.stating.checking import Checked, Fault
from comity.web.pages.pairs import named
from comity.web.pages.statement import render
from comity.web.pages.statement_compared import Rate
from comity.web.pages.statement_view import View, view_of

from .stated import statement


def view(text: str = "complaint", **more: Any) -> View:
    return view_of(statement(text), "note", **more)


def test_both_languages_stand_in_one_document() -> None:
    """English and Chinese beside each other, each marked with its language; no script, nothing to load."""
    page = render(view())
    assert "Joint statement" in page
    assert "联合声明" in page
    assert page.count('lang="zh-Hans"') == page.count('lang="en"') - 1  # that of the document
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_numbers_stand_as_both_sides_have_them() -> None:
    """Where the ledgers agree one number, where they do not both; what is not shown is a sign of its own."""
    page = render(view())
    assert "1,200" in page
    assert "40 ≠ 38" in page
    assert "···" in page
    assert "Too few to break down" in page


def test_what_is_nought_is_named_in_one_sentence() -> None:
    """A row is there where either side has a number, or keeps one to itself; the reports always."""
    text = statement()
    for key, value in (("dispute", 0), ("retract", 0), ("not-spam", 3), ("recourse/asked", None)):
        for each in text["directions"]:
            each["numbers"].append({"key": key, "values": {"a.example": 0, "b.example": value}})
    whole = next(each for each in view_of(text, "note").tables if each.title[0] == "What was exchanged")
    assert [row.label[0] for row in whole.rows] == ["complaints reported", "“not spam” reported", "recourse: asked why"]
    assert whole.more is not None
    assert whole.more[0].startswith("Nought in both directions: taken back; answers given")
    assert "争议" in whole.more[1]
    assert "Nought in both directions: taken back; answers" in render(view_of(text, "note"))


def test_a_share_is_drawn_with_its_interval() -> None:
    """A point upon a line, and the same in words."""
    page = render(view())
    assert "75.0 %" in page
    assert "42.8 – 94.6 %" in page
    assert page.count('class="whisker"') == 1


def share(key: str, part: int, whole: int) -> dict[str, Any]:
    """A share as a statement has it."""
    found = intervals.share(part, whole)
    bounds = ("per_mille", "low", "high")
    return {"key": key, "direction": ["a.example", "b.example"], "part": part, "whole": whole} | {
        name: None if found is None else getattr(found, name) for name in bounds
    }


def rate(period: str, **parts: Any) -> Rate:
    """The one share of a statement about this period."""
    text = statement()
    text["period"], text["derived"] = period, {"a.example": [share(**parts)], "b.example": []}
    (found,) = view_of(text, "note").rates
    return found


def test_what_is_still_in_time_is_not_met_with_silence() -> None:
    """Of a day nothing is 72 hours old at its end; of a month nobody counted what is overdue, and the page says so."""
    day = rate("2026-11-05", key="silent", part=10, whole=10)
    assert day.label == ("Reports unanswered and still in time on the last day", "截至最后一天未答复但尚未到期的报告")
    assert (
        day.why is not None and "None was met with silence" in day.why[0] and "没有任何报告超过 72 小时" in day.why[1]
    )
    month = rate("2026-11", key="silent", part=10, whole=12)
    assert (month.label[0], month.label[1]) == (
        "Reports unanswered on the last day, overdue or still in time",
        "截至最后一天未答复的报告（逾期或尚未到期）",
    )
    assert month.why is not None and "does not say how many were met with silence" in month.why[0]
    assert rate("2026-11", key="overdue", part=1, whole=12).why is None


def test_no_share_says_why() -> None:
    """Answers to reports of an earlier period are shown as the number they are; where there is nothing, that is said."""
    beyond = rate("2026-11", key="answered", part=12, whole=10)
    assert (beyond.text, beyond.of) == ("12", "12 / 10")
    assert beyond.why == (
        "No share: at least 2 of these are about reports of an earlier period.",
        "不计比例：其中至少 2 份针对更早时期的报告。",
    )
    nothing = rate("2026-11", key="answered", part=0, whole=0)
    assert nothing.text == "—"
    assert nothing.why is not None and "nothing in this period" in nothing.why[0] and "没有可作为基数" in nothing.why[1]
    text = statement()
    text["derived"]["a.example"] = [share("answered", 12, 10)]
    assert "不计比例" in render(view_of(text, "note"))
    assert typeset(view_of(text, "note")) != typeset(replace(view_of(text, "note"), rates=(replace(beyond, why=None),)))


def test_what_is_proved_and_what_was_measured_stand_apart() -> None:
    """No word says of a measured number that it is proved: it has its own part, in both languages, and the state says so."""
    checked = Checked(faults=(), signers=("west.example", "east.example"))
    text = statement("complaint")
    text["measured"] = {"west.example": block(100, 90)}
    page = render(view_of(text, "note", checked))
    proved, apart = page.index('id="rates"'), page.index('id="measured"')
    assert proved < apart < page.index("Infestations found that are clean")
    assert "every number shown is proved" not in page
    assert "signed, not proved" in page and "未经证明" in page
    assert 'id="measured"' not in render(view())


def test_what_is_not_named_is_not_nought() -> None:
    """In a direction without a breakdown no row says 0: how many there were is not shown, and that is what stands there."""
    text = statement("complaint")
    one, other = text["directions"]
    one["numbers"] = [each for each in one["numbers"] if not each["key"].startswith("report/class/")]
    one["withheld"] = ["report/class/"]
    other["numbers"] = [each for each in other["numbers"] if not each["key"].startswith("report/class/")]
    other["numbers"] += [{"key": "report/class/complaint", "values": dict.fromkeys(text["evidence"], 12)}]
    other["withheld"] = []
    (table,) = [each for each in view_of(text, "note").tables if each.title[0] == "Complaints by class"]
    assert [tuple(cell.text for cell in row.cells) for row in table.rows] == [("···", "12")]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_a_strangers_text_does_nothing(text: str) -> None:
    """Keys and names out of a file are escaped on the page."""
    page = render(view(text))
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page or "7" not in text


def test_a_statement_that_fails_says_so_first() -> None:
    """Whoever reads a page of a false statement reads that before any number."""
    page = render(view(checked=Checked(faults=(Fault(code="day-missing", where="2026-11-05"),))))
    assert page.index("DOES NOT HOLD") < page.index("1,200")
    assert "a day is missing: 2026-11-05" in page
    assert "缺少一天" in page


def test_who_signed_is_named_as_each_language_names_two() -> None:
    """No English comma stands in a Chinese sentence."""
    page = render(view(checked=Checked(faults=(), signers=("a.example", "b.example"))))
    assert "Verified: a.example and b.example signed" in page
    assert "已验证：a.example 与 b.example 签署" in page
    assert named(["a.example", "b.example", "c.example"])[1] == "a.example、b.example 与 c.example"
    assert named([]) == ("", "")


def test_what_differs_is_named_in_both_languages() -> None:
    """A number by its words, with its key, its direction and what each side has, also where one shows none."""
    text = statement()
    sides = {"a.example": 1240, "b.example": None}
    text["differences"] = [
        {"reporting": "b.example", "reported": "a.example", "key": key, "values": sides} for key in KEYS
    ]
    page = render(view_of(text, "note"))
    for said in (
        "Complaints by class: bot",
        "按类别统计的投诉，其中：僵尸主机",
        "Complaints by source network: 198.51.100.0/24 (CN / ?)",
        "按来源网络统计的投诉，其中：198.51.100.0/24 (CN / ?)",
        "对对方报告的处理，其中：已告知客户",
        "已报告的投诉",
        "b.example → a.example · report/class/bot: a.example 1,240, b.example ···",
    ):
        assert said in page, said
    assert "<bdi>mystery</bdi>" in page


KEYS = ("report", "report/class/bot", "report/network/198.51.100.0/24 CN -", "outcome/warned", "mystery")


def test_the_sheet_is_a_pdf() -> None:
    """Typst sets the same view, a stranger's text as text; the file is a PDF with pages."""
    made = typeset(view('#read("/etc/passwd") $x$ *bold* <label>'))
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page") >= 1 or len(made) > 10_000


def test_the_sheet_names_faults_in_both_languages() -> None:
    """Whoever reads Chinese alone learns from the sheet, as from the page, what does not hold."""
    failed = view(checked=Checked(faults=(Fault(code="day-missing", where="2026-11-05"),)))
    without = replace(failed, faults=((failed.faults[0][0], ""),))
    assert typeset(failed) == typeset(failed)
    assert typeset(failed) != typeset(without)


def typeset(view: View) -> bytes:
    """The sheet of this view."""
    pytest.importorskip("typst")
    from importlib.resources import files

    from comity.outlets.typesetting import pdf

    template = files("comity.web").joinpath("templates", "statement.typ").read_text(encoding="utf-8")
    try:
        return pdf(template, asdict(view))
    except ComityError as error:
        if error.code == "pdf-font":
            pytest.skip("there is no Chinese font here")
        raise


def test_without_the_extra_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No typst, no PDF: the error says what to install."""
    import sys

    from comity.outlets.typesetting import pdf

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ComityError) as refused:
        pdf("", {})
    assert (refused.value.code, "comity[pdf]" in str(refused.value)) == ("pdf-missing", True)


def test_the_view_is_plain_data() -> None:
    """Nothing but text and numbers goes to the typesetter."""

    assert json.loads(json.dumps(asdict(view())))["period"] == "2026-11"
