"""Which settings this run of the command line has.

Answers:    ``settings()`` reads them once, when a command first asks.
Limits:     the file is ``--config``, else what COMITY_CONFIG names, else ./comity.toml where there is one, else none.
"""

_chosen: list[str | None] = [None]


def choose(path: str | None) -> None:
    """Settle the file of this run; it is opened when a command first asks for settings."""
    _chosen[:] = [path]
