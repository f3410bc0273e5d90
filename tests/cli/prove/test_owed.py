"""``comity peer show``, and what the running program does about overdue answers and heads, over the commands' own settings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.bootstrap.desk import desk_store, scribe
from comity.bootstrap.owed.answers import watch_answers
from comity.bootstrap.owed.heads import mail_heads
from comity.cli import main
from comity.cli.configuration import choose, settings
from comity.ledger.leaf import LeafType
from comity.model.sending import Peer, PeerState
from comity.services.prove.writing import Event

from .conftest import Run

TERMS = """\
escalate_days = 3
[ours]
jurisdictions = ["US"]
[theirs]
jurisdictions = ["CN"]
networks = ["198.51.100.0/24"]
[we_send]
answer_days = 1
acknowledge_days = 1
"""


def agreed(run: Run, tmp_path: Path) -> None:
    """Both sign terms with short days."""
    (tmp_path / "terms.toml").write_text(TERMS, encoding="utf-8")
    note = str(tmp_path / "proposal.note")
    signed = str(tmp_path / "signed.note")
    terms = str(tmp_path / "terms.toml")
    assert run("west", "agreement", "propose", "east.example", "--terms", terms, "--out", note)[0] == 0
    assert run("east", "agreement", "accept", note, "--out", signed)[0] == 0
    assert run("west", "agreement", "take", signed)[0] == 0


def test_a_peer_is_shown_with_what_is_owed(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an agreement nothing is due; with one the days stand there, for programs and for people in both languages."""
    status, (said,) = run("west", "peer", "show", "east.example")
    assert (status, said["they_owe"], said["we_owe"], said["behind"]) == (0, None, None, 0)
    agreed(run, tmp_path)
    status, (said,) = run("west", "peer", "show", "east.example")
    assert status == 0
    assert (said["they_owe"]["answer_days"], said["they_owe"]["escalate_days"], said["they_owe"]["open"]) == (1, 3, 0)
    for language, word in (
        ("en", "they owe us no answer (agreed, in their business days"),
        ("zh", "我方没有尚欠对方的答复"),
    ):
        words = ["--language", language, "peer", "show", "east.example", "--config", str(tmp_path / "west/comity.toml")]
        assert main(words) == 0
        shown = capsys.readouterr().out
        assert word in shown
        assert " -\n" not in shown  # no day where there is none


def test_the_running_program_counts_and_mails_heads(run: Run, tmp_path: Path) -> None:
    """Once a day for the one, once a pause for the other; twice in a row changes nothing, and a lost agreement ends it."""
    agreed(run, tmp_path)
    choose(str(tmp_path / "west/comity.toml"))
    found, store, told = settings(), desk_store(settings()), list[tuple[str, object]]()

    def log(event: str, /, **details: object) -> None:
        told.append((event, details.get("peer")))

    now = datetime.now(UTC)
    watch_answers(found, store, log=log, now=now)
    mail_heads(found, store, log=log, now=now)
    assert told == []  # nobody is live
    with store.read() as rows:
        watch = rows.owed_answers.watch("east.example")
    assert watch is not None and watch.theirs is not None and watch.theirs.answer_days == 1
    with store.write() as rows:
        for name in ("east", "east.example"):
            rows.peers.put(Peer(name=name, address="fbl@east.example", state=PeerState.LIVE, since=now))
    for _ in range(3):
        mail_heads(found, store, log=log, now=now)
    assert told == [("heads-mailed", "east.example")]  # the agreement itself stands in the ledger
    writer = scribe(found)
    assert writer is not None
    event = Event(
        reporting="west.example", reported="east.example", leaf_type=LeafType.CORRECTION, event_id="w.1", observed=None,
        facts={"begins": now.date().isoformat()},
    )  # fmt: skip
    with store.write() as rows:
        writer.write(rows.ledger, [event], now)
    mail_heads(found, store, log=log, now=now + timedelta(hours=23))
    assert len(told) == 1
    mail_heads(found, store, log=log, now=now + timedelta(hours=25))
    assert len(told) == 2
    store.close()
    choose(None)
