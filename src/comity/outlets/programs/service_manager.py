"""Tell the service manager that everything is there.

Trust:      where to say so is in the environment that the manager gave us.
Standards:  sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names; "@" at its beginning stands for the abstract namespace.
Answers:    ``say(state, environment)`` is True where somebody was told.
Limits:     never waits and never raises: a service that nobody watches serves all the same.
"""

import socket
from collections.abc import Mapping
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"


def say(state: str, environment: Mapping[str, str]) -> bool:
    """Tell it."""
    place = environment.get("NOTIFY_SOCKET", "")
    if place[:1] not in ("/", "@"):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
            manager.setblocking(False)
            manager.sendto(state.encode("ascii"), "\0" + place[1:] if place[0] == "@" else place)
    except OSError:
        return False
    return True
