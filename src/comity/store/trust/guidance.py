"""Queries about guidance.

Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from comity.model.guidance import GuidanceComment, GuidanceVersion, KeptVersion
from comity.store.tables.coalition.members import guidance_comment, guidance_version


class Guidance:
    """What two parties agree on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kept: KeptVersion) -> None:
        """One more version."""
        values = asdict(kept.said) | {"note": kept.note, "taken": kept.taken, "agreed": None, "agreed_by": None}
        self._connection.execute(insert(guidance_version).values(values))

    def agree(self, kept: KeptVersion, *, note: str, at: datetime, by: str) -> None:
        """Both have signed it."""
        chosen = (guidance_version.c.guidance_id == kept.said.guidance_id) & (
            guidance_version.c.version == kept.said.version
        )
        self._connection.execute(update(guidance_version).where(chosen).values(note=note, agreed=at, agreed_by=by))

    def versions(self, guidance_id: str) -> list[KeptVersion]:
        """Every version, oldest first."""
        return self._found(guidance_version.c.guidance_id == guidance_id)

    def beginning_with(self, start: str) -> list[str]:
        """Ids that begin so."""
        query = select(guidance_version.c.guidance_id).distinct()
        chosen = query.where(guidance_version.c.guidance_id.startswith(start, autoescape=True))
        return sorted(self._connection.execute(chosen).scalars())

    def all(self) -> list[KeptVersion]:
        """Every version of every guidance."""
        return self._found()

    def comment(self, said: GuidanceComment, note: str) -> None:
        """One more comment."""
        self._connection.execute(insert(guidance_comment).values(asdict(said) | {"note": note}))

    def comments(self, guidance_id: str | None = None) -> Sequence[tuple[GuidanceComment, str]]:
        """Comments with their notes, oldest first."""
        query = select(guidance_comment).order_by(guidance_comment.c.made, guidance_comment.c.comment_id)
        if guidance_id is not None:
            query = query.where(guidance_comment.c.guidance_id == guidance_id)
        return [
            (
                GuidanceComment(
                    comment_id=row.comment_id,
                    guidance_id=row.guidance_id,
                    version=row.version,
                    issuer=row.issuer,
                    text=row.text,
                    by=row.by,
                    made=row.made,
                ),
                row.note,
            )
            for row in self._connection.execute(query)
        ]

    def _found(self, *conditions: object) -> list[KeptVersion]:
        query = select(guidance_version).where(*conditions)  # type: ignore[arg-type]
        return [
            KeptVersion(
                said=GuidanceVersion(
                    guidance_id=row.guidance_id,
                    version=row.version,
                    issuer=row.issuer,
                    parties=(row.parties[0], row.parties[1]),
                    title=row.title,
                    text=row.text,
                    practices=tuple(row.practices),
                    by=row.by,
                    made=row.made,
                ),
                note=row.note,
                taken=row.taken,
                agreed=row.agreed,
                agreed_by=row.agreed_by,
            )
            for row in self._connection.execute(
                query.order_by(guidance_version.c.guidance_id, guidance_version.c.version)
            )
        ]
