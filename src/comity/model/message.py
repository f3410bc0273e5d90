"""A sentence for people, before its language is known.

Answers:    ``Message(id, arguments)``; ``Catalogue.say`` turns it into words, also where one is the argument of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A message id of the catalogues, and what goes into its holes."""

    message_id: str
    arguments: Mapping[str, object] = field(default_factory=dict)
