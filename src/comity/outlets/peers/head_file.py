"""Our newest heads, kept a second time on another disk.

Trust:      whoever reads the file checks the signature under each head: a file that somebody changed says nothing.
Answers:    ``write(path, heads)`` replaces the file as a whole, when something changed; ``read(path)`` gives notes by channel.
Limits:     it lags behind by a second: a lost end shorter than that is shown by the peers alone.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.files.replacing import replaced


def write(path: Path, heads: Mapping[str, str]) -> None:
    """Replace the file; a channel that grew shorter keeps its longer head."""
    before = read(path)
    merged = {**before, **{origin: note for origin, note in heads.items() if _size(note) >= _size(before.get(origin))}}
    if merged == before:
        return
    with replaced(path) as file:
        file.write(json.dumps(merged, ensure_ascii=False, indent=1).encode())


def read(path: Path) -> dict[str, str]:
    """The heads that were kept; none where there is no file."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ComityError(
            "head-file-malformed", "this is no file of heads", outcome=Outcome.CONFIGURATION, place=str(path)
        )
    return found


def _size(note: str | None) -> int:
    lines = (note or "").split("\n", 2)
    return int(lines[1]) if len(lines) > 1 and lines[1].isascii() and lines[1].isdigit() else -1
