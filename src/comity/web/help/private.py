"""The two pages that one subscriber sees: what a line in the walled garden is shown, and the subscriber's own page.

Trust:      texts are ours and the operator's; a token is ours.
Answers:    ``captive_page(pages, pack, facts, ...)`` and ``own_page(pages, pack, page, ...)`` give the text: for the site, and for
            whoever looks at it before anybody gets it.
"""

from datetime import tzinfo
from typing import Final

from markupsafe import Markup

from comity.model.notice import NoticeFacts, NoticeKind, SelfServiceAct
from comity.remediation.guides.pack import LanguagePack
from comity.remediation.notice.filling import day, moment
from comity.remediation.notice.markup import blocks
from comity.remediation.notice.reference import shown
from comity.remediation.notice.rendering import paragraphs_of
from comity.services.remedy.self_service import OwnPage
from comity.web.help.pages import HelpPages

ACTS: Final = ((SelfServiceAct.DONE, "done"), (SelfServiceAct.HELP, "help"), (SelfServiceAct.NOT_ME, "not-me"))


def captive_page(pages: HelpPages, pack: LanguagePack, facts: NoticeFacts, *, zone: tzinfo, token: str) -> str:
    """What a line in the walled garden is shown instead of the web."""
    parts = paragraphs_of(NoticeKind.PAGE, facts, pack, zone=zone, stand_out=True)
    return pages.page(
        "captive",
        pack,
        here="captive",
        title=pack.words["captive.title"],
        body=Markup(blocks(parts)),  # noqa: S704 - escaped where it was made
        token=token,
        is_private=True,
    )


def own_page(
    pages: HelpPages,
    pack: LanguagePack,
    page: OwnPage,
    *,
    zone: tzinfo,
    token: str,
    said: str = "",
    opened: str = "",
) -> str:
    """The page of one notice: what was seen, the steps for each device, and what the subscriber may say."""
    notice = page.notice
    guides = sorted(pack.guides.values(), key=lambda guide: guide.name != notice.guide)
    return pages.page(
        "my",
        pack,
        here=f"my/{token}",
        title=pack.words["my.title"],
        is_private=True,
        notice=notice,
        token=token,
        said=said,
        line=page.line,
        family=pack.family(notice.family),
        reference=shown(notice.reference),
        seen_first=moment(notice.seen_first, pack.dates, zone),
        seen_last=moment(notice.seen_last, pack.dates, zone),
        deadline=day(notice.deadline, pack.dates, zone) if notice.deadline else None,
        until=moment(page.until, pack.dates, zone),
        guides=guides,
        opened=opened or notice.guide,
        marked={guide.name: {step for device, step in page.done if device == guide.name} for guide in guides},
        acts=[(act.value, word) for act, word in ACTS],
    )
