"""Join the ways in that need no password to the settings.

Answers:    ``elsewhere_of(settings, store, hashes)``: the way in through other houses; None where the settings name none;
            ``passkeys_of(settings, store)``.
"""

from importlib.util import find_spec
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from comity.bootstrap.passwords import password_of
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.operate.accounts.elsewhere.rows import Provider
    from comity.services.operate.accounts.elsewhere.signing_in import Elsewhere
    from comity.services.operate.accounts.passkeys import Passkeys
    from comity.services.operate.accounts.rows import Passwords
    from comity.settings.pages.oidc import OidcEntry


def elsewhere_of(settings: Settings, store: Any, hashes: "Passwords") -> "Elsewhere | None":
    """The way in through other houses."""
    pages = settings.pages
    if not pages.oidc or pages.url is None:
        return None
    if find_spec("joserfc") is None:
        raise ComityError("oidc-missing", "joserfc is not installed", outcome=Outcome.CONFIGURATION)
    from comity.outlets.programs.identity import IdentityWeb
    from comity.services.operate.accounts.elsewhere.signing_in import Elsewhere
    from comity.services.operate.accounts.keeping import Keeping

    return Elsewhere(
        store,
        [_provider(each) for each in pages.oidc],
        web=IdentityWeb(),
        keeping=lambda records, now: Keeping(records.accounts, hashes, now),
        chance=token_bytes,
        address=pages.url,
    )


def passkeys_of(settings: Settings, store: Any) -> "Passkeys | None":
    """Passkeys; None where nobody knows how browsers reach the pages, or the library is not there."""
    if settings.pages.url is None or find_spec("webauthn") is None:
        return None
    from comity.outlets.programs.devices import Devices
    from comity.services.operate.accounts.passkeys import Passkeys

    house = settings.identity.organisation or settings.identity.domain or ""
    return Passkeys(store, token_bytes, Devices(settings.pages.url, house))


def _provider(entry: "OidcEntry") -> "Provider":
    from comity.services.operate.accounts.elsewhere.rows import Provider

    return Provider(
        name=entry.name,
        title=entry.title or entry.name,
        issuer=entry.issuer,
        client_id=entry.client_id,
        secret=None if entry.secret_file is None else password_of(entry.secret_file),
        roles=entry.roles,
        role_claim=entry.role_claim,
        name_claim=entry.name_claim,
        domains=entry.domains,
        scopes=entry.scopes,
        certificate=entry.certificate,
    )
