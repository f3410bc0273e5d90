"""The subscriber's own page: how it is opened, what stands on it, what is said back.

Trust:      the address of a page is a token that only we can make: it carries its end and the reference, and no name. What is said
            on the page counts for one case, whose playbook decides what follows; nothing is believed to be clean because somebody
            says so.
Answers:    ``PageTokens.made(reference, until)`` and ``read(token, now)``; ``SelfService.open`` gives ``OwnPage``, ``mark`` notes a
            step, ``say`` an act; ``line_of`` says whether the line is paused or being opened.
Limits:     in the caller's transaction; an act that was said is not noted again within an hour.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.notice import SelfServiceAct
from comity.model.playbook import ActionKind
from comity.services.remedy.rows import ActOfSubscriber, GivenNotice, NoticeRows

_MARK: Final = 16
_BODY: Final = 9  # four octets of time, five of reference
_SIGNS: Final = 34
_SAME: Final = timedelta(hours=1)
_OPENS: Final = timedelta(minutes=15)  # until then, whoever reads that pages do not open yet need not call
_MOST: Final = 200  # things that were decided about one case

# What hears of an act: the case's playbook.
TellCase = Callable[[Any, str, SelfServiceAct, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """What a line in the walled garden is shown; a line on its way in is not in yet, one on its way out still is."""

    notice: GivenNotice
    is_in: bool = True
    is_leaving: bool = False


class PageTokens:
    """Addresses of pages."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def made(self, reference: str, until: datetime) -> str:
        """The token that opens the page of a notice until then.

        >>> tokens = PageTokens(b"k")
        >>> now = datetime(2026, 3, 1, tzinfo=UTC)
        >>> tokens.read(tokens.made("482719305562", now + timedelta(hours=1)), now)[0]
        '482719305562'
        """
        body = int(until.timestamp()).to_bytes(4, "big") + int(reference).to_bytes(5, "big")
        return urlsafe_b64encode(body + self._mark(body)).rstrip(b"=").decode("ascii")

    def read(self, token: str, now: datetime) -> tuple[str, datetime] | None:
        """The reference and the end of a token; None where it is not ours, or over."""
        if len(token) != _SIGNS or not token.isascii():
            return None
        try:
            data = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (ValueError, Error):
            return None
        body, mark = data[:_BODY], data[_BODY:]
        if not hmac.compare_digest(mark, self._mark(body)):
            return None
        until = datetime.fromtimestamp(int.from_bytes(body[:4], "big"), UTC)
        return (f"{int.from_bytes(body[4:], 'big'):012}", until) if now < until else None

    def _mark(self, body: bytes) -> bytes:
        return blake2b(body, key=self._key[:64], person=b"subscriber page", digest_size=_MARK).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """What stands on a subscriber's page."""

    notice: GivenNotice
    until: datetime
    done: frozenset[tuple[str, str]]
    said: SelfServiceAct | None
    line: str = ""  # as ``line_of`` says it


def line_of(records: Any, case_id: str, now: datetime) -> str:
    """How the line of a case stands: "paused", "opening" while it is let out and for a quarter of an hour after that, or ""."""
    decided: Sequence[CaseConsequence] = records.consequences.of_case(case_id, _MOST)
    gardens = [each for each in decided if each.kind is ActionKind.GARDEN]
    if any(each.state is ConsequenceState.DONE for each in gardens):
        return "paused"
    left = [each for each in gardens if each.state is ConsequenceState.LIFTING or each.lifted is not None]
    is_fresh = any(each.lifted is None or now - each.lifted < _OPENS for each in left)
    return "opening" if is_fresh else ""


class SelfService:
    """What subscribers do by themselves."""

    def __init__(self, tokens: PageTokens, tell: TellCase) -> None:
        self._tokens, self._tell = tokens, tell

    def open(self, rows: NoticeRows, token: str, now: datetime) -> OwnPage | None:
        """The page of a token."""
        found = self._tokens.read(token, now)
        given = None if found is None else rows.find(found[0])
        if found is None or given is None:
            return None
        said = rows.said(given.case_id)
        return OwnPage(
            notice=given,
            until=found[1],
            done=frozenset(rows.steps(given.case_id)),
            said=said[-1].act if said else None,
        )

    def mark(self, rows: NoticeRows, page: OwnPage, step: tuple[str, str], *, done: datetime | None) -> None:
        """A step is done, or is not."""
        rows.mark(page.notice.case_id, step, done)

    def say(self, records: Any, page: OwnPage, act: SelfServiceAct, *, now: datetime) -> None:
        """A subscriber says something; the playbook of the case hears of it."""
        rows: NoticeRows = records.notices
        case_id = page.notice.case_id
        if any(each.act is act and now - each.at < _SAME for each in rows.said(case_id)):
            return
        rows.say(ActOfSubscriber(case_id=case_id, reference=page.notice.reference, act=act, at=now))
        self._tell(records, case_id, act, now)
