"""Two parties write guidance together: a version is proposed, commented on, revised, and agreed by both over the same bytes.

Trust:      each act of ours is a person's, by name. The other party's come as documents that it signed.
Answers:    ``GuidanceDesk``: ``propose``, ``revise``, ``comment``, ``agree``; ``handlers`` for what the other party sends.
Limits:     only the newest version can be agreed; an agreed one counts until a newer one is. Where both write the next version at
            once, each refuses the other's by name, and one of them writes the one after.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord import guidance as forms
from comity.ledger import document, note
from comity.ledger.document import Document
from comity.model.guidance import Consent, GuidanceComment, GuidanceVersion, KeptVersion
from comity.model.outcomes import ComityError, Outcome
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.documents import CLOCK_SECONDS, CountedKeys, DocumentRefusedError, Handler
from comity.services.prove.signals.rows import DocumentRows

_SIGNING: Final = (KeyState.PINNED, KeyState.ROTATED)


class GuidanceRows(Protocol):
    """Rows of guidance."""

    def add(self, kept: KeptVersion) -> None:
        """One more version."""

    def agree(self, kept: KeptVersion, *, note: str, at: datetime, by: str) -> None:
        """Both have signed it."""

    def versions(self, guidance_id: str) -> Sequence[KeptVersion]:
        """Every version, oldest first."""

    def comment(self, said: GuidanceComment, note: str) -> None:
        """One more comment."""

    def comments(self, guidance_id: str | None = None) -> Sequence[tuple[GuidanceComment, str]]:
        """Comments with their notes, oldest first."""


class GuidanceTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def guidance(self) -> GuidanceRows:
        """What two parties agree on."""

    @property
    def documents(self) -> DocumentRows:
        """What peers are given."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceTerms:
    """Who we are."""

    ours: str
    key: Ed25519PrivateKey
    new_id: Callable[[str], str]  # with these letters before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody of ours wrote."""

    title: Mapping[str, str]
    text: Mapping[str, str]
    practices: tuple[str, ...] = ()


class GuidanceDesk:
    """One person, in one transaction."""

    def __init__(self, rows: GuidanceTransaction, terms: GuidanceTerms, *, actor: str, now: datetime) -> None:
        self._rows, self._terms, self._actor = rows, terms, actor
        self._now = now.replace(microsecond=0)

    def propose(self, peer: str, draft: Draft) -> KeptVersion:
        """The first version, for one peer."""
        if not pairing.is_pinned(self._rows.keys, peer):
            raise _wrong("guidance-peer", peer, peer=peer)
        return self._write(self._terms.new_id("G"), peer, draft)

    def revise(self, guidance_id: str, draft: Draft) -> KeptVersion:
        """The next version, whoever wrote the one before."""
        return self._write(guidance_id, self._other(self.newest(guidance_id)), draft)

    def comment(self, guidance_id: str, text: Mapping[str, str]) -> GuidanceComment:
        """Say something to the newest version, in both languages."""
        kept = self.newest(guidance_id)
        said = GuidanceComment(
            comment_id=self._terms.new_id("C"),
            guidance_id=guidance_id,
            version=kept.said.version,
            issuer=self._terms.ours,
            text=dict(text),
            by=self._actor,
            made=self._now,
        )
        record = forms.comment_record(said)
        _fits(forms.read_comment(record))
        signed = self._sign(forms.COMMENT, record)
        self._rows.guidance.comment(said, signed)
        self._send(kept, signed)
        return said

    def agree(self, guidance_id: str) -> KeptVersion:
        """Sign the newest version, which the other party wrote: it is agreed."""
        kept = self.newest(guidance_id)
        if kept.agreed is not None or kept.said.issuer == self._terms.ours:
            raise _wrong("guidance-agreed" if kept.agreed is not None else "guidance-own", guidance_id)
        both = document.add_signature(kept.note, name=self._terms.ours, key=self._terms.key)
        line = next(each for each in note.lines_of(both) if each not in note.lines_of(kept.note))
        said = Consent(
            guidance_id=guidance_id,
            version=kept.said.version,
            issuer=self._terms.ours,
            sha256=digest_of(kept.note),
            line=line,
            by=self._actor,
            made=self._now,
        )
        record = forms.consent_record(said)
        _fits(forms.read_consent(record))
        self._rows.guidance.agree(kept, note=both, at=self._now, by=self._actor)
        self._send(kept, self._sign(forms.CONSENT, record))
        return self.newest(guidance_id)

    def newest(self, guidance_id: str) -> KeptVersion:
        """The version that can be agreed."""
        found = self._rows.guidance.versions(guidance_id)
        if not found:
            raise _wrong("guidance-unknown", guidance_id)
        return found[-1]

    def _write(self, guidance_id: str, peer: str, draft: Draft) -> KeptVersion:
        one, other = sorted((self._terms.ours, peer))
        said = GuidanceVersion(
            guidance_id=guidance_id,
            version=len(self._rows.guidance.versions(guidance_id)) + 1,
            issuer=self._terms.ours,
            parties=(one, other),
            title=dict(draft.title),
            text=dict(draft.text),
            practices=draft.practices,
            by=self._actor,
            made=self._now,
        )
        record = forms.version_record(said)
        _fits(forms.read_version(record))
        kept = KeptVersion(said=said, note=self._sign(forms.VERSION, record), taken=self._now)
        self._rows.guidance.add(kept)
        self._send(kept, kept.note)
        return kept

    def _sign(self, kind: str, record: Mapping[str, object]) -> str:
        try:
            return document.write(kind, record, name=self._terms.ours, key=self._terms.key)
        except ValueError:
            raise _wrong("guidance-long", kind) from None

    def _other(self, kept: KeptVersion) -> str:
        return next(each for each in kept.said.parties if each != self._terms.ours)

    def _send(self, kept: KeptVersion, signed: str) -> None:
        self._rows.documents.send(self._other(kept), f"guidance {kept.said.guidance_id}", signed, at=self._now)


def handlers(ours: str) -> dict[str, Handler[GuidanceTransaction]]:
    """What is done with each kind of document of the other party."""

    def version(rows: GuidanceTransaction, said: Document, now: datetime) -> bool:
        found = forms.read_version(said.record)
        if isinstance(found, str):
            raise DocumentRefusedError("field-malformed", found)
        _in_time(found.made, now)
        if ours not in found.parties:
            raise DocumentRefusedError("guidance-parties", "parties")
        before = rows.guidance.versions(found.guidance_id)
        if any(each.said == found for each in before):
            return False
        fault = forms.next_fault(found, before)
        if fault is not None:
            raise DocumentRefusedError(fault, "parties" if fault == "guidance-parties" else "version")
        rows.guidance.add(KeptVersion(said=found, note=said.note, taken=now))
        return True

    def comment(rows: GuidanceTransaction, said: Document, now: datetime) -> bool:
        found = forms.read_comment(said.record)
        if isinstance(found, str):
            raise DocumentRefusedError("field-malformed", found)
        _in_time(found.made, now)
        _version(rows, found.guidance_id, found.version, issuer=found.issuer)
        known = [each for each, _ in rows.guidance.comments() if each.comment_id == found.comment_id]
        if known:
            if known != [found]:
                raise DocumentRefusedError("guidance-differs", "id")
            return False
        rows.guidance.comment(found, said.note)
        return True

    def consent(rows: GuidanceTransaction, said: Document, now: datetime) -> bool:
        found = forms.read_consent(said.record)
        if isinstance(found, str):
            raise DocumentRefusedError("field-malformed", found)
        _in_time(found.made, now)
        kept = _version(rows, found.guidance_id, found.version, issuer=found.issuer)
        if kept.said.issuer == found.issuer:
            raise DocumentRefusedError("guidance-own", "version")
        if found.sha256 != digest_of(kept.note):
            raise DocumentRefusedError("guidance-differs", "sha256")
        if kept.agreed is not None:
            return False
        both = note.with_lines(kept.note, [found.line])
        keys = pairing.verifiers(rows.keys, found.issuer, _SIGNING, cosigning=False)
        signed = note.opened(both, keys)
        if signed is None or signed.signers != (found.issuer,):
            raise DocumentRefusedError("guidance-not-signed", "line")
        rows.guidance.agree(kept, note=both, at=now, by=found.by)
        return True

    return {forms.VERSION: version, forms.COMMENT: comment, forms.CONSENT: consent}


def digest_of(signed: str) -> str:
    """The hash of the text that is signed, whoever has signed it so far."""
    return sha256((signed.rpartition("\n\n")[0] + "\n").encode()).hexdigest()


def _version(rows: GuidanceTransaction, guidance_id: str, version: int, *, issuer: str) -> KeptVersion:
    found = rows.guidance.versions(guidance_id)
    if not 0 < version <= len(found):
        raise DocumentRefusedError("guidance-unknown", "version")
    kept = found[version - 1]
    if issuer not in kept.said.parties:
        raise DocumentRefusedError("guidance-parties", "issuer")
    return kept


def _in_time(made: datetime, now: datetime) -> None:
    if made > now + timedelta(seconds=CLOCK_SECONDS):
        raise DocumentRefusedError("guidance-made-in-future", "made")


def _fits(read: object) -> None:
    if isinstance(read, str):
        raise _wrong("guidance-field", read, field=read)


def _wrong(code: str, place: str, **details: object) -> ComityError:
    return ComityError(code, code, outcome=Outcome.USAGE, place=place, details=details)
