"""Hand a joint statement out: as both signed it, as a page in both languages, as a PDF.

Trust:      a page of a statement says itself what it may load: its own style, by its hash; the answer takes away the rest, and runs
            nothing. A file is saved under a name of ours.
Standards:  RFC 6266 (Content-Disposition), CSP level 3 (sandbox).
Answers:    ``handed_out(kept, checked, form)``: the answer for ``json``, ``html`` or ``pdf``; None where there is no such form.
"""

from dataclasses import asdict
from importlib.resources import files
from typing import Final

from starlette.responses import Response

from comity.model.joint_statement import KeptStatement
from comity.services.prove.stating import making
from comity.services.prove.stating.checking import Checked
from comity.web.pages.statement import render
from comity.web.pages.statement_view import view_of

FRAME: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
_HEADERS: Final = {"x-content-type-options": "nosniff", "cache-control": "no-store", "content-security-policy": FRAME}


def handed_out(kept: KeptStatement, checked: Checked | None, form: str) -> Response | None:
    """A statement in one form."""
    name = f"{kept.period}-{''.join(each for each in kept.peer if each.isascii() and (each.isalnum() or each in '.-'))}"
    saved = _HEADERS | {"content-disposition": f'attachment; filename="{name[:100]}.{form}"'}
    if form == "json":
        return Response(kept.data, 200, saved, "application/json")
    found = making.read(kept.data)
    if found is None or form not in ("html", "pdf"):
        return None
    view = view_of(found[0], found[1], checked)
    if form == "html":
        return Response(render(view).encode(), 200, _HEADERS, "text/html")
    from comity.outlets.typesetting import pdf  # noqa: PLC0415 - the extra "pdf"

    template = files("comity.web").joinpath("templates", "statement.typ").read_text(encoding="utf-8")
    return Response(pdf(template, asdict(view)), 200, saved, "application/pdf")
