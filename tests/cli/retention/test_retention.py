"""``comity retention`` and forgetting under law and hold, on the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.cli import main
from comity.settings.reader import parse

MAIL = (
    "From: fbl@west.example\nTo: abuse@east.example\nSubject: report\nMessage-ID: <r1@west.example>\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\nContent-Type: text/plain\n\nA complaint.\n\n'
    "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: W/1\nVersion: 1\nSource-IP: 192.0.2.7\n\n"
    "--b\nContent-Type: message/rfc822\n\nFrom: x@shop.example\nSubject: Sale\nMessage-ID: <1@shop.example>\n\nbuy\n\n--b--\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with one lease, the law of China, and somebody who may hold."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", ".", "--language", "en"]) == 0
    settings = (tmp_path / "comity.toml").read_text(encoding="utf-8")
    rooms = {
        "[retention]": 'jurisdictions = ["CN"]\nholders = ["li"]',
        "[own]": 'networks = ["192.0.2.0/24"]',
        "[identity]": 'domain = "east.example"',
    }
    for room, entries in rooms.items():
        assert f"\n{room}\n" in settings
        settings = settings.replace(f"\n{room}\n", f"\n{room}\n{entries}\n", 1)
    (tmp_path / "comity.toml").write_text(settings, encoding="utf-8")
    assert main(["init", "."]) == 0
    now = datetime.now(UTC).replace(microsecond=0)
    rows = [
        f"192.0.2.{at},,line-{at},{(now - timedelta(days=ago + 1)).isoformat()},{(now - timedelta(days=ago)).isoformat()}\n"
        for at, ago in ((7, 182), (8, 300))
    ]
    (tmp_path / "leases.csv").write_text("address,ports,subscriber,began,ended\n" + "".join(rows))
    assert main(["lease", "import", "leases.csv"]) == 0
    (tmp_path / "one.eml").write_text(MAIL)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *command: str, status: int = 0) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main([*command, "--json"]) == status
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def text(capsys: pytest.CaptureFixture[str], *command: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main([*command]) == status
    found = capsys.readouterr()
    return found.out + found.err


def test_the_terms_name_their_laws(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Leases follow the law of China by themselves; both languages say so."""
    shown = {str(each["of"]): each for each in said(capsys, "retention", "show")}
    assert {of: each["days"] for of, each in shown.items()} == {
        "raw": 30, "normalised": 396, "payload": 396, "case": 396, "sighting": 396, "notice": 396, "lease": 184, "login": 184,
    }  # fmt: skip
    assert "article 21(3)" in str(shown["lease"]["least"])
    assert "The settings say 180." in text(capsys, "retention", "show")
    assert "设置为 180 天" in text(capsys, "retention", "show", "--language", "zh")


def test_what_is_due_is_counted_erased_and_proved(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two leases the older one goes; the proof of it is checked with our card alone."""
    due = {each["of"]: each["due"] for each in said(capsys, "retention", "run", "--dry-run")}
    assert due["lease"] == 1
    assert sum(int(str(n)) for n in due.values()) == 1
    (made,) = said(capsys, "retention", "run")
    assert (made["of"], made["n"], made["held"], made["leaf"]) == ("lease", 1, 0, "erasure.1")
    assert "Nothing is due." in text(capsys, "retention", "run")
    assert said(capsys, "retention", "proof") == [made]
    (place / "proof.txt").write_text(text(capsys, "retention", "proof", "1"), encoding="utf-8")
    (checked,) = said(capsys, "ledger", "check", "proof.txt", "--key", "ledger.card")
    leaf = checked["leaf"]
    assert isinstance(leaf, dict)
    assert (checked["holds"], leaf["erased"], leaf["of"], leaf["digest"]) == (True, 1, "lease", made["digest"])
    assert "there is no erasure 9" in text(capsys, "retention", "proof", "9", status=65)
    assert said(capsys, "retention", "proof", "1")[0]["proof"]


def test_a_hold_is_placed_shown_and_lifted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By whoever may, with a reason and an end; it stands on the case, and in forgetting."""
    said(capsys, "ingest", "one.eml")
    (case,) = said(capsys, "case", "list")
    name = str(case["case"])
    assert "may not" in text(
        capsys, "retention", "hold", "--case", name, "--until", "30d", "--why", "x", "--by", "eve", status=77
    )
    (held,) = said(capsys, "retention", "hold", "--case", name, "--until", "30d", "--why", "order 7", "--by", "li")
    assert (held["case"], held["in_force"], held["why"]) == (name, True, "order 7")
    assert "put on legal hold" in text(capsys, "case", "show", name)
    assert "order 7" in text(capsys, "retention", "holds")
    (lifted,) = said(capsys, "retention", "lift", "1", "--why", "settled", "--by", "li")
    assert lifted["in_force"] is False
    assert "Nothing is on hold." in text(capsys, "retention", "holds")
    assert "settled" in text(capsys, "retention", "holds", "--all")
    assert "not in force" in text(capsys, "retention", "lift", "1", "--why", "again", "--by", "li", status=64)


def test_forgetting_names_the_law_and_the_hold(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stays says which law asks for it; under a hold nothing goes, not even from a list that lacks it."""
    (place / "list.csv").write_text("subscriber,language,phone\nline-7,zh-CN,12345\n", encoding="utf-8")
    said(capsys, "subscriber", "import", "list.csv")
    said(capsys, "retention", "hold", "--subscriber", "line-7", "--until", "90d", "--why", "order 8", "--by", "li")
    kept = text(capsys, "subscriber", "forget", "line-7", status=65)
    assert "line-7 is on legal hold: nothing was forgotten." in kept
    assert "Law of CN, at least 184 days" in kept
    assert "order 8" in kept
    (place / "list.csv").write_text("subscriber,language,phone\nline-9,en,12346\n", encoding="utf-8")
    (replaced,) = said(capsys, "subscriber", "import", "--replace", "list.csv")
    assert (replaced["replaced"], replaced["known"]) == (0, 2)
    said(capsys, "retention", "lift", "1", "--why", "settled", "--by", "li")
    (gone,) = said(capsys, "subscriber", "forget", "line-7")
    assert (gone["forgotten"], gone["contact"], gone["holds"]) == (True, None, [])
    held = gone["held"]
    assert isinstance(held, list)
    assert [(each["what"], each["days"]) for each in held] == [("leases", 184)]


def test_times_that_a_law_does_not_allow_are_named_with_their_line() -> None:
    """What somebody wrote down is not moved in silence; bounds that exclude each other are an error."""
    entry = '{ of = "lease", jurisdiction = "DE", most_days = 7 }'
    cases = {
        '[retention]\njurisdictions = ["CN"]\n[data]\nlease_days = 90\n': ("retention-unlawful", 4),
        f'[retention]\njurisdictions = ["CN"]\nbounds = [{entry}]\n': ("retention-exclude", 3),
        '[retention]\nbounds = [{ of = "raw", jurisdiction = "DE" }]\n': ("retention-says-nothing", 2),
        '[retention]\nbounds = [{ of = "rows", jurisdiction = "DE" }]\n': ("setting-unfit", 2),
        '[retention]\njurisdictions = ["cn"]\n': ("setting-unfit", 2),
        '[retention]\nraw_days = 3\n': ("setting-unknown-near", 2),
    }  # fmt: skip
    for given, (code, line) in cases.items():
        with pytest.raises(Exception) as refused:
            parse(given, Path("comity.toml"))
        assert (getattr(refused.value, "code", None), getattr(refused.value, "place", None)) == (
            code,
            f"comity.toml:{line}",
        ), given
