"""The rules of ``accessible`` find what they are for; and the pages that are files keep them."""

import re
from collections.abc import Callable
from datetime import date, datetime

import pytest

from comity.model.case import Triage
from comity.services.complain.enrolment.inviting import Invitation
from comity.web.pages import invitation, statement, triage
from comity.web.pages.statement_view import view_of

from .accessible import faults
from .stated import statement as stated

WHOLE = (
    '<html lang="en"><head><meta name="viewport" content="width=device-width"><title>t</title></head><body>'
    "<header><a href='/'>x</a></header><main><h1>t</h1>{}</main></body></html>"
)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("<h3>x</h3>", "after"),
        ("<h2></h2>", "an empty heading"),
        ("<input name='a'>", "nobody hears"),
        ("<label><input></label>", "nobody hears"),
        ("<button><img src='x' alt=''></button>", "it has no name"),
        ("<a href='/'> </a>", "it has no name"),
        ("<img src='x'>", "it has no name"),
        ("<svg role='img'></svg>", "it has no name"),
        ("<div aria-label='x'>y</div>", "no role"),
        ("<p aria-describedby='gone'>x</p>", "which is not there"),
        ("<i id='a'>x</i><i id='a'>y</i>", "2 x id"),
        ("<nav>x</nav><nav>y</nav>", "2 x the landmark"),
        ("<section aria-label='a'>x</section><section aria-label='a'>y</section>", "2 x the landmark"),
        ("<table><tr><td>x</td></tr></table>", "without headings"),
        ("<table><tr><th>x</th></tr></table>", "a heading of what"),
        ("<table><tr><th scope='col'>x</th></tr><tr><td>1</td><td>2</td></tr></table>", "rows of"),
        ("<ul><p>x</p></ul>", "in a list"),
        ("<li>x</li>", "a line of no list"),
        ("<p tabindex='3'>x</p>", "out of order"),
        ("<div class='scroll'>x</div>", "keys cannot scroll"),
        ("<p onclick='x()'>x</p>", "a script of its own"),
        ("<h1>u</h1>", "2 x h1"),
        ("</main><p>x</p><main>", "outside of every landmark"),
        ("<a lang='en' hreflang='zh' href='/'>x</a>", "the name of a language"),
    ],
)
def test_what_is_wrong_is_found(part: str, said: str) -> None:
    """Each rule by an example; without it there is nothing to say."""
    assert faults(WHOLE.format("")) == []
    assert [each for each in faults(WHOLE.format(part)) if said in each], faults(WHOLE.format(part))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((' lang="en"', ""), "it is in"),
        ((' lang="en"', ' lang="de"'), "it is in"),
        (("<title>t</title>", ""), "no title"),
        (("device-width", "device-width, user-scalable=no"), "larger"),
    ],
)
def test_a_page_that_says_too_little_is_found(change: tuple[str, str], said: str) -> None:
    """Language, title, and that it can be made larger."""
    assert said in " ".join(faults(WHOLE.format("").replace(*change), "en"))


def heard(text: str) -> list[str]:
    """What is wrong in a file: its own style sheet is allowed by its hash, and is no part of what is heard."""
    return faults(re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_page_of_a_mailbox_can_be_heard(make_triage: Callable[..., Triage], language: str) -> None:
    """With one of each kind."""
    assert heard(triage.render(make_triage(copies=7), "abuse.mbox", language)) == []


def test_a_statement_can_be_heard() -> None:
    """With all its tables."""
    assert heard(statement.render(view_of(stated(), "note"))) == []


def test_an_invitation_can_be_heard() -> None:
    """With its weeks."""
    made = Invitation(
        network="192.0.2.0/24",
        since=datetime(2026, 3, 1),  # noqa: DTZ001 - a day
        until=datetime(2026, 3, 14),  # noqa: DTZ001 - a day
        weeks=((date(2026, 3, 2), 12), (date(2026, 3, 9), None)),
        complaints=12,
        complainers=7,
    )
    assert heard(invitation.render(made, organisation="West Mail", address="abuse@west.example")) == []
