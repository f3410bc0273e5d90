"""What a found session must not do is asked for once more: whoever does it shows that it is he.

Trust:      a session may be somebody else's by now. Whoever has a password types it, counted like a try to sign in; whoever comes
            from another house has come in within ten minutes, which a found session cannot.
Standards:  OWASP ASVS 4.0 sections 3.7.1 and 4.3.1; NIST SP 800-63B section 7.2.
Answers:    ``asked_again(door, visit, what)`` gives the page that asks, or None where it may be done.
Limits:     the form comes back with its fields out of sight; nothing is kept between the two.
"""

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from comity.services.operate.accounts.signing_in import Given, Refusal
from comity.web.desk.door import Door
from comity.web.desk.work import Visit

FRESH: Final = timedelta(minutes=10)
_OURS: Final = frozenset({"csrf", "password", "username"})


async def asked_again(door: Door, visit: Visit, what: str) -> Response | None:
    """The page that asks whether it is really he, with what is about to be done in words; None where it is."""
    refusal = await _refusal(door, visit)
    if refusal is None:
        return None
    if refusal.reason != "asked":
        door.work.log("desk-sign-in-refused", reason=refusal.reason)
    fields = [(name, each) for name, values in visit.form.items() if name not in _OURS for each in values]
    elsewhere = door.work.elsewhere
    return door.page(
        visit,
        "again",
        title=visit.words.say("desk-again.title"),
        status={"asked": 200, "wait": 429}.get(refusal.reason, 403),
        what=what,
        fields=fields,
        refusal=refusal,
        houses=elsewhere.providers if elsewhere is not None and not visit.signed.has_password else (),
    )


async def _refusal(door: Door, visit: Visit) -> Refusal | None:
    if not visit.signed.has_password:
        return None if visit.now - visit.signed.since <= FRESH else Refusal(reason="stale")
    typed = visit.form.get("password", [""])[0][:1000]
    if not typed:
        return Refusal(reason="asked")
    given = Given(name=visit.signed.account, password=typed, household=door.client(visit.request))
    return await door.slowly(lambda: door.work.signing_in.refuses(given, visit.now))
