"""The mails themselves, and what has become of those that are in no case.

Answers:    ``ROOMS``: the modules of its pages.
"""

from typing import Final

from comity.web.desk.evidence import item, shunt, unmatched, urgent

ROOMS: Final = (item, shunt, unmatched, urgent)
