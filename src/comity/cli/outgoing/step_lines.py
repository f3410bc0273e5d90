"""One step of the decision about a complaint, in words.

Trust:      what was looked at may be a stranger's word: shown through ``plain``.
Answers:    ``step_line(...)`` gives a line: yes or no, the rule by its code and as a sentence, what was looked at, and why.
Limits:     a rule or reason without words stands as its code.
"""

from comity.cli.speech import plain, speaker
from comity.services.public.pages.step_words import because, sentence

_SHOWN = 120


def step_line(rule: str, *, held: bool, reason: str | None, about: str | None) -> str:
    """The line; ``--json`` has the codes alone."""
    words = speaker()
    asked = sentence(words, rule)
    shown = plain(rule, _SHOWN) if asked is None else words.say("step.rule", rule=plain(rule, _SHOWN), sentence=asked)
    named = plain(because(words, reason) or reason, _SHOWN) if reason else ""
    step_id = "complain.yes-step" if held else "complain.no-step"
    looked_at = (plain(about, _SHOWN), named) if about else (named, "")  # no gap where nothing was looked at
    return words.say(step_id, rule=shown, about=looked_at[0], reason=looked_at[1]).rstrip()
