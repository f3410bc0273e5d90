"""The page of an agreement: one HTML file in both languages, for screen and print, without script.

Trust:      every text out of the agreement is escaped; the page may load, run and send nothing (its content security policy).
Standards:  WCAG 2.2 AA; CSP level 3.
Answers:    ``render(paper, papers, now)`` gives the text of the file.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from jinja2 import Environment

from comity.accord.agreement import life, wording
from comity.locale import LANGUAGES, catalogue
from comity.model.agreement_document import AgreementPaper
from comity.model.message import Message
from comity.web import templating
from comity.web.pages.alone import alone
from comity.web.pages.pairs import Pair
from comity.web.pages.statement import both


def render(paper: AgreementPaper, papers: Sequence[AgreementPaper], now: datetime) -> str:
    """Give the whole page."""
    state = life.standing(paper, papers, now)
    return (
        environment()
        .get_template("agreement.html")
        .render(
            paper=paper,
            title=pair(Message("agreement.page")),
            state=pair(Message(f"agreement.state.{state.value}")),
            acts=[(pair(Message(f"agreement.act.{each.act.value}")), each) for each in paper.events],
            history=pair(Message("agreement.history")),
            sections=[
                (pair(each.title), [(pair(label), [pair(value) for value in values]) for label, values in each.rows])
                for each in wording.sections(paper.document, paper.digest)
            ],
            **alone("statement.css"),
        )
    )


def pair(said: Message | str) -> Pair:
    """A message in both languages; a text that is none stays as it is."""
    if isinstance(said, str):
        return said, said
    one, two = (catalogue(each).tell(said) for each in LANGUAGES)
    return one, two


@cache
def environment() -> Environment:
    """What fills a template: everything escaped, nothing left undefined."""
    return templating.environment(both=both)
