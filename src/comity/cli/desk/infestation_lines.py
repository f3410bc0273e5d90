"""An infected device of a case, as lines: what it is in plain words, when it was seen, which guide helps.

Trust:      words and names of sources are strangers' and pass ``plain``.
Answers:    ``infestation_lines(known)``; none where nothing is known.
"""

from collections.abc import Iterator
from datetime import datetime

from comity.cli.configuration import settings
from comity.cli.speech import listed, plain, speaker
from comity.model.infestation import Infestation

_SOURCES = 3


def infestation_lines(known: Infestation | None) -> Iterator[str]:
    """What a person wants to know of it."""
    if known is None:
        return
    from comity.bootstrap.help import packs_of
    from comity.services.remedy.infestations import named

    words, packs = speaker(), packs_of(settings())
    pack = packs.of(words.language)
    family, devices = named(known, packs)
    title = pack.family(family).title
    said = f"{title} ({plain(known.family, 30)})" if known.family else title
    certainty = words.say(f"infestation.certainty.{known.certainty.value}")
    yield words.say("infestation.what", family=said, certainty=certainty)
    more = ["..."] if len(known.sources) > _SOURCES else []
    sources = listed([*(plain(each, 24) for each in known.sources[:_SOURCES]), *more])
    yield words.say(
        "infestation.seen",
        n=known.sightings,
        sources=sources,
        addresses=known.addresses,
        first=_short(known.first),
        last=_short(known.last),
    )
    titles = listed(pack.guides[each].title for each in devices if each in pack.guides)
    yield words.say("infestation.devices", devices=titles or "-")


def _short(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
