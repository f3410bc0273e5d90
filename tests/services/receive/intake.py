"""Small makers for stories about intake: a desk in memory, reports of its neighbours."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from sqlalchemy import func, select

from comity.cases.own_side import OwnSide
from comity.formats.dialects.context import Context
from comity.formats.own_side import read_own
from comity.formats.reading import read
from comity.model.desk import DeskCase
from comity.model.feedback import Reading
from comity.services.receive.exchange import NOBODY, Correspondents
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Ingested, Terms
from comity.services.receive.prepare import Delivery, Prepared, prepare
from comity.store.engine import Store
from comity.store.tables.cases import abuse_case
from comity.store.tables.intake import item, raw, report_row, rollup, shunt

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
OWN = OwnSide(
    read_own(
        b"192.0.2.0/25,West Hosting,noc@west.example\n192.0.2.128/25,East Shop\n198.51.100.0/24\n"
        b"203.0.113.0/24,North\n203.0.113.0/24,South\nnews.example,Newsletter\n",
        "own.csv",
    ).holdings
)


def reads(data: bytes, name: str = "") -> Reading:
    """Read one item, without a clock."""
    return read(data, Context(now=NOW), name=name)


def arf(
    number: int = 1,
    *,
    source: str = "192.0.2.7",
    recipient: str = "ann@mail.example",
    about: str | None = None,
    report_id: str | None = None,
    carrier: str | None = None,
    seen: datetime = NOW - timedelta(hours=2),
    kind: str = "abuse",
    provider: str = "fbl@west.example",
    trace: str = "",
    head: str = "",
) -> bytes:
    """One report of a provider about one mail; ``head`` are more fields of that mail."""
    about = about or f"{number}@shop.example"
    own_id = f"Comity-Report-ID: {report_id}\n" if report_id else ""
    return (
        f"{trace}From: {provider}\nTo: abuse@east.example\nSubject: report\nDate: {format_datetime(NOW)}\n"
        f"Message-ID: <{carrier or f'r{number}@west.example'}>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nA complaint.\n\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: West/1\nVersion: 1\n{own_id}"
        f"Original-Rcpt-To: <{recipient}>\nArrival-Date: {format_datetime(seen)}\nSource-IP: {source}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: news@shop.example\nTo: {recipient}\nSubject: Sale {number}\n"
        f"Message-ID: <{about}>\n{head}\nbuy\n\n--b--\n"
    ).encode()


def prepared(data: bytes, name: str = "1.eml", **delivery: Any) -> Prepared:
    """One item, prepared."""
    return prepare(data, Delivery(gate="file", name=name, arrived=NOW, **delivery), reads)


def ingest(
    store: Store,
    *items: bytes | Prepared,
    now: datetime = NOW,
    terms: Terms | None = None,
    correspondents: Correspondents = NOBODY,
) -> list[Ingested]:
    """Work items off in one batch."""
    batch = [prepared(each, f"{number}.eml") if isinstance(each, bytes) else each for number, each in enumerate(items)]
    service = Ingest(terms or Terms(own=OWN), correspondents)
    with store.write() as records:
        return list(service.apply(batch, records, now))


def fates(ingested: Iterable[Ingested]) -> list[str]:
    """What became of each."""
    return [each.fate.value for each in ingested]


def cases(store: Store) -> dict[str, DeskCase]:
    """All cases, by key."""
    with store.read() as records:
        found = records.cases.by_id(records.connection.scalars(select(abuse_case.c.id)).all())
        return {case.key: case for case in found.values()}


def counts(store: Store) -> Counter[str]:
    """Rows by table; ``counted`` is the sum of the roll-ups, ``new`` the reports that repeat nothing."""
    with store.read() as records:
        ask = records.connection.scalar
        return Counter(
            raw=ask(select(func.count()).select_from(raw)),
            items=ask(select(func.count()).select_from(item)),
            reports=ask(select(func.count()).select_from(report_row)),
            new=ask(select(func.count()).where(report_row.c.duplicate_of.is_(None))),
            shunt=ask(select(func.count()).where(shunt.c.resolved.is_(None))),
            counted=ask(select(func.coalesce(func.sum(rollup.c.count), 0))),
        )
