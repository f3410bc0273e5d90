"""``comity complain`` with a store: the complaint waits, can be taken back, and leaves through the outbox.

Answers:    one line a mail: what became of it; its exit status is 0 when all of them are on the disk, 65 when one is no mail.
Limits:     a hundred mails are committed together.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Condition, Item
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.bootstrap.sending import ProviderSide
    from comity.services.complain.complaint import Entered
    from comity.services.judge.learning.drawing import Drawing
    from comity.services.judge.learning.hearing import Hearing

_BATCH = 100
_NO_MAIL = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line said."""

    recipient: str | None
    not_spam: bool
    key_records: Path | None
    dns: bool
    as_json: bool


@dataclass(slots=True)
class _Tally:
    unread: int = 0
    unfit: int = 0  # opened, and no mail
    fates: Counter[str] = field(default_factory=Counter)


def take_in(items: Iterator[Item], asked: Asked) -> Outcome:
    """Take complaints in."""
    from comity.bootstrap.learning import drawing_of, hearing_of
    from comity.bootstrap.sending import provider_side
    from comity.feedback.reportable import is_mail
    from comity.formats.mime import scan

    side, tally = provider_side(settings(), key_records=asked.key_records, dns=asked.dns), _Tally()
    taught = hearing_of(settings()), drawing_of(settings())
    batch: list[Item] = []
    with progress(speaker().say("complain.progress")) as bar:
        for item in items:
            bar.advance(share=None)
            if item.condition is Condition.CLOSED:
                tally.unread += 1
                print(_unfit(item, item.condition.value, as_json=asked.as_json))
                continue
            if not is_mail(scan(item.data)):
                tally.unfit += 1
                print(_unfit(item, _NO_MAIL, as_json=asked.as_json))
                continue
            batch.append(item)
            if len(batch) == _BATCH:
                _enter(side, batch, asked, tally=tally, taught=taught)
                batch = []
        _enter(side, batch, asked, tally=tally, taught=taught)
    if not asked.as_json:
        words = speaker()
        print()
        for fate, n in tally.fates.most_common():
            print(f"{n:>9}  {words.say(f'complaint.{fate}')}")
        if tally.unread:
            print(words.say("complain.summary-unread", n=tally.unread))
    return Outcome.BAD_INPUT if tally.unread or tally.unfit else Outcome.DONE


def _unfit(item: Item, fate: str, *, as_json: bool) -> str:
    """What cannot be complained about, named like every other."""
    if as_json:
        return json.dumps({"path": item.name, "complaint": None, "fate": fate, "due": None, "retracted": 0})
    words, path = speaker(), plain(item.name, 120)
    if fate == _NO_MAIL:
        return words.say("complain.no", path=path, why=words.say(f"no-report.{fate}"))
    return words.say("complain.closed", path=path, detail=plain(item.detail or "", 120))


def _enter(
    side: "ProviderSide",
    batch: list[Item],
    asked: Asked,
    *,
    tally: _Tally,
    taught: "tuple[Hearing, Drawing]",
) -> None:
    from comity.services.complain.straight_line import Mail

    now = datetime.now(UTC)
    if not batch:
        return
    with side.store.write() as rows:
        entered = [
            side.complaints.enter(
                rows, Mail(path=item.name, data=item.data, recipient=asked.recipient, not_spam=asked.not_spam), now
            )
            for item in batch
        ]
        hearing, drawing = taught
        for item in batch:  # the complaint of an end user, whoever hands it over: it teaches by the same rules
            drawn = drawing.draw(item.data, asked.recipient, spam=not asked.not_spam)
            hearing.hear(rows, drawn, said=now, gate="file")
    for item, each in zip(batch, entered, strict=True):  # said only when it is on the disk
        tally.fates[each.fate.value] += 1
        print(_object(item, each) if asked.as_json else _line(item, each))


def _line(item: Item, entered: "Entered") -> str:
    fate = speaker().say(f"complaint.{entered.fate.value}")
    due = "" if entered.due is None else speaker().say("complaint.until", due=entered.due.strftime("%H:%M UTC"))
    return f"{plain(item.name, 120)}: {fate}{due}"


def _object(item: Item, entered: "Entered") -> str:
    found = {
        "path": item.name,
        "complaint": entered.complaint_id,
        "fate": entered.fate.value,
        "due": entered.due and entered.due.isoformat(),
        "retracted": entered.retracted,
    }
    return json.dumps(found, ensure_ascii=True)
