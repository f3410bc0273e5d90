"""The password of a mailbox: from the environment, else asked for without showing it."""

import os

from comity.cli.speech import plain, speaker


def password(account: str) -> str:
    """What COMITY_IMAP_PASSWORD holds, else what somebody types."""
    given = os.environ.get("COMITY_IMAP_PASSWORD")
    if given is not None:
        return given
    from getpass import getpass

    return getpass(speaker().say("triage.password", account=plain(account)))
