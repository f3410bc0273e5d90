"""``comity ledger deliveries``: take our own delivery log in, and hold complaints of peers against it.

Trust:      the log is the operator's own, and must be whole for each day in it.
Answers:    how many mails and days were taken, how many complaints were looked at, how many are disputed. All files or none.
Limits:     identities are kept for 45 days, keyed; where the log names recipients, also how many mails left for whose domain on
            which day. Nothing else of the log is.
"""

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import speaker
from comity.cli.wrapping import put
from comity.formats.domains import organisation_of
from comity.model.outcomes import ComityError, Outcome

_Line = tuple[date, str, str | None]


def deliveries(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take a delivery log in, and dispute complaints about mails that never left us."""
    from comity.bootstrap.desk import COMPLAINER_KEY, beside, desk_write, scribe
    from comity.formats.delivery_log import identity
    from comity.outlets.secret_file import secret
    from comity.services.prove.deliveries import KEPT, check

    found, now = settings(), datetime.now(UTC)
    writer = scribe(found)
    if writer is None:
        raise ComityError(
            "ledger-key-missing",
            "there is no key to sign the ledger with",
            outcome=Outcome.CONFIGURATION,
            place=str(found.file),
        )
    key = secret(beside(found, found.complain.key_file, COMPLAINER_KEY))
    lines = [line for path in files for line in _lines(path)]
    mails = [(identity(key, message_id), day) for day, message_id, _ in lines]
    with desk_write(found) as records:
        records.deliveries.put(mails)
        records.judged.put_left(_by_domain(lines))
        records.deliveries.forget((now - KEPT).date())
        held = check(records, writer, key, now=now)
    days = len({day for _, day in mails})
    if as_json:
        said = {"mails": len(mails), "days": days, "looked_at": held.looked_at, "disputed": held.disputed}
        print(json.dumps(said))
        return
    put(speaker().say("ledger.deliveries.taken", n=len(mails), days=days))
    put(speaker().say("ledger.deliveries.held", n=held.looked_at, disputed=held.disputed))


def _by_domain(lines: "list[_Line]") -> dict[date, Counter[str]]:
    """How many mails left for each organisation, of days whose every line names one."""
    counts: dict[date, Counter[str]] = {}
    without = {day for day, _, domain in lines if domain is None}
    for day, _, domain in lines:
        if day not in without and domain is not None:
            counts.setdefault(day, Counter())[organisation_of(domain) or domain] += 1
    return counts


def _lines(path: Path) -> "list[_Line]":
    from comity.formats.delivery_log import COLUMNS, read_deliveries
    from comity.model.line_slip import LineSlip

    taken: list[_Line] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for each in read_deliveries(file, str(path)):
            if isinstance(each, LineSlip):
                raise each.error("delivery-log", ",".join(COLUMNS))
            taken.append(each)
    return taken
