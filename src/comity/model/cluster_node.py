"""One machine of ours, as it last said how it stands: what only it can see of itself.

Answers:    ``ClusterNode``, ``NodeFinding``; ``HOUSE`` is what a finding is about that no look of another command sees.
Limits:     a machine is told by its host name and its spool: the spool is what must not be forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

HOUSE: Final = "house"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFinding:
    """Something that is not as it should be there; ``message`` is the id of the sentence, ``details`` go into its holes."""

    about: str
    is_wrong: bool
    message: str
    place: str | None
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNode:
    """How it stood at ``seen``; ``ended`` says that it was stopped in good order."""

    name: str
    spool: str
    version: str
    seen: datetime
    ended: datetime | None = None
    waiting: int  # mails that were acknowledged and not worked off
    oldest: datetime | None  # when the first of them came
    free_mib: int  # on the disk of the spool
    model: str | None  # the beginning of the hash of the file that the filter there judges with
    findings: tuple[NodeFinding, ...] = ()
