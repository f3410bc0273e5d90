"""A sentence for people, before its language is known.

Answers:    ``Message(id, arguments)``; ``Catalogue.say`` turns it into words, also where one is the argument of another.
            ``OwnWords`` are an argument that people wrote in each language themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A message id of the catalogues, and what goes into its holes."""

    message_id: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What somebody wrote in English and in Chinese, a title say: each reader is given his own."""

    english: str
    chinese: str

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "OwnWords":
        """From texts by "en" and "zh", as documents have them."""
        return cls(texts["en"], texts["zh"])
