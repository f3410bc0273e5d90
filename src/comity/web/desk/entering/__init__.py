"""The ways in that need no password.

Answers:    ``ROOMS``: the modules that give routes.
"""

from typing import Final

from comity.web.desk.entering import elsewhere

ROOMS: Final = (elsewhere,)
