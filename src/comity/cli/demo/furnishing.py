"""What the sample desk has beside what the demonstration left there, so that each of its pages shows something.

Answers:    ``furnish(network)`` on a network of the demonstration that runs.
Limits:     through the commands that anybody has; only what no command makes, colleagues and the counts of a month of mail, is
            written as rows. The DNS is not asked for anything.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from importlib.resources import as_file, files
from random import Random
from typing import Final

from comity.cli.demo.network import Network
from comity.model.account import NO_PASSWORD, Account, Role
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.cards.claimed import Counts

_DAYS: Final = 30
_COLLEAGUES: Final = ("mei", "jonas")
_SENDERS: Final = {"west.example": 900, "letters.example": 260, "cheap-watches.example": 120}  # mails a day
_FRAUD: Final = """\
From: Reader Post <fbl@reader.example>
To: abuse@east.example
Date: {date}
Subject: FW: Your bank account is locked
Message-ID: <fraud-1@reader.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A mail with a false bank page came from this address.
--b
Content-Type: message/feedback-report

Feedback-Type: fraud
User-Agent: ReaderPost/1.0
Version: 1
Source-IP: 203.0.113.90
Arrival-Date: {date}
--b
Content-Type: message/rfc822

From: Bank <service@bank.example>
To: reader@reader.example
Subject: Your bank account is locked
Message-ID: <locked-1@bank.example>

Unlock it at http://203.0.113.90/login today.
--b--
"""


def furnish(network: Network) -> None:
    """All of it."""
    with network.changed_rows() as records:
        for name in _COLLEAGUES:
            records.accounts.add(Account(name=name, role=Role.DESK, created=datetime.now(UTC)), NO_PASSWORD)
        records.claimed.add(dict(_month()))
    with as_file(files("comity") / "samples") as samples:
        _ran(network, "ingest", str(samples / "east-abuse"))
        _ran(network, "learn", "legitimate", str(samples / "east-abuse" / "32-newsletter.eml"))
        _ran(network, "learn", "spam", str(samples / "west-inbox" / "03-invoice-zh.eml"))
    _ran(network, "counters", "import", _file(network, "counters.csv", "\n".join(_counters()) + "\n"))
    _working(network)
    _ran(network, "ingest", _file(network, "fraud.eml", _FRAUD.format(date=format_datetime(datetime.now(UTC)))))
    _neighbours(network)


def _working(network: Network) -> None:
    """Colleagues have begun with the cases."""
    new = [each["case"] for each in network.comity("case", "list").lines if each["state"] == "new"]
    for case in new[:1]:
        _ran(network, "case", "act", case, "take", "--by", "mei")
        _ran(
            network,
            "case",
            "act",
            case,
            "note",
            "--note",
            "@jonas: does this customer still rent the rack?",
            "--by",
            "mei",
        )
    for case in new[1:2]:
        _ran(network, "case", "act", case, "take", "--by", "jonas")
        _ran(
            network,
            "case",
            "act",
            case,
            "wait",
            "--until",
            "2d",
            "--note",
            "customer asked for two days",
            "--by",
            "jonas",
        )


def _neighbours(network: Network) -> None:
    """Somebody applied for feedback; somebody else is listed and says that it is wrong."""
    _ran(network, "consumer", "apply", "harbour", "--mailbox", "fbl@harbour.example", "--domain", "harbour.example")
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    why = "mail to trap addresses, and bots seen by a sinkhole"
    words = ("recourse", "impose", "203.0.113.200", "--measure", "listed", "--reason", why, "--until", until)
    (made,) = _ran(network, *words, "--by", "mei", "--also", "trap", "--also", "sinkhole")
    _ran(
        network,
        "recourse",
        "argue",
        str(made["reference"]),
        "--text",
        "The server was cleaned last week; please look again.",
    )


def _month() -> "Iterator[tuple[tuple[date, str], Counts]]":
    """How much mail came from whom, how much of it proved to be theirs, how much was called spam."""
    rng, today = Random(1), datetime.now(UTC).date()  # noqa: S311 - the same month each time
    for back in range(_DAYS, -1, -1):
        for domain, mails in _SENDERS.items():
            n = int(mails * rng.uniform(0.8, 1.2))
            spam = int(n * rng.uniform(0.01, 0.03) * (6 if domain == "cheap-watches.example" else 1))
            yield (today - timedelta(days=back), domain), Counts(mails=n, aligned=int(n * 0.93), spam=spam)


def _counters() -> "Iterator[str]":
    yield "hour,domain,source,folder,mails"
    for (day, domain), each in _month():
        for folder, mails in (("inbox", each.mails - each.spam), ("junk", each.spam)):
            yield f"{day}T12:00:00Z,{domain},198.51.100.7,{folder},{mails}"


def _file(network: Network, name: str, text: str) -> str:
    path = network.folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def _ran(network: Network, *words: str) -> "list[Mapping[str, object]]":
    """Run a command that must do what it should."""
    ran = network.comity(*words)
    if ran.status != 0:
        place = str(network.folder / "errors.log")
        raise ComityError(
            "sample-failed",
            "a command at the sample desk failed",
            outcome=Outcome.TRY_AGAIN,
            place=place,
            details={"checks": " ".join(words[:2])},
        )
    return list(ran.lines)
