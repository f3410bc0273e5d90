"""What customers are told: what waits for one contact and one template goes into one mail, in both languages.

Trust:      contacts stand in the operator's own list; labels may be anybody's words and are written as text.
Standards:  RFC 3834 (auto-generated). The key of a notice is (contact, template), as IntelMQ's mailgen does it.
Answers:    ``Noticing.put(records, now)`` puts what is due into the outbox and gives how many mails that were.
Limits:     between two notices of one key lies at least the template's ``digest``; what comes meanwhile waits, and goes into the
            next. A notice and its mail are one transaction.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from comity.cases.playbook.calendar import awake
from comity.formats import automatic_mail
from comity.model.case_consequence import CaseConsequence
from comity.model.desk import DeskCase
from comity.model.playbook import ActionKind, Playbook, Template
from comity.model.sending import OWN_CUSTOMERS, OutboxKind, Peer, PeerState
from comity.services.complain.rows import enter

_LOT: Final = 200
_SHOWN: Final = 20
_NEWEST: Final = 1000  # reports of a case that are looked at for the addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who writes."""

    domain: str
    address: str
    organisation: str
    languages: tuple[str, ...] = ("en", "zh")
    reply_to: Callable[[str], str | None] = lambda _: None  # for one case: where its answers arrive


class Noticing:
    """Writes notices."""

    def __init__(self, playbook: Playbook, signatory: Signatory, *, new_token: Callable[[], str]) -> None:
        """``new_token`` gives chance for the envelope address of one mail."""
        self._playbook, self._signatory, self._new_token = playbook, signatory, new_token

    def put(self, records: Any, now: datetime) -> int:
        """Put what is due into the outbox."""
        mails = 0
        keys = {
            (each.target, str(each.facts.get("template")))
            for each in records.consequences.due((ActionKind.TELL,), now, _LOT)
        }
        for contact, name in sorted(keys):
            waiting = [
                each
                for each in records.consequences.waiting_to(ActionKind.TELL, contact)
                if each.facts.get("template") == name
            ]
            template = self._playbook.templates.get(name)
            ids = [each.consequence_id for each in waiting]
            if template is None:  # the playbook was changed, and has no words for it any more
                for each in waiting:
                    records.consequences.fail(each.consequence_id, reason="template-gone", error=None, at=now)
                continue
            last = records.consequences.told_last(contact, name)
            if last is not None and now < last + template.digest:
                records.consequences.put_off(ids, until=awake(last + template.digest, self._playbook.calendar))
                continue
            outbox_id = self._mail(records, contact, template, waiting=waiting, now=now)
            records.consequences.done(ids, now, outbox_id=outbox_id)
            mails += 1
        return mails

    def _mail(
        self, records: Any, contact: str, template: Template, *, waiting: Sequence[CaseConsequence], now: datetime
    ) -> int:
        """One mail in the outbox; its number there."""
        case_ids = list(dict.fromkeys(each.case_id for each in waiting if each.case_id is not None))
        cases = list(records.cases.by_id(case_ids).values())
        token = self._new_token()
        holes = holes_of(cases, self._signatory, sources_of(records, cases))
        data = automatic_mail.write(self._written(contact, template, cases, holes=holes, token=token, now=now))
        if OWN_CUSTOMERS not in records.peers.by_name([OWN_CUSTOMERS]):
            # That notices are live is the operator's word; from here on the peer can be held like any other.
            records.peers.put(
                Peer(name=OWN_CUSTOMERS, address=self._signatory.address, state=PeerState.LIVE, since=now)
            )
        row = enter(OutboxKind.NOTICE, data, party=OWN_CUSTOMERS, address=contact, bounce_token=token, now=now)
        records.sending.add_outbox([row])
        return int(records.sending.by_bounce_token(token).outbox_id)

    def _written(
        self,
        contact: str,
        template: Template,
        cases: Sequence[DeskCase],
        *,
        holes: Mapping[str, str],
        token: str,
        now: datetime,
    ) -> automatic_mail.AutomaticMail:
        signatory = self._signatory
        subjects = [template.subject[language].format_map(holes) for language in signatory.languages]
        texts = [template.text[language].strip("\n").format_map(holes) for language in signatory.languages]
        return automatic_mail.AutomaticMail(
            header_from=signatory.address,
            organisation=signatory.organisation,
            to=contact,
            subject=" / ".join(subjects),
            written=now,
            message_id=f"{token}.notice@{signatory.domain}",
            reply_to=signatory.reply_to(cases[0].case_id) if cases else None,
            is_answer=False,
            text="\n\n".join(texts) + "\n",
        )


def sources_of(records: Any, cases: Sequence[DeskCase]) -> str:
    """From which addresses the mail of these cases came, those with most reports first; how many reports stands behind each.

    They are the customer's own, so that they may be told, and without them nobody finds the machine. "-" where none is known.
    """
    counts = Counter(each for case in cases[:_SHOWN] for each in records.intake.addresses_of(case.case_id, _NEWEST))
    shown = [f"{_line(address)} ({n})" for address, n in counts.most_common(_SHOWN)]
    return ", ".join([*shown, "..."] if len(counts) > _SHOWN else shown) or "-"


def holes_of(cases: Sequence[DeskCase], signatory: Signatory, sources: str) -> Mapping[str, str]:
    """What fills the holes of a template."""
    firsts = [each.first_seen for each in cases if each.first_seen is not None]
    lasts = [each.last_seen for each in cases if each.last_seen is not None]
    shown = [each.case_id for each in cases[:_SHOWN]]
    more = ["..."] if len(cases) > _SHOWN else []
    return {
        "customer": ", ".join(dict.fromkeys(_line(each.label) for each in cases[:_SHOWN])),
        "case": cases[0].case_id if cases else "-",
        "cases": ", ".join([*shown, *more]) or "-",
        "reports": str(sum(each.reports for each in cases)),
        "complainers": str(sum(each.complainers for each in cases)),
        "sources": sources,
        "first": _moment(min(firsts, default=None)),
        "last": _moment(max(lasts, default=None)),
        "organisation": signatory.organisation,
        "address": signatory.address,
    }


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M UTC")
