"""A server that speaks as much of Midtrans' Snap and Core API as we use, on loopback: pages, status, cancel, deny, capture,
refund, signed notifications. It keeps books of its own, and can fail before or after it has done what it was asked to do.

After Midtrans' documentation (docs.midtrans.com). There is no transaction before the buyer has chosen how to pay, and the Core
API tells its own status code in the body.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from tests.providers import Told, Way
from tests.providers.loopback import ApiError, Loopback, Request, an_id
from tradehall.contracts.orders import PaymentChoice
from tradehall.services.payments.providers.midtrans import Midtrans

KEY = "SB-Mid-server-0123456789abcdef"
STATUSES: dict[Told, str] = {
    "paid": "settlement",
    "declined": "deny",
    "voided": "cancel",
    "refunded": "partial_refund",
}


class MidtransServer(Loopback):
    """`by_card`: what is paid from now on is captured, and settled later."""

    name = "midtrans"
    currency = "IDR"
    ways: Mapping[Way, PaymentChoice] = {"page": PaymentChoice(method="midtrans")}
    steps: Mapping[Way, tuple[str, ...]] = {"page": ("POST /snap/v1/transactions", r"GET /v2/[\w-]+/status")}
    refunding = r"POST /v2/[\w-]+/refund"
    fresh = 0
    takes_by_itself = True
    authorises = True
    adapter = Midtrans
    account: ClassVar[Mapping[str, str]] = {"server_key": KEY, "environment": "sandbox"}
    unknown_keys: ClassVar[Mapping[str, str]] = {"server_key": "SB-Mid-server-another-key"}
    bad_keys: ClassVar[list[Mapping[str, str]]] = [
        {"server_key": "SB-Mid-client-0123456789abcdef"},
        {"server_key": "4242424242424242"},
        {"environment": "somewhere"},
    ]
    shown: ClassVar[Mapping[str, str]] = {"server_key": "…cdef", "environment": "sandbox"}
    secrets = (KEY, KEY[14:])

    def __init__(self) -> None:
        self.pages: dict[str, dict[str, Any]] = {}
        self.transactions: dict[str, dict[str, Any]] = {}
        self.by_card = False
        super().__init__()

    # What its users and their banks do.

    def page_of(self, payment_id: object) -> dict[str, Any]:
        """The newest: one whose making was not answered is made again, and nobody has seen the first."""
        return [one for one in self.pages.values() if one["order_id"] == str(payment_id)][-1]

    def is_open(self, page: dict[str, Any]) -> bool:
        return not page["canceled"] and page["until"] > datetime.now(UTC)

    def pay(self, payment_id: object) -> bool:
        with self.lock:
            page, before = self.page_of(payment_id), self.transactions.get(str(payment_id))
            free = before is None or before["transaction_status"] in ("pending", "deny", "expire")
            if not (self.is_open(page) and free):
                return False
            authorise = page["given"]["credit_card"].get("type") == "authorize"
            self._begin(page, "authorize" if authorise else "capture" if self.by_card else "settlement")
            return True

    def choose(self, payment_id: object, status: str = "pending", fraud_status: str = "accept") -> None:
        """The buyer chooses a bank and has not paid yet; or a try that is denied, or looked at."""
        with self.lock:
            self._begin(self.page_of(payment_id), status, fraud_status)

    def _begin(self, page: dict[str, Any], status: str, fraud_status: str = "accept") -> None:
        self.transactions[page["order_id"]] = {
            "order_id": page["order_id"],
            "transaction_id": str(uuid4()),
            "transaction_status": status,
            "fraud_status": fraud_status,
            "gross_amount": f"{page['amount'] + self.extra / 100:.2f}",
            "currency": "IDR",
            "payment_type": "credit_card",
            "refunds": [],
        }

    def settle(self, payment_id: object) -> None:
        self.transactions[str(payment_id)]["transaction_status"] = "settlement"

    def authenticate(self, payment_id: object, *, passed: bool = True) -> None:
        raise NotImplementedError

    def answer_of_the_bank(self, payment_id: object) -> None:
        raise NotImplementedError

    def give_back(self, payment_id: object, amount: int) -> None:
        with self.lock:
            self._give_back(self.transactions[str(payment_id)], an_id("by-hand"), amount / 100)

    def end_refunds(self, payment_id: object) -> None:
        raise NotImplementedError

    def a_stranger(self, payment_id: UUID) -> None:
        raise NotImplementedError

    # What it tells.

    def told(self, payment_id: object, kind: Told, id: str = "") -> bytes:
        amount = self.transactions.get(str(payment_id), {}).get("gross_amount", "10000.00")
        about = {
            "order_id": str(payment_id),
            "transaction_id": id or str(uuid4()),
            "transaction_status": STATUSES[kind],
            "fraud_status": "accept",
            "status_code": "200",
            "gross_amount": amount,
            "currency": "IDR",
        }
        return json.dumps(about | {"signature_key": _signature(about, KEY)}).encode()

    def signed(self, body: bytes, *, wrong: bool = False, ago: int = 0) -> dict[str, str]:
        return {"content-type": "application/json"}

    def spoilt(self, body: bytes) -> bytes:
        about = json.loads(body)
        return json.dumps(about | {"signature_key": _signature(about, KEY[::-1])}).encode()

    def forged(self) -> list[dict[str, str]]:
        return []

    # What it knows.

    def taken(self, payment_id: object) -> int:
        found = self.transactions.get(str(payment_id))
        if found is None or found["transaction_status"] not in ("capture", "settlement", "refund", "partial_refund"):
            return 0
        return 0 if found["fraud_status"] == "challenge" else round(float(found["gross_amount"]) * 100)

    def given_back(self, payment_id: object) -> int:
        return round(self._back(self.transactions[str(payment_id)]) * 100)

    def _back(self, found: dict[str, Any]) -> float:
        return float(sum(float(one["refund_amount"]) for one in found["refunds"]))

    def closed(self, payment_id: object) -> bool:
        found = self.transactions.get(str(payment_id))
        ended = found is None or found["transaction_status"] in ("cancel", "deny", "expire")
        return ended and not self.is_open(self.page_of(payment_id))

    def asked_about(self, payment_id: object) -> int:
        return self.asked[f"GET /v2/{payment_id}/status"]

    def leads_back_to(self, payment_id: object) -> str:
        return str(self.page_of(payment_id)["given"]["callbacks"]["finish"])

    # What it is asked.

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}":
            raise ApiError(401, {"status_code": "401", "status_message": "Unknown Merchant server_key/id"})
        given = json.loads(request.body) if request.body else {}
        for pattern, allowed, work in (
            (r"/snap/v1/transactions", "POST", self._open),
            (r"/snap/v1/transactions/([\w-]+)/cancel", "POST", self._cancel_page),
            (r"/v2/([\w-]+)/status", "GET", self._status),
            (r"/v2/([\w-]+)/cancel", "POST", self._cancel),
            (r"/v2/([\w-]+)/deny", "POST", self._deny),
            (r"/v2/capture", "POST", self._capture),
            (r"/v2/([\w-]+)/refund", "POST", self._refund),
        ):
            if request.method == allowed and (fits := re.fullmatch(pattern, request.path)):
                return work(*fits.groups(), given)  # type: ignore[operator,no-any-return]
        raise ApiError(404, {"status_code": "404", "status_message": "Not found"})

    def _open(self, given: dict[str, Any]) -> tuple[int, Any]:
        order_id, amount = given["transaction_details"]["order_id"], given["transaction_details"]["gross_amount"]
        if type(amount) is not int or amount < 1:
            raise ApiError(400, {"error_messages": ["transaction_details.gross_amount must be a whole number"]})
        if order_id in self.transactions:
            raise ApiError(400, {"error_messages": ["transaction_details.order_id has already been taken"]})
        minutes = given["page_expiry"]["duration"]
        assert given["page_expiry"]["unit"] == given["expiry"]["unit"] == "minutes"
        assert 5 <= minutes == given["expiry"]["duration"]
        until = datetime.now(UTC) + timedelta(minutes=minutes)
        token = str(uuid4())
        self.pages[token] = {
            "order_id": order_id,
            "amount": amount,
            "until": until,
            "canceled": False,
            "given": given,
        }
        return 201, {"token": token, "redirect_url": f"{self.url}/snap/v4/redirection/{token}"}

    def _cancel_page(self, token: str, given: dict[str, Any]) -> tuple[int, Any]:
        if token not in self.pages:
            raise ApiError(404, {"error_messages": ["token not found"]})
        if self.pages[token]["canceled"]:
            raise ApiError(400, {"error_messages": ["token already canceled"]})
        self.pages[token]["canceled"] = True
        return 200, {"canceled_at": datetime.now(UTC).isoformat()}

    def _found(self, id: str) -> dict[str, Any]:
        if id not in self.transactions:
            raise ApiError(404, {"status_code": "404", "status_message": "Transaction doesn't exist."})
        return self.transactions[id]

    def _status(self, id: str, given: dict[str, Any]) -> tuple[int, Any]:
        found = self._found(id)
        about = found | {"status_code": "200", "status_message": "Success, transaction is found"}
        if not found["refunds"]:
            del about["refunds"]
        return 200, about | {"signature_key": _signature(about, KEY)}

    def _moved(self, found: dict[str, Any], allowed: tuple[str, ...], to: str) -> tuple[int, Any]:
        if found["transaction_status"] not in allowed:
            return 200, {
                "status_code": "412",
                "status_message": "Merchant cannot modify the status of the transaction",
            }
        found["transaction_status"] = to
        return 200, found | {"status_code": "200", "status_message": f"Success, it is {to}"}

    def _cancel(self, id: str, given: dict[str, Any]) -> tuple[int, Any]:
        return self._moved(self._found(id), ("pending", "authorize", "capture"), "cancel")

    def _deny(self, id: str, given: dict[str, Any]) -> tuple[int, Any]:
        found = self._found(id)
        return self._moved(found, ("capture",) if found["fraud_status"] == "challenge" else (), "deny")

    def _capture(self, given: dict[str, Any]) -> tuple[int, Any]:
        (found,) = [one for one in self.transactions.values() if one["transaction_id"] == given["transaction_id"]]
        if found["transaction_status"] == "authorize":
            found["gross_amount"] = f"{given['gross_amount']:.2f}"
        return self._moved(found, ("authorize",), "capture" if self.by_card else "settlement")

    def _refund(self, id: str, given: dict[str, Any]) -> tuple[int, Any]:
        found = self._found(id)
        if any(one["refund_key"] == given["refund_key"] for one in found["refunds"]):
            return 200, {"status_code": "406", "status_message": "Refund with this key was made before"}
        left = float(found["gross_amount"]) - self._back(found)
        refundable = found["transaction_status"] in ("settlement", "partial_refund")
        if self.refunds_end == "failed" or not refundable or given["amount"] > left:
            return 200, {"status_code": "412", "status_message": "Refund amount exceeds the transaction's"}
        self._give_back(found, given["refund_key"], given["amount"])
        return 200, found | {"status_code": "200", "status_message": "Success, refund request is approved"}

    def _give_back(self, found: dict[str, Any], key: str, amount: float) -> None:
        found["refunds"].append({"refund_key": key, "refund_amount": f"{amount:.2f}"})
        whole = self._back(found) == float(found["gross_amount"])
        found["transaction_status"] = "refund" if whole else "partial_refund"


def _signature(about: Mapping[str, Any], key: str) -> str:
    signed = f"{about['order_id']}{about['status_code']}{about['gross_amount']}{key}"
    return hashlib.sha512(signed.encode()).hexdigest()
