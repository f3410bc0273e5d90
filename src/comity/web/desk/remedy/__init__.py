"""Pages about infected lines: who is infected, what they were told, who is in the garden, and whether it helped.

Answers:    ``routes(door)``: all of them.
"""

from starlette.routing import BaseRoute

from comity.web.desk.door import Door
from comity.web.desk.remedy import effect, garden, infested, notices, playbook


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    return [each for room in (infested, notices, garden, effect, playbook) for each in room.routes(door)]
