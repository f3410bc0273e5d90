"""Where a gate listens.

Answers:    ``Listener``: a socket in the file system, or host and port; ``str()`` writes it as the settings do; ``is_local`` says
            whether only this machine reaches it.
"""

from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One place to listen at; port 0 is any that is free.

    >>> str(Listener(host="::1", port=24)), str(Listener(path="/run/comity/lmtp"))
    ('[::1]:24', 'unix:/run/comity/lmtp')
    """

    path: str | None = None
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it.

        >>> [Listener(host=each).is_local for each in ("127.0.0.1", "127.8.0.1", "::1", "0.0.0.0", "::", "192.0.2.1")]
        [True, True, True, False, False, False]
        """
        return self.path is not None or ip_address(self.host).is_loopback

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"unix:{self.path}" if self.path else f"{host}:{self.port}"
