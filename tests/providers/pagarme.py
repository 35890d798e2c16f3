"""A server that speaks as much of pagar.me's API v5 as we use, on loopback: orders with a card's token, a hosted page, Pix or
boleto; charges, captures, cancellations, idempotency keys, webhooks with a user and password.

After Documentação Pagar.me, API v5: Pedidos, Cobranças, Pix, Boleto, Checkout Pagar.me, Idempotência, Webhooks.
"""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

from tests.providers import Told, Way
from tests.providers.loopback import ApiError, Loopback, Request, an_id
from tradehall.contracts.orders import PaymentChoice
from tradehall.services.payments.providers.pagarme import Pagarme

KEY, USER, PASSWORD = "sk_test_0123456789abcdef", "tradehall", "long enough is this!".replace(" ", "-")
CPF = "52998224725"
KINDS: dict[Told, str] = {
    "paid": "order.paid",
    "declined": "order.payment_failed",
    "voided": "order.canceled",
    "refunded": "charge.refunded",
}


def _by(method: str, token: str | None = None) -> PaymentChoice:
    return PaymentChoice(method=method, token=token, tax_id=CPF)


class PagarmeServer(Loopback):
    name = "pagarme"
    currency = "BRL"
    ways: ClassVar[Mapping[Way, PaymentChoice]] = {
        "token": _by("pagarme-card", "token_ok"),
        "declined": _by("pagarme-card", "token_declined"),
        "unknown": _by("pagarme-card", "token_nothing"),
        "slow": _by("pagarme-card", "token_slow"),
        "page": _by("pagarme-card"),
    }
    steps: ClassVar[Mapping[Way, tuple[str, ...]]] = {
        "token": ("GET /orders", "POST /orders"),
        "declined": ("GET /orders", "POST /orders"),
        "page": ("GET /orders", "POST /orders"),
    }
    refunding = r"DELETE /charges/\w+"
    fresh = 0
    takes_by_itself = True
    authorises = True
    adapter = Pagarme
    account: ClassVar[Mapping[str, str]] = {
        "secret_key": KEY,
        "webhook_user": USER,
        "webhook_password": PASSWORD,
    }
    unknown_keys: ClassVar[Mapping[str, str]] = {"secret_key": "sk_test_anotherkey"}
    bad_keys: ClassVar[list[Mapping[str, str]]] = [
        {"secret_key": "pk_test_0123456789"},
        {"webhook_user": "a:b"},
        {"webhook_password": "short"},
        {"webhook_password": "with a space in it"},
    ]
    shown: ClassVar[Mapping[str, str]] = {
        "secret_key": "sk_…cdef",
        "webhook_user": USER,
        "webhook_password": "…his!",
    }
    secrets = (KEY, KEY[8:], PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "token_ok")

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, tuple[int, Any]] = {}
        super().__init__()

    # What its buyers, banks and staff do.

    def order_of(self, payment_id: object) -> dict[str, Any]:
        (found,) = [one for one in self.orders.values() if one["code"] == str(payment_id)]
        return found

    def charge_of(self, payment_id: object) -> dict[str, Any]:
        charge: dict[str, Any] = self.order_of(payment_id)["charges"][-1]
        return charge

    def pay(self, payment_id: object) -> bool:
        with self.lock:
            order = self.order_of(payment_id)
            if order["status"] != "pending":
                return False
            if order["checkouts"]:
                (page,) = order["checkouts"]
                if page["status"] != "open":
                    return False
                page["status"] = "closed"
                how = "auth_and_capture" if page["credit_card"]["capture"] else "auth_only"
                order["charges"].append(_charge("credit_card", order["amount"]))
                self._take(order, order["charges"][-1], how)
                return True
            (charge,) = order["charges"]
            if charge["status"] != "pending":
                return False
            self._take(order, charge, "auth_and_capture")
            return True

    def authenticate(self, payment_id: object, *, passed: bool) -> None:
        raise NotImplementedError

    def answer_of_the_bank(self, payment_id: object) -> None:
        with self.lock:
            self._take(self.order_of(payment_id), self.charge_of(payment_id), "auth_and_capture")

    def give_back(self, payment_id: object, amount: int) -> None:
        with self.lock:
            self._back(self.charge_of(payment_id), amount, "done")

    def end_refunds(self, payment_id: object) -> None:
        with self.lock:
            charge = self.charge_of(payment_id)
            charge["canceled_amount"] += charge["last_transaction"]["amount"]
            charge["last_transaction"] |= {"status": "refunded", "success": True}

    def a_stranger(self, payment_id: UUID) -> None:
        order = self._order(str(payment_id), 500)
        order["charges"].append(_charge("credit_card", 500))
        self._take(order, order["charges"][-1], "auth_and_capture")

    # What it tells.

    def told(self, payment_id: object, kind: Told, id: str = "") -> bytes:
        about: dict[str, Any] = {"id": an_id("or"), "code": str(payment_id)}
        if kind == "refunded":
            about = {"id": an_id("ch"), "code": "ABC123", "order": {"id": an_id("or"), "code": str(payment_id)}}
        return json.dumps({"id": id or an_id("hook"), "type": KINDS[kind], "data": about}).encode()

    def signed(self, body: bytes, *, wrong: bool = False, ago: int = 0) -> dict[str, str]:
        password = "another password" if wrong else PASSWORD
        who = base64.b64encode(f"{USER}:{password}".encode()).decode()
        return {"authorization": f"Basic {who}", "content-type": "application/json"}

    def forged(self) -> list[dict[str, str]]:
        nobody = base64.b64encode(b":").decode()
        return [{}, *({"authorization": one} for one in ("Basic", "Basic ", f"Basic {nobody}", "Bearer x", PASSWORD))]

    # What it knows.

    def taken(self, payment_id: object) -> int:
        made = [one for one in self.orders.values() if one["code"] == str(payment_id)]
        return sum(charge["paid_amount"] or 0 for one in made for charge in one["charges"])

    def given_back(self, payment_id: object) -> int:
        return int(self.charge_of(payment_id)["canceled_amount"])

    def closed(self, payment_id: object) -> bool:
        order = self.order_of(payment_id)
        return order["status"] == "canceled" and all(one["status"] == "canceled" for one in order["charges"])

    def asked_about(self, payment_id: object) -> int:
        made = [one["id"] for one in self.orders.values() if one["code"] == str(payment_id)]
        return sum(self.asked[f"GET /orders/{id}"] for id in made)

    def leads_back_to(self, payment_id: object) -> str:
        return str(self.order_of(payment_id)["checkouts"][0]["success_url"])

    # What it is asked.

    def answer(self, request: Request) -> tuple[int, Any]:
        wanted = base64.b64encode(f"{KEY}:".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            raise ApiError(401, {"message": "Authorization has been denied for this request."})
        key = request.headers.get("idempotency-key", "")
        if key and key in self._answers:
            return self._answers[key]
        given = json.loads(request.body) if request.body else dict(parse_qsl(request.query))
        for pattern, allowed, work in (
            (r"/orders", "POST", self._create),
            (r"/orders", "GET", self._list),
            (r"/orders/(\w+)", "GET", self._show),
            (r"/orders/(\w+)/closed", "PATCH", self._close),
            (r"/charges/(\w+)", "GET", self._charge),
            (r"/charges/(\w+)", "DELETE", self._cancel),
            (r"/charges/(\w+)/capture", "POST", self._capture),
        ):
            if request.method == allowed and (fits := re.fullmatch(pattern, request.path)):
                answer = (200, json.loads(json.dumps(work(*fits.groups(), given))))  # type: ignore[operator]
                if key:
                    self._answers[key] = answer
                return answer
        raise ApiError(404, {"message": "Not found."})

    def _order(self, code: str, amount: int) -> dict[str, Any]:
        order: dict[str, Any] = {
            "id": an_id("or"),
            "code": code,
            "amount": amount,
            "currency": "BRL",
            "status": "pending",
            "charges": [],
            "checkouts": [],
            "created_at": datetime.now(UTC).isoformat(),
        }
        self.orders[order["id"]] = order
        return order

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        who, (payment,) = given["customer"], given["payments"]
        phone = who["phones"]["mobile_phone"]
        if not who["name"] or who["document"] != CPF or not phone["number"]:
            raise _invalid("customer")
        if sum(item["amount"] * item["quantity"] for item in given["items"]) != payment["amount"]:
            raise _invalid("amount")
        how = payment["payment_method"]
        if how == "credit_card" and payment["credit_card"]["card_token"] not in (
            "token_ok",
            "token_declined",
            "token_slow",
        ):
            raise _invalid("card_token")
        order = self._order(given["code"], payment["amount"])
        if how == "checkout":
            page = payment["checkout"]
            page |= {"id": an_id("chk"), "status": "open", "payment_url": f"{self.url}/pay/{order['id']}"}
            order["checkouts"].append(page)
            return order
        charge = _charge(how, payment["amount"])
        order["charges"].append(charge)
        last = charge["last_transaction"]
        if how == "pix":
            last |= {"status": "waiting_payment", "qr_code": f"00020101021226{order['id']}5204000053039866304ABCD"}
            last |= {"qr_code_url": f"{self.url}/qr.png", "expires_at": payment["pix"]["expires_at"]}
        elif how == "boleto":
            last |= {"status": "generated", "line": "34191.09008 63521.980020 93127.310007 1 98760000005000"}
            last |= {"pdf": f"{self.url}/slip.pdf", "due_at": payment["boleto"]["due_at"]}
        else:
            token, operation = payment["credit_card"]["card_token"], payment["credit_card"]["operation_type"]
            if token == "token_slow":
                charge["status"] = "processing"
            elif token == "token_declined":
                charge["status"] = order["status"] = "failed"
                last |= {"status": "not_authorized", "success": False, "acquirer_message": "Saldo insuficiente."}
            else:
                self._take(order, charge, operation)
        return order

    def _take(self, order: dict[str, Any], charge: dict[str, Any], how: str, amount: int | None = None) -> None:
        if how == "auth_only":
            charge["last_transaction"] |= {"status": "authorized_pending_capture", "success": True}
            return
        order["status"] = charge["status"] = "overpaid" if self.extra else "paid"
        charge["paid_amount"] = (amount or charge["amount"]) + self.extra
        charge["last_transaction"] |= {"status": "captured", "success": True}

    def _found(self, id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for order in self.orders.values():
            for charge in order["charges"]:
                if charge["id"] == id:
                    return order, charge
        raise ApiError(404, {"message": "Charge not found."})

    def _charge(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        return self._found(id)[1]

    def _capture(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        order, charge = self._found(id)
        if charge["last_transaction"]["status"] != "authorized_pending_capture":
            raise ApiError(412, {"message": "This charge can not be captured."})
        if given["amount"] > charge["amount"]:
            raise _invalid("amount")
        self._take(order, charge, "auth_and_capture", given["amount"])
        return charge

    def _cancel(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        order, charge = self._found(id)
        if charge["status"] == "canceled":
            raise ApiError(412, {"message": "This charge can not be canceled."})
        if charge["paid_amount"] is None:
            order["status"] = charge["status"] = "canceled"
            return charge
        if charge["payment_method"] == "boleto" and "bank_account" not in given:
            raise _invalid("bank_account")
        return self._back(charge, given["amount"], self.refunds_end)

    def _back(self, charge: dict[str, Any], amount: int, ends: str) -> dict[str, Any]:
        if amount > charge["paid_amount"] - charge["canceled_amount"]:
            raise ApiError(412, {"message": "The amount is greater than what is left."})
        whole = amount == charge["paid_amount"] - charge["canceled_amount"]
        status = {"done": "refunded" if whole else "partial_refunded", "pending": "pending_refund", "failed": "failed"}
        charge["last_transaction"] = {"id": an_id("tran"), "status": status[ends], "amount": amount}
        charge["last_transaction"]["success"] = None if ends == "pending" else ends == "done"
        if ends == "done":
            charge["canceled_amount"] += amount
            charge["status"] = "canceled" if whole else charge["status"]
        return charge

    def _close(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        order = self._show(id, {})
        if order["status"] != "pending":
            raise ApiError(412, {"message": "This order is closed."})
        order["status"] = given["status"]
        return order

    def _show(self, id: str, given: dict[str, Any]) -> dict[str, Any]:
        if id not in self.orders:
            raise ApiError(404, {"message": "Order not found."})
        return self.orders[id]

    def _list(self, given: dict[str, Any]) -> dict[str, Any]:
        found = list(self.orders.values())
        if "code" in given:
            found = [one for one in found if one["code"] == given["code"]]
        for name, sign in (("created_since", 1), ("created_until", -1)):
            if name in given:
                at = datetime.fromisoformat(given[name])
                found = [
                    one for one in found if sign * (datetime.fromisoformat(one["created_at"]) - at).total_seconds() >= 0
                ]
        page, size = int(given["page"]), int(given["size"])
        if size > 30:
            raise _invalid("size")
        return {"data": found[(page - 1) * size : page * size], "paging": {"total": len(found)}}


class PixServer(PagarmeServer):
    ways: ClassVar[Mapping[Way, PaymentChoice]] = {"page": _by("pagarme-pix")}
    steps: ClassVar[Mapping[Way, tuple[str, ...]]] = {"page": ("GET /orders", "POST /orders")}
    authorises = False


class BoletoServer(PixServer):
    """Money that was paid by a boleto goes back to a bank account that somebody has to ask for."""

    ways: ClassVar[Mapping[Way, PaymentChoice]] = {"page": _by("pagarme-boleto")}
    refunding = ""


def _charge(how: str, amount: int) -> dict[str, Any]:
    return {
        "id": an_id("ch"),
        "code": an_id("code"),
        "amount": amount,
        "currency": "BRL",
        "status": "pending",
        "payment_method": how,
        "paid_amount": None,
        "canceled_amount": 0,
        "last_transaction": {"id": an_id("tran"), "status": "waiting", "amount": amount, "success": None},
    }


def _invalid(field: str) -> ApiError:
    return ApiError(422, {"message": "The request is invalid.", "errors": {field: ["is not right"]}})
