"""The file that tells the gates which campaigns are junked now: fingerprints, each with its end.

Trust:      the file is our own; one that cannot be read is none, and nothing is junked for it.
Answers:    ``JunkList(path).put(campaigns)`` writes it when it changed; ``read_junk(path)`` gives it.
Limits:     what has ended is not junked, whoever reads it when.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from comity.outlets.files.replacing import replaced


def junk_path(model: Path) -> Path:
    """Where it lies, beside the model."""
    return model.with_name(f"{model.name}.junked")


def read_junk(path: Path) -> Mapping[str, datetime]:
    """The campaigns, each with its end."""
    try:
        found = json.loads(path.read_bytes())
        return {str(name): datetime.fromtimestamp(int(end), UTC) for name, end in found["campaigns"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return {}


class JunkList:
    """The file, for the one who writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = dict(read_junk(path))

    def put(self, campaigns: Mapping[str, datetime]) -> bool:
        """Write it, if it is another one now."""
        whole = {name: end.replace(microsecond=0) for name, end in campaigns.items()}
        if whole == self._last:
            return False
        ends = {name: int(end.timestamp()) for name, end in whole.items()}
        with replaced(self._path) as file:
            file.write(json.dumps({"campaigns": ends}, sort_keys=True).encode("ascii"))
        self._last = whole
        return True
