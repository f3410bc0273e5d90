"""What people of ours write about cases, and where letters that came belong.

Answers:    ``ROOMS``: the modules of its pages.
"""

from typing import Final

from comity.web.desk.letters import belonging, writing

ROOMS: Final = (writing, belonging)
