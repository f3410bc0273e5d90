"""What tells a file from the one that stood there before, without reading it.

Answers:    ``stamp(path)``: equal as long as it is the same file with the same bytes; None where there is none.
Limits:     rights that change leave it as it is.
"""

from pathlib import Path

Stamp = tuple[int, ...] | None


def stamp(path: Path) -> Stamp:
    """Its number, when it was written, and its size."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
