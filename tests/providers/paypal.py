"""A server that speaks as much of PayPal's API as we use, on loopback: tokens, orders, authorisations, captures, refunds, the
search of transactions, request ids, and webhooks signed with a certificate of its own authority.

After PayPal Developer: Orders API v2, Payments API v2, Transaction Search API, Webhooks.
"""

import base64
import json
import re
import tempfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.providers import Told, Way
from tests.providers.certificates import certified
from tests.providers.loopback import ApiError, Loopback, Request
from tradehall.contracts.orders import PaymentChoice
from tradehall.contracts.values import decimals
from tradehall.services.payments.providers.paypal import PayPal, _roots

CLIENT, SECRET, WEBHOOK = "AbCdEf-0123456789_client", "EfGhIj-0123456789_secret", "0AB12345CD678901E"
KINDS: dict[Told, str] = {
    "paid": "CHECKOUT.ORDER.APPROVED",
    "declined": "PAYMENT.CAPTURE.DENIED",
    "voided": "PAYMENT.AUTHORIZATION.VOIDED",
    "refunded": "PAYMENT.CAPTURE.REFUNDED",
}
_STATUSES = {"done": "COMPLETED", "pending": "PENDING", "failed": "FAILED"}


class PayPalServer(Loopback):
    name = "paypal"
    currency = "USD"
    ways: ClassVar[Mapping[Way, PaymentChoice]] = {"page": PaymentChoice(method="paypal")}
    steps: ClassVar[Mapping[Way, tuple[str, ...]]] = {
        "page": ("POST /v2/checkout/orders", r"POST /v2/checkout/orders/\w+/capture")
    }
    refunding = r"POST /v2/payments/captures/\w+/refund"
    fresh = 3 * 24 * 3600
    takes_by_itself = False
    authorises = True
    adapter = PayPal
    account: ClassVar[Mapping[str, str]] = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "webhook_id": WEBHOOK,
        "environment": "sandbox",
    }
    unknown_keys: ClassVar[Mapping[str, str]] = {"client_id": "another-client-id"}
    bad_keys: ClassVar[list[Mapping[str, str]]] = [
        {"client_id": "short"},
        {"client_secret": "not a secret"},
        {"environment": "elsewhere"},
    ]
    shown: ClassVar[Mapping[str, str]] = {
        "client_id": "…ient",
        "client_secret": "…cret",
        "webhook_id": "…901E",
        "environment": "sandbox",
    }
    secrets = (CLIENT, SECRET, WEBHOOK)

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.moved: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.declines = False  # the buyer's bank, when it is asked
        self._answers: dict[str, tuple[int, Any]] = {}
        self._authority, self._key, self.chain = certified("messageverificationcerts.paypal.com")
        _, self._other_key, self.other_chain = certified("messageverificationcerts.paypal.com")
        super().__init__()
        self._roots = Path(tempfile.mkdtemp()) / "roots.pem"
        self._roots.write_bytes(self._authority)
        self.environ = {"SSL_CERT_FILE": str(self._roots)}
        _roots.cache_clear()

    def close(self) -> None:
        super().close()
        self._roots.unlink()
        self._roots.parent.rmdir()
        _roots.cache_clear()

    # What its buyers and staff do.

    def order_of(self, payment_id: object) -> dict[str, Any]:
        (found,) = [one for one in self.orders.values() if _unit(one)["custom_id"] == str(payment_id)]
        return found

    def pay(self, payment_id: object) -> bool:
        """The buyer agrees; it is taken by whoever asked for it."""
        with self.lock:
            order = self.order_of(payment_id)
            if order["status"] != "PAYER_ACTION_REQUIRED":
                return False
            order["status"] = "APPROVED"
            return True

    def authenticate(self, payment_id: object, *, passed: bool) -> None:
        raise NotImplementedError

    def answer_of_the_bank(self, payment_id: object) -> None:
        raise NotImplementedError

    def give_back(self, payment_id: object, amount: int) -> None:
        with self.lock:
            (capture,) = _parts(self.order_of(payment_id), "captures")
            self._refund(capture["id"], {"amount": _money(amount, self.currency)})

    def end_refunds(self, payment_id: object) -> None:
        for one in _parts(self.order_of(payment_id), "refunds"):
            one["status"] = "COMPLETED"

    def a_stranger(self, payment_id: UUID) -> None:
        self._move(an_id(), "T0006", "5.00", self.currency, str(payment_id))

    # What it tells.

    def told(self, payment_id: object, kind: Told, id: str = "") -> bytes:
        about: dict[str, Any] = {"id": an_id(), "custom_id": str(payment_id)}
        if kind == "paid":
            about = {"id": an_id(), "purchase_units": [{"custom_id": str(payment_id)}]}
        event = {"id": id or f"WH-{uuid4().hex}", "event_type": KINDS[kind], "resource": about}
        return json.dumps(event).encode()

    def signed(self, body: bytes, *, wrong: bool = False, ago: int = 0) -> dict[str, str]:
        at = (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.signed_with(body, self._other_key if wrong else self._key, at, f"{self.url}/certs/ours")

    @staticmethod
    def signed_with(body: bytes, key: rsa.RSAPrivateKey, at: str, certificate: str) -> dict[str, str]:
        id = str(uuid4())
        text = f"{id}|{at}|{WEBHOOK}|{zlib.crc32(body)}".encode()
        return {
            "paypal-transmission-id": id,
            "paypal-transmission-time": at,
            "paypal-transmission-sig": base64.b64encode(key.sign(text, padding.PKCS1v15(), SHA256())).decode(),
            "paypal-cert-url": certificate,
            "paypal-auth-algo": "SHA256withRSA",
            "content-type": "application/json",
        }

    def forged(self) -> list[dict[str, str]]:
        """Also what somebody signed with a certificate of their own: at PayPal's address, or at theirs."""
        body = b"{}"
        good, at = self.signed(body), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return [
            {},
            good,  # of another body
            *({**good, name: "nonsense"} for name in good if name != "content-type"),
            {**good, "paypal-transmission-time": "2026-01-01T00:00:00"},
        ] + [
            self.signed_with(body, self._other_key, at, f"{address}/certs/theirs")
            for address in (self.url, "http://127.0.0.1:1", "https://paypal.com.evil.example", "http://api.paypal.com")
        ]

    # What it knows.

    def taken(self, payment_id: object) -> int:
        made = [one for one in self.orders.values() if _unit(one)["custom_id"] == str(payment_id)]
        return sum(_minor(part["amount"]) for one in made for part in _parts(one, "captures"))

    def given_back(self, payment_id: object) -> int:
        refunds = _parts(self.order_of(payment_id), "refunds")
        return sum(_minor(one["amount"]) for one in refunds if one["status"] == "COMPLETED")

    def closed(self, payment_id: object) -> bool:
        order = self.order_of(payment_id)
        held = [one for one in _parts(order, "authorizations") if one["status"] == "CREATED"]
        return not held and not _parts(order, "captures")

    def asked_about(self, payment_id: object) -> int:
        made = [one["id"] for one in self.orders.values() if _unit(one)["custom_id"] == str(payment_id)]
        return sum(self.asked[f"GET /v2/checkout/orders/{id}"] for id in made)

    def leads_back_to(self, payment_id: object) -> str:
        return str(self.order_of(payment_id)["_page"]["return_url"])

    # What it is asked.

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/certs/ours":
            return 200, self.chain
        if request.path == "/certs/theirs":
            return 200, self.other_chain
        if request.path == "/v1/oauth2/token":
            return 200, self._token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise ApiError(401, {"error": "invalid_token"})
        key = request.headers.get("paypal-request-id", "")
        if key and key in self._answers:
            return self._answers[key]
        given = json.loads(request.body) if request.body else dict(parse_qsl(request.query))
        for pattern, allowed, work in (
            (r"/v2/checkout/orders", "POST", self._create),
            (r"/v2/checkout/orders/(\w+)", "GET", self._show),
            (r"/v2/checkout/orders/(\w+)/capture", "POST", self._take),
            (r"/v2/checkout/orders/(\w+)/authorize", "POST", self._hold),
            (r"/v2/payments/authorizations/(\w+)/capture", "POST", self._take_held),
            (r"/v2/payments/authorizations/(\w+)/void", "POST", self._let_go),
            (r"/v2/payments/captures/(\w+)/refund", "POST", self._refund),
            (r"/v1/reporting/transactions", "GET", self._search),
        ):
            if request.method == allowed and (fits := re.fullmatch(pattern, request.path)):
                made = work(*fits.groups(), given)  # type: ignore[operator]
                answer = (204, b"") if made is None else (200 if allowed == "GET" else 201, _public(made))
                if key:
                    self._answers[key] = answer
                return answer
        raise ApiError(404, {"name": "RESOURCE_NOT_FOUND"})

    def _token(self, request: Request) -> dict[str, Any]:
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}" or b"client_credentials" not in request.body:
            raise ApiError(401, {"error": "invalid_client", "error_description": "Client Authentication failed"})
        token = f"A21AA{uuid4().hex}"
        self.tokens = {token}  # so that an older one has to be asked for anew
        return {"access_token": token, "token_type": "Bearer", "expires_in": 32400}

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        (unit,) = given["purchase_units"]
        Decimal(unit["amount"]["value"])
        page = given["payment_source"]["paypal"]["experience_context"]
        order: dict[str, Any] = {
            "id": an_id(),
            "intent": given["intent"],
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{"reference_id": "default", **unit, "payments": {}}],
            "create_time": datetime.now(UTC).isoformat(),
            "_page": page,
        }
        links = (("self", f"/v2/checkout/orders/{order['id']}"), ("payer-action", f"/checkoutnow?token={order['id']}"))
        order["links"] = [{"href": self.url + path, "rel": rel, "method": "GET"} for rel, path in links]
        self.orders[order["id"]] = order
        return order

    def _show(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        if id not in self.orders:
            raise ApiError(404, {"name": "RESOURCE_NOT_FOUND", "details": [{"issue": "INVALID_RESOURCE_ID"}]})
        return self.orders[id]

    def _approved(self, id: str, intent: str) -> dict[str, Any]:
        order = self._show(id, {})
        if order["status"] == "COMPLETED":
            raise _unprocessable(f"ORDER_ALREADY_{'CAPTURED' if intent == 'CAPTURE' else 'AUTHORIZED'}")
        if order["status"] != "APPROVED":
            raise _unprocessable("ORDER_NOT_APPROVED")
        if order["intent"] != intent:
            raise _unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
        return order

    def _take(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        order = self._approved(id, "CAPTURE")
        if self.declines:
            raise _unprocessable("INSTRUMENT_DECLINED")
        others = [one for one in self.orders.values() if _unit(one)["invoice_id"] == _unit(order)["invoice_id"]]
        if any(_parts(one, "captures") for one in others):
            raise _unprocessable("DUPLICATE_INVOICE_ID")
        order["status"] = "COMPLETED"
        self._capture(order, _minor(_unit(order)["amount"]))
        return order

    def _hold(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        order = self._approved(id, "AUTHORIZE")
        order["status"] = "COMPLETED"
        held = {"id": an_id(), "status": "CREATED", "amount": _unit(order)["amount"]}
        _parts(order, "authorizations").append(held)
        return order

    def _capture(self, order: dict[str, Any], amount: int) -> dict[str, Any]:
        unit = _unit(order)
        money = _money(amount + self.extra, unit["amount"]["currency_code"])
        capture = {"id": an_id(), "status": "COMPLETED", "amount": money, "custom_id": unit["custom_id"]}
        capture |= {"invoice_id": unit["invoice_id"], "final_capture": True}
        _parts(order, "captures").append(capture)
        self._move(capture["id"], "T0006", money["value"], money["currency_code"], unit["custom_id"])
        return capture

    def _of_held(self, id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for order in self.orders.values():
            for held in _parts(order, "authorizations"):
                if held["id"] == id:
                    return order, held
        raise ApiError(404, {"name": "RESOURCE_NOT_FOUND"})

    def _take_held(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        order, held = self._of_held(id)
        if held["status"] != "CREATED":
            raise _unprocessable("AUTHORIZATION_ALREADY_CAPTURED")
        held["status"] = "CAPTURED"
        return self._capture(order, _minor(given["amount"]))

    def _let_go(self, id: str, given: dict[str, Any]) -> None:
        order, held = self._of_held(id)
        if held["status"] != "CREATED":
            raise _unprocessable("PREVIOUSLY_CAPTURED")
        held["status"] = "VOIDED"
        order["status"] = "VOIDED"

    def _refund(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        for order in self.orders.values():
            for capture in _parts(order, "captures"):
                if capture["id"] == id:
                    return self._back(order, capture, given)
        raise ApiError(404, {"name": "RESOURCE_NOT_FOUND"})

    def _back(self, order: dict[str, Any], capture: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        refunds = _parts(order, "refunds")
        gone = sum(_minor(one["amount"]) for one in refunds if one["status"] != "FAILED")
        if _minor(given["amount"]) > _minor(capture["amount"]) - gone:
            raise _unprocessable("REFUND_AMOUNT_EXCEEDED")
        refund = {"id": an_id(), "status": _STATUSES[self.refunds_end], **given}
        refunds.append(refund)
        if refund["status"] == "COMPLETED":
            capture["status"] = "PARTIALLY_REFUNDED"
            self._move(refund["id"], "T1107", f"-{given['amount']['value']}", given["amount"]["currency_code"], "",
                       capture["id"])  # fmt: skip
        return refund

    def _move(self, id: str, code: str, value: str, currency: str, custom: str, about: str = "") -> None:
        moved = {
            "transaction_id": id,
            "transaction_event_code": code,
            "transaction_status": "S",
            "transaction_amount": {"value": value, "currency_code": currency},
            "transaction_initiation_date": datetime.now(UTC).isoformat(),
        }
        moved |= {"paypal_reference_id": about} if about else {}
        self.moved.append(moved | ({"custom_field": custom} if custom else {}))

    def _search(self, given: dict[str, Any]) -> dict[str, Any]:
        since, until = (datetime.fromisoformat(given[name]) for name in ("start_date", "end_date"))
        if until - since > timedelta(days=31):
            raise ApiError(400, {"name": "INVALID_REQUEST"})
        found = [
            one for one in self.moved if since <= datetime.fromisoformat(one["transaction_initiation_date"]) < until
        ]
        size, page = 2, int(given["page"])  # so that there are pages
        return {
            "transaction_details": [{"transaction_info": one} for one in found[(page - 1) * size : page * size]],
            "total_pages": -(-len(found) // size),
            "page": page,
        }


def an_id() -> str:
    return uuid4().hex[:17].upper()


def _unit(order: dict[str, Any]) -> dict[str, Any]:
    unit: dict[str, Any] = order["purchase_units"][0]
    return unit


def _parts(order: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = _unit(order)["payments"].setdefault(kind, [])
    return parts


def _money(amount: int, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": str(Decimal(amount).scaleb(-decimals(currency)))}


def _minor(money: Mapping[str, str]) -> int:
    return int(Decimal(money["value"]).scaleb(decimals(money["currency_code"])))


def _public(made: dict[str, Any]) -> dict[str, Any]:
    """As it is now: what was answered once stays so."""
    found: dict[str, Any] = json.loads(json.dumps({name: value for name, value in made.items() if name != "_page"}))
    return found


def _unprocessable(issue: str) -> ApiError:
    return ApiError(422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue, "description": issue.title()}]})
