"""Queries about members of a coalition, digests, minutes and actions.

Limits:     one connection, no commits.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from comity.accord.coalition import member_record, read_member
from comity.accord.minutes import minutes_record, read_minutes, read_report, report_record
from comity.model.coalition import KeptMember
from comity.model.minutes import ActionReport, KeptMinutes, Minutes
from comity.store.dialects import insert as upsert
from comity.store.tables.coalition.members import coalition_digest, coalition_member
from comity.store.tables.coalition.minutes import action_report
from comity.store.tables.coalition.minutes import minutes as minutes_table


class Coalition:
    """Who is there, and what they were told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, kept: KeptMember) -> None:
        """An entry, in the place of the one before."""
        values = {
            "issuer": kept.said.issuer,
            "version": kept.said.version,
            "record": member_record(kept.said),
            "note": kept.note,
            "taken": kept.taken,
            "ends": kept.said.ends,
        }
        adding = upsert(coalition_member).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[coalition_member.c.issuer], set_=values))

    def members(self, *, after: datetime | None = None) -> list[KeptMember]:
        """Every entry by domain, or those that end after a moment."""
        query = select(coalition_member).order_by(coalition_member.c.issuer)
        if after is not None:
            query = query.where(coalition_member.c.ends > after)
        found = []
        for row in self._connection.execute(query):
            said = read_member(row.record)
            if not isinstance(said, str):  # a damaged disk: it is no entry any more
                found.append(KeptMember(said=said, note=row.note, taken=row.taken))
        return found

    def member(self, issuer: str) -> KeptMember | None:
        """One entry."""
        return next((each for each in self.members() if each.said.issuer == issuer), None)

    def digested(self) -> datetime | None:
        """When the last digest was mailed."""
        query = select(coalition_digest.c.at).order_by(coalition_digest.c.id.desc()).limit(1)
        return self._connection.execute(query).scalar()

    def digest(self, at: datetime, *, mails: int, text: str) -> None:
        """A digest was mailed."""
        self._connection.execute(insert(coalition_digest).values(at=at, mails=mails, text=text))

    def forget_digests(self, before: datetime) -> None:
        """Those of long ago: the next one tells of a month at most."""
        self._connection.execute(delete(coalition_digest).where(coalition_digest.c.at < before))

    def add_minutes(self, said: Minutes, note: str, taken: datetime) -> None:
        """Minutes that somebody signed."""
        values = {"minutes_id": said.minutes_id, "record": minutes_record(said), "held": said.held}
        self._connection.execute(insert(minutes_table).values(values | {"note": note, "taken": taken}))

    def report_action(self, said: ActionReport, note: str) -> None:
        """What became of an action; a later word of its owner takes the place of an earlier one."""
        values = {
            "minutes_id": said.minutes_id,
            "number": said.number,
            "record": report_record(said),
            "note": note,
        }
        here = [action_report.c.minutes_id, action_report.c.number]
        adding = upsert(action_report).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=here, set_=values))

    def minutes(self) -> list[KeptMinutes]:
        """All minutes, the newest meeting first."""
        reports: dict[str, dict[int, ActionReport]] = {}
        for row in self._connection.execute(select(action_report)):
            said = read_report(row.record)
            if not isinstance(said, str):  # a damaged disk
                reports.setdefault(row.minutes_id, {})[row.number] = said
        query = select(minutes_table).order_by(minutes_table.c.held.desc(), minutes_table.c.minutes_id)
        found = []
        for row in self._connection.execute(query):
            kept = read_minutes(row.record)
            if not isinstance(kept, str):
                more = reports.get(row.minutes_id, {})
                found.append(KeptMinutes(said=kept, note=row.note, taken=row.taken, reports=more))
        return found
