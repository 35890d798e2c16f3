"""A server that speaks as much of Xendit's API as we use, on loopback: invoices, fixed virtual accounts, refunds, transactions,
webhooks with the account's token. It keeps books of its own, and can fail before or after it has done what it was asked to do.

After Xendit's API reference (developers.xendit.co) and the models of its SDKs.
"""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

from tests.providers import Told, Way
from tests.providers.loopback import ApiError, Loopback, Request, an_id
from tradehall.contracts.orders import PaymentChoice
from tradehall.services.payments.providers.xendit import Xendit

KEY = "xnd_development_0123456789abcdef"
TOKEN = "callback-token-0123456789abcdef"
STATUSES: dict[Told, str] = {"paid": "PAID", "declined": "EXPIRED", "voided": "EXPIRED", "refunded": "SUCCEEDED"}
_ENDS = {"done": "SUCCEEDED", "pending": "PENDING", "failed": "FAILED"}
_PAGE = 3  # so that what is listed takes several
_MONEY = {"IDR": 100}


class XenditServer(Loopback):
    name = "xendit"
    currency = "IDR"
    ways: Mapping[Way, PaymentChoice] = {"page": PaymentChoice(method="xendit")}
    steps: Mapping[Way, tuple[str, ...]] = {"page": ("GET /v2/invoices", "POST /v2/invoices", r"GET /v2/invoices/\w+")}
    refunding = "POST /refunds"
    fresh = 0
    takes_by_itself = True
    authorises = False
    adapter = Xendit
    account: ClassVar[Mapping[str, str]] = {"secret_key": KEY, "callback_token": TOKEN, "bank": "BNI"}
    unknown_keys: ClassVar[Mapping[str, str]] = {"secret_key": "xnd_development_another_key"}
    bad_keys: ClassVar[list[Mapping[str, str]]] = [
        {"secret_key": "xnd_public_development_0123456789"},
        {"secret_key": "4242424242424242"},
        {"callback_token": "short"},
        {"bank": "NOWHERE"},
        {"capture": "on_shipment"},
    ]
    shown: ClassVar[Mapping[str, str]] = {"secret_key": "xnd_…cdef", "callback_token": "…cdef", "bank": "BNI"}
    secrets = (KEY, TOKEN, KEY[16:])

    def __init__(self) -> None:
        self.invoices: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.transactions: list[dict[str, Any]] = []
        self.refunds: dict[str, dict[str, Any]] = {}
        super().__init__()

    # What its users and their banks do.

    def invoice_of(self, payment_id: object) -> dict[str, Any]:
        (found,) = [one for one in self.invoices.values() if one["external_id"] == str(payment_id)]
        return found

    def pay(self, payment_id: object) -> bool:
        with self.lock:
            invoice = self.invoice_of(payment_id)
            if invoice["status"] != "PENDING":
                return False
            paid = invoice["amount"] + self.extra / _MONEY[invoice["currency"]]
            invoice |= {"status": "PAID", "paid_amount": paid}
            return True

    def authenticate(self, payment_id: object, *, passed: bool = True) -> None:
        raise NotImplementedError

    def answer_of_the_bank(self, payment_id: object) -> None:
        raise NotImplementedError

    def give_back(self, payment_id: object, amount: int) -> None:
        with self.lock:
            invoice = self.invoice_of(payment_id)
            given = {"invoice_id": invoice["id"], "amount": amount / _MONEY[invoice["currency"]]}
            self._make_refund(given, "SUCCEEDED")

    def end_refunds(self, payment_id: object) -> None:
        for one in self.refunds.values():
            if one["invoice_id"] == self.invoice_of(payment_id)["id"] and one["status"] == "PENDING":
                one["status"] = "SUCCEEDED"

    def a_stranger(self, payment_id: UUID) -> None:
        self._create({"external_id": str(payment_id), "amount": 5, "currency": "IDR", "invoice_duration": 60})
        self.pay(payment_id)

    # What it tells.

    def told(self, payment_id: object, kind: Told, id: str = "") -> bytes:
        about: dict[str, Any] = {"external_id": str(payment_id), "status": STATUSES[kind], "id": id or an_id("told")}
        if kind == "refunded":
            invoice_id = self.invoice_of(payment_id)["id"]
            about = {"event": "refund.succeeded", "id": about["id"], "data": {"invoice_id": invoice_id}}
        return json.dumps(about).encode()

    def signed(self, body: bytes, *, wrong: bool = False, ago: int = 0) -> dict[str, str]:
        try:
            id = json.loads(body)["id"]
        except ValueError:
            id = an_id("told")
        token = TOKEN[::-1] if wrong else TOKEN
        return {"x-callback-token": token, "webhook-id": id, "content-type": "application/json"}

    def forged(self) -> list[dict[str, str]]:
        return [{}, *({"x-callback-token": one} for one in ("", "nonsense", TOKEN[:-1]))]

    # What it knows.

    def taken(self, payment_id: object) -> int:
        paid = [one for one in self.invoices.values() if one["external_id"] == str(payment_id)]
        return sum(round(one["paid_amount"] * _MONEY[one["currency"]]) for one in paid if one["status"] == "PAID")

    def given_back(self, payment_id: object) -> int:
        invoice = self.invoice_of(payment_id)
        return round(self._back(invoice["id"]) * _MONEY[invoice["currency"]])

    def _back(self, invoice_id: str) -> float:
        made = [one for one in self.refunds.values() if one["invoice_id"] == invoice_id and one["status"] != "FAILED"]
        return float(sum(one["amount"] for one in made))

    def closed(self, payment_id: object) -> bool:
        return bool(self.invoice_of(payment_id)["status"] == "EXPIRED")

    def asked_about(self, payment_id: object) -> int:
        return self.asked[f"GET /v2/invoices/{self.invoice_of(payment_id)['id']}"]

    def leads_back_to(self, payment_id: object) -> str:
        return str(self.invoice_of(payment_id)["success_redirect_url"])

    # What it is asked.

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}":
            raise _error(401, "INVALID_API_KEY", "API key in authorization header is invalid.")
        given = dict(parse_qsl(request.query)) | (json.loads(request.body) if request.body else {})
        given["key"] = request.headers.get("idempotency-key", "")
        for pattern, allowed, work in (
            (r"/v2/invoices", "POST", self._create),
            (r"/v2/invoices", "GET", self._invoices),
            (r"/v2/invoices/(\w+)", "GET", self._invoice),
            (r"/invoices/(\w+)/expire!", "POST", self._expire),
            (r"/callback_virtual_accounts", "POST", self._open),
            (r"/callback_virtual_accounts/(\w+)", "GET", self._account),
            (r"/callback_virtual_accounts/(\w+)", "PATCH", self._change),
            (r"/transactions", "GET", self._transactions),
            (r"/refunds", "POST", self._refund),
            (r"/refunds", "GET", self._refunds),
        ):
            if request.method == allowed and (fits := re.fullmatch(pattern, request.path)):
                return 200, work(*fits.groups(), given)  # type: ignore[operator]
        raise _error(404, "NOT_FOUND", "The requested resource was not found")

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        """As documented, what is behind the point of rupiah is cut off."""
        now = datetime.now(UTC)
        amount = int(given["amount"]) if given["currency"] == "IDR" else given["amount"]
        invoice = {
            "id": an_id("inv")[4:],
            "external_id": given["external_id"],
            "status": "PENDING",
            "amount": amount,
            "currency": given["currency"],
            "created": now.isoformat(),
            "expiry_date": (now + timedelta(seconds=given["invoice_duration"])).isoformat(),
            "success_redirect_url": given.get("success_redirect_url", ""),
            "should_send_email": given.get("should_send_email", False),
        }
        invoice["invoice_url"] = f"{self.url}/web/invoices/{invoice['id']}"
        self.invoices[invoice["id"]] = invoice
        return invoice

    def _invoices(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        made = [
            one
            for one in reversed(self.invoices.values())
            if given.get("external_id", one["external_id"]) == one["external_id"]
            and given.get("created_after", "") <= one["created"] <= given.get("created_before", "9")
        ]
        if after := given.get("last_invoice"):
            made = made[[one["id"] for one in made].index(after) + 1 :]
        return made[: int(given.get("limit", 10))]

    def _invoice(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        if id not in self.invoices:
            raise _error(404, "INVOICE_NOT_FOUND_ERROR", "Invoice not found.")
        return self.invoices[id]

    def _expire(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        invoice = self._invoice(id, given)
        if invoice["status"] != "PENDING":
            raise _error(400, "INVALID_INVOICE_STATUS", f"Invoice is {invoice['status']}.")
        invoice["status"] = "EXPIRED"
        return invoice

    def _refund(self, given: dict[str, Any]) -> dict[str, Any]:
        same = next((one for one in self.refunds.values() if given["key"] and one["_key"] == given["key"]), None)
        return same or self._make_refund(given, _ENDS[self.refunds_end])

    def _make_refund(self, given: dict[str, Any], status: str) -> dict[str, Any]:
        invoice = self._invoice(given["invoice_id"], given)
        if invoice["status"] != "PAID" or given["amount"] > invoice["paid_amount"] - self._back(invoice["id"]):
            raise _error(400, "MAXIMUM_REFUND_AMOUNT_REACHED", "Refund amount exceeds the captured amount.")
        refund = {
            "id": an_id("rfd"),
            "invoice_id": invoice["id"],
            "reference_id": given.get("reference_id", "by-hand"),
            "amount": given["amount"],
            "currency": invoice["currency"],
            "status": status,
            "failure_code": "INSUFFICIENT_BALANCE" if status == "FAILED" else None,
            "_key": given.get("key", ""),
        }
        self.refunds[refund["id"]] = refund
        return refund

    def _refunds(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given.get("invoice_id")
        return _page([one for one in self.refunds.values() if wanted in (None, one["invoice_id"])], given)

    def _open(self, given: dict[str, Any]) -> dict[str, Any]:
        assert given["is_closed"]
        assert given["is_single_use"]
        account = given | {
            "id": an_id("fva")[4:],
            "account_number": f"8808{len(self.accounts):012}",
            "status": "ACTIVE",
            "currency": "IDR",
        }
        self.accounts[account["id"]] = account
        return account

    def _account(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        if id not in self.accounts:
            raise _error(404, "CALLBACK_VIRTUAL_ACCOUNT_NOT_FOUND_ERROR", "Not found.")
        return self.accounts[id]

    def _change(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        account = self._account(id, given)
        if account["status"] == "INACTIVE":
            raise _error(400, "INACTIVE_VIRTUAL_ACCOUNT_ERROR", "It is inactive already.")
        account["expiration_date"] = given["expiration_date"]
        if datetime.fromisoformat(given["expiration_date"]) < datetime.now(UTC):
            account["status"] = "INACTIVE"
        return account

    def _transactions(self, given: dict[str, Any]) -> dict[str, Any]:
        made = [
            one
            for one in self.transactions
            if given.get("reference_id", one["reference_id"]) == one["reference_id"]
            and given.get("created[gte]", "") <= one["created"] <= given.get("created[lte]", "9")
        ]
        return _page(made, given)


class XenditAccounts(XenditServer):
    """The same, paid by transfer to a virtual account."""

    ways: Mapping[Way, PaymentChoice] = {"page": PaymentChoice(method="xendit-va")}
    steps: Mapping[Way, tuple[str, ...]] = {
        "page": ("POST /callback_virtual_accounts", r"GET /callback_virtual_accounts/\w+", "GET /transactions")
    }
    refunding = ""

    def account_of(self, payment_id: object) -> dict[str, Any]:
        """The newest: one whose making was not answered is made again, and nobody knows the first."""
        return [one for one in self.accounts.values() if one["external_id"] == str(payment_id)][-1]

    def pay(self, payment_id: object) -> bool:
        with self.lock:
            account = self.account_of(payment_id)
            if account["status"] != "ACTIVE":
                return False
            account["status"] = "INACTIVE"
            self._came_in(str(payment_id), account["expected_amount"] + self.extra / _MONEY["IDR"])
            return True

    def _came_in(self, external_id: str, amount: float) -> None:
        self.transactions.append(
            {
                "id": an_id("txn"),
                "type": "PAYMENT",
                "status": "SUCCESS",
                "channel_category": "VIRTUAL_ACCOUNT",
                "reference_id": external_id,
                "amount": amount,
                "currency": "IDR",
                "cashflow": "MONEY_IN",
                "created": datetime.now(UTC).isoformat(),
            }
        )

    def give_back(self, payment_id: object, amount: int) -> None:
        raise NotImplementedError

    def a_stranger(self, payment_id: UUID) -> None:
        self._came_in(str(payment_id), 5)

    def told(self, payment_id: object, kind: Told, id: str = "") -> bytes:
        about = {"external_id": str(payment_id), "payment_id": an_id("pay"), "amount": 5, "id": id or an_id("told")}
        return json.dumps(about).encode()

    def taken(self, payment_id: object) -> int:
        came = [one["amount"] for one in self.transactions if one["reference_id"] == str(payment_id)]
        return round(sum(came) * _MONEY["IDR"])

    def given_back(self, payment_id: object) -> int:
        return 0

    def closed(self, payment_id: object) -> bool:
        return bool(self.account_of(payment_id)["status"] == "INACTIVE")

    def asked_about(self, payment_id: object) -> int:
        return self.asked[f"GET /callback_virtual_accounts/{self.account_of(payment_id)['id']}"]


def _page(made: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
    if after := given.get("after_id"):
        made = made[[one["id"] for one in made].index(after) + 1 :]
    most = min(int(given.get("limit", 10)), _PAGE)
    shown = [{name: value for name, value in one.items() if name != "_key"} for one in made[:most]]
    return {"data": shown, "has_more": len(made) > most}


def _error(status: int, code: str, message: str) -> ApiError:
    return ApiError(status, {"error_code": code, "message": message})
