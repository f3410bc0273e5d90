"""The templates of all pages, read in one way.

Trust:      what a page shows may be a stranger's: everything is escaped, and a name that nobody gave is an error, not a gap.
Answers:    ``environment(**names)`` for what renders a page; ``names`` are what every template of it may say.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined

from comity.feedback.enrolment import reason_in


def environment(**names: object) -> Environment:
    """Read pages of the version that runs, also while another is being installed."""
    made = Environment(
        loader=PackageLoader("comity.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(names, reason_in=reason_in)
    return made
