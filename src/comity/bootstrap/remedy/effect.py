"""Join the store to what measures whether telling subscribers helped.

Answers:    ``measured(settings, records, now)``; ``close_silent_cases``; ``wedge_of(settings)`` the comparison, None where there is
            none; ``look_at_silence`` is what the running program does once a day.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from comity.accord.measured import ComparedShares, block
from comity.bootstrap.desk import COMPLAINER_KEY, beside
from comity.bootstrap.help import packs_of
from comity.bootstrap.playbook.running import desk_of, following_of
from comity.model.desk import Act, DeskCase
from comity.model.log_events import LogEvent
from comity.model.period import Period
from comity.outlets.secret_file import secret
from comity.remediation.effect.comparison import Way, Wedge
from comity.services.receive.desk import Desk
from comity.services.remedy.effect.answers import Understood, understood
from comity.services.remedy.effect.closing import Silent, close_silent, silent
from comity.services.remedy.effect.learning import learn
from comity.services.remedy.effect.lines import infestations
from comity.services.remedy.effect.measuring import HORIZON, Effect, MeasureTerms, measure
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records

PROGRAM = "comity"


def wedge_of(settings: Settings) -> Wedge | None:
    """Who is told in which way."""
    terms = settings.effect
    if terms.comparison == "off" or terms.comparison_began is None:
        return None
    key = secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY))
    return Wedge(
        key=blake2b(key, person=b"comparison", digest_size=32).digest(),
        began=terms.comparison_began.toordinal(),
        step=terms.comparison_step_days,
        groups=terms.comparison_groups,
        never=frozenset(terms.never_compared),
    )


def answered(
    settings: Settings, records: "Records", *, period: Period | None = None
) -> tuple[list[Understood], Mapping[str, Mapping[str, str]]]:
    """What readers of the public pages answered; and the words of each question, by language."""
    packs = packs_of(settings).languages
    right = {each.key: each.right for pack in packs.values() for each in pack.questions}
    texts = {name: {each.key: each.text for each in pack.questions} for name, pack in packs.items()}
    return understood(records.notices.counts(), right, period), texts


def measured(settings: Settings, records: "Records", *, now: datetime, period: Period | None = None) -> Effect:
    """What helped; of a period the cases that were opened in it."""
    return measure(
        records.effects,
        MeasureTerms(
            now=now,
            assumed=settings.effect.silent_days,
            first=None if period is None else period.first.toordinal(),
            last=None if period is None else period.last.toordinal(),
            wedge=wedge_of(settings),
        ),
    )


def stated(
    settings: Settings, records: "Records", *, period: Period, made: datetime
) -> Mapping[str, Mapping[str, Any]]:
    """What we put into a joint statement, as it was known when the statement was made."""
    found = measured(settings, records, now=made, period=period)
    difference = found.comparison
    compared = None
    if difference is not None and difference.share is not None:
        compared = ComparedShares(
            usual=difference.usual,
            new=difference.new,
            within_days=HORIZON,
            share=difference.share,
            low=difference.low or 0.0,
            high=difference.high or 0.0,
        )
    return block(found.found, found.clean, compared)


def close_silent_cases(settings: Settings, records: "Records", *, now: datetime, actor: str = PROGRAM) -> list[Silent]:
    """Close the cases of lines that have been silent for long enough; the playbook hears of it."""
    found = _heard_of(settings, records, now)
    desk = desk_of(settings, records, actor=actor, now=now)
    return close_silent(records, found, close=lambda case, note: desk.act(case, Act.CLOSE, note=note))


def _heard_of(settings: Settings, records: "Records", now: datetime) -> list[Silent]:
    """What is silent; the playbook goes first, for it may say more to those who reported than that the case is closed."""
    found, following = silent(records, now, assumed=settings.effect.silent_days), following_of(settings)
    if following is not None:
        following.fell_silent(records, [each.case for each in found], now=now)
    return found


def look_at_silence(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """Learn what sources are worth, and close what is silent where the settings want that."""
    with store.write() as records:
        learn(records.effects, now)
        if settings.effect.close_silent:
            closed = close_silent_cases(settings, records, now=now)
        else:
            closed = []
            _heard_of(settings, records, now)
    if closed:
        log("silent-closed", n=len(closed))


def way_of_case(settings: Settings, records: "Records", text: str) -> tuple[DeskCase, Way | None]:
    """The case of this name, and which way it goes; None where it is not compared."""
    now = datetime.now(UTC)
    case, wedge = Desk(records, actor=PROGRAM, now=now).find(text), wedge_of(settings)
    if wedge is None:
        return case, None
    mine = [each for each in infestations(records.effects, now) if each.case_id == case.case_id]
    return case, next((wedge.way_of(each.subject, each.family, each.opened) for each in mine), None)
