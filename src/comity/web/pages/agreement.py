"""The page of an agreement: one HTML file in both languages, for screen and print, without script.

Trust:      every text out of the agreement is escaped; the page may load, run and send nothing (its content security policy).
Standards:  WCAG 2.2 AA; CSP level 3.
Answers:    ``render(paper, papers, now)`` gives the text of the file.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from comity.accord.agreement import life, wording
from comity.locale import LANGUAGES, catalogue
from comity.model.agreement_document import AgreementPaper
from comity.model.message import Message
from comity.web import templating
from comity.web.pages.pairs import Pair
from comity.web.pages.statement import both


def render(paper: AgreementPaper, papers: Sequence[AgreementPaper], now: datetime) -> str:
    """Give the whole page."""
    style = Markup(files("comity.web").joinpath("static", "statement.css").read_text(encoding="utf-8"))  # noqa: S704  # our own
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
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
            style=style,
            policy=policy,
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
