"""Talking to issuers of OpenID Connect: discovery, the code exchanged for a token, the token checked.

Authorization code flow with PKCE, `state` and `nonce` (OpenID Connect Core 1.0, RFC 7636). PyJWT checks signatures; Authlib would
check no more, and brings a second HTTP client along. Issuers are named by admins of stores: what is asked on their behalf must not
reach the platform's own network.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
import msgspec

from tradehall.kernel.errors import Busy, Invalid
from tradehall.kernel.outside import NotPublic, allow
from tradehall.kernel.settings import Settings
from tradehall.services.identity.model import Issuer, NotVouchedFor

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
TIMEOUT = 10  # seconds
MOST_BYTES = 512 * 1024
KEPT = 600.0  # seconds for which what an issuer says of itself is kept
LEEWAY = 60  # seconds by which clocks may differ


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an issuer says of itself (OpenID Connect Discovery 1.0), as far as it is needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an issuer vouches for."""

    subject: str
    email: str | None
    email_verified: bool
    name: str


class _Claims(msgspec.Struct, kw_only=True):
    sub: str
    nonce: str = ""
    azp: str | None = None
    aud: str | list[str] = ""
    email: str | None = None
    email_verified: bool | str = False  # some issuers send "true"
    name: str = ""


_known: dict[str, tuple[float, About]] = {}


async def discover(issuer: str, settings: Settings) -> About:
    """Raises Invalid, with the field `issuer`, where it is no issuer; Busy where it does not answer."""
    kept = _known.get(issuer)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    try:
        about = msgspec.json.decode(
            await _ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration", settings), type=About
        )
    except msgspec.MsgspecError:
        raise Invalid.field("issuer", "does not describe itself as OpenID Connect Discovery says") from None
    if about.issuer.rstrip("/") != issuer.rstrip("/"):
        raise Invalid.field("issuer", f"calls itself {about.issuer[:200]}")
    _known[issuer] = time.monotonic() + KEPT, about
    return about


def challenge() -> tuple[str, str, str]:
    """State, nonce and verifier of a new sign-in."""
    return secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)


def address(about: About, issuer: Issuer, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
    """Where to send the browser."""
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "scope": "openid email profile",
        "client_id": issuer.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    separator = "&" if "?" in about.authorization_endpoint else "?"
    return about.authorization_endpoint + separator + urlencode(asked)


async def redeem(
    about: About,
    issuer: Issuer,
    client_secret: str,
    redirect_uri: str,
    code: str,
    nonce: str,
    verifier: str,
    settings: Settings,
) -> Vouched:
    """Raises NotVouchedFor, Busy."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": issuer.client_id,
        "client_secret": client_secret,
        "code_verifier": verifier,
    }
    try:
        token = msgspec.json.decode(await _ask("POST", about.token_endpoint, settings, form), type=dict[str, Any])
        keys = jwt.PyJWKSet.from_json((await _ask("GET", about.jwks_uri, settings)).decode())
        claims = _checked(str(token.get("id_token", "")), keys, about, issuer)
    except (Invalid, msgspec.MsgspecError, jwt.PyJWTError, UnicodeError, ValueError):
        raise NotVouchedFor() from None
    several = isinstance(claims.aud, list) and len(claims.aud) > 1
    if not secrets.compare_digest(claims.nonce.encode(), nonce.encode()) or (
        several and claims.azp != issuer.client_id
    ):
        raise NotVouchedFor()
    return Vouched(
        subject=claims.sub,
        email=claims.email,
        email_verified=claims.email_verified in (True, "true"),
        name=" ".join(claims.name.split())[:200],
    )


def _checked(id_token: str, keys: jwt.PyJWKSet, about: About, issuer: Issuer) -> _Claims:
    header = jwt.get_unverified_header(id_token)
    fitting = [key for key in keys.keys if header.get("kid") in (None, key.key_id)]
    if len(fitting) != 1:
        raise jwt.InvalidKeyError("the token names none of the issuer's keys")
    claims = jwt.decode(
        id_token,
        fitting[0],
        algorithms=ALGORITHMS,
        audience=issuer.client_id,
        issuer=about.issuer,
        leeway=LEEWAY,
        options={"require": ["exp", "iat", "sub", "aud", "iss"]},
    )
    return msgspec.convert(claims, _Claims)


async def _ask(method: str, url: str, settings: Settings, form: dict[str, str] | None = None) -> bytes:
    """Raises Invalid where it may not be asked or refuses, Busy where it does not answer."""
    await _allow(url, settings)
    try:
        async with (
            asyncio.timeout(TIMEOUT),
            httpx.AsyncClient(follow_redirects=False, timeout=TIMEOUT) as client,
            client.stream(method, url, data=form, headers={"accept": "application/json"}) as answer,
        ):
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise Invalid.field("issuer", "answers with more than can be read")
            if answer.status_code >= 500:
                raise Busy("The issuer does not answer well at the moment.")
            if answer.status_code != 200:
                raise Invalid.field("issuer", f"answers {answer.status_code}")
            return body
    except (httpx.InvalidURL, UnicodeError):
        raise Invalid.field("issuer", "must be a URL") from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise Busy("The issuer does not answer at the moment.") from error


async def _allow(url: str, settings: Settings) -> None:
    """Raises Invalid."""
    try:
        await allow(url, private=settings.private_issuers)
    except NotPublic as error:
        raise Invalid.field("issuer", str(error)) from None
