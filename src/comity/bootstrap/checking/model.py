"""Look at the model of the filter, where somebody goes by it.

Answers:    ``model(settings, now)``: whether the file can be used; without one the starter serves.
Limits:     read as a whole, and judged with by nobody.
"""

from collections.abc import Iterator
from datetime import datetime

from comity.bootstrap.checking.check import Check, right
from comity.bootstrap.judging import in_use, is_in_service, model_path
from comity.settings import Settings


def model(settings: Settings, _: datetime) -> Iterator[Check]:
    """One that cannot be used raises, as whatever else is wrong; the one before it serves meanwhile."""
    if not is_in_service(settings):
        return
    found = in_use(settings)
    if found.sha256 is None or not model_path(settings).exists():
        yield right("model", "model-starter", file=found.file or "-")
    else:
        yield right("model", "model", file=model_path(settings), sha256=found.sha256[:12])
