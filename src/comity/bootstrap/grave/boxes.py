"""Join what closes boxes: the public key, and who knows which mails are to be sealed.

Answers:    ``hook_of(settings)`` says which mails are sealed, None where nothing is; ``maker_of`` closes boxes by hand.
Limits:     a list is read when a reader starts: ``comity serve`` is restarted for a new one.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.files.sealed_box import BoxMaker, Hook

PUBLIC = "sealed.pub"


def public_key(settings: Settings) -> Path:
    """Where the public key lies."""
    return beside(settings, settings.sealed.key, PUBLIC)


def maker_of(settings: Settings) -> "BoxMaker":
    """Who closes boxes."""
    from comity.outlets.files.sealed_box import BoxMaker

    return BoxMaker.read(public_key(settings))


def hook_of(settings: Settings) -> "Hook | None":
    """Who knows which mails are to be sealed."""
    sealed = settings.sealed
    if not sealed.hashes and not sealed.command:
        return None
    from comity.outlets.files.sealed_box import HashList, Hook

    return Hook(maker=maker_of(settings), known=HashList.read(sealed.hashes), command=sealed.command)
