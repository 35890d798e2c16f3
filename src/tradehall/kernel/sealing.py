"""Short secrets on their way from one service to another: only who has the installation's secret can read them."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12  # bytes


class Sealed(ValueError):
    """This was not sealed with our secret, or is about something else."""


def seal(secret: str, text: str, *, about: str) -> str:
    """`about` names what it belongs to: put beside anything else it does not open."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher(secret).encrypt(nonce, text.encode(), about.encode())
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(secret: str, sealed: str, *, about: str) -> str:
    """Raises Sealed."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return _cipher(secret).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error):
        raise Sealed("this does not open with the installation's secret") from None


def _cipher(secret: str) -> AESGCM:
    return AESGCM(hmac.new(secret.encode(), b"sealing", hashlib.sha256).digest())
