"""The page of many statements beside each other: one HTML file in both languages, for screen and print, without script.

Trust:      every text out of the files is escaped; the page may load, run and send nothing (its content security policy).
Standards:  WCAG 2.2 AA; CSP level 3.
Answers:    ``render(found, made)`` gives the text of the file.
"""

from datetime import datetime
from typing import Final

from comity.services.prove.coalition.contradictions import Contradiction
from comity.services.prove.coalition.overview import CLASS, Overview, PairLine, Sum
from comity.services.prove.stating.checking import Fault
from comity.web import templating
from comity.web.pages.alone import alone
from comity.web.pages.pairs import EDITIONS, Pair, pair
from comity.web.pages.statement import both

_FAULTS: Final = 5
_WORDS: Final = (
    *("title", "by-nobody", "pairs", "pair", "standing", "file", "proved", "members", "member", "signed", "owed"),
    *("late", "reported", "received", "contradictions", "contradictions-none", "sums", "sums-note", "number", "total"),
    *("not-shown", "made-of", "foreign", "foreign-note", "check", "passed-over"),
)


def render(found: Overview, made: datetime) -> str:
    """Give the whole page."""
    environment = templating.environment(
        both=both, standing=standing, label=label, said=said, fault=fault, number=number, passed_over=passed_over
    )
    return environment.get_template("overview.html").render(
        found=found,
        made=f"{made:%Y-%m-%d %H:%M}",
        words={name: pair(f"overview.word.{name}") for name in _WORDS},
        state=pair("overview.whole" if found.is_whole else "overview.not-whole"),
        most=_FAULTS,
        **alone("statement.css"),
    )


def standing(line: PairLine) -> Pair:
    """Where the statement of a pair stands."""
    told = pair(f"overview.standing.{line.standing.value}", names=", ".join(line.waits_for))
    late = pair("overview.is-late")
    return (f"{told[0]} {late[0]}", f"{told[1]}{late[1]}") if line.is_late else told


def label(key: str) -> Pair:
    """What a number counts."""
    if key.startswith(CLASS):
        name = f"triage.class.{key.removeprefix(CLASS)}"
        return pair(name) if name in EDITIONS[0] else (key, key)
    return pair(f"statement.number.{key.replace('/', '-')}")


def number(each: Sum) -> str:
    """A sum: one number, or from where to where two ledgers have it."""
    return f"{each.least:,}" if each.least == each.most else f"{each.least:,} – {each.most:,}"


def said(each: Contradiction) -> Pair:
    """What contradicts what."""
    return pair(f"overview.contradiction.{each.code}", by=", ".join(each.by), about=about(each))


def about(each: Contradiction) -> Pair | str:
    """What it is about: what a side measured has a name of its own."""
    return pair(f"statement.unmeasured.{each.about}") if each.code == "told-otherwise" else each.about


def passed_over(why: Fault | None) -> Pair:
    """Why a file of a pair is not the one that counts."""
    return pair("overview.same" if why is None else f"statement.fault.{why.code}")


def fault(code: str, where: str) -> Pair:
    """Why a file does not hold."""
    return pair("statement.fault", what=pair(f"statement.fault.{code}"), where=where)
