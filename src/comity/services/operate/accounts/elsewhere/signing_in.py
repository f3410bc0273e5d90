"""Somebody signs in through another house: is sent there, comes back, and is let in with the role that it names.

Trust:      the house says who somebody is, and nothing else: what is not in our settings (a group, a domain) opens nothing. What
            comes back must fit what this very browser began, within ten minutes, once; the answer must come from the house that was
            asked (RFC 9207, an address of its own to come back to), and its token must be about this sign-in.
Standards:  OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749, RFC 7636 (S256), RFC 9207, RFC 9700 (best current practice).
Answers:    ``Elsewhere(...)``: ``begin`` gives where to send the browser, ``finish`` gives ``Entered``; both a named ``Refusal``.
Limits:     claims of the ID token alone, the code flow alone. Keys and addresses of a house are kept for an hour; a key that is not
            known is looked for again at most once a minute. A second factor is that house's matter.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from comity.model.account import Role
from comity.model.outcomes import ComityError
from comity.services.operate.accounts.elsewhere.id_token import Unfit, Wanted, checked
from comity.services.operate.accounts.elsewhere.rows import Begun, EnteringRows, Provider, Web
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.signing_in import TOKEN_BYTES, Entered, Refusal, Transactions, digest_of

WITHIN: Final = timedelta(minutes=10)
WAITING: Final = 10_000
_KEPT: Final = timedelta(hours=1)
_AGAIN: Final = timedelta(minutes=1)
_LOCAL: Final = ("127.0.0.1", "localhost", "[::1]")
_KIND: Final = "oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Where to send the browser, and what it holds until it comes back."""

    url: str
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a house publishes of itself."""

    at: datetime
    authorize: str
    token: str
    names_itself: bool  # in each answer (RFC 9207)
    keys: Sequence[Mapping[str, Any]]
    keys_at: datetime
    keys_url: str


class Elsewhere:
    """Lets people in who are known elsewhere."""

    def __init__(
        self,
        store: Transactions,
        providers: Sequence[Provider],
        *,
        web: Web,
        keeping: Callable[[Any, datetime], Keeping],
        chance: Callable[[int], bytes],
        address: str,
    ) -> None:
        self._store, self._web, self._keeping, self._chance = store, web, keeping, chance
        self._providers = {each.name: each for each in providers}
        self._address = address.rstrip("/")  # of our pages, as browsers reach them
        self._known: dict[str, About] = {}
        self._lock = Lock()

    @property
    def providers(self) -> Sequence[Provider]:
        """All houses, in the order of the settings."""
        return list(self._providers.values())

    def begin(self, name: str, after: str, now: datetime) -> Leaving | Refusal:
        """Begin, in a browser that is given something to hold."""
        provider = self._providers.get(name)
        if provider is None:
            return Refusal(reason="elsewhere-unknown")
        about = self._about(provider, now)
        if about is None:
            return Refusal(reason="elsewhere-silent")
        state, nonce, verifier, browser = (_text(self._chance(TOKEN_BYTES)) for _ in range(4))
        facts = {"provider": name, "nonce": nonce, "verifier": verifier, "after": after}
        with self._store.write() as records:
            rows: EnteringRows = records.entering
            rows.forget(now - WITHIN)
            if rows.waiting() >= WAITING:
                return Refusal(reason="wait", seconds=int(WITHIN.total_seconds()))
            rows.begin(Begun(key=digest_of(state), browser=digest_of(browser), kind=_KIND, facts=facts, at=now))
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self.comes_back_to(name),
            "scope": " ".join(dict.fromkeys(("openid", *provider.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": _text(sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        mark = "&" if urlsplit(about.authorize).query else "?"
        return Leaving(url=f"{about.authorize}{mark}{urlencode(asked)}", browser=browser)

    def comes_back_to(self, name: str) -> str:
        """The address that the house sends the browser back to: one each, so that no house answers for another."""
        return f"{self._address}/sign-in/with/{name}/back"

    def finish(
        self, name: str, given: Mapping[str, str], *, browser: str, now: datetime
    ) -> tuple[Entered, str] | Refusal:
        """Let somebody in who came back, and the page that was wanted before."""
        with self._store.write() as records:
            begun = records.entering.take(digest_of(given.get("state", "")))
        provider = self._providers.get(name)
        if provider is None or begun is None or not _is_of(begun, name, browser, now=now):
            return Refusal(reason="elsewhere-state")
        about = self._about(provider, now)
        if about is None:
            return Refusal(reason="elsewhere-silent")
        if given.get("iss", None if about.names_itself else provider.issuer) != provider.issuer:
            return Refusal(reason="elsewhere-issuer")
        if "error" in given or not given.get("code"):
            return Refusal(reason="elsewhere-denied")
        claims = self._claims(provider, about, given["code"], begun=begun, now=now)
        if isinstance(claims, Refusal):
            return claims
        found = self._let_in(provider, claims, now)
        return found if isinstance(found, Refusal) else (found, begun.facts["after"])

    def _claims(
        self, provider: Provider, about: About, code: str, *, begun: Begun, now: datetime
    ) -> Mapping[str, Any] | Refusal:
        """What the house says of whoever came back."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.comes_back_to(provider.name),
            "code_verifier": begun.facts["verifier"],
            "client_id": provider.client_id,
        }
        secret = None if provider.secret is None else (provider.client_id, provider.secret)
        answer = self._web.post(about.token, form, secret=secret, certificate=provider.certificate)
        token = (answer or {}).get("id_token")
        if not isinstance(token, str):
            return Refusal(reason="elsewhere-silent")
        wanted = Wanted(issuer=provider.issuer, audience=provider.client_id, nonce=begun.facts["nonce"], now=now)
        found = checked(token, about.keys, wanted)
        if found in (Unfit("key"), Unfit("signature")):  # it may have another key by now
            about = self._with_new_keys(provider, about, now)
            found = checked(token, about.keys, wanted)
        return Refusal(reason=f"elsewhere-token-{found.reason}") if isinstance(found, Unfit) else found

    def _let_in(self, provider: Provider, claims: Mapping[str, Any], now: datetime) -> Entered | Refusal:
        role, subject = role_of(provider, claims), str(claims["sub"])
        token = self._chance(TOKEN_BYTES).hex()
        with self._store.write() as records:
            keeping, rows = self._keeping(records, now), records.entering
            name = rows.linked(provider.issuer, subject)
            kept = None if name is None else records.accounts.find(name)
            if kept is not None and kept.account.ended is not None:
                return Refusal(reason="elsewhere-ended")
            if role is None or not _is_allowed(provider, claims):
                if kept is not None:  # it lost what let it in
                    records.accounts.end_sessions(kept.account_id)
                return Refusal(reason="elsewhere-role" if role is None else "elsewhere-domain")
            try:
                if kept is None:
                    keeping.admit(_name_of(provider, claims), role)
                    kept = records.accounts.find(_name_of(provider, claims))
                    rows.link(kept.account_id, (provider.issuer, subject), now)
                elif kept.account.role is not role:
                    keeping.set_role(kept.account.name, role)
            except ComityError as error:
                return Refusal(reason=f"elsewhere-{error.code}")
            records.accounts.begin(digest_of(token), kept.account_id, now)
            return Entered(token=token, account=kept.account.name)

    def _about(self, provider: Provider, now: datetime) -> About | None:
        """What the house publishes, no older than an hour."""
        with self._lock:
            known = self._known.get(provider.name)
        if known is not None and now - known.at < _KEPT:
            return known
        found = self._web.get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", provider.certificate)
        if found is None or found.get("issuer") != provider.issuer:  # word for word, Discovery section 4.3
            return None
        addresses = [found.get(each) for each in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        authorize, token, keys_url = (each if isinstance(each, str) and is_safe(each) else None for each in addresses)
        if authorize is None or token is None or keys_url is None:
            return None
        keys = self._keys(provider, keys_url)
        if keys is None:
            return None
        names_itself = found.get("authorization_response_iss_parameter_supported") is True
        made = About(
            at=now,
            authorize=authorize,
            token=token,
            names_itself=names_itself,
            keys=keys,
            keys_at=now,
            keys_url=keys_url,
        )
        with self._lock:
            self._known[provider.name] = made
        return made

    def _with_new_keys(self, provider: Provider, about: About, now: datetime) -> About:
        if now - about.keys_at < _AGAIN and about.keys_at != about.at:
            return about
        keys = self._keys(provider, about.keys_url)
        made = About(
            at=about.at,
            authorize=about.authorize,
            token=about.token,
            names_itself=about.names_itself,
            keys=about.keys if keys is None else keys,
            keys_at=max(now, about.at + timedelta(microseconds=1)),
            keys_url=about.keys_url,
        )
        with self._lock:
            self._known[provider.name] = made
        return made

    def _keys(self, provider: Provider, url: str) -> Sequence[Mapping[str, Any]] | None:
        found = (self._web.get(url, provider.certificate) or {}).get("keys")
        return [each for each in found[:100] if isinstance(each, dict)] if isinstance(found, list) else None


def is_safe(url: str) -> bool:
    """Whether nobody reads along on the way there.

    >>> is_safe("https://id.west.example/token"), is_safe("http://127.0.0.1:8080/x"), is_safe("http://id.west.example/")
    (True, True, False)
    """
    try:
        parts = urlsplit(url)
        name = parts.netloc.rpartition(":")[0] or parts.netloc
    except ValueError:
        return False
    return (
        bool(parts.netloc)
        and "@" not in url
        and (parts.scheme == "https" or (parts.scheme == "http" and name in _LOCAL))
    )


def role_of(provider: Provider, claims: Mapping[str, Any]) -> Role | None:
    """The first role of the settings that one of its groups has; a claim may be one word, a list, or lie in another by dots."""
    value: Any = claims
    for part in [provider.role_claim] if provider.role_claim in claims else provider.role_claim.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    groups = {each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)}
    return next((role for group, role in provider.roles if group in groups), None)


def _is_allowed(provider: Provider, claims: Mapping[str, Any]) -> bool:
    address = claims.get("email")
    if not provider.domains:
        return True
    if not isinstance(address, str) or claims.get("email_verified") is not True:
        return False
    return address.rpartition("@")[2].lower() in provider.domains


def _name_of(provider: Provider, claims: Mapping[str, Any]) -> str:
    value = claims.get(provider.name_claim)
    return value.strip().lower() if isinstance(value, str) else ""


def _is_of(begun: Begun, name: str, browser: str, *, now: datetime) -> bool:
    is_same = hmac.compare_digest(begun.browser, digest_of(browser))
    return is_same and begun.kind == _KIND and begun.facts.get("provider") == name and now - begun.at <= WITHIN


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
