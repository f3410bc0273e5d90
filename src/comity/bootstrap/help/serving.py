"""Join the site for subscribers to the store and to the playbook of cases.

Answers:    ``help_work(settings, log, work)`` gives all that the application needs; ``garden_of(settings)`` finds the notice
            that is shown on a line; ``help_tls(settings)`` what the site is served with.
Limits:     a line is known where the books of leases name one subscriber for the address and port at this moment, and nobody else.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.attribution.subscriber import Holder
from comity.bootstrap.data import whose_of
from comity.bootstrap.desk import desk_store
from comity.bootstrap.help import checking_of, house_of, notice_key, notices_of, packs_of
from comity.bootstrap.playbook.running import following_of
from comity.cases.opening import case_key
from comity.model.case import Evidence, EvidenceClass, SubjectKind
from comity.model.case_consequence import IN_FORCE, ConsequenceState
from comity.model.desk import CaseEvent, CaseState
from comity.model.log_events import LogEvent
from comity.model.notice import NoticeKind, SelfServiceAct
from comity.model.playbook import ActionKind, Happening
from comity.services.public.course import SAID
from comity.services.remedy.self_service import Confined, PageTokens, SelfService, TellCase
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.web.help.desk import HelpWork

_HELD = (*IN_FORCE, ConsequenceState.LIFTING)
_BROWSER = "web"  # whoever it is about, without an account
_MOST = 200  # things that were decided about one case
_OVER = (CaseState.CLOSED, CaseState.MERGED)


def help_work(settings: Settings, log: LogEvent, work: "type[HelpWork]") -> "HelpWork":
    """All that the application needs; ``work`` is its class, because this room does not know the web."""
    packs = packs_of(settings)
    tokens = PageTokens(notice_key(settings))
    return work(
        store=desk_store(settings),
        packs=packs,
        house=house_of(settings, packs),
        checking=checking_of(settings, packs),
        tokens=tokens,
        self_service=SelfService(tokens, tell_case(settings)),
        notices=notices_of(settings, packs),
        garden=garden_of(settings),
        now=lambda: datetime.now(UTC),
        log=log,
        page_life=timedelta(hours=settings.help.page_hours),
        per_minute=settings.help.tries_per_minute,
        is_behind_proxy=settings.help.behind_proxy,
    )


def tell_case(settings: Settings) -> TellCase:
    """What a subscriber said becomes an event of the case's playbook, and stands on the case."""
    following = following_of(settings)

    def tell(  # noqa: PLR0917 - as a service names it
        records: Any, case_id: str, act: SelfServiceAct, now: datetime
    ) -> None:
        case = records.cases.by_id([case_id]).get(case_id)
        if case is None:
            return
        said = CaseEvent(
            case_id=case_id,
            at=now,
            actor=_BROWSER,
            act=SAID,
            note=act.value,
            from_state=case.state,
            to_state=case.state,
        )
        records.cases.record([said])
        if following is not None:
            following.happen(records, case, Happening.API, word=act.value, now=now)

    return tell


def garden_of(settings: Settings) -> Callable[[Any, tuple[str, int], datetime], Confined | None]:
    """What is shown on the line that an address is: the page that was given out last about its open case."""
    whose = whose_of(settings)

    def find(records: Any, line: tuple[str, int], now: datetime) -> Confined | None:
        evidence = Evidence(evidence_class=EvidenceClass.BOT, source_ip=line[0], source_port=line[1] or None, seen=now)
        whose.fetch([evidence])
        found = whose.holder(evidence, records.leases)
        if not isinstance(found, Holder):
            return None
        key = case_key(SubjectKind.SUBSCRIBER, found.subscriber)
        case = records.cases.newest([key]).get(key)
        if case is None:
            return None
        decided = [
            each
            for each in records.consequences.of_case(case.case_id, _MOST)
            if each.kind is ActionKind.GARDEN and each.state is not ConsequenceState.OBSERVED
        ]
        # A line that is held is so also when its day has passed.
        gardens = [each for each in decided if each.state in _HELD or (each.until is not None and each.until > now)]
        shown = [each for each in records.notices.of_case(case.case_id) if each.kind is NoticeKind.PAGE]
        if not shown:
            return None
        states = {each.state for each in gardens if each.state is not ConsequenceState.LIFTING or each.attempts}
        if not states.isdisjoint(IN_FORCE):
            return Confined(notice=shown[-1], is_in=ConsequenceState.DONE in states)
        if ConsequenceState.LIFTING in states:
            return Confined(notice=shown[-1], is_leaving=True)
        if gardens or case.state in _OVER:
            return None  # the line was let out
        if any(each.finished is not None and each.finished >= shown[-1].given for each in decided):
            return None  # on its day; that the page names a later one, or none, keeps nobody in
        if shown[-1].deadline is not None and now >= shown[-1].deadline:
            return None
        return Confined(notice=shown[-1])  # another program confines lines

    return find


def help_tls(settings: Settings) -> tuple[Path | None, Path | None]:
    """Certificate and key; none where a proxy of ours speaks TLS."""
    return settings.help.certificate, settings.help.certificate_key
