"""One mail as evidence: what is shown of it, what a browser is told about it, and that somebody saw it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comity.locale import catalogue
from comity.model.account import Role
from comity.model.case import Evidence, EvidenceClass
from comity.model.outcomes import ComityError, Outcome
from comity.model.retention import KeptClass
from comity.model.verdict import Facts, Judgement, Verdict
from comity.services.public.pages.filter import FilterDoing
from comity.services.receive.conversation.arriving import WaitingLetter
from comity.services.receive.grave.urgent import Said, note_reports
from comity.services.receive.prepare import pack
from comity.services.receive.rows import ItemRow, RawRow, ReportRow, ShuntRow

from ...retention import erase_class
from .conftest import _served

if TYPE_CHECKING:
    from conftest import DeskScene

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
ARRIVED = datetime(2026, 3, 19, 8, 0, tzinfo=UTC)
MAIL = (
    b"From: =?utf-8?B?5oqV6K+J?= <a@east.example>\r\nSubject: folded\r\n and <script>alert(1)</script>\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"zbbL3yBodHRwOi8vYmFkLmV4YW1wbGUvcGF5\r\n"
    b'--b\r\nContent-Type: text/html\r\n\r\n<p onclick="x()">Pay <a href="http://bad.example/hidden">now</a>'
    b'<img src="http://bad.example/1.gif" alt="Bank"><script>alert(2)</script>\r\n'
    b"--b\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Disposition: attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.exe\r\n\r\nMZ..\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello inside\r\n--b--\r\n"
)


def put(desk: "DeskScene", data: bytes = MAIL, *, kept: bool = True, **changed: Any) -> int:
    """An item with these bytes."""
    with desk.store.write() as records:
        raw_id, item_id, _ = records.intake.next_ids()
        made = RawRow(
            raw_id=raw_id,
            digest=sha256(data).digest(),
            data=pack(data),
            size=len(data),
            arrived=ARRIVED,
            kept_until=ARRIVED if not kept else ARRIVED + timedelta(days=90),
        )
        came = ItemRow(
            item_id=item_id,
            raw_id=raw_id,
            gate="lmtp",
            name="abuse/1",
            arrived=ARRIVED,
            kind="prose",
            why="prose",
            carrier_message_id=None,
            case_id=None,
            reading="{}",
        )
        records.intake.add([made], [replace(came, **changed)], [])
        if not kept:
            assert erase_class(records, KeptClass.RAW, ARRIVED + timedelta(days=1)) == 1
    return item_id


def test_every_part_and_decoding_is_shown(desk: "DeskScene") -> None:
    """What was written stands beside what was read, down into the mail inside; nothing in it is a link or a script."""
    shown = desk.client.get(f"/items/{put(desk)}").text
    assert "投诉 &lt;a@east.example&gt;" in shown
    assert "=?utf-8?B?5oqV6K+J?=" in shown
    assert "投诉 http://bad.example/pay" in shown
    assert "<b>gb18030</b>" in shown
    assert "发票.exe" in shown
    assert sha256(b"MZ..").hexdigest() in shown
    assert sha256(MAIL).hexdigest() in shown
    assert "hello inside" in shown
    assert "<bdi>http://bad.example/hidden</bdi>" in shown
    assert "RFC 2047" in shown
    assert "RFC 2231" in shown
    assert not re.search(r'(?:href|src)="[^"]*bad\.example', shown)
    assert not re.search(r"<script(?! src=\"/static/)", shown)


def test_a_part_is_rendered_in_a_frame_that_may_do_nothing(desk: "DeskScene") -> None:
    """On request alone; its answer forbids everything, and it is given to no window of its own."""
    item = put(desk)
    assert "<iframe" not in desk.client.get(f"/items/{item}").text
    page = desk.client.get(f"/items/{item}", params={"rendered": "2"}).text
    assert f'<iframe class="rendering" sandbox src="/items/{item}/parts/2/rendering"' in page
    framed = desk.client.get(f"/items/{item}/parts/2/rendering", headers={"sec-fetch-dest": "iframe"})
    assert framed.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "[Bank]" in framed.text
    assert not re.search(r"<script|<img|href=|src=|onclick", framed.text)
    alone = desk.client.get(f"/items/{item}/parts/2/rendering", headers={"sec-fetch-dest": "document"})
    assert alone.status_code == 403
    assert "Pay" not in alone.text
    assert desk.client.get(f"/items/{item}/parts/1/rendering").status_code == 404


def test_the_bytes_are_a_download_and_nothing_else(desk: "DeskScene") -> None:
    """As they came, to the byte, under a name of ours, of no kind that a browser would open."""
    item = put(desk)
    got = desk.client.get(f"/items/{item}/raw")
    assert got.content == MAIL
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == f'attachment; filename="item-{item}.eml"'
    assert got.headers["x-content-type-options"] == "nosniff"


def test_what_was_dropped_is_said_to_be_gone(desk: "DeskScene") -> None:
    """The page stays, and says so; there is nothing to download."""
    item = put(desk, kept=False)
    shown = desk.client.get(f"/items/{item}")
    assert shown.status_code == 200
    assert "The mail itself is gone" in shown.text
    assert f"/items/{item}/raw" not in shown.text
    assert desk.client.get(f"/items/{item}/raw").status_code == 410


def test_who_saw_it_is_written_down(desk: "DeskScene") -> None:
    """Before it is shown; an auditor sees nobody's mail, in none of its forms."""
    item = put(desk)
    desk.client.get(f"/items/{item}")
    with desk.store.read() as records:
        assert [(each.account, each.what, each.about) for each in records.accounts.seen(5)] == [
            ("ann", "item", str(item))
        ]
    desk.roles[:] = [Role.AUDITOR]
    for path in ("", "/raw", "/parts/2/rendering"):
        assert desk.client.get(f"/items/{item}{path}").status_code == 403


def test_one_that_was_put_aside_is_shown_too(desk: "DeskScene") -> None:
    """It has no item; the reason why stands above it, and who handed it over."""
    with desk.store.write() as records:
        raw_id, _, _ = records.intake.next_ids()
        made = RawRow(
            raw_id=raw_id,
            digest=sha256(MAIL).digest(),
            data=pack(MAIL),
            size=len(MAIL),
            arrived=ARRIVED,
            kept_until=None,
        )
        records.intake.add([made], [], [])
        row = ShuntRow(
            raw_id=raw_id,
            gate="lmtp",
            name="abuse/2",
            stage="read",
            reason="fault",
            detail="ValueError",
            at=ARRIVED,
            envelope_from="a@east.example",
        )
        number = records.intake.shunt(row)
    shown = desk.client.get(f"/items/s{number}").text
    assert "A fault in Comity" in shown
    assert "&lt;<bdi>a@east.example</bdi>&gt;" in shown
    assert "hello inside" in shown


@pytest.mark.parametrize("name", ["0", "x", "s", "12345678901234567890", "99", "s99", "1%00"])
def test_what_is_no_item_is_missing(desk: "DeskScene", name: str) -> None:
    """Whatever stands in the address."""
    assert desk.client.get(f"/items/{name}").status_code == 404


def put_aside(desk: "DeskScene", data: bytes = MAIL) -> int:
    """A mail that could not be worked off."""
    with desk.store.write() as records:
        raw_id, _, _ = records.intake.next_ids()
        digest = sha256(data).digest()
        made = RawRow(raw_id=raw_id, digest=digest, data=pack(data), size=len(data), arrived=ARRIVED, kept_until=None)
        records.intake.add([made], [], [])
        row = ShuntRow(
            raw_id=raw_id, gate="lmtp", name="abuse/2", stage="read", reason="fault", detail=None, at=ARRIVED
        )
        return records.intake.shunt(row)


def test_what_was_put_aside_is_tried_again(desk: "DeskScene") -> None:
    """One, or all; as it came, to the byte. Whoever may only look is offered no button, and refused all the same."""
    first, second = put_aside(desk), put_aside(desk, MAIL + b" ")
    shown = desk.client.get("/shunt").text
    assert "A fault in Comity" in shown
    assert f'href="/items/s{first}"' in shown
    assert desk.post("/shunt", mail=first).headers["location"] == "/shunt?said=tried-again"
    assert [each.data for each in desk.taken] == [MAIL]
    desk.post("/shunt", mail="all")
    assert [each.raw_id for each in desk.taken] == [1, 1, 2]
    assert desk.post("/shunt", mail="x").status_code == 400
    desk.post("/shunt", mail=second + 100)
    desk.roles[:] = [Role.AUDITOR]
    assert "<button>Try" not in desk.client.get("/shunt").text
    assert desk.post("/shunt", mail=first).status_code == 403
    assert len(desk.taken) == 3


def test_reports_in_no_case_are_paged_by_reason(desk: "DeskScene") -> None:
    """Newest first; the second page begins where the first ended, whatever came in meanwhile."""
    item = put(desk)
    add_reports(desk, item, range(1, 61), "not-ours")
    add_reports(desk, item, range(61, 63), "private")
    first = desk.client.get("/unmatched").text
    assert "not yours <b>60</b>" in first
    assert first.count("<li data-row>") == 50
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    add_reports(desk, item, range(100, 103), "not-ours")
    second = desk.client.get(following.group(1).replace("&amp;", "&")).text
    assert [int(each) for each in re.findall(r"192\.0\.2\.([0-9]+)", second)] == list(range(10, 0, -1))
    assert desk.client.get("/unmatched?reason=private").text.count("<li data-row>") == 2
    assert desk.client.get("/unmatched?reason=x&before=x").status_code == 200


def add_reports(desk: "DeskScene", item: int, numbers: range, reason: str) -> None:
    """Reports in no case."""
    with desk.store.write() as records:
        rows = [
            ReportRow(
                report_id=number,
                item_id=item,
                report_key=number.to_bytes(16, "big"),
                complaint_key=None,
                channel_id=None,
                definition=None,
                evidence=Evidence(evidence_class=EvidenceClass.COMPLAINT, source_ip=f"192.0.2.{number}"),
                precision=None,
                feedback_type="abuse",
                is_complaint=True,
                case_id=None,
                no_case=reason,
                duplicate_of=None,
                exchange=None,
                line="{}",
            )
            for number in numbers
        ]
        records.intake.add([], [], rows)


def test_what_is_urgent_is_seen_with_a_reason(desk: "DeskScene") -> None:
    """The first page leads to it; without a reason it stands on; whoever saw it stands beside it."""
    with desk.store.write() as records:
        note_reports(records.urgent, [Said(case_id=None, about="<b>bank</b>.example")], NOW - timedelta(hours=1))
    assert 'href="/urgent"' in desk.client.get("/").text
    shown = desk.client.get("/urgent").text
    assert "<bdi>&lt;b&gt;bank&lt;/b&gt;.example</bdi>" in shown
    assert desk.post("/urgent/1").status_code == 400
    assert 'action="/urgent/1"' in desk.client.get("/urgent").text
    desk.post("/urgent/1", why="called the bank")
    after = desk.client.get("/urgent").text
    assert 'action="/urgent/1"' not in after
    assert "called the bank" in after
    assert desk.post("/urgent/1", why="again").status_code == 404
    desk.roles[:] = [Role.AUDITOR]
    assert desk.post("/urgent/1", why="x").status_code == 403


def test_letters_that_report_nothing_are_read_and_seen(desk: "DeskScene") -> None:
    """The first page leads to them; the case that one names says that this proves nothing; a press takes them away."""
    case = desk.put("West Hosting")
    first, second = put(desk), put(desk, MAIL + b"2")
    with desk.store.write() as records:
        for item, case_id in ((first, None), (second, case.case_id)):
            raw_id = records.intake.item(item).raw_id  # type: ignore[union-attr]
            said = {"writer": "w", "case_id": case_id, "at": ARRIVED}
            records.arrived.add(WaitingLetter(raw_id=raw_id, gate="lmtp", name="feedback/1", **said))  # type: ignore[arg-type]
        records.arrived.count_more({1: 9})
    assert 'href="/unmatched?reason=letters"' in desk.client.get("/").text
    shown = desk.client.get("/unmatched?reason=letters").text
    assert f'href="/cases/{case.case_id}"' in shown
    assert f'href="/items/{second}"' in shown
    assert "only names this case" in desk.client.get(f"/cases/{case.case_id}").text
    plain = desk.client.get("/unmatched?reason=no-report").text
    assert "a letter to you, no report <b>10</b>" in plain
    assert "9 more like it" in plain
    assert desk.post("/unmatched/letters").status_code == 400
    assert desk.post("/unmatched/letters", letter="x").status_code == 400
    assert desk.client.get("/shunt").text.count("<li data-row>") == 0
    desk.post("/unmatched/letters", letter=["1", "2"])
    assert 'action="/unmatched/letters"' not in desk.client.get("/unmatched").text
    assert desk.post("/unmatched/letters", letter="1").status_code == 404
    desk.roles[:] = [Role.AUDITOR]
    assert desk.post("/unmatched/letters", letter="1").status_code == 403


def judging(is_in_service: bool, judge: Callable[[bytes], Verdict]) -> FilterDoing:
    """A filter that says what it is told."""

    def judged(data: bytes, facts: Facts) -> Judgement:
        return Judgement(verdict=judge(data), probability=0.5, score=0.0, threshold=0.0, language="latin")

    none: Any = None
    return FilterDoing(
        model=none,
        stamp=none,
        judge=judged,
        is_in_service=lambda: is_in_service,
        take_out=none,
        roll_back=none,
        locked=none,
    )


def _verdict(data: bytes) -> Verdict:
    return Verdict.SPAM if b"PRIZE" in data else Verdict.UNSURE if b"perhaps" in data else Verdict.LEGITIMATE


def _no_model(data: bytes) -> Verdict:
    raise ComityError("model-foreign", "this file holds no model", outcome=Outcome.CONFIGURATION)


@pytest.mark.parametrize(
    ("is_in_service", "judge", "folded"), [(True, _verdict, 2), (False, _verdict, 0), (True, _no_model, 0)]
)
def test_what_looks_like_spam_is_folded(
    tmp_path: Path, is_in_service: bool, judge: Callable[[bytes], Verdict], folded: int
) -> None:
    """Of letters that wait, what a filter in service is sure of: behind the others, with its count, and as they are in all else."""
    filtering = judging(is_in_service, judge)
    for desk in _served(tmp_path, lambda work: replace(work, filtering=filtering)):
        case = desk.put("West Hosting")
        texts = (b"PRIZE one", b"please stop", b"PRIZE two", b"perhaps", b"PRIZE, and it names a case")
        for at, text in enumerate(texts):
            item = put(desk, b"From: <eve@mail.example>\r\nSubject: " + text + b"\r\n\r\n" + text)
            with desk.store.write() as records:
                raw_id = records.intake.item(item).raw_id  # type: ignore[union-attr]
                case_id = case.case_id if at == 4 else None
                records.arrived.add(
                    WaitingLetter(raw_id=raw_id, gate="lmtp", name="f/1", writer=str(at), case_id=case_id, at=ARRIVED)
                )
        for language, said in (("en", "2 that look like spam"), ("zh-Hans", "2 封疑似垃圾邮件")):
            desk.client.get(f"/language/{language}")
            page = desk.client.get("/unmatched?reason=no-report").text
            shown, _, behind = page.partition("<summary>" + said)
            assert shown.count("<li data-row>") == 4 - folded
            assert behind.count("<li data-row>") == folded
            first = shown.partition('action="/unmatched/letters"')[2].partition("</form>")[0]  # the press that sees all
            assert first.count('name="letter"') == 4 - folded
            of_page = catalogue(language.replace("-", "_")).say("desk-arrived.seen-all", n=4 - folded)
            assert (of_page in page) == (not folded)  # those that are folded are on the page, too
        assert "疑似垃圾邮件" not in desk.client.get("/unmatched?reason=names-case").text
        desk.post("/unmatched/letters", letter=["1", "3"])
        assert "疑似垃圾邮件" not in desk.client.get("/unmatched?reason=no-report").text


def test_a_letter_behind_which_others_stand_is_not_folded(tmp_path: Path) -> None:
    """Nobody has judged those that are only counted on it: a stranger's spam takes no honest letter behind the fold with it."""
    filtering = judging(is_in_service=True, judge=_verdict)
    for desk in _served(tmp_path, lambda work: replace(work, filtering=filtering)):
        item = put(desk, b"From: <eve@mail.example>\r\nSubject: PRIZE\r\n\r\nPRIZE")
        with desk.store.write() as records:
            raw_id = records.intake.item(item).raw_id  # type: ignore[union-attr]
            records.arrived.add(
                WaitingLetter(raw_id=raw_id, gate="lmtp", name="f/1", writer="eve", case_id=None, at=ARRIVED)
            )
        assert "One that looks like spam" in desk.client.get("/unmatched?reason=no-report").text
        with desk.store.write() as records:
            records.arrived.count_more({raw_id: 2})
        page = desk.client.get("/unmatched?reason=no-report").text
        assert "looks like spam" not in page
        assert "2 more like it came that day" in page


def test_letters_that_are_only_counted_are_looked_through(desk: "DeskScene") -> None:
    """What stands behind a letter leads to the ordinary mail of that day without a line of its own, no other day's."""

    plain: dict[str, Any] = {"kind": "mail", "why": "why.mail"}
    first, second = put(desk, MAIL + b"1", **plain), put(desk, MAIL + b"2", **plain)
    put(desk, MAIL + b"3")
    put(desk, MAIL + b"4", **plain, arrived=ARRIVED + timedelta(days=1))
    with desk.store.write() as records:
        raw_id = records.intake.item(first).raw_id  # type: ignore[union-attr]
        said = {"writer": "w", "case_id": None, "at": ARRIVED}
        records.arrived.add(WaitingLetter(raw_id=raw_id, gate="lmtp", name="feedback/1", **said))  # type: ignore[arg-type]
        records.arrived.count_more({raw_id: 1})
    assert 'href="/unmatched/letters/1"' in desk.client.get("/unmatched?reason=letters").text
    shown = desk.client.get("/unmatched/letters/1").text
    assert re.findall(r'<li data-row>.*?href="/items/(\d+)"', shown) == [str(second)]
    assert desk.client.get("/unmatched/letters/2").status_code == 404
    assert desk.client.get("/unmatched/letters/x").status_code == 404
    desk.roles[:] = [Role.AUDITOR]
    assert desk.client.get("/unmatched/letters/1").status_code == 403
