"""Where a gate listens.

Answers:    ``Listener``: a socket in the file system, or host and port; ``str()`` writes it as the settings do.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One place to listen at; port 0 is any that is free.

    >>> str(Listener(host="::1", port=24)), str(Listener(path="/run/comity/lmtp"))
    ('[::1]:24', 'unix:/run/comity/lmtp')
    """

    path: str | None = None
    host: str = "127.0.0.1"
    port: int = 0

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"unix:{self.path}" if self.path else f"{host}:{self.port}"
