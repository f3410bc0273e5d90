"""Make a PDF, or a picture in PNG, with typst.

Trust:      what is set comes in as data, never as markup: a stranger's text cannot become a command of the typesetter, and files
            outside its own folder are out of reach for it.
Answers:    ``pdf(template, view)`` and ``png(svg)`` give the bytes; ``ComityError`` where typst or a Chinese font is missing.
Limits:     the extra ``pdf``. Fonts come from the system.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comity.model.outcomes import ComityError, Outcome

FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC")


_PICTURE = """#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image("picture.svg")
"""


def pdf(template: str, view: Mapping[str, Any]) -> bytes:
    """Set ``view`` as the template says."""
    with TemporaryDirectory(prefix="comity-pdf-") as folder:
        return _made(Path(folder), template, format="pdf", sys_inputs={"view": json.dumps(view)})


def png(svg: str) -> bytes:
    """A drawing of ours as a picture of twice its size, its words in whatever language they are."""
    with TemporaryDirectory(prefix="comity-png-") as folder:
        (Path(folder) / "picture.svg").write_text(svg, encoding="utf-8")
        return _made(Path(folder), _PICTURE, format="png", ppi=192)


def _made(folder: Path, template: str, **how: Any) -> bytes:
    try:
        import typst  # noqa: PLC0415 - the extra "pdf"
    except ImportError:
        raise ComityError(
            f"{how['format']}-missing",
            "typst is not installed",
            outcome=Outcome.CONFIGURATION,
            remedy='pip install "comity[pdf]"',
        ) from None
    if not set(typst.Fonts(include_system_fonts=True).families()) & set(FONTS):
        raise ComityError(f"{how['format']}-font", "there is no Chinese font", outcome=Outcome.CONFIGURATION)
    source = folder / "sheet.typ"
    source.write_text(template, encoding="utf-8")
    try:
        made: bytes = typst.compile(source, root=folder, **how)
    except typst.TypstError as error:
        reason = " ".join(str(error).split())[:200]
        raise ComityError(
            f"{how['format']}-failed", reason, outcome=Outcome.FAULT, details={"reason": reason}
        ) from None
    return made
