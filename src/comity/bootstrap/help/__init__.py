"""Join what subscribers read: language packs, notices, the check of a reference.

Answers:    ``packs_of(settings)`` the texts in their layers, checked; ``house_of`` who we are to a subscriber; ``notice_key`` the
            secret; ``checking_of``, ``notices_of``, ``ladder_of``; ``faults_of`` what the linter finds in every template.
Limits:     a fault in a template of the operator's or the coalition's keeps everything that would use it from starting.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside
from comity.model.notice import Certainty, NoticeKind
from comity.model.outcomes import ComityError, Outcome
from comity.remediation.notice.sample import sample_facts
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.notice import NoticeFacts
    from comity.remediation.guides.pack import LanguagePack, Packs
    from comity.remediation.notice.linting import Fault
    from comity.services.remedy.checking import Checking
    from comity.services.remedy.ladder import Ladder
    from comity.services.remedy.notices import House, Notices, SpokenName

NOTICE_KEY = "notice.key"
NOTICES = "notices"
_TOKEN_BYTES = 12


def packs_of(settings: Settings, *, lint: bool = True) -> "Packs":
    """The texts of every language; a fault in one that did not come with Comity is an error."""
    from comity.outlets.files.layered_folders import read_layers
    from comity.remediation.guides.reading import read_packs

    folders = [each for each in (settings.help.templates, settings.help.coalition_templates) if each is not None]
    packs = read_packs(read_layers(folders, files("comity").joinpath("guides")))
    if lint and folders:
        own = {str(pack.templates[kind].place) for pack in packs.languages.values() for kind in pack.templates
               if not pack.templates[kind].is_shipped}  # fmt: skip
        for fault in faults_of(settings, packs):
            if not fault.is_advice and fault.place.rpartition(":")[0] in own:
                raise ComityError(
                    f"lint-{fault.rule}",
                    f"{fault.rule}: {fault.found}",
                    outcome=Outcome.CONFIGURATION,
                    place=fault.place,
                    details={"found": fault.found},
                )
    return packs


def faults_of(settings: Settings, packs: "Packs") -> "Iterator[Fault]":
    """All that the linter finds, each thing once."""
    from comity.remediation.notice.linting import faults

    for pack in packs.languages.values():
        for template in pack.templates.values():
            seen = set()
            for certainty in Certainty:
                sample = sample_of(settings, packs, pack, kind=template.kind, certainty=certainty)
                for fault in faults(template, pack, sample):
                    if (fault.rule, fault.place) not in seen:
                        seen.add((fault.rule, fault.place))
                        yield fault


def sample_of(
    settings: Settings,
    packs: "Packs",
    pack: "LanguagePack",
    *,
    kind: NoticeKind,
    certainty: Certainty,
    family: str = "mirai",
) -> "NoticeFacts":
    """A notice that nobody gets, under our own name."""
    known = settings.help
    return sample_facts(
        pack,
        certainty=certainty,
        family=family,
        guide=packs.guide_of(family),
        provider=public_house(settings, packs).called(pack.tag, kind) or "East Broadband",
        portal=known.portal or "help.east.example",
        help_line=known.help_line or "10000",
    )


def style() -> str:
    """The style sheet that each notice carries."""
    return files("comity.web").joinpath("static", "notice.css").read_text(encoding="utf-8")


def notice_key(settings: Settings) -> bytes:
    """The secret of references."""
    from comity.outlets.secret_file import secret

    return secret(beside(settings, settings.help.key_file, NOTICE_KEY))


def house_of(settings: Settings, packs: "Packs") -> "House":
    """Who we are to a subscriber; what a notice cannot do without must be set."""
    known = settings.help
    provider = known.provider or settings.identity.organisation
    for name, value in (("provider", provider), ("portal", known.portal), ("help_line", known.help_line)):
        if value is None:
            raise ComityError(
                "help-missing",
                f"notices need help.{name}",
                outcome=Outcome.CONFIGURATION,
                place=str(settings.file) if settings.file else None,
                details={"name": f"help.{name}"},
            )
    return public_house(settings, packs)


def public_house(settings: Settings, packs: "Packs") -> "House":
    """Who we are on pages that say no more than our name and number, where they are set."""
    from comity.bootstrap.playbook.replies import reply_address_of
    from comity.services.remedy.notices import House

    known, identity = settings.help, settings.identity
    return House(
        provider=known.provider or identity.organisation or "",
        portal=known.portal or "",
        help_line=known.help_line or "",
        zone=known.time_zone or UTC,
        domain=identity.domain,
        address=identity.address,
        style=style(),
        reply_to=reply_address_of(settings),
        names=dict(_names(settings, packs)),
    )


def _names(settings: Settings, packs: "Packs") -> "Iterator[tuple[str, SpokenName]]":
    """Our names by the tag of their language; one that there are no texts in would never be seen."""
    from comity.services.remedy.notices import SpokenName

    for each in settings.help.names:
        pack = packs.speaks(each.language)
        if pack is None:
            raise ComityError(
                "notice-language",
                f"no texts in {each.language}",
                outcome=Outcome.CONFIGURATION,
                place=str(settings.file) if settings.file else None,
                details={
                    "language": each.language,
                    "known": ", ".join(sorted(one.tag for one in packs.languages.values())),
                },
            )
        yield pack.tag, SpokenName(provider=each.provider, sms=each.sms)


def checking_of(settings: Settings, packs: "Packs") -> "Checking":
    """What checks references."""
    from comity.services.remedy.checking import Checking

    return Checking(notice_key(settings), [pack.pair_words for pack in packs.languages.values()])


def notices_of(settings: Settings, packs: "Packs") -> "Notices":
    """What gives notices out."""
    from comity.outlets.files.notice_folder import NoticeFolder
    from comity.services.remedy.notices import Notices

    folder: Path = beside(settings, settings.help.out, NOTICES)
    return Notices(
        packs,
        house_of(settings, packs),
        notice_key(settings),
        new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
        brings=NoticeFolder(folder),
    )


def ladder_of(settings: Settings, packs: "Packs | None" = None) -> "Ladder":
    """What tells subscribers, in the first form that reaches."""
    from comity.services.remedy.ladder import Ladder

    known = packs or packs_of(settings)
    return Ladder(notices_of(settings, known), known, language=settings.identity.language)
