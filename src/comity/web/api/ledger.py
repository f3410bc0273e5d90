"""The ledger as others check it: channels, signed heads, proofs.

Standards:  C2SP tlog-checkpoint, signed-note, tlog-proof: a proof is the very file that ``comity ledger prove`` writes.
Answers:    ``routes(desk)``: GET /v1/ledger/channels, /v1/ledger/heads, /v1/ledger/leaves/{name}/proof.
Limits:     payloads are not given: a proof shows that something was written down, not what stands in the mail.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse

from comity.model.api_token import Scope
from comity.model.entry import Channel, Head
from comity.services.prove import proving
from comity.services.public.times import instant
from comity.store.records import Records
from comity.web.api import shapes
from comity.web.api.desk import ApiDesk
from comity.web.api.operations import operation
from comity.web.api.problems import Problem

Origin = Annotated[str, Query(min_length=1, max_length=600, examples=["west.example/to/east.example/2026q1"])]
_PROOF = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The proof."}


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["ledger"])
    may_read = desk.allowed(Scope.LEDGER_READ)

    @router.get(
        "/v1/ledger/channels",
        response_model=shapes.Channels,
        dependencies=[Depends(may_read)],
        **operation("listChannels", Scope.LEDGER_READ),
    )
    async def list_channels() -> dict[str, Any]:
        """Every channel, with how many leaves the other side has not cosigned."""
        return await desk.look(lambda records: {"channels": [_channel(records, each) for each in _channels(records)]})

    @router.get(
        "/v1/ledger/heads",
        response_model=shapes.Heads,
        dependencies=[Depends(may_read)],
        **operation("showHeads", Scope.LEDGER_READ, problems=("channel-unknown",)),
    )
    async def show_heads(channel: Origin) -> dict[str, Any]:
        """The newest head of a channel, and the newest that both sides signed."""
        return await desk.read(lambda records: _heads(records, channel))

    declared = operation("proveLeaf", Scope.LEDGER_READ, problems=("leaf-unknown", "leaf-in-many"))
    declared["responses"] = {200: _PROOF, **declared["responses"]}

    @router.get(
        "/v1/ledger/leaves/{name}/proof",
        response_class=PlainTextResponse,
        dependencies=[Depends(may_read)],
        **declared,
    )
    async def prove_leaf(
        name: Annotated[str, Path(min_length=1, max_length=200, pattern="^[!-.0-~]+$", examples=["4f1d.report"])],
        channel: Annotated[str | None, Query(min_length=1, max_length=600)] = None,
    ) -> PlainTextResponse:
        """One text file that proves, to anybody who has the public keys, that a leaf stands in the ledger."""
        return PlainTextResponse(await desk.read(lambda records: _proof(records, name, channel)))

    return router


def _channels(records: Records) -> list[Channel]:
    return records.ledger.channels()


def _channel(records: Records, channel: Channel) -> dict[str, Any]:
    cosigned = records.history.receipted(channel.channel_id)
    return {
        "channel": channel.origin,
        "reporting": channel.reporting,
        "reported": channel.reported,
        "quarter": channel.quarter,
        "leaves": channel.size,
        "is_copy": channel.is_copy,
        "behind": channel.size - (0 if cosigned is None else cosigned.size),
    }


def _heads(records: Records, origin: str) -> dict[str, Any]:
    channel = records.history.channel(origin)
    if channel is None:
        raise Problem("channel-unknown")
    newest, cosigned = records.ledger.head(channel.channel_id), records.history.receipted(channel.channel_id)
    return {"channel": origin, "newest": _head(newest), "receipted": _head(cosigned)}


def _head(head: Head | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {
        "size": head.size,
        "root": head.root.hex(),
        "signed": instant(head.signed),
        "receipted": instant(head.receipted),
        "note": head.note,
    }


def _proof(records: Records, name: str, origin: str | None) -> str:
    proved = {}
    for each in proving.prove(records.history, _channels(records), name):
        channel = each.proof.head.split("\n", 1)[0]
        if origin in (None, channel):
            proved[channel] = each.proof.text()
    if not proved:
        raise Problem("leaf-unknown")
    if len(proved) > 1:
        raise Problem("leaf-in-many", channels=sorted(proved))
    return next(iter(proved.values()))
