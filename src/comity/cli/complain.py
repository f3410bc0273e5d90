"""``comity complain FILE... --agreements FILE --out DIR``: who is responsible, and the report for each.

Trust:      the mails are strangers'; nothing is sent. Agreements, keys and recipients are the operator's.
Answers:    a line for each mail and party, then a table; or ``--json`` lines. Reports lie in DIR/PARTY/ID.eml and are on the disk
            when the exit status is 0; 65 where a file could not be opened or is no mail, as ``comity read`` has it.
Limits:     run again, it adds nothing that is there already. One mail is in memory at a time.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.data import described, network_object
from comity.cli.outgoing.step_lines import step_line
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.decisions import Send
    from comity.model.known_network import KnownNetwork
    from comity.model.origin import Signature
    from comity.outlets.report_folder import ReportFolder
    from comity.services.complain.straight_line import Complained, Report

_SHOWN = 120
_NO_MAIL = "unreadable"


def command(  # noqa: PLR0913, PLR0917  # the options of a command line
    sources: Annotated[list[str], typer.Argument(metavar="FILE...|-")],
    agreements: Annotated[Path | None, typer.Option("--agreements", metavar="FILE", dir_okay=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", file_okay=False)] = None,
    recipient: Annotated[str | None, typer.Option("--recipient", metavar="ADDRESS")] = None,
    not_spam: Annotated[bool, typer.Option("--not-spam")] = False,
    dkim_keys: Annotated[Path | None, typer.Option("--dkim-keys", metavar="FILE", dir_okay=False)] = None,
    dns: Annotated[bool, typer.Option("--dns")] = False,
    steps: Annotated[bool, typer.Option("--steps")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Decide, redact, write."""
    if agreements is None and out is None and settings().complain.out is None and settings().file is not None:
        from comity.cli.outgoing.complain_store import Asked, take_in

        asked = Asked(recipient=recipient, not_spam=not_spam, key_records=dkim_keys, dns=dns, as_json=as_json)
        return take_in(_items(sources, recipient), asked)
    from comity.bootstrap.data import prefix_index
    from comity.bootstrap.straight_line import ComplainOrder, straight_line
    from comity.outlets.report_folder import ReportFolder
    from comity.services.complain.straight_line import Mail

    order = ComplainOrder(agreements=agreements, out=out, key_records=dkim_keys, dns=dns)
    line, folder_path = straight_line(settings(), order)
    index = prefix_index(settings()) if as_json or steps else None
    now = datetime.now(UTC)
    tally = _Tally()
    with ReportFolder(folder_path) as folder, progress(speaker().say("complain.progress")) as bar:
        for item in _items(sources, recipient):
            bar.advance(share=item.share if len(sources) == 1 else None)
            if item.condition is Condition.CLOSED:
                tally.unread += 1
                print(_closed(item, as_json=as_json))
                continue
            mail = Mail(path=item.name, data=item.data, recipient=recipient, not_spam=not_spam)
            complained = line.complain(mail, now)
            filed = tuple(_file(folder, folder_path, each) for each in complained.reports)
            tally.count(complained, filed)
            source = complained.origin.source_ip
            network = index.find(source) if index is not None and source is not None else None
            lines = _objects(complained, filed, network) if as_json else _lines(complained, filed, with_steps=steps)
            for text in lines:
                print(text)
            if network is not None and steps and not as_json:
                print(speaker().say("complain.network", source=source, network=described(network)))
    if not as_json:
        for text in tally.lines(folder_path):
            print(text)
    return Outcome.BAD_INPUT if tally.unread or tally.unfit else Outcome.DONE


def _items(sources: list[str], recipient: str | None) -> Iterator[Item]:
    from comity.formats import header_text
    from comity.outlets.mailboxes import as_given, open_source

    if recipient is not None and header_text.address(recipient) is None:
        raise ComityError(
            "recipient-malformed", f"{recipient} is no mail address", outcome=Outcome.USAGE, place="--recipient"
        )
    for source in sources:
        yield from as_given(source, open_source(source))


def _closed(item: Item, *, as_json: bool) -> str:
    """An item that could not be opened is named, like every other."""
    if as_json:
        refusal = {"reason": item.condition.value, "party": None, "role": None, "about": item.detail}
        return json.dumps({"path": item.name, "reports": [], "refusals": [refusal]}, ensure_ascii=True)
    return speaker().say("complain.closed", path=plain(item.name, _SHOWN), detail=plain(item.detail or "", _SHOWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filed:
    """Where a report lies, and whether it lay there before."""

    written: "Report"
    path: Path
    is_new: bool


def _file(folder: "ReportFolder", base: Path, written: "Report") -> _Filed:
    is_new = folder.put(written.send.party, written.file_name, written.data)
    return _Filed(written=written, path=base / written.send.party / written.file_name, is_new=is_new)


@dataclass(slots=True)
class _Tally:
    """What is counted for the table at the end."""

    mails: int = 0
    unread: int = 0
    again: int = 0
    unfit: int = 0  # opened, and no mail
    written: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, complained: "Complained", filed: tuple[_Filed, ...]) -> None:
        self.mails += 1
        for each in filed:
            self.again += not each.is_new
            if each.is_new:
                self.written[each.written.send.party, each.written.tier.value] += 1
        self.unfit += any(refusal.reason == _NO_MAIL for refusal in complained.refusals)
        self.refused.update(refusal.reason for refusal in complained.refusals)

    def lines(self, folder: Path) -> Iterator[str]:
        words = speaker()
        yield ""
        yield words.say("complain.summary", n=self.mails, written=self.written.total(), again=self.again)
        for (party, tier), n in self.written.most_common():
            yield words.say("complain.summary-party", n=n, party=plain(party), tier=tier)
        for reason, n in self.refused.most_common():
            yield words.say("complain.summary-reason", n=n, why=words.say(f"no-report.{reason}"), reason=reason)
        if self.unread:
            yield words.say("complain.summary-unread", n=self.unread)
        if self.written:
            yield words.say("complain.where", folder=plain(str(folder)))


def _lines(complained: "Complained", filed: tuple[_Filed, ...], *, with_steps: bool) -> Iterator[str]:
    """One line for each party and each no."""
    words = speaker()
    path = plain(complained.path, _SHOWN)
    for each in filed:
        send = each.written.send
        yield words.say(
            "complain.to" if each.is_new else "complain.again",
            path=path,
            party=plain(send.party),
            address=plain(send.address),
            known_by=_known_by(send),
            tier=each.written.tier.value,
            file=plain(str(each.path)),
        )
    for refusal in complained.refusals:
        party = refusal.party or refusal.about
        why = words.say(f"no-report.{refusal.reason}")
        yield words.say(
            "complain.no-to" if party else "complain.no", path=path, party=plain(party or "", _SHOWN), why=why
        )
    if with_steps:
        for step in complained.steps:
            yield step_line(step.rule, held=step.held, reason=step.reason, about=step.about)


def _known_by(send: "Send") -> str:
    """By which rule it is told, as what; "network, network:192.0.2.0/24" says one thing twice."""
    role = speaker().say(f"role.{send.role.value}")
    kind, colon, about = send.rule.partition(":")
    return f"{role} {plain(about)}" if colon and kind == send.role.value else f"{role}, {plain(send.rule)}"


def _signature_object(signature: "Signature") -> dict[str, object]:
    replay = signature.replay
    found: dict[str, object] = {"domain": signature.domain, "standing": signature.standing.value, "replay": None}
    if replay is not None and replay.grade is not None:
        found["replay"] = {"grade": replay.grade.value, "reasons": list(replay.reasons)}
    return found


def _objects(complained: "Complained", filed: tuple[_Filed, ...], network: "KnownNetwork | None") -> Iterator[str]:
    """One object for the mail; it names no complainer."""
    origin = complained.origin
    found: dict[str, Any] = {
        "path": complained.path,
        "message_id": origin.message_id,
        "source_ip": origin.source_ip,
        "source_ip_from": origin.source_ip_from,
        "source_standing": origin.source_standing.value,
        "source_network": network and network_object(network),
        "dkim": [_signature_object(each) for each in origin.signatures],
        "steps": [
            {"rule": step.rule, "held": step.held, "reason": step.reason, "about": step.about}
            for step in complained.steps
        ],
        "reports": [
            {
                "party": each.written.send.party,
                "address": each.written.send.address,
                "role": each.written.send.role.value,
                "rule": each.written.send.rule,
                "tier": each.written.tier.value,
                "report_id": each.written.report_id,
                "file": str(each.path),
                "new": each.is_new,
                "format": each.written.report_format.value,
                "format_lacks": each.written.lacks,
                "headers_only": each.written.headers_only,
                "omitted": each.written.omitted,
                "removed": each.written.removed,
            }
            for each in filed
        ],
        "refusals": [
            {"reason": each.reason, "party": each.party, "role": each.role and each.role.value, "about": each.about}
            for each in complained.refusals
        ],
    }
    yield json.dumps(found, ensure_ascii=True)
