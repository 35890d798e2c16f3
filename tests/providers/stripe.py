"""A server that speaks as much of Stripe's API as we use, on loopback: PaymentIntents, Checkout Sessions, refunds, idempotency
keys, signed events. It keeps books of its own, and can fail before or after it has done what it was asked to do.

After https://docs.stripe.com/api; that the requests are right is checked against Stripe's own stripe-mock (see
`test_stripe_mock.py`).
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

from tests.providers import Told, Way
from tests.providers.loopback import ApiError, Loopback, Request, an_id
from tradehall.contracts.orders import PaymentChoice
from tradehall.services.payments.providers.stripe import Stripe

KEY = "sk_test_0123456789abcdef"
WEBHOOK_SECRET = "whsec_0123456789abcdef"

OK, DECLINED, THREE_D_SECURE, SLOW = (
    "pm_card_visa",
    "pm_card_visa_chargeDeclined",
    "pm_card_threeDSecure2Required",
    "pm_card_slow",  # ours: the bank takes its time
)
KINDS: dict[Told, str] = {
    "paid": "payment_intent.succeeded",
    "declined": "payment_intent.payment_failed",
    "voided": "payment_intent.canceled",
    "refunded": "charge.refunded",
}
_BY_CARD = ("POST /v1/payment_intents", r"POST /v1/payment_intents/\w+/confirm")
_STATUSES = {"done": "succeeded", "pending": "pending", "failed": "failed"}


def _by(token: str | None) -> PaymentChoice:
    return PaymentChoice(method="stripe", token=token)


class StripeServer(Loopback):
    name = "stripe"
    currency = "USD"
    ways: ClassVar[Mapping[Way, PaymentChoice]] = {
        "token": _by(OK),
        "declined": _by(DECLINED),
        "unknown": _by("pm_nothing"),
        "challenge": _by(THREE_D_SECURE),
        "slow": _by(SLOW),
        "page": _by(None),
    }
    steps: ClassVar[Mapping[Way, tuple[str, ...]]] = {
        "token": _BY_CARD,
        "declined": _BY_CARD,
        "page": ("POST /v1/checkout/sessions",),
    }
    refunding = "POST /v1/refunds"
    fresh = 300
    takes_by_itself = True
    authorises = True
    adapter = Stripe
    account: ClassVar[Mapping[str, str]] = {"secret_key": KEY, "webhook_secret": WEBHOOK_SECRET}
    unknown_keys: ClassVar[Mapping[str, str]] = {"secret_key": "sk_test_another_key"}
    bad_keys: ClassVar[list[Mapping[str, str]]] = [
        {"secret_key": key} for key in ("pk_test_0123456789", "sk_test_", "4242424242424242", "")
    ]
    shown: ClassVar[Mapping[str, str]] = {"secret_key": "sk_…cdef", "webhook_secret": "whsec_…cdef"}
    secrets = (KEY, WEBHOOK_SECRET, KEY[8:], WEBHOOK_SECRET[6:], OK)

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.customers: set[str] = set()
        self.broke = False  # whether cards that were kept are declined
        self._answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        super().__init__()

    # What its users and their banks do.

    def intent_of(self, payment_id: object) -> dict[str, Any]:
        """The one that took, or may take, the money."""
        (found,) = [one for one in self.intents.values() if one["metadata"].get("payment") == str(payment_id)]
        return found

    def session_of(self, payment_id: object) -> dict[str, Any]:
        (found,) = [one for one in self.sessions.values() if one["metadata"].get("payment") == str(payment_id)]
        return found

    def pay(self, payment_id: object) -> bool:
        with self.lock:
            session = self.session_of(payment_id)
            if session["status"] != "open":
                return False
            paid_with = {"payment_method": "pm_card_visa", "customer": session["customer"]}
            intent = self._intent(session["amount_total"], session["currency"], session["_data"] | paid_with)
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"]}
            self._take(intent)
            return True

    def authenticate(self, payment_id: object, *, passed: bool = True) -> None:
        with self.lock:
            intent = self.intent_of(payment_id)
            if passed:
                self._take(intent)
            else:
                self._decline(intent, "The buyer could not be authenticated.")

    def answer_of_the_bank(self, payment_id: object) -> None:
        with self.lock:
            self._take(self.intent_of(payment_id))

    def give_back(self, payment_id: object, amount: int) -> None:
        with self.lock:
            self._refund({"payment_intent": self.intent_of(payment_id)["id"], "amount": str(amount)})

    def end_refunds(self, payment_id: object) -> None:
        for one in self.refunds.values():
            if one["metadata"].get("payment") == str(payment_id) and one["status"] == "pending":
                one["status"] = "succeeded"

    def a_stranger(self, payment_id: UUID) -> None:
        intent = self._intent(500, "usd", {"metadata[payment]": str(payment_id)})
        self._take(intent)

    # What it tells.

    def told(self, payment_id: object, kind: Told, id: str = "") -> bytes:
        return self.event(payment_id, KINDS[kind], id)

    def event(self, payment_id: object, kind: str, id: str = "") -> bytes:
        about = {"id": "pi_unknown", "object": "payment_intent", "metadata": {"payment": str(payment_id)}}
        event = {"id": id or an_id("evt"), "object": "event", "type": kind, "data": {"object": about}}
        return json.dumps(event).encode()

    def signed(self, body: bytes, *, wrong: bool = False, ago: int = 0) -> dict[str, str]:
        at, secret = int(time.time()) - ago, "whsec_another_secret" if wrong else WEBHOOK_SECRET
        signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"stripe-signature": f"t={at},v1={signature}", "content-type": "application/json"}

    def forged(self) -> list[dict[str, str]]:
        return [{}, *({"stripe-signature": one} for one in ("", "t=1,v1=00", "nonsense"))]

    # What it knows.

    def taken(self, payment_id: object) -> int:
        made = [one for one in self.intents.values() if one["metadata"].get("payment") == str(payment_id)]
        return sum(one["amount_received"] for one in made)

    def given_back(self, payment_id: object) -> int:
        charge = self.intent_of(payment_id)["latest_charge"]
        return int(charge["amount_refunded"]) if charge else 0

    def closed(self, payment_id: object) -> bool:
        made = [one for one in self.intents.values() if one["metadata"].get("payment") == str(payment_id)]
        return all(one["status"] == "canceled" for one in made) if made else not self._is_open(payment_id)

    def _is_open(self, payment_id: object) -> bool:
        return bool(self.session_of(payment_id)["status"] == "open")

    def asked_about(self, payment_id: object) -> int:
        made = [one["id"] for one in self.intents.values() if one["metadata"].get("payment") == str(payment_id)]
        return sum(self.asked[f"GET /v1/payment_intents/{id}"] for id in made)

    def leads_back_to(self, payment_id: object) -> str:
        return str(self.session_of(payment_id)["success_url"])

    # What it is asked.

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise _error(401, "invalid_request_error", "Invalid API Key provided.")
        given = dict(parse_qsl(request.query) + parse_qsl(request.body.decode()))
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        print_of = json.dumps([request.method, request.path, given], sort_keys=True)
        if key and key in self._answers:
            before, status, body = self._answers[key]
            if before != print_of:
                raise _error(400, "idempotency_error", "Keys for idempotent requests can only be used once.")
            return status, body
        try:
            body = _public(self._do(request.method, request.path, given))
        except ApiError as error:
            if error.status == 402 and key:
                self._answers[key] = (print_of, error.status, error.body)
            raise
        if key:
            self._answers[key] = (print_of, 200, json.loads(json.dumps(body)))
        return 200, body

    def _do(self, method: str, path: str, given: dict[str, str]) -> dict[str, Any]:
        for pattern, allowed, work in (
            (r"/v1/payment_intents", "POST", self._create),
            (r"/v1/payment_intents", "GET", self._list),
            (r"/v1/payment_intents/(\w+)", "GET", self._retrieve),
            (r"/v1/payment_intents/(\w+)/confirm", "POST", self._confirm),
            (r"/v1/payment_intents/(\w+)/capture", "POST", self._capture),
            (r"/v1/payment_intents/(\w+)/cancel", "POST", self._cancel),
            (r"/v1/checkout/sessions", "POST", self._open),
            (r"/v1/checkout/sessions/(\w+)", "GET", self._show),
            (r"/v1/checkout/sessions/(\w+)/expire", "POST", self._expire),
            (r"/v1/refunds", "POST", self._refund),
            (r"/v1/refunds", "GET", self._refunds),
        ):
            if method == allowed and (fits := re.fullmatch(pattern, path)):
                return work(*fits.groups(), given)  # type: ignore[operator]
        raise _error(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    def _intent(self, amount: int, currency: str, given: dict[str, str]) -> dict[str, Any]:
        intent = {
            "id": an_id("pi"),
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "amount_capturable": 0,
            "currency": currency,
            "status": "requires_confirmation",
            "capture_method": given.get("capture_method", "automatic"),
            "payment_method": given.get("payment_method"),
            "customer": given.get("customer"),
            "setup_future_usage": given.get("setup_future_usage"),
            "metadata": {k[9:-1]: v for k, v in given.items() if k.startswith("metadata[")},
            "last_payment_error": None,
            "next_action": None,
            "latest_charge": None,
            "created": int(time.time()),
        }
        self.intents[intent["id"]] = intent
        return intent

    def _create(self, given: dict[str, str]) -> dict[str, Any]:
        if not given.get("payment_method", "").startswith("pm_card_"):
            raise _error(400, "invalid_request_error", "No such PaymentMethod.", param="payment_method")
        if (customer := given.get("customer")) is not None and customer not in self.customers:
            raise _error(400, "invalid_request_error", f"No such customer: '{customer}'", param="customer")
        return self._intent(int(given["amount"]), given["currency"], given)

    def _found(self, id: str) -> dict[str, Any]:
        if id not in self.intents:
            raise _error(404, "invalid_request_error", f"No such payment_intent: '{id}'")
        return self.intents[id]

    def _retrieve(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        return self._found(id)

    def _list(self, given: dict[str, str]) -> dict[str, Any]:
        low, high = int(given.get("created[gte]", 0)), int(given.get("created[lt]", 2**40))
        made = [one for one in reversed(self.intents.values()) if low <= one["created"] < high]
        if after := given.get("starting_after"):
            made = made[[one["id"] for one in made].index(after) + 1 :]
        most = int(given.get("limit", 10))
        return {"object": "list", "url": "/v1/payment_intents", "data": made[:most], "has_more": len(made) > most}

    def _confirm(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(id)
        if intent["status"] not in ("requires_confirmation", "requires_payment_method"):
            raise _unexpected(intent)
        how = intent["payment_method"]
        if given.get("off_session") == "true" and not intent["customer"]:
            raise _error(400, "invalid_request_error", "Nothing was kept to be charged off session.")
        if how == DECLINED or (intent["customer"] and self.broke):
            self._decline(intent, "Your card was declined.")
            raise _error(402, "card_error", "Your card was declined.", code="card_declined", payment_intent=intent)
        if how == THREE_D_SECURE:
            to = {"url": f"{self.url}/bank/{id}", "return_url": given.get("return_url")}
            intent |= {"status": "requires_action", "next_action": {"type": "redirect_to_url", "redirect_to_url": to}}
        elif how == SLOW:
            intent["status"] = "processing"
        else:
            self._take(intent)
        return intent

    def _customer(self) -> str:
        made = f"cus_kept{len(self.customers)}"
        self.customers.add(made)
        return made

    def _take(self, intent: dict[str, Any]) -> None:
        amount = intent["amount"] + self.extra
        if intent["capture_method"] == "manual":
            intent |= {"status": "requires_capture", "amount_capturable": amount, "next_action": None}
            return
        self._charge(intent, amount)

    def _charge(self, intent: dict[str, Any], amount: int) -> None:
        charge = {"id": an_id("ch"), "object": "charge", "amount": amount, "amount_refunded": 0}
        intent |= {"status": "succeeded", "amount_received": amount, "next_action": None, "latest_charge": charge}

    def _decline(self, intent: dict[str, Any], message: str) -> None:
        error = {"type": "card_error", "code": "card_declined", "message": message}
        intent |= {"status": "requires_payment_method", "last_payment_error": error, "next_action": None}

    def _capture(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(id)
        if intent["status"] != "requires_capture":
            raise _unexpected(intent)
        if (amount := int(given.get("amount_to_capture", intent["amount_capturable"]))) > intent["amount_capturable"]:
            raise ApiError(400, "invalid_request_error", "More than is capturable.", param="amount_to_capture")
        intent |= {"capture_method": "automatic", "amount_capturable": 0}
        self._charge(intent, amount)
        return intent

    def _cancel(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(id)
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise _unexpected(intent)
        intent |= {"status": "canceled", "amount_capturable": 0}
        return intent

    def _open(self, given: dict[str, str]) -> dict[str, Any]:
        if int(given["expires_at"]) < time.time() + 1800:
            raise _error(
                400, "invalid_request_error", "expires_at must be at least 30 minutes away.", param="expires_at"
            )
        session = {
            "id": an_id("cs_test"),
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(given["line_items[0][price_data][unit_amount]"]),
            "currency": given["line_items[0][price_data][currency]"],
            "metadata": {k[9:-1]: v for k, v in given.items() if k.startswith("metadata[")},
            "expires_at": int(given["expires_at"]),
            "success_url": given["success_url"],
            "customer": self._customer() if given.get("customer_creation") == "always" else None,
            "_data": {k.removeprefix("payment_intent_data").replace("[", "", 1).replace("]", "", 1): v
                      for k, v in given.items() if k.startswith("payment_intent_data")},
        }  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        self.sessions[session["id"]] = session
        return session

    def _show(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        if id not in self.sessions:
            raise _error(404, "invalid_request_error", f"No such checkout.session: {id}")
        session = self.sessions[id]
        return session | {"payment_intent": self.intents.get(session["payment_intent"])}

    def _expire(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        session = self.sessions[id]
        if session["status"] != "open":
            raise _error(
                400, "invalid_request_error", "Only Checkout Sessions with a status in ['open'] can be expired."
            )
        session["status"] = "expired"
        return session

    def _refund(self, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(given["payment_intent"])
        charge = intent["latest_charge"]
        amount = int(given["amount"])
        if charge is None or amount > charge["amount"] - charge["amount_refunded"]:
            raise _error(400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge.")
        metadata = {k[9:-1]: v for k, v in given.items() if k.startswith("metadata[")}
        status = _STATUSES[self.refunds_end]
        refund = {"id": an_id("re"), "object": "refund", "amount": amount, "status": status,
                  "payment_intent": intent["id"], "metadata": metadata, "failure_reason": None}  # fmt: skip
        if status != "failed":
            charge["amount_refunded"] += amount
        self.refunds[refund["id"]] = refund
        return refund

    def _refunds(self, given: dict[str, str]) -> dict[str, Any]:
        made = [one for one in self.refunds.values() if one["payment_intent"] == given.get("payment_intent")]
        return {"object": "list", "url": "/v1/refunds", "data": made, "has_more": False}


def _unexpected(intent: dict[str, Any]) -> ApiError:
    return _error(
        400,
        "invalid_request_error",
        f"This PaymentIntent has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def _error(status: int, type: str, message: str, **more: Any) -> ApiError:
    return ApiError(status, {"error": {"type": type, "message": message, **more}})


def _public(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "_data"}
