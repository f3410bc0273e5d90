"""Queries about infected devices by case, and about how subscribers are reached.

Answers:    ``Infestations`` and ``Contacts``, which fit ``comity.services.remedy.rows``.
Limits:     one connection, no commits.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from comity.model.infestation import Infestation, SubscriberContact
from comity.model.notice import Certainty
from comity.store.chunks import chunks
from comity.store.tables.remedy.infestations import infestation, subscriber_contact

_LOT: Final = 500
_FIELDS: Final = tuple(infestation.c.keys())
_CONTACT: Final = tuple(subscriber_contact.c.keys())


class Infestations:
    """What is known of infected devices."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, found: Sequence[Infestation]) -> None:
        """What is known now, instead of what was."""
        for at in range(0, len(found), _LOT):
            lot = found[at : at + _LOT]
            self._connection.execute(
                delete(infestation).where(infestation.c.case_id.in_([each.case_id for each in lot]))
            )
            self._connection.execute(insert(infestation), [_values(each) for each in lot])

    def of(self, case_ids: Sequence[str]) -> Mapping[str, Infestation]:
        """What is known of these cases."""
        return {
            row.case_id: _infestation(row)
            for part in chunks(list(case_ids))
            for row in self._connection.execute(select(infestation).where(infestation.c.case_id.in_(part)))
        }

    def newest(self, most: int) -> list[Infestation]:
        """Those that were seen last at first."""
        query = select(infestation).order_by(infestation.c.last.desc(), infestation.c.case_id).limit(most)
        return [_infestation(row) for row in self._connection.execute(query)]


class Contacts:
    """How subscribers are reached."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, contacts: Sequence[SubscriberContact]) -> None:
        """These, instead of what was known of the same subscribers."""
        for at in range(0, len(contacts), _LOT):
            lot = contacts[at : at + _LOT]
            self._drop([each.subscriber for each in lot])
            rows = [{name: getattr(each, name) for name in _CONTACT} for each in lot]
            self._connection.execute(insert(subscriber_contact), rows)

    def of(self, subscriber: str) -> SubscriberContact | None:
        """One of them."""
        found = select(subscriber_contact).where(subscriber_contact.c.subscriber == subscriber)
        row = self._connection.execute(found).first()
        return None if row is None else SubscriberContact(**row._mapping)

    def count(self) -> int:
        """How many are known."""
        return int(self._connection.scalar(select(func.count()).select_from(subscriber_contact)) or 0)

    def clear(self, spared: Collection[str] = ()) -> int:
        """Drop all of them but those that a legal hold spares; how many they were."""
        these = subscriber_contact.c.subscriber.not_in(list(spared))
        return int(self._connection.execute(delete(subscriber_contact).where(these)).rowcount)

    def forget(self, subscriber: str) -> bool:
        """Drop one; whether there was one."""
        return self._drop([subscriber]) > 0

    def _drop(self, subscribers: Sequence[str]) -> int:
        those = subscriber_contact.c.subscriber.in_(list(subscribers))
        return int(self._connection.execute(delete(subscriber_contact).where(those)).rowcount)


def _values(each: Infestation) -> dict[str, Any]:
    values = {name: getattr(each, name) for name in _FIELDS}
    return values | {"certainty": each.certainty.value, "sources": list(each.sources), "said": dict(each.said)}


def _infestation(row: Row[Any]) -> Infestation:
    said = {name: getattr(row, name) for name in _FIELDS}
    return Infestation(**said | {"certainty": Certainty(row.certainty), "sources": tuple(row.sources)})
