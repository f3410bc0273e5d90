"""What people said and the filter has not learnt yet: admit, refuse; take out what was learnt.

Trust:      a sample is shown without who said it; campaigns are fingerprints of ours.
Answers:    ``routes(door)``: GET and POST /filter/waiting, POST /filter/retract, POST /filter/lift.
Limits:     two hundred at once; what is taken out is out when the page answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.services.judge.learning.deciding import decide_by_hand, waiting
from comity.services.judge.learning.rows import SampleRow, Which
from comity.services.judge.learning.showing import Shown, shown
from comity.web.desk.door import Door
from comity.web.desk.filtering.doing import doing_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused, Unfilled

_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage:
    """What the page shows."""

    samples: Sequence[SampleRow]
    learnt: Shown


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        samples = await door.seen(visit, lambda records: waiting(records, _SHOWN))
        learnt, _ = await door.counted(visit, ("filter", "learnt"), lambda records: shown(records, visit.now))
        view = WaitingPage(samples=samples, learnt=learnt)
        return door.page(visit, "filter/waiting", title=visit.words.say("desk-filter.waiting"), view=view)

    async def decide(visit: Visit) -> Response:
        chosen, word = _numbers(visit.form.get("sample", ())), visit.said("act", 20)
        if word not in ("admit", "refuse"):
            raise Refused("form", 400)
        if not chosen:
            raise Unfilled("desk-said.none-chosen")
        n = await door.write(lambda records: decide_by_hand(records, chosen, admits=word == "admit", now=visit.now))
        return door.away("/filter/waiting", "done" if n == len(chosen) else "some-unfit")

    async def retract(visit: Visit) -> Response:
        samples, campaign = _numbers(visit.said("samples", 2000).replace(",", " ").split()), visit.said("campaign", 200)
        if not samples and not campaign:
            raise Unfilled("desk-said.none-chosen")
        which = Which(samples=samples, campaign=campaign or None)
        done = await door.inside(lambda: doing_of(door).take_out(which, visit.now))
        return door.away("/filter/waiting", "done" if sum(done.refused.values()) else "nothing-meant")

    async def lift(visit: Visit) -> Response:
        campaign, by = visit.said("campaign", 200), visit.signed.account
        n = await door.write(lambda records: records.learning.lift(campaign, by=by, at=visit.now))
        return door.away("/filter/waiting", "done" if n else "nothing-meant")

    return [
        door.route("/filter/waiting", page, Permit.FILTER_SEE),
        door.route("/filter/waiting", decide, Permit.FILTER_ACT, method="POST"),
        door.route("/filter/retract", retract, Permit.FILTER_ACT, method="POST"),
        door.route("/filter/lift", lift, Permit.FILTER_ACT, method="POST"),
    ]


def _numbers(words: Sequence[str]) -> list[int]:
    """Numbers of samples; a word that is none makes the form unfit."""
    some = list(dict.fromkeys(words))[:_SHOWN]
    if not all(each.isascii() and each.isdigit() and len(each) < 19 for each in some):
        raise Refused("form", 400)
    return [int(each) for each in some]
