"""Who acts, where nobody says: the account that runs the command; and who acted, in words.

Trust:      a name may be a stranger's and passes ``plain``.
Answers:    ``account()``, ``own_account()``; ``whom(actor)`` for people, in the words of the pages.
"""

import getpass
import os
import pwd
from collections.abc import Collection

from comity.cli.speech import plain, speaker
from comity.model.account import AT_COMMAND, WITHOUT_ACCOUNT
from comity.model.message import Message
from comity.services.public.pages import actor_words


def account() -> str:
    """Its name, as the environment has it; that of the program is no person's, though a system may have it for our service."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return AT_COMMAND
    return AT_COMMAND if name in WITHOUT_ACCOUNT else name


def own_account() -> str:
    """Its name, as the system has it: no variable changes that."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def whom(actor: str, namesakes: Collection[str] = (), *, most: int = 64) -> str:
    """Who acted: in words where that is nobody with an account. ``namesakes`` are accounts that are called as such a one."""
    said = actor_words.whom(plain(actor, most), namesakes)
    return speaker().tell(said) if isinstance(said, Message) else said
