"""The ways in that need no password.

Answers:    ``ROOMS``: the modules that give routes.
"""

from typing import Final

from comity.web.desk.entering import elsewhere, passkeys

ROOMS: Final = (elsewhere, passkeys)
