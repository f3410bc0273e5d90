"""``comity invite NETWORK``: a page for a network without a loop, with what it would have received, and how to join.

Trust:      counts alone are on it, over at least five different complainers; the operator hands it on himself: nothing is mailed.
Answers:    two files, HTML and text, both in English and Chinese.
"""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome


def command(  # noqa: PLR0917 - the options of a command line
    network: Annotated[str, typer.Argument(metavar="NETWORK")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")] = Path(),
    days: Annotated[int, typer.Option("--days", min=7, max=366)] = 56,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write the page."""
    from comity.bootstrap import provider_of
    from comity.bootstrap.desk import beside, desk_read
    from comity.services.complain.enrolment.inviting import FEWEST, FINEST, invitation
    from comity.web.pages import invitation as page

    try:
        asked = ip_network(network.strip(), strict=True)
    except ValueError:
        raise _no("consumer-network", network, Outcome.USAGE) from None
    if asked.prefixlen > (counted := FINEST[asked.version]):
        raise _no("invite-narrow", network, Outcome.USAGE, wider=str(asked.supernet(new_prefix=counted)))
    provider = provider_of(settings(), settings().complain.agreements or beside(settings(), None, "comity.toml"))
    until = datetime.now(UTC)
    with desk_read(settings()) as rows:
        made = invitation(rows.cards, asked, since=until - timedelta(days=days), until=until)
    if made is None:
        raise _no("invite-few", network, Outcome.BAD_INPUT, fewest=FEWEST)
    out.mkdir(parents=True, exist_ok=True)
    name = f"invitation-{str(asked).replace('/', '-').replace(':', '.')}"
    said = {"organisation": provider.organisation, "address": provider.address}
    files = {"html": out / f"{name}.html", "text": out / f"{name}.txt"}
    files["html"].write_text(page.render(made, **said), encoding="utf-8")
    files["text"].write_text(page.text(made, **said), encoding="utf-8")
    if as_json:
        told = {"network": made.network, "complaints": made.complaints, "complainers": made.complainers}
        print(json.dumps(told | {name: str(path) for name, path in files.items()}))
        return
    for path in files.values():
        put(speaker().say("invite.written", path=str(path)))


def _no(code: str, place: str, outcome: Outcome, **details: object) -> ComityError:
    return ComityError(code, code, outcome=outcome, place=place, details={"place": place, **details})
