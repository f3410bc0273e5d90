"""What the demonstration looks at: numbers in the stores of its networks, and the words for what its commands say.

Trust:      names of files, parties and reasons may be strangers' words: whoever shows them makes them plain.
Answers:    ``complaints_in``, ``exchanged``, ``duplicates``, ``arrivals``, ``answers`` count; ``signers`` verifies a mail
            that left, ``text_for_people`` opens it; ``whys``, ``held_why``, ``state_of`` are words.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from comity.cli.demo.network import Network
from comity.cli.speech import speaker
from comity.formats import dkim, xarf
from comity.formats.mime import scan
from comity.model.sending import ComplaintState, OutboxState
from comity.outlets.key_file import KeyFile
from comity.store.tables.intake import item, report_row

MOST: Final = 10_000


def complaints_in(network: Network, state: ComplaintState) -> int:
    """How many complaints stand in this state."""
    with network.rows() as rows:
        return rows.sending.complaint_counts().get(state.value, 0)


def exchanged(network: Network, reporting: str) -> int:
    """How many reports of the other side are in the ledger of this one, and in its roll-ups."""
    origin = f"{reporting}/to/{network.name}/"
    with network.rows() as rows:
        channels = [each for each in rows.ledger.channels() if each.origin.startswith(origin)]
        counted = [rows.ledger.exchanged(each.channel_id) for each in channels]
    return sum(reports if reports == rolled_up else -1 for reports, rolled_up in counted)


def acts_in(network: Network, origin: str) -> int:
    """How many leaves of a channel are about agreements or closes, or say where it begins."""
    with network.rows() as rows:
        channel = rows.history.channel(origin)
        counts = {} if channel is None else rows.ledger.counts(channel.channel_id)
        return sum(counts.get(each, 0) for each in ("agreement", "correction", "day-close"))


def duplicates(network: Network) -> int:
    """How many reports say what another one had said."""
    query = select(func.count()).where(report_row.c.duplicate_of.is_not(None))
    with network.rows() as rows:
        return int(rows.connection.execute(query).scalar_one())


def arrivals(network: Network) -> int:
    """How many mails were worked off, the same bytes twice as two."""
    with network.rows() as rows:
        return int(rows.connection.execute(select(func.coalesce(func.sum(item.c.repeats + 1), 0))).scalar_one())


def answers(network: Network) -> int:
    """How many reports to the other side have an answer."""
    with network.rows() as rows:
        sent = rows.sending.listed("east", (OutboxState.SENT,), MOST)
    return sum(each.outcome is not None for each in sent)


def signers(data: bytes, zone: Path) -> list[str]:
    """The domains whose signature holds on a mail, by the keys in a zone file."""
    message, keys = scan(data), KeyFile.read(zone)
    records = keys.find([each.dns_name for each in dkim.keys_wanted(message)])
    found = dkim.verify(message, records, now=datetime.now(UTC))
    return [each.domain for each in found if each.result.value == "pass" and each.domain is not None]


def text_for_people(data: bytes, paragraphs: int = 1) -> str:
    """The first paragraphs of what a person reads who opens a mail."""
    part = next(each for each in scan(data).walk() if each.content_type == "text/plain")
    return "\n\n".join(part.text().replace("\r", "").strip().split("\n\n")[:paragraphs])


def documents(mails: Sequence[bytes]) -> list[tuple[str, ...]]:
    """What is remarked on each XARF document in these mails when it is read against the schema: nothing, where it is valid."""
    parts = (part for data in mails for part in scan(data).walk() if part.content_type == "application/json")
    return [tuple(each.code for each in xarf.read(part.content()).findings) for part in parts]


def moment(text: str) -> datetime:
    """A time as our JSON writes it."""
    return datetime.fromisoformat(text)


def whys(line: Mapping[str, Any]) -> Iterator[str]:
    """Why nobody, or one party, is told of a complaint."""
    say = speaker().say
    if line["state"] != ComplaintState.DECIDED.value:
        is_shunted = line["state"] == ComplaintState.SHUNTED.value
        yield say("complaint-state.shunted" if is_shunted else f"complaint.{line['state']}")
    for each in line["refusals"]:
        why = say(f"no-report.{each['reason']}")
        yield f"{each['party']}: {why}" if each["party"] else why


def held_why(line: Mapping[str, Any]) -> str:
    """Why a mail is held."""
    why = speaker().say(f"sending.{line['reason']}") if line["reason"] else ""
    return f"{line['party']}: {why}"


def state_of(line: Mapping[str, Any]) -> str:
    """The state of a case."""
    return speaker().say(f"case.state.{line['state']}")
