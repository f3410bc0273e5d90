"""What must hold of a year, found out by other ways than those of the program: from mails that left, and by plain questions.

Answers:    ``each_day(world)`` looks while the year goes on; ``at_the_end(world)`` when it is over. What does not hold is written
            down with ``world.wrong``.
"""

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text

from comity.formats.mime import scan
from comity.formats.plain_text import readable

from . import calendar
from .network import Network, RefusedError
from .world import EAST, START, WEST, World

DAY: Final = timedelta(days=1)
SILENT: Final = calendar.moment(f"{calendar.SILENT}T00:00")
ENDS: Final = calendar.moment(f"{calendar.ENDS}T00:00").date()
_OVER: Final = "SELECT id FROM abuse_case WHERE state IN ('closed', 'merged')"
_IN_FORCE: Final = "legal_hold WHERE lifted IS NULL AND until > :now"
_HELD: Final = f"SELECT case_id FROM {_IN_FORCE}"  # noqa: S608 - our own words, as all that follow
_FREE: Final = f"(case_id IS NULL OR (case_id IN ({_OVER}) AND case_id NOT IN ({_HELD})))"
_OF_CASES: Final = f"SELECT item_id FROM report WHERE item_id IS NOT NULL AND NOT {_FREE}"  # noqa: S608
_OF_HELD: Final = f"SELECT raw_id FROM item WHERE raw_id IS NOT NULL AND id IN ({_OF_CASES})"  # noqa: S608
_NOBODY: Final = f"NOT EXISTS (SELECT 1 FROM {_IN_FORCE})"  # noqa: S608
_OLD: Final = "SELECT id FROM item WHERE arrived < :before"
_SAMPLES: Final = "SELECT raw_id FROM training_sample WHERE raw_id IS NOT NULL"
_LEAVES: Final = "payload p JOIN leaf l ON l.channel_id = p.channel_id AND l.position = p.position"
_FOR_GOOD: Final = "('day-close', 'agreement', 'dispute')"
# Class, days after which nothing may be left, and what is left.
_LIVES: Final = (
    (
        "raw",
        30,
        f"raw WHERE data IS NOT NULL AND arrived < :before AND id NOT IN ({_SAMPLES}) AND id NOT IN ({_OF_HELD})",
    ),
    ("item", 100, f"item WHERE arrived < :before AND reading <> '{{}}' AND id NOT IN ({_OF_CASES}) AND {_FREE}"),
    (
        "report",
        100,
        f"report WHERE facts <> '{{}}' AND item_id IN ({_OLD}) AND {_FREE}",
    ),
    ("payload", 100, f"{_LEAVES} WHERE l.submitted < :before AND l.type NOT IN {_FOR_GOOD} AND {_NOBODY}"),
    (
        "case",
        100,
        f"abuse_case WHERE state_since < :before AND id IN ({_OVER}) AND id NOT IN ({_HELD}) AND key NOT LIKE 'erased%'",
    ),
    ("sighting", 100, f"bot_sighting WHERE taken < :before AND {_NOBODY}"),
    ("notice", 100, f"notice WHERE given < :before AND case_id NOT IN ({_HELD})"),
    ("lease", 60, f"lease WHERE known_until < :before AND {_NOBODY}"),
    ("outbox", 0, "outbox WHERE state IN ('sent', 'failed') AND data IS NOT NULL AND finished < :before"),
    ("session", 7, "account_session WHERE began < :before"),
    ("campaign", 90, "campaign_told WHERE last < :before"),
    ("digest", 91, "coalition_digest WHERE at < :before"),
    ("source-hour", 90, "source_hour WHERE at < :before"),
    ("access", 400, "access_log WHERE at < :before"),
)


def each_day(world: World) -> None:
    """Nothing lives past its time, and nothing goes before it."""
    now = world.clock.now()
    for network in world.networks.values():
        if world.is_off(network.name) or _was_off(world, network.name, now):
            continue
        for of, days, left in _LIVES:
            values = {"before": _micro(now - (days + 2) * DAY), "now": _micro(now - 2 * DAY)}
            n = _asked(network, f"SELECT count(*) FROM {left}", **values)  # noqa: S608 - our own words
            # What an open case keeps is old when the case is closed: the next run, a day later at most, takes it away.
            since = world.found.setdefault((network.name, of), now) if n else world.found.pop((network.name, of), now)
            if n and now - since > 2 * DAY and (network.name, of) not in world.told:
                world.told.add((network.name, of))
                world.wrong(f"{network.name}: {n} of {of} are older than {days} days and are still there")


def at_the_end(world: World) -> None:
    """Everything that is told once a period, and every sum."""
    for network in world.networks.values():
        _weeks(world, network)
        _digests(world, network)
        for what in (("ledger", "verify"), ("ledger", "scrub")):
            _holds(world, network, *what)
    _cards(world)
    _probes(world)
    _asked_again(world)
    _waits(world)
    _notices(world)
    _statements(world)


def _micro(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def _asked(network: Network, query: str, **values: int) -> int:
    """One number."""
    with network.store.view() as connection:
        return int(connection.execute(text(query), values).scalar_one())


def _was_off(world: World, name: str, now: datetime) -> bool:
    return any(end <= now < end + DAY for _, end in world.ends.get(name, ()))


def _holds(world: World, network: Network, *words: str) -> None:
    try:
        network.comity(*words)
    except RefusedError as error:
        world.wrong(f"{network.name}: {error}")


def _mondays(world: World) -> list[date]:
    first, last = START.date(), world.clock.now().date()
    return [day for n in range((last - first).days + 1) if (day := first + timedelta(days=n)).weekday() == 0]


def _weeks(world: World, network: Network) -> None:
    """Each Monday has one report of the week, and each says how many complaints there were in its week."""
    told = Counter[str]()
    for mail in world.mails:
        if mail.to == f"boss@{network.name}":
            told[found := re.findall(r"\d{4}-\d\d-\d\d", mail.subject)[0]] += 1
            said = re.search(r"Complaints: ([\d,]+); taken back", readable(scan(mail.data)))
            until = date.fromisoformat(found)
            want = _complaints(world, until) if network.name == WEST else 0
            if int((said[1] if said else "0").replace(",", "")) != want:
                world.wrong(
                    f"{network.name}: the week to {found} says {said and said[1]} complaints, there were {want}"
                )
    for day in _mondays(world):
        if told[day.isoformat()] != 1:
            world.wrong(f"{network.name}: the week to {day} was told {told[day.isoformat()]} times")


def _complaints(world: World, until: date) -> int:
    days = [until - timedelta(days=n) for n in range(1, 8)]
    return sum(world.done[kind, day] for kind in ("complaint-east", "complaint-letters") for day in days)


def _digests(world: World, network: Network) -> None:
    """From the first one on each day has one, and none has two; days on which the machine was off have none."""
    days = Counter(
        mail.at.date() for mail in world.mails if mail.to == f"digest@{network.name}" and mail.by == network.name
    )
    for day, n in days.items():
        if n != 1:
            world.wrong(f"{network.name}: {n} digests on {day}")
    known = sorted(days)[2:]  # on the first days there may be nothing to say yet
    while known and known[-1] > ENDS:  # without an agreement there is nothing that waits
        known.pop()
    for day in (known[0] + timedelta(days=n) for n in range((known[-1] - known[0]).days)) if known else ():
        off = any(begin.date() <= day <= end.date() for begin, end in world.ends.get(network.name, ()))
        if not days[day] and not off:
            world.wrong(f"{network.name}: no digest on {day}")


def _cards(world: World) -> None:
    """Each week has one card of each kind, and the cards of all weeks add up to what was decided."""
    told: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for mail in world.mails:
        if "Report card" in mail.subject:
            said = re.search(r"Complaints: ([\d,]+)", readable(scan(mail.data)))
            told[mail.to].append(
                (re.findall(r"\d{4}-\d\d-\d\d", mail.subject)[1], int(said[1].replace(",", "")) if said else 0)
            )
    mondays = [each.isoformat() for each in _mondays(world)]
    for to, cards in told.items():
        weeks = [week for week, _ in cards]
        if len(set(weeks)) != len(weeks):
            world.wrong(f"a week has two cards for {to}")
        missing = set(mondays) - set(weeks)
        if to == f"cards@{WEST}" and missing:
            world.wrong(f"no card for {to} of the weeks to {sorted(missing)}")
    end = _micro(datetime.fromisoformat(f"{mondays[-1]}T00:00:00+00:00"))
    query = "SELECT count(*) FROM complaint WHERE decided < :end AND NOT not_spam"
    decided, said = _asked(world.west, query, end=end), sum(n for _, n in told[f"cards@{WEST}"])
    if decided != said:
        world.wrong(f"cards say {said} complaints, {decided} were decided")


def _probes(world: World) -> None:
    """Once a month: not before thirty days, and within a day after."""
    times = [mail.at for mail in world.mails if mail.to == "abuse@harbour.example" and "right address" in mail.subject]
    for one, other in pairwise(times):
        off = sum(
            (min(end, other) - max(begin, one) for begin, end in world.ends[WEST] if begin < other and end > one),
            timedelta(0),
        )
        if not 30 * DAY <= other - one <= 31 * DAY + off:
            world.wrong(f"harbour was asked again after {other - one}")


def _asked_again(world: World) -> None:
    """A mailbox that never answers is asked for thirty days before its proof runs out and as long after, once a week."""
    asked = [
        mail.at
        for mail in world.mails
        if mail.to == "fbl@letters.example" and "yours?" in mail.subject and mail.at > SILENT
    ]
    if len(asked) > 11 or (asked and asked[-1] - asked[0] > 62 * DAY):
        world.wrong(f"letters was asked {len(asked)} times, from {asked[0]:%Y-%m-%d} to {asked[-1]:%Y-%m-%d}")


def _waits(world: World) -> None:
    """A case that waits until a day is woken on it, once."""
    for case, since in world.waits:
        query = (
            "SELECT count(*) FROM case_event WHERE case_id = :case AND action = 'due' AND at > :since AND at < :until"
        )
        with world.east.store.view() as connection:
            where = {"case": case, "since": _micro(since), "until": _micro(since + 19 * DAY)}
            n = connection.execute(text(query), where).scalar_one()
        if n > 1 or (n == 0 and since + 19 * DAY < world.clock.now()):
            world.wrong(f"case {case} that waited from {since:%Y-%m-%d} was woken {n} times")


def _notices(world: World) -> None:
    """Each line is told once by mail for each infection, and never at night."""
    zone = ZoneInfo(world.zone)
    for mail in world.mails:
        if mail.to.endswith("@lines.example"):
            hour = mail.at.astimezone(zone).hour
            if not 8 <= hour < 21:
                world.wrong(f"{mail.to} was told at {mail.at.astimezone(zone):%Y-%m-%d %H:%M} of its own time")
    told = sum(mail.to.endswith("@lines.example") for mail in world.mails)
    opened = sum(n for (kind, _), n in world.done.items() if kind in ("opened", "relapses"))
    if abs(told - opened) > 1:
        world.wrong(f"{opened} infections began, {told} mails told of them")


def _statements(world: World) -> None:
    """What both signed still verifies, however much was erased since."""
    keys = [str(world.folder / name / "ledger.card") for name in (WEST, EAST)]
    for period, file in world.statements.items():
        try:
            world.west.comity("statement", "verify", str(file), *keys)
        except RefusedError as error:
            world.wrong(f"the statement of {period}: {error}")
