"""``comity ledger verify``: prove the ledger from its bytes. The other commands stand in ``comity.cli.prove``.

Trust:      nothing stored is believed; taken as given are our own key, and those of peers that were pinned.
Answers:    a line for each channel, or ``--json`` lines; exit status 0 when everything holds, 65 when something does not.
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.prove import close_day, deliveries, disputes, proofs, repair
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.prove.verifying import Verdict

command = typer.Typer(add_completion=False)


@command.callback()
def _group() -> None:
    """What was written down for both sides."""


command.command("close-day")(close_day.command)
for _function in (
    proofs.prove,
    proofs.check,
    proofs.opening,
    proofs.forks,
    repair.status,
    repair.scrub,
    repair.reconcile,
    disputes.disputes,
    deliveries.deliveries,
):
    command.command(_function.__name__)(_function)
command.command("heal")(repair.heal)
command.command("give")(repair.give)


@command.command("verify")
def verify(as_json: Annotated[bool, typer.Option("--json")] = False) -> Outcome:
    """Hash every leaf again, check every head and every count."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.trust.repair import known_keys
    from comity.services.prove import verifying

    with desk_read(settings()) as records:
        verdicts = verifying.verify(records.ledger, known_keys(settings(), records.keys))
    words = speaker()
    for verdict in verdicts:
        if as_json:
            print(json.dumps(_object(verdict), ensure_ascii=True))
            continue
        said = "ledger.holds" if not verdict.faults else "ledger.fails"
        origin = plain(verdict.channel.origin)
        put(words.say(said, channel=origin, n=verdict.leaves, heads=verdict.heads, root=verdict.root.hex()[:16]))
        for fault in verdict.faults:
            said = "ledger.fault" if fault.where else "ledger.fault-anywhere"
            put(words.say(said, what=words.say(f"ledger.{fault.code}"), where=fault.where))
        if verdict.erased:
            put(words.say("ledger.erased", n=verdict.erased))
    if not verdicts and not as_json:
        put(words.say("ledger.empty"))
    if any(verdict.faults for verdict in verdicts) and not as_json:
        put(words.say("ledger.to-do"))
    return Outcome.BAD_INPUT if any(verdict.faults for verdict in verdicts) else Outcome.DONE


def _object(verdict: "Verdict") -> dict[str, object]:
    return {
        "channel": verdict.channel.origin,
        "leaves": verdict.leaves,
        "heads": verdict.heads,
        "root": verdict.root.hex(),
        "erased_payloads": verdict.erased,
        "holds": not verdict.faults,
        "faults": [{"code": fault.code, "where": fault.where} for fault in verdict.faults],
    }
