"""Who acts, where nobody says: the account that runs the command."""

import getpass
import os
import pwd

from comity.model.account import AT_COMMAND, WITHOUT_ACCOUNT


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
