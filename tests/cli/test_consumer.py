"""``comity consumer`` on the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.cli import main
from comity.services.complain.cards.claimed import Counts
from comity.store.engine import open_store


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A place made by ``comity init``, with a domain."""
    assert main(["init", str(tmp_path / "west")]) == 0
    file = tmp_path / "west" / "comity.toml"
    text = file.read_text(encoding="utf-8")
    if 'domain = "' not in text.replace("# domain", ""):
        text = (
            '[identity]\ndomain = "west.example"\naddress = "feedback@west.example"\norganisation = "West Mail"\n'
            + ('reporting_mta = "mx.west.example"\n')
        )
        file.write_text(text, encoding="utf-8")
    return str(file)


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0
    return capsys.readouterr().out


def test_an_application_shows_its_records(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever applies sees the exact records that prove his claims, in JSON and as text."""
    told = ["--mailbox", "fbl@east.example", "--domain", "east.example", "--network", "198.51.100.0/24"]
    made = json.loads(_run(capsys, "consumer", "apply", "east", *told, "--json", "--config", config))
    names = [each["dns_name"] for each in made["claims"]]
    assert names == [None, "_comity-feedback.east.example", "_comity-feedback.100.51.198.in-addr.arpa"]
    assert all(each["dns_value"].startswith("comity-") for each in made["claims"] if each["dns_name"])
    shown = _run(capsys, "consumer", "show", "east", "--config", config, "--language", "zh")
    assert "_comity-feedback.east.example" in shown
    assert "尚未证明" in shown


def test_a_refusal_has_its_name(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A public suffix is refused with status 65 and a sentence."""
    status = main(
        [
            "consumer",
            "apply",
            "x",
            "--mailbox",
            "fbl@east.example",
            "--domain",
            "co.uk",
            "--config",
            config,
            "--language",
            "en",
        ]
    )
    assert status == 65
    assert "co.uk is a public suffix" in capsys.readouterr().err


def test_a_persons_no_has_a_name_besides_her_words(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs read the name, people a sentence in their language and her words; without a name it is "other"."""
    told = ["--mailbox", "fbl@east.example", "--domain", "east.example"]
    for name, named, code in (("east", ["--no", "misused"], "misused"), ("south", [], "other")):
        _run(capsys, "consumer", "apply", name, *told, "--config", config)
        words = [name, *named, "--reason", "they wrote to a reader", "--json", "--config", config]
        refused = json.loads(_run(capsys, "consumer", "refuse", *words))
        assert (refused["reason_code"], refused["reason"]) == (code, "they wrote to a reader")
    for language, sentence in (("en", "something else than to stop abuse"), ("zh", "制止滥用以外的目的")):
        shown = _run(capsys, "consumer", "show", "east", "--config", config, "--language", language)
        assert sentence in shown.replace("\n", " ")
        assert "they wrote to a reader" in shown.replace("\n", " ")
        assert main(["consumer", "refuse", "east", "--no", "x", "--reason", "-", "--config", config]) == 64
        assert "not-theirs" in capsys.readouterr().err


def test_an_act_that_does_not_fit_yet_says_what_is_missing(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Accepted before anything is proved: where it stands in words, and what to do."""
    _run(
        capsys,
        "consumer",
        "apply",
        "east",
        "--mailbox",
        "fbl@east.example",
        "--domain",
        "east.example",
        "--config",
        config,
    )
    for language, stands, remedy in (
        ("en", "applied, proof is wanted", "comity consumer prove"),
        ("zh", "已申请，等待证明", "comity consumer prove"),
    ):
        assert main(["consumer", "accept", "east", "--config", config, "--language", language]) == 64
        told = capsys.readouterr().err
        assert stands in told
        assert remedy in told
        assert "{" not in told


def test_leaving_is_one_command(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``leave`` ends it, whatever came before."""
    _run(
        capsys,
        "consumer",
        "apply",
        "east",
        "--mailbox",
        "f@east.example",
        "--domain",
        "east.example",
        "--config",
        config,
    )
    left = json.loads(_run(capsys, "consumer", "leave", "east", "--json", "--config", config))
    assert left["state"] == "left"
    assert json.loads(_run(capsys, "consumer", "list", "--json", "--config", config))["state"] == "left"


def test_hours_that_were_counted_in_two_ways_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice the mail halves every rate: it is said, refused where the settings count at delivery, and --instead ends it."""
    (tmp_path / "comity.toml").write_text("")
    hour = datetime(2026, 3, 1, 8, tzinfo=UTC)
    store = open_store(tmp_path / "comity.db")
    store.create()
    with store.write() as records:
        at_delivery = {("198.51.100.0/24", "inbox"): 900, ("198.51.100.0/24", "junk"): 50}
        records.cards.add_delivered({(hour, "shop.example", *key): n for key, n in at_delivery.items()})
        records.cards.add_delivered({(hour + timedelta(hours=1), "shop.example", "198.51.100.0/24", "inbox"): 7})
    table = tmp_path / "delivered.csv"
    table.write_text("hour,domain,source,folder,mails\n2026-03-01T08:00:00Z,shop.example,-,inbox,950\n")
    command = ["--config", str(tmp_path / "comity.toml"), "counters", "import", str(table)]
    (tmp_path / "comity.toml").write_text("[delivery]\ncount_inboxes = true\n")
    for language, words in (("en", "would count twice"), ("zh", "会重复计算")):
        assert main([*command, "--language", language]) == 65
        assert words in capsys.readouterr().err
    (tmp_path / "comity.toml").write_text("")
    for language, words in (("en", "950 more mails of the same hours"), ("zh", "另有 950 封邮件")):
        assert main([*command, "--language", language]) == 0
        assert words in capsys.readouterr().out.replace("\n", " ")
    assert main([*command, "--instead", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["beside"] == 0
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["beside"] == 0, "the same again is no other way"
    with store.read() as records:
        assert records.cards.delivered(hour, hour + timedelta(days=1)) == {
            ("shop.example", "-", "inbox"): 950,
            ("shop.example", "198.51.100.0/24", "inbox"): 7,
        }
    store.close()


def test_the_aligned_share_is_shown_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All mail first, then the domains; nothing counted is said so."""
    (tmp_path / "comity.toml").write_text("")
    store = open_store(tmp_path / "comity.db")
    store.create()
    command = ["--config", str(tmp_path / "comity.toml"), "counters", "aligned"]
    assert main(command) == 0
    assert "Nothing was counted" in capsys.readouterr().out
    with store.write() as records:
        records.claimed.add({(datetime.now(UTC).date(), "east.example"): Counts(mails=200, aligned=150, spam=7)})
    store.close()
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "all mail: 200 mails, 75.0 % proved"
    assert lines[2] == "east.example: 200 mails, 75.0 % proved"
    assert "judged spam: 7" in lines[3]
    assert main([*command, "--json"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[1])
    assert (row["name"], row["mails"], row["aligned"], row["aligned_percent"]) == ("east.example", 200, 150, 75.0)
