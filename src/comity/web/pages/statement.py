"""The page of a joint statement: one HTML file in both languages, for screen and print, without script.

Trust:      every text out of the statement is escaped; the page may load, run and send nothing (its content security policy).
Standards:  WCAG 2.2 AA; CSP level 3.
Answers:    ``render(view)`` gives the text of the file.
"""

from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from comity.web import templating
from comity.web.pages.alone import alone
from comity.web.pages.pairs import Pair
from comity.web.pages.statement_compared import Rate
from comity.web.pages.statement_view import View

_WIDTH, _HEIGHT = 200.0, 16


def render(view: View) -> str:
    """Give the whole page."""
    return _environment().get_template("statement.html").render(view=view, **alone("statement.css"))


def both(said: Pair) -> Markup:
    """A sentence in both languages, one after the other.

    >>> print(both(("a & b", "甲")))
    <span lang="en">a &amp; b</span> <span lang="zh-Hans">甲</span>
    """
    if said[0] == said[1]:
        return Markup("<bdi>{}</bdi>").format(said[0])
    return Markup('<span lang="en">{}</span> <span lang="zh-Hans">{}</span>').format(*said)


def bar(per_mille: int) -> Markup:
    """One bar; the number stands beside it in words."""
    return Markup(
        '<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ground" width="1000" height="10"></rect><rect class="full" width="{}" height="10"></rect></svg>'
    ).format(max(per_mille, 4) if per_mille else 0)


def whisker(rate: Rate) -> Markup:
    """A share as a point upon its interval."""
    if rate.per_mille is None or rate.low is None or rate.high is None:
        return Markup()
    scale = _WIDTH / 1000
    line = Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="8" y2="8"></line>')
    drawn = line.format("axis", 0.0, _WIDTH) + line.format("span", rate.low * scale, rate.high * scale)
    drawn += Markup('<circle class="point" cx="{:.1f}" cy="8" r="4"></circle>').format(rate.per_mille * scale)
    frame = Markup('<svg class="whisker" viewBox="-5 0 {} {}" aria-hidden="true">{}</svg>')
    return frame.format(_WIDTH + 10, _HEIGHT, drawn)


@cache
def _environment() -> Environment:
    return templating.environment(both=both, bar=bar, whisker=whisker)
