"""Queries about our own machines.

Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import Connection, delete, select

from comity.model.cluster_node import ClusterNode, NodeFinding
from comity.store.dialects import insert as upsert
from comity.store.tables.integration.nodes import cluster_node


class ClusterNodes:
    """What each last said of itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[ClusterNode]:
        """By name."""
        rows = self._connection.execute(
            select(cluster_node).order_by(cluster_node.c.name, cluster_node.c.spool)
        ).mappings()
        return [
            ClusterNode(**{**row, "findings": tuple(NodeFinding(**each) for each in row["findings"])}) for row in rows
        ]

    def put(self, node: ClusterNode) -> None:
        """In the place of what it said before."""
        values = {name: getattr(node, name) for name in _PLAIN}
        values["findings"] = [asdict(each) for each in node.findings]
        adding = upsert(cluster_node).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=_KEY, set_=values))

    def forget(self, name: str) -> int:
        """A machine is gone, or a spool of it; how many rows that were."""
        gone = delete(cluster_node).where((cluster_node.c.name == name) | (cluster_node.c.spool == name))
        return self._connection.execute(gone).rowcount


_KEY: Final = [cluster_node.c.name, cluster_node.c.spool]
_PLAIN: Final = tuple(each.name for each in cluster_node.c if each.name != "findings")
