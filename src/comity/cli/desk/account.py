"""Who acts, where nobody says: the account that runs the command."""

import getpass
import os
import pwd


def account() -> str:
    """Its name, as the environment has it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return "operator"


def own_account() -> str:
    """Its name, as the system has it: no variable changes that."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
