"""Show the pages of one subscriber before there is any: under our own name, about a notice that nobody got.

Answers:    ``sample_pages(settings, packs, pack, family)``: the text of each page by the name of its file.
Limits:     forms and links lead nowhere: nobody answers them.
"""

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from comity.bootstrap.help import public_house, sample_of
from comity.model.notice import Certainty, NoticeKind
from comity.services.remedy.rows import GivenNotice
from comity.services.remedy.self_service import OwnPage
from comity.web.help.pages import HelpPages
from comity.web.help.private import captive_page, own_page

if TYPE_CHECKING:
    from comity.remediation.guides.pack import LanguagePack, Packs
    from comity.settings import Settings

_TOKEN = "sample"  # noqa: S105 - of a page that does not open


def sample_pages(settings: "Settings", packs: "Packs", pack: "LanguagePack", *, family: str) -> dict[str, str]:
    """What a line in the walled garden is shown, and the page behind it."""
    facts = sample_of(settings, packs, pack, kind=NoticeKind.PAGE, certainty=Certainty.CONFIRMED, family=family)
    given = GivenNotice(
        reference=facts.reference,
        case_id="",
        kind=NoticeKind.PAGE,
        language=pack.language,
        certainty=facts.tier,
        family=facts.family,
        guide=facts.guide,
        seen_first=facts.seen_first,
        seen_last=facts.seen_last,
        deadline=facts.deadline,
        given=facts.seen_last,
    )
    page = OwnPage(
        notice=given, until=facts.seen_last + timedelta(hours=settings.help.page_hours), done=frozenset(), said=None
    )
    zone, pages = settings.help.time_zone or UTC, HelpPages(packs, public_house(settings, packs), is_served=True)
    return {
        "garden.html": captive_page(pages, pack, facts, zone=zone, token=_TOKEN),
        "subscriber.html": own_page(pages, pack, page, zone=zone, token=_TOKEN),
    }
