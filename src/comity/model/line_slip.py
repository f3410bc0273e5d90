"""A line of somebody's table that cannot be used.

Trust:      ``text`` is out of the file.
Answers:    ``LineSlip``; ``error(kind, columns)`` is what a command says of it.
"""

from dataclasses import dataclass

from comity.model.outcomes import ComityError, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSlip:
    """Where it stands, what is wrong, and the words: ``error.KIND-CODE`` and ``remedy.KIND-CODE`` stand in the catalogue."""

    place: str
    code: str
    text: str

    def error(self, kind: str, columns: str) -> ComityError:
        """Bad input; ``columns`` are those that the table should have."""
        return ComityError(
            f"{kind}-{self.code}",
            f"{kind}-{self.code}: {self.text}",
            outcome=Outcome.BAD_INPUT,
            place=self.place,
            details={"text": self.text, "columns": columns},
        )
