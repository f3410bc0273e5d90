"""A playbook as lines of text.

Answers:    ``lines_of(playbook)`` lines of 80 columns in the reader's language.
"""

from collections.abc import Iterator
from typing import Final

from comity.cli.speech import speaker
from comity.cli.wrapping import wrapped
from comity.model.playbook import CLOSED, Playbook
from comity.services.public.pages.playbook_words import rule_of

_WIDTH: Final = 80


def lines_of(playbook: Playbook) -> Iterator[str]:
    """All states with their rules."""
    words = speaker()
    about = playbook.about.get(words.language[:2]) or playbook.about.get("en")
    yield playbook.name
    if about:
        yield from wrapped(about, _WIDTH)
    for name, rules in playbook.states.items():
        yield ""
        yield f"{name}  [{words.say('playbook.start')}]" if name == playbook.start else name
        for n, rule in enumerate(rules, 1):
            first, *more = wrapped(rule_of(words, n, rule), _WIDTH - 6)
            yield f"  {first}"
            yield from (f"     {each}" for each in more)
    yield ""
    yield CLOSED
