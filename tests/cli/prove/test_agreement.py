"""``comity agreement``: two networks on one machine agree, by the commands of the how-to page."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main
from comity.ledger import pairing

Run = Callable[..., tuple[int, str, str]]
TERMS = """\
[ours]
jurisdictions = ["US"]
[theirs]
jurisdictions = ["CN"]
organisation = "东方 <b>接入</b>"
networks = ["198.51.100.0/24"]
[we_send]
tier = "T2"
legal_basis = "legitimate-interest"
transfer = "derogation"
subjects = 500
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Two paired networks, west and east."""
    monkeypatch.chdir(tmp_path)

    def ran(side: str, *words: str) -> tuple[int, str, str]:
        status = main([*words, "--language", "en", "--config", f"{side}/comity.toml"])
        said = capsys.readouterr()
        return status, said.out, said.err

    for name, address in (("west", "feedback"), ("east", "abuse")):
        main(["init", name, "--domain", f"{name}.example", "--address", f"{address}@{name}.example"])
    for ours, theirs in (("west", "east"), ("east", "west")):
        card = pairing.read_card(Path(f"{theirs}/ledger.card").read_text(encoding="utf-8"))
        assert card is not None
        ran(ours, "peer", "add", f"{theirs}/ledger.card")
        assert ran(ours, "peer", "trust", f"{theirs}.example", pairing.figures(card.fingerprint()))[0] == 0
    Path("terms.toml").write_text(TERMS, encoding="utf-8")
    return ran


def listed(run: Run, side: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(side, "agreement", "list", "--json")[1].splitlines()]


def test_two_networks_agree_amend_and_part(run: Run) -> None:
    """Every act by a command, every note by a file; both sides list the same."""
    run("west", "agreement", "propose", "east.example", "--terms", "terms.toml", "--out", "p.note")
    assert run("east", "agreement", "accept", "p.note", "--out", "a.note")[0] == 0
    assert run("west", "agreement", "take", "a.note")[0] == 0
    Path("change.toml").write_text("[we_send]\nquota = 7\n", encoding="utf-8")
    assert run("west", "agreement", "propose", "east.example", "--terms", "change.toml")[0] == 64
    assert run("west", "agreement", "amend", "east.example", "--terms", "change.toml", "--out", "p2.note")[0] == 0
    run("east", "agreement", "take", "p2.note")
    assert run("east", "agreement", "accept", "west.example", "--out", "a2.note")[0] == 0
    run("west", "agreement", "take", "a2.note")
    assert run("west", "agreement", "end", "east.example", "--text", "sold", "--out", "e.note")[0] == 0
    assert run("east", "agreement", "take", "e.note")[0] == 0
    for side in ("west", "east"):
        assert [each["state"] for each in listed(run, side)] == ["amended", "ending"]
        assert json.loads(run(side, "ledger", "verify", "--json")[1].splitlines()[0])["holds"]
    assert listed(run, "west")[1]["events"][-1]["text"] == "sold"


def test_what_the_other_side_guessed_of_us_is_said(run: Run) -> None:
    """Reports that would go to a wrong mailbox, or never come, are seen before one signs; amended, nothing is left to say."""
    Path("terms.toml").write_text(TERMS.replace('networks = ["198.51.100.0/24"]\n', ""), encoding="utf-8")
    settings = Path("east/comity.toml")
    text = settings.read_text(encoding="utf-8").replace("abuse@east.example", "fbl@east.example")
    own = '[own]\nnetworks = ["198.51.100.0/24"]\n'
    settings.write_text(text.replace("[own]\n", own), encoding="utf-8")
    run("west", "agreement", "propose", "east.example", "--terms", "terms.toml", "--out", "p.note")
    run("east", "agreement", "take", "p.note")
    for words in (("show", "west.example"), ("accept", "west.example", "--out", "a.note")):
        said = " ".join(run("east", "agreement", *words)[1].split())
        assert "reports to us go to abuse@east.example; we are at fbl@east.example" in said
        assert "names none of our networks" in said and "none of our signing domains" in said
        assert "comity agreement amend west.example" in said
    assert "not what our settings say" not in run("west", "agreement", "show", "east.example")[1]
    run("west", "agreement", "take", "a.note")
    change = '[ours]\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ndkim_domains = ["east.example"]\n'
    Path("change.toml").write_text(change, encoding="utf-8")
    amended = ("agreement", "amend", "west.example", "--terms", "change.toml", "--out", "p2.note")
    assert run("east", *amended)[0] == 0
    run("west", "agreement", "accept", "p2.note", "--out", "a2.note")
    run("east", "agreement", "take", "a2.note")
    assert "not what our settings say" not in run("east", "agreement", "show", "west.example")[1]


def test_it_is_read_in_both_languages_and_strangers_text_is_escaped(run: Run) -> None:
    """Text for a terminal of 80 columns, a page without script; each field in both."""
    run("west", "agreement", "propose", "east.example", "--terms", "terms.toml")
    status, text, _ = run("west", "agreement", "show", "east.example", "--both", "--html", "page.html")
    assert status == 0 and "How much is shown" in text and "展示程度" in text
    assert max(map(len, text.splitlines())) <= 80
    page = Path("page.html").read_text(encoding="utf-8")
    assert "东方 &lt;b&gt;接入" in page and "<script" not in page and "个人信息：法律依据" in page


def test_a_mistake_in_the_terms_is_named_with_its_line(run: Run) -> None:
    """File, line, field, and what fits."""
    Path("terms.toml").write_text(TERMS.replace("500", "-4"), encoding="utf-8")
    status, _, errors = run("west", "agreement", "propose", "east.example", "--terms", "terms.toml")
    assert status == 65
    assert errors.startswith("comity: terms.toml:11: A field does not fit, in we_send.subjects (a whole number from 0")
    Path("terms.toml").write_text(TERMS.replace('transfer = "derogation"\n', ""), encoding="utf-8")
    _, _, errors = run("west", "agreement", "propose", "east.example", "--terms", "terms.toml")
    assert "terms.toml:7" in errors and "we_send.transfer" in errors
    assert listed(run, "west") == []


def test_the_draft_can_be_proposed_once_the_countries_are_in_it(run: Run) -> None:
    """What the program writes, it reads."""
    run("west", "agreement", "draft", "east.example", "--out", "draft.toml")
    text = Path("draft.toml").read_text(encoding="utf-8")
    assert run("west", "agreement", "propose", "east.example", "--terms", "draft.toml")[0] == 65
    Path("draft.toml").write_text(re.sub(r"jurisdictions = \[\]", 'jurisdictions = ["CN"]', text), encoding="utf-8")
    assert run("west", "agreement", "propose", "east.example", "--terms", "draft.toml")[0] == 0


def test_a_draft_says_for_whom_countries_are_wanted(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides at once, before a proposal is refused for one and then for the other."""
    for language, said in (
        ("en", "jurisdictions of east.example, west.example"),
        ("zh", "east.example、west.example 的"),
    ):
        words = ["agreement", "draft", "east.example", "--out", str(tmp_path / f"{language}.toml")]
        assert main(["--language", language, *words, "--config", str(tmp_path / "west/comity.toml")]) == 0
        assert said in " ".join(capsys.readouterr().out.split())


def test_a_changed_file_is_refused_with_a_word_for_the_other_side(run: Run) -> None:
    """And nothing is stored; a no goes back as a file, too."""
    run("west", "agreement", "propose", "east.example", "--terms", "terms.toml", "--out", "p.note")
    good = Path("p.note").read_text(encoding="utf-8")
    Path("bad.note").write_text(good.replace('"subjects":500', '"subjects":501'), encoding="utf-8")
    status, _, errors = run("east", "agreement", "take", "bad.note")
    assert status == 65 and "signature-wrong" in errors and listed(run, "east") == []
    run("east", "agreement", "take", "p.note")
    run("east", "agreement", "reject", "west.example", "--text", "T2 needs our counsel", "--out", "no.note")
    assert "T2 needs our counsel" in " ".join(run("west", "agreement", "take", "no.note")[1].split())
    assert listed(run, "west")[0]["state"] == listed(run, "east")[0]["state"] == "rejected"


def test_the_file_that_is_named_is_signed_and_no_other(run: Run) -> None:
    """West takes its terms back by a file and proposes others: whoever accepts that file signs nothing; the short word is refused,
    with the name of what there is now."""
    run("west", "agreement", "propose", "east.example", "--terms", "terms.toml", "--out", "p.note")
    run("east", "agreement", "take", "p.note")
    run("west", "agreement", "reject", "east.example", "--out", "back.note")
    run("east", "agreement", "take", "back.note")
    Path("worse.toml").write_text(TERMS + "quota = 7\n", encoding="utf-8")
    assert run("west", "agreement", "propose", "east.example", "--terms", "worse.toml", "--out", "q.note")[0] == 0
    run("east", "agreement", "take", "q.note")
    assert run("east", "agreement", "accept", "back.note")[0] != 0
    status, _, said = run("east", "agreement", "accept", "west.example")
    assert status == 65 and "comity agreement accept west.example --hash" in " ".join(said.split())
    assert [each["state"] for each in listed(run, "east")] == ["rejected", "proposed"]
    assert run("east", "agreement", "accept", "q.note")[0] == 0


def test_a_proposal_comes_by_mail_and_waits_for_a_person(run: Run) -> None:
    """Attached to a letter that anybody may have sent: the signature in it counts; a changed one leaves no trace but a letter."""
    run("west", "agreement", "propose", "east.example", "--terms", "terms.toml", "--out", "p.note")
    good = Path("p.note").read_bytes()
    for number, note in enumerate((good.replace(b'"subjects":500', b'"subjects":501'), good)):
        coded = b64encode(note)
        body = b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
        Path("mail.eml").write_bytes(
            b"From: somebody@elsewhere.example\r\nTo: abuse@east.example\r\nSubject: terms\r\n"
            b"Message-ID: <%d@elsewhere.example>\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
            b"Here are our terms. Please read them.\r\n--b\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n" % (number, body)
        )
        assert run("east", "ingest", "mail.eml")[0] == 0
        assert [each["state"] for each in listed(run, "east")] == ["proposed"] * number
    assert run("east", "agreement", "accept", "west.example")[0] == 0
