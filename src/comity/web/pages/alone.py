"""What a page needs that stands alone in one file: its style within it, and a policy that allows this style and nothing else.

Standards:  CSP level 3: the one style sheet is named by its hash; nothing may be loaded, run, sent or framed.
Answers:    ``style_of(sheet)`` the text of one of ours, ``policy_of(style)``; ``alone(sheet)`` both, as templates name them.
"""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup


def alone(sheet: str) -> dict[str, Markup | str]:
    """``style`` and ``policy``."""
    style = style_of(sheet)
    return {"style": style, "policy": policy_of(style)}


def style_of(sheet: str) -> Markup:
    """What stands in a file of ours."""
    return Markup(files("comity.web").joinpath("static", sheet).read_text(encoding="utf-8"))  # noqa: S704  # our own


def policy_of(style: str) -> str:
    """Nothing but this style.

    >>> policy_of("p { color: red }")[:52]
    "default-src 'none'; style-src 'sha256-ngewhhP73WDIbg"
    """
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
