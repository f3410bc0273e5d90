"""A small house that knows its people (OpenID Connect), on loopback, which can be made to lie.

It keeps the standard: discovery, keys, the code flow with PKCE, a secret. What it is to do wrong stands in ``lies``.
"""

import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from comity.gates.web import WebPlace
from comity.model.listener import Listener

from ..on_loopback import on_loopback

SECRET = "a secret: with signs/of+all kinds"
CLIENT = "comity"


@dataclass(slots=True)
class House:
    """Who signs in there, and how it lies."""

    clock: Callable[[], datetime]
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "7", "preferred_username": "Wang", "groups": ["everybody", "abuse-desk"]}
    )
    lies: dict[str, Any] = field(default_factory=dict)  # claims said instead, or what is done wrong
    keys: list[Any] = field(default_factory=lambda: [RSAKey.generate_key(2048, {"kid": "1"})])
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""

    def about(self) -> dict[str, Any]:
        """What it publishes."""
        said = {"issuer": self.url, "authorization_response_iss_parameter_supported": True}
        said |= {"authorization_endpoint": f"{self.url}/authorize?tenant=1", "token_endpoint": f"{self.url}/token"}
        return said | {"jwks_uri": f"{self.url}/keys"} | self.lies.get("about", {})

    def token(self, asked: dict[str, str]) -> str:
        """The ID token, signed as the lies say."""
        now = int(self.clock().timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"], **self.person}
        claims |= self.lies.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.lies.get("key", self.keys[-1])
        kind = self.lies.get("alg", "ES256" if isinstance(key, ECKey) else "RS256")
        head = {"alg": kind, "kid": self.lies.get("kid", key.kid)}
        if kind == "none":
            return ".".join(_packed(json.dumps(each).encode()) for each in (head, claims)) + "."
        if kind == "HS256":  # its public key, taken for a secret that both know
            text = self.keys[0].public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            secret = text if self.lies.get("as") == "pem" else SECRET.encode()
            written = ".".join(_packed(json.dumps(each).encode()) for each in (head, claims))
            return f"{written}.{_packed(hmac.digest(secret, written.encode(), 'sha256'))}"
        return jwt.encode(head, claims, key, algorithms=[kind])


def _packed(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def a_house(clock: Callable[[], datetime]) -> Iterator[House]:
    """It runs until the block ends."""
    house = House(clock)

    async def about(request: Request) -> Response:
        house.asked.append("about")
        return JSONResponse(house.about())

    async def keys(request: Request) -> Response:
        house.asked.append("keys")
        if house.lies.get("huge"):
            return Response(b" " * (1 << 20) + b"{}", media_type="application/json")
        return JSONResponse({"keys": [{**each.as_dict(private=False), "use": "sig"} for each in house.keys]})

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["tenant"] == "1"
        code = token_urlsafe(8)
        house.codes[code] = asked
        given = {"code": code, "state": asked["state"], "iss": house.url} | house.lies.get("answer", {})
        given = {name: value for name, value in given.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(given)}", 302)

    async def token(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        house.asked.append("token")
        kind, _, said = request.headers.get("authorization", "").partition(" ")
        assert kind == "Basic"
        assert b64decode(said).decode() == f"{CLIENT}:a+secret%3A+with+signs%2Fof%2Ball+kinds"
        asked = house.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": house.token(asked)})

    routes = [
        Route("/.well-known/openid-configuration", about),
        Route("/keys", keys),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
    ]
    with on_loopback(WebPlace(name="house", app=Starlette(routes=routes), listener=Listener(port=0))) as port:
        house.url = f"http://127.0.0.1:{port}"
        yield house


def parts(url: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
