"""Make a PDF with typst.

Trust:      what is set comes in as data, never as markup: a stranger's text cannot become a command of the typesetter, and files
            outside its own folder are out of reach for it.
Answers:    ``pdf(template, view)`` gives the bytes; ``ComityError`` where typst or a Chinese font is missing.
Limits:     the extra ``pdf``. Fonts come from the system.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comity.model.outcomes import ComityError, Outcome

FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC")


def pdf(template: str, view: Mapping[str, Any]) -> bytes:
    """Set ``view`` as the template says."""
    try:
        import typst  # noqa: PLC0415 - the extra "pdf"
    except ImportError:
        raise ComityError(
            "pdf-missing", "typst is not installed", outcome=Outcome.CONFIGURATION, remedy='pip install "comity[pdf]"'
        ) from None
    if not set(typst.Fonts(include_system_fonts=True).families()) & set(FONTS):
        raise ComityError("pdf-font", "there is no Chinese font", outcome=Outcome.CONFIGURATION)
    with TemporaryDirectory(prefix="comity-pdf-") as folder:
        try:
            source = Path(folder) / "sheet.typ"
            source.write_text(template, encoding="utf-8")
            data = {"view": json.dumps(view)}
            made: bytes = typst.compile(source, root=Path(folder), format="pdf", sys_inputs=data)
        except typst.TypstError as error:
            reason = " ".join(str(error).split())[:200]
            raise ComityError("pdf-failed", reason, outcome=Outcome.FAULT, details={"reason": reason}) from None
    return made
