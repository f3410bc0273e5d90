"""One step of the decision about a complaint, in words.

Trust:      what was looked at may be a stranger's word: shown through ``plain``.
Answers:    ``step_line(...)`` gives a line: yes or no, the rule by its code and as a sentence, what was looked at, and why.
Limits:     a rule or reason without words stands as its code.
"""

from comity.cli.speech import plain, speaker
from comity.model.decisions import REASONS

_SHOWN = 120


def step_line(rule: str, *, held: bool, reason: str | None, about: str | None) -> str:
    """The line; ``--json`` has the codes alone."""
    words = speaker()
    sentence = words.called(f"step.{rule.partition(':')[0]}", "")
    shown = words.say("step.rule", rule=plain(rule, _SHOWN), sentence=sentence) if sentence else plain(rule, _SHOWN)
    why = reason or ""
    named = words.say(f"no-report.{why}") if why in REASONS else words.called(f"step-why.{why}", plain(why, _SHOWN))
    step_id = "complain.yes-step" if held else "complain.no-step"
    looked_at = (plain(about, _SHOWN), named) if about else (named, "")  # no gap where nothing was looked at
    return words.say(step_id, rule=shown, about=looked_at[0], reason=looked_at[1]).rstrip()
