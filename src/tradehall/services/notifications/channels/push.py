"""Web push: encrypted for the browser (RFC 8291), in our name (VAPID, RFC 8292), by the browser's own push service (RFC 8030)."""

import base64
import hashlib
import hmac
import time
from urllib.parse import urlsplit

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradehall.kernel.settings import Settings
from tradehall.services.notifications.channels import Gone, Later, Never, Parcel, seconds
from tradehall.services.notifications.model import Device

LIVES = 86_400  # seconds that a push service keeps it for a browser that is off
VALID = 12 * 3600  # seconds of a token; 24 hours are allowed
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


class Push(msgspec.Struct, frozen=True):
    device: Device
    settings: Settings
    http: httpx.AsyncClient

    async def send(self, parcel: Parcel, *, uncertain: bool) -> str:
        """Sent twice it is shown once: the push service keeps one of a topic, and the browser shows one of a tag."""
        tag = _base64(parcel.notification_id.bytes)
        shown = {"title": parcel.sender, "body": parcel.mail.short, "url": parcel.mail.url, "tag": tag}
        headers = {
            "authorization": authorization(self.device.endpoint, self.settings),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(LIVES),
            "topic": tag,
            "urgency": "normal",
        }
        body = encrypted(msgspec.json.encode(shown), self.device.p256dh, self.device.auth)
        try:
            answer = await self.http.post(self.device.endpoint, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Later(f"no talk with the push service ({type(error).__name__})", uncertain=True) from None
        status = answer.status_code
        if status in (404, 410):
            raise Gone("the browser no longer takes messages")
        if status == 429 or status >= 500:
            raise Later(f"the push service said {status}", after=seconds(answer.headers.get("retry-after")))
        if not answer.is_success:
            raise Never(f"the push service said {status}")
        return ""


def encrypted(plain: bytes, p256dh: str, auth: str) -> bytes:
    """Raises Never for keys that are none."""
    import http_ece  # type: ignore[import-untyped]

    try:
        return http_ece.encrypt(  # type: ignore[no-any-return]
            plain,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_bytes(p256dh),
            auth_secret=_bytes(auth),
            version="aes128gcm",
        )
    except (ValueError, http_ece.ECEException):
        raise Never("the browser's keys are none") from None


def vapid_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Derived from the installation's secret, so that all processes have the same and none has to keep it."""
    drawn = hmac.new(secret.encode(), b"vapid", hashlib.sha512).digest()
    return ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key(secret: str) -> str:
    """As browsers want it when they subscribe."""
    point = vapid_key(secret).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _base64(point)


def authorization(endpoint: str, settings: Settings) -> str:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + VALID,
        "sub": f"mailto:{settings.mail_from}",
    }
    token = jwt.encode(claims, vapid_key(settings.secret), algorithm="ES256")
    return f"vapid t={token}, k={public_key(settings.secret)}"


def may_be_asked(endpoint: str, services: str) -> bool:
    """Whether it is a push service that we talk to. An address is given by whoever subscribes: any other would let them send our
    requests where they like. `services`: hosts, `*.` before those below them; with a scheme, an origin as it is."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if parts.username or parts.password or not host or not endpoint.isascii() or not endpoint.isprintable():
        return False
    for service in services.split():
        if "://" in service:
            if f"{parts.scheme}://{parts.netloc}" == service:
                return True
        elif host == service or (service.startswith("*.") and host.endswith(service[1:])):
            return parts.scheme == "https" and port in (None, 443)
    return False


def right_keys(p256dh: str, auth: str) -> bool:
    """Whether they are a point of the curve, and 16 octets."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
        return len(_bytes(auth)) == 16
    except ValueError:
        return False


def _bytes(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
