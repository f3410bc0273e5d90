"""``comity peer card|add|trust|rotate-key|revoke``: pair with another network, by a fingerprint that two people read out.

Trust:      a card that was added is believed in nothing until its fingerprint was typed in.
Answers:    the fingerprint in figures, in English and in Chinese words, and as a QR code in the terminal or an SVG file.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.ledger.pairing import Card

AsJson = Annotated[bool, typer.Option("--json")]
_LIMIT = 1 << 16


def card(
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", dir_okay=False)] = None,
    qr: Annotated[bool, typer.Option("--qr/--no-qr")] = True,
    as_json: AsJson = False,
) -> None:
    """Our own card, for a peer."""
    from comity.bootstrap.parties import own_card

    ours = own_card(settings())
    if svg is not None:
        import segno

        segno.make(ours.text(), error="m").save(str(svg), kind="svg", scale=6, border=4, title=ours.name)
    if as_json:
        print(json.dumps(_object(ours)))
        return
    print(ours.text(), end="")
    for line in _fingerprint(ours):
        print(line)
    if qr and sys.stdout.isatty():
        import segno

        segno.make(ours.text(), error="l").terminal(compact=True)
    if svg is not None:
        put(speaker().say("pairing.svg", path=plain(str(svg))))


def add(
    file: Annotated[str, typer.Argument(metavar="FILE|-")],
    as_json: AsJson = False,
) -> None:
    """Take a peer's card in."""
    from comity.bootstrap.desk import desk_write
    from comity.services.prove import pairing

    text = _text(file)
    with desk_write(settings()) as rows:
        added = pairing.add(rows.keys, text, now=datetime.now(UTC))
    if as_json:
        print(json.dumps(_object(added.card) | {"state": added.key.state.value, "new": added.is_new}))
        return
    put(speaker().say("pairing.added" if added.is_new else "pairing.there", peer=plain(added.card.name)))
    for line in _fingerprint(added.card):
        print(line)
    if added.key.state.value == "offered":
        put(speaker().say("pairing.next", peer=plain(added.card.name)))


def trust(
    name: Annotated[str, typer.Argument(metavar="DOMAIN")],
    fingerprint: Annotated[list[str], typer.Argument(metavar="FINGERPRINT")],
    as_json: AsJson = False,
) -> None:
    """Pin a peer's key: its fingerprint, as the other side reads it out."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.parties import word_lists
    from comity.services.prove import pairing

    with desk_write(settings()) as rows:
        key = pairing.trust(rows.keys, name, " ".join(fingerprint), lists=word_lists(), now=datetime.now(UTC))
    if as_json:
        print(json.dumps({"peer": key.peer, "state": key.state.value, "since": key.since.isoformat()}))
        return
    put(speaker().say("pairing.pinned", peer=plain(key.peer)))


def rotate_key(as_json: AsJson = False) -> None:
    """Sign with a new key from now on."""
    from comity.bootstrap.trust.key_change import change_key

    changed = change_key(settings(), now=datetime.now(UTC))
    if as_json:
        print(json.dumps({"key": changed.card.ledger.encoded(), "old": str(changed.old), "channels": changed.channels}))
        return
    put(speaker().say("pairing.rotated", n=changed.channels, old=plain(str(changed.old))))
    for line in _fingerprint(changed.card):
        print(line)


def revoke(
    file: Annotated[str | None, typer.Argument(metavar="[FILE|-]")] = None,
    own: Annotated[Path | None, typer.Option("--with", metavar="KEY", exists=True, dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Take in that a peer called its key back; or, with the key kept off-line, call ours back."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust.key_change import own_revocation
    from comity.services.prove import pairing

    if own is not None:
        print(own_revocation(settings(), own), end="")
        return
    if file is None:
        raise ComityError("revocation-missing", "a file or --with is needed", outcome=Outcome.USAGE)
    with desk_write(settings()) as rows:
        key = pairing.revoke(rows.keys, _text(file), now=datetime.now(UTC))
    if key is None:
        raise ComityError(
            "revocation-not-signed", "no revocation key of a peer signed this", outcome=Outcome.BAD_INPUT, place=file
        )
    if as_json:
        print(json.dumps({"peer": key.peer, "state": key.state.value}))
        return
    put(speaker().say("pairing.revoked", peer=plain(key.peer)))


def _text(file: str) -> str:
    data = sys.stdin.buffer.read(_LIMIT) if file == "-" else Path(file).read_bytes()[:_LIMIT]
    return data.decode("utf-8", "replace")


def _fingerprint(shown: "Card") -> Iterator[str]:
    from comity.bootstrap.parties import word_lists
    from comity.ledger import pairing

    say, fingerprint = speaker().say, shown.fingerprint()
    yield say("pairing.fingerprint", figures=pairing.figures(fingerprint))
    for listed in word_lists():
        words = pairing.words(fingerprint, listed)
        for start in range(0, len(words), 6):
            yield "    " + "  ".join(words[start : start + 6])


def _object(shown: "Card") -> dict[str, object]:
    from comity.bootstrap.parties import word_lists
    from comity.ledger import pairing

    fingerprint = shown.fingerprint()
    return {
        "peer": shown.name,
        "card": shown.text(),
        "fingerprint": fingerprint.hex(),
        "words": [" ".join(pairing.words(fingerprint, each)) for each in word_lists()],
    }
