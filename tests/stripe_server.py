"""A server that speaks as much of Stripe's API as we use, on loopback: PaymentIntents, Checkout Sessions, refunds, idempotency
keys, signed events. It keeps books of its own, and can fail before or after it has done what it was asked to do.

After https://docs.stripe.com/api; that the requests are right is checked against Stripe's own stripe-mock (see
`test_stripe_mock.py`).
"""

import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

KEY = "sk_test_0123456789abcdef"
WEBHOOK_SECRET = "whsec_0123456789abcdef"

OK, DECLINED, THREE_D_SECURE, SLOW = (
    "pm_card_visa",
    "pm_card_visa_chargeDeclined",
    "pm_card_threeDSecure2Required",
    "pm_card_slow",  # ours: the bank takes its time
)


class ApiError(Exception):
    def __init__(self, status: int, type: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"error": {"type": type, "message": message, **more}}


class StripeServer:
    """`faults` are (method and path, "before" or "after"): the next request that fits gets no answer, once."""

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.faults: list[tuple[str, str]] = []
        self.extra = 0  # what it takes more than it was asked for
        self.refund_status = "succeeded"
        self._answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self._lock = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    # What its users and their banks do.

    def intent_of(self, payment_id: object) -> dict[str, Any]:
        """The one that took, or may take, the money."""
        (found,) = [one for one in self.intents.values() if one["metadata"].get("payment") == str(payment_id)]
        return found

    def taken(self, payment_id: object) -> int:
        """In all, whatever was taken how often."""
        made = [one for one in self.intents.values() if one["metadata"].get("payment") == str(payment_id)]
        return sum(one["amount_received"] for one in made)

    def session_of(self, payment_id: object) -> dict[str, Any]:
        (found,) = [one for one in self.sessions.values() if one["metadata"].get("payment") == str(payment_id)]
        return found

    def pay(self, payment_id: object) -> bool:
        """The buyer pays on the page; False where it is closed."""
        with self._lock:
            session = self.session_of(payment_id)
            if session["status"] != "open":
                return False
            intent = self._intent(session["amount_total"], session["currency"], session["_data"])
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"]}
            self._take(intent)
            return True

    def authenticate(self, payment_id: object, *, passed: bool = True) -> None:
        """The buyer comes back from their bank."""
        with self._lock:
            intent = self.intent_of(payment_id)
            if passed:
                self._take(intent)
            else:
                self._decline(intent, "The buyer could not be authenticated.")

    def answer_of_the_bank(self, payment_id: object) -> None:
        with self._lock:
            self._take(self.intent_of(payment_id))

    def give_back(self, payment_id: object, amount: int) -> None:
        """By hand, in the dashboard."""
        with self._lock:
            self._refund({"payment_intent": self.intent_of(payment_id)["id"], "amount": str(amount)})

    # What it tells.

    def event(self, payment_id: object, kind: str = "payment_intent.succeeded", id: str = "") -> bytes:
        about = {"id": "pi_unknown", "object": "payment_intent", "metadata": {"payment": str(payment_id)}}
        event = {"id": id or _id("evt"), "object": "event", "type": kind, "data": {"object": about}}
        return json.dumps(event).encode()

    @staticmethod
    def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, ago: int = 0) -> dict[str, str]:
        at = int(time.time()) - ago
        signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"stripe-signature": f"t={at},v1={signature}", "content-type": "application/json"}

    # What it is asked.

    def answer(self, method: str, path: str, given: dict[str, str], key: str) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked[f"{method} {path}"] += 1
            print_of = json.dumps([method, path, given], sort_keys=True)
            if key and key in self._answers:
                before, status, body = self._answers[key]
                if before != print_of:
                    raise ApiError(400, "idempotency_error", "Keys for idempotent requests can only be used once.")
                return status, body
            try:
                status, body = 200, self._do(method, path, given)
            except ApiError as error:
                if error.status == 402 and key:
                    self._answers[key] = (print_of, error.status, error.body)
                raise
            if key:
                self._answers[key] = (print_of, status, json.loads(json.dumps(body)))
            return status, body

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
        raise ApiError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    def _intent(self, amount: int, currency: str, given: dict[str, str]) -> dict[str, Any]:
        intent = {
            "id": _id("pi"),
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "amount_capturable": 0,
            "currency": currency,
            "status": "requires_confirmation",
            "capture_method": given.get("capture_method", "automatic"),
            "payment_method": given.get("payment_method"),
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
            raise ApiError(400, "invalid_request_error", "No such PaymentMethod.", param="payment_method")
        return self._intent(int(given["amount"]), given["currency"], given)

    def _found(self, id: str) -> dict[str, Any]:
        if id not in self.intents:
            raise ApiError(404, "invalid_request_error", f"No such payment_intent: '{id}'")
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
        if how == DECLINED:
            self._decline(intent, "Your card was declined.")
            raise ApiError(402, "card_error", "Your card was declined.", code="card_declined", payment_intent=intent)
        if how == THREE_D_SECURE:
            to = {"url": f"{self.url}/bank/{id}", "return_url": given.get("return_url")}
            intent |= {"status": "requires_action", "next_action": {"type": "redirect_to_url", "redirect_to_url": to}}
        elif how == SLOW:
            intent["status"] = "processing"
        else:
            self._take(intent)
        return intent

    def _take(self, intent: dict[str, Any]) -> None:
        amount = intent["amount"] + self.extra
        if intent["capture_method"] == "manual":
            intent |= {"status": "requires_capture", "amount_capturable": amount, "next_action": None}
            return
        charge = {"id": _id("ch"), "object": "charge", "amount": amount, "amount_refunded": 0}
        intent |= {"status": "succeeded", "amount_received": amount, "next_action": None, "latest_charge": charge}

    def _decline(self, intent: dict[str, Any], message: str) -> None:
        error = {"type": "card_error", "code": "card_declined", "message": message}
        intent |= {"status": "requires_payment_method", "last_payment_error": error, "next_action": None}

    def _capture(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(id)
        if intent["status"] != "requires_capture":
            raise _unexpected(intent)
        intent["capture_method"] = "automatic"
        self._take(intent)
        return intent

    def _cancel(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(id)
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise _unexpected(intent)
        intent |= {"status": "canceled", "amount_capturable": 0}
        return intent

    def _open(self, given: dict[str, str]) -> dict[str, Any]:
        if int(given["expires_at"]) < time.time() + 1800:
            raise ApiError(
                400, "invalid_request_error", "expires_at must be at least 30 minutes away.", param="expires_at"
            )
        session = {
            "id": _id("cs_test"),
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(given["line_items[0][price_data][unit_amount]"]),
            "currency": given["line_items[0][price_data][currency]"],
            "metadata": {k[9:-1]: v for k, v in given.items() if k.startswith("metadata[")},
            "expires_at": int(given["expires_at"]),
            "success_url": given["success_url"],
            "_data": {k.removeprefix("payment_intent_data").replace("[", "", 1).replace("]", "", 1): v
                      for k, v in given.items() if k.startswith("payment_intent_data")},
        }  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        self.sessions[session["id"]] = session
        return session

    def _show(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        if id not in self.sessions:
            raise ApiError(404, "invalid_request_error", f"No such checkout.session: {id}")
        session = self.sessions[id]
        return session | {"payment_intent": self.intents.get(session["payment_intent"])}

    def _expire(self, id: str, given: dict[str, str]) -> dict[str, Any]:
        session = self.sessions[id]
        if session["status"] != "open":
            raise ApiError(
                400, "invalid_request_error", "Only Checkout Sessions with a status in ['open'] can be expired."
            )
        session["status"] = "expired"
        return session

    def _refund(self, given: dict[str, str]) -> dict[str, Any]:
        intent = self._found(given["payment_intent"])
        charge = intent["latest_charge"]
        amount = int(given["amount"])
        if charge is None or amount > charge["amount"] - charge["amount_refunded"]:
            raise ApiError(400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge.")
        metadata = {k[9:-1]: v for k, v in given.items() if k.startswith("metadata[")}
        refund = {"id": _id("re"), "object": "refund", "amount": amount, "status": self.refund_status,
                  "payment_intent": intent["id"], "metadata": metadata, "failure_reason": None}  # fmt: skip
        if self.refund_status != "failed":
            charge["amount_refunded"] += amount
        self.refunds[refund["id"]] = refund
        return refund

    def _refunds(self, given: dict[str, str]) -> dict[str, Any]:
        made = [one for one in self.refunds.values() if one["payment_intent"] == given.get("payment_intent")]
        return {"object": "list", "url": "/v1/refunds", "data": made, "has_more": False}

    def fault(self, request: str) -> str:
        with self._lock:
            for index, (wanted, when) in enumerate(self.faults):
                if re.fullmatch(wanted, request):
                    del self.faults[index]
                    return when
            return ""


def _unexpected(intent: dict[str, Any]) -> ApiError:
    return ApiError(
        400,
        "invalid_request_error",
        f"This PaymentIntent has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def _id(kind: str) -> str:
    return f"{kind}_{uuid4().hex[:24]}"


def _handler(server: StripeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            given = dict(parse_qsl(url.query) + parse_qsl(body))
            when = server.fault(f"{self.command} {url.path}")
            if when == "before":
                return self._hang_up()
            try:
                if self.headers.get("authorization") != f"Bearer {KEY}":
                    raise ApiError(401, "invalid_request_error", "Invalid API Key provided.")
                key = self.headers.get("idempotency-key", "") if self.command == "POST" else ""
                status, answer = server.answer(self.command, url.path, given, key)
            except ApiError as error:
                status, answer = error.status, error.body
            if when == "after":
                return self._hang_up()
            content = json.dumps({k: v for k, v in answer.items() if k != "_data"}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return None

        do_GET = do_POST = _serve

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def running() -> Iterator[StripeServer]:
    server = StripeServer()
    try:
        yield server
    finally:
        server.close()
