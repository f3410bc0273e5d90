"""The page that invites a network to the loop: one HTML file in both languages, and the same as text.

Trust:      every text is escaped; the page may load, run and send nothing (its content security policy).
Standards:  WCAG 2.2 AA; CSP level 3.
Answers:    ``render(invitation, ...)`` gives the HTML, ``text(invitation, ...)`` the text.
"""

from collections.abc import Callable

from comity.locale import LANGUAGES, catalogue
from comity.model.message import Message
from comity.services.complain.enrolment.inviting import Invitation
from comity.web.pages.agreement import environment, pair
from comity.web.pages.alone import alone

STEPS = ("invite.step.mailbox", "invite.step.write", "invite.step.prove", "invite.step.trial")


def render(made: Invitation, *, organisation: str, address: str) -> str:
    """Give the whole page."""
    facts = _facts(made, organisation=organisation, address=address)
    return (
        environment()
        .get_template("invitation.html")
        .render(
            network=made.network,
            title=pair(Message("invite.title", facts)),
            told=[pair(Message(each, facts)) for each in ("invite.what", "invite.counts", "invite.why")],
            weeks_title=pair(Message("invite.weeks")),
            weeks=[
                (f"{monday:%Y-%m-%d}", pair(Message("invite.few")) if n is None else (str(n), str(n)))
                for monday, n in made.weeks
            ],
            steps_title=pair(Message("invite.steps")),
            steps=[pair(Message(each, facts)) for each in STEPS],
            ending=pair(Message("invite.ending", facts)),
            **alone("statement.css"),
        )
    )


def text(made: Invitation, *, organisation: str, address: str) -> str:
    """The same as plain text, language after language."""
    facts = _facts(made, organisation=organisation, address=address)
    return "\n\n\n".join("\n".join(_lines(made, facts, catalogue(each).say)) for each in LANGUAGES) + "\n"


def _lines(made: Invitation, facts: dict[str, object], say: Callable[..., str]) -> list[str]:
    lines = [say("invite.title", **facts), ""]
    lines += [say(each, **facts) for each in ("invite.what", "invite.counts", "invite.why")]
    lines += ["", say("invite.weeks")]
    lines += [f"  {monday:%Y-%m-%d}  {say('invite.few') if n is None else n}" for monday, n in made.weeks]
    lines += ["", say("invite.steps")]
    lines += [f"  {number}. {say(each, **facts)}" for number, each in enumerate(STEPS, 1)]
    return [*lines, "", say("invite.ending", **facts)]


def _facts(made: Invitation, *, organisation: str, address: str) -> dict[str, object]:
    return {
        "network": made.network,
        "organisation": organisation,
        "address": address,
        "since": f"{made.since:%Y-%m-%d}",
        "until": f"{made.until:%Y-%m-%d}",
        "n": made.complaints,
        "people": made.complainers,
    }
