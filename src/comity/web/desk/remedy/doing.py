"""What the pages about infected lines share.

Answers:    ``doing_of(door)``; ``playbook_of(door)`` the playbook in use, None where its file cannot be used either.
"""

from comity.model.outcomes import ComityError
from comity.model.playbook import Playbook
from comity.services.public.pages.remedy import RemedyDoing
from comity.web.desk.door import Door
from comity.web.waiting import Refused


def doing_of(door: Door) -> RemedyDoing:
    """What the settings say."""
    if door.work.remedying is None:
        raise Refused("missing", 404)
    return door.work.remedying


def playbook_of(door: Door) -> Playbook | None:
    """The playbook; a page about lines is shown without it too."""
    try:
        return doing_of(door).playbook()
    except ComityError as error:
        door.work.log("desk-playbook-unread", code=error.code)
        return None
