"""Rules of payments: one function moves state, whatever brought the news."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.payments import PaymentStatus
from tradehall.contracts.stores import METHODS_AT, WAITING
from tradehall.contracts.values import Address, to_decimal
from tradehall.kernel.errors import Conflict, NotFound, Unsupported
from tradehall.kernel.ids import uuid7

State = Literal["absent", "pending", "action", "approved", "authorised", "captured", "declined", "voided"]
Capture = Literal["at_once", "on_shipment"]
SLIP = "bank-slip"
BY_HAND = frozenset({"proof", "cash-on-delivery", SLIP})  # no provider is asked, a person looks
BACK_BY_HAND = BY_HAND | {"pagarme-boleto", "xendit-va"}  # no provider gives this money back, a person does
NAMES_ITS_BUYER = frozenset({"pagarme-card", "pagarme-pix", "pagarme-boleto"})  # to the provider
OPEN = frozenset({"charging", "action", "authorised"})  # the provider may still move it
GONE, WRONG = "The order came to nothing", "Another amount than was asked for"
LESS = "A part of the order was cancelled"


ActionKind = Literal["page", "pix", "boleto", "account", "slip"]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer has to do before `until`: pay on the page at `url`; or in their bank's app by `code`, the text of a
    Pix's QR code, the line of a boleto (to be printed at `url`), or the number of an account at `bank`; or into the store's own
    account with `code` as the reference."""

    url: str = ""
    until: datetime | None = None
    kind: ActionKind = "page"
    code: str = ""
    bank: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment stands at its provider. `approved`: the buyer has agreed, and we have yet to take the money. `amount` is what is authorised or captured, `refunded` what of it went back, in
    minor units of `currency`. `note` is for the buyer: why it was declined. `saved` can be charged again without them."""

    key: UUID
    state: State
    amount: int = 0
    currency: str = ""
    refunded: int = 0
    reference: str = ""
    action: Action | None = None
    note: str = ""
    saved: str = ""

    @property
    def event_id(self) -> str:
        """The same fact told twice has the same one."""
        return f"{self.key}:{self.state}" + (f":{self.refunded}" if self.refunded else "")


class UnknownPayment(NotFound):
    slug = "unknown-payment"
    title = "There is no such payment"


class NotNow(Conflict):
    slug = "payment-not-open"
    title = "The payment's status does not allow this"


class NoProof(Unsupported):
    slug = "not-a-proof"
    title = "A proof is a JPEG, PNG or WebP image, or a PDF"


class TooMuch(Conflict):
    slug = "refund-too-large"
    title = "There is not that much to give back"


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """For providers that want to know whom they take the money from; kept until they do."""

    name: str
    email: str
    tax_id: str
    address: Address


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    content_type: str
    uploaded_at: datetime


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Of the store at a provider. `keys` are sealed, `shown` is what may be seen of them."""

    provider: str
    keys: str
    shown: dict[str, str]
    capture: Capture
    updated_at: datetime | None = None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    payment_id: UUID
    amount: int
    status: Literal["due", "done", "failed"]
    reason: str
    note: str = ""
    reference: str = ""
    created_at: datetime | None = None


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of one of the platform's invoices: what its payer reads of it, and where they come back to."""

    label: str
    back: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units of `currency`: `refunding` is under way, `refunded` is back. `cancelled`: nobody waits for it
    any more, and money that still arrives goes back. `reduced` of the amount is not to be taken any more. `owed` are refunds
    that came up since it was read.

    Of an order, or of an attempt to pay one of the platform's invoices: such a one belongs to the platform itself, and `payer`
    is the store that pays. `saved` is what can be charged again, told with the money.
    """

    id: UUID
    order_id: UUID | None
    invoice_id: UUID | None = None
    attempt: int | None = None
    customer_id: UUID | None
    link: str
    method: str
    token: str | None
    instalments: int = 1
    status: PaymentStatus
    cancelled: bool
    amount: int
    currency: str
    captured: int
    refunded: int
    reference: str | None
    proof: Proof | None
    note: str
    expires_at: datetime
    created_at: datetime
    authorised: int = 0
    refunding: int = 0
    reduced: int = 0
    action: Action | None = None
    buyer: Buyer | None = None
    owed: tuple[Refund, ...] = ()
    payer: UUID | None = None
    bill: Bill | None = None
    saved: str = ""

    @property
    def about(self) -> UUID:
        """What it pays: the key of all that is told of it."""
        found = self.order_id or self.invoice_id
        assert found is not None, "a payment is about something"
        return found

    @property
    def named_there(self) -> str:
        """The reference, as far as a person wants to see it; what follows a # is for its adapter."""
        return (self.reference or "").partition("#")[0]

    @property
    def due(self) -> int:
        """What is to be taken of what is authorised, or from the buyer's hands."""
        return self.amount - self.reduced

    @property
    def kept(self) -> int:
        """What of the captured money is neither back nor on its way back."""
        return self.captured - self.refunded - self.refunding


def provider_for(method: str) -> str:
    return next((provider for provider, methods in METHODS_AT.items() if method in methods), method)


def started(method: str) -> PaymentStatus:
    """Where a payment goes when the goods are held."""
    if method == "proof":
        return "waiting_proof"
    return "promised" if method == "cash-on-delivery" else "charging"


def stands(payment: Payment, standing: Standing) -> Payment:
    """With the provider's view of it. What is heard twice, late, or in another order than it happened changes nothing.

    Money that arrives for a cancelled order goes back; so does money that arrives after the payment was given up, or is not
    the amount that was asked for.
    """
    known = msgspec.structs.replace(payment, reference=payment.reference or standing.reference or None)
    if standing.state == "captured" and not payment.captured:
        return _captured(known, standing)
    if standing.state == "captured":
        elsewhere = standing.refunded - payment.refunded - payment.refunding
        return _given_back_elsewhere(payment, elsewhere) if elsewhere > 0 else payment
    if payment.captured:
        return payment
    if standing.state == "authorised":
        return _authorised(known, standing)
    if payment.status not in OPEN:
        return payment
    if standing.state == "declined" and payment.status != "authorised":
        return msgspec.structs.replace(known, status="declined", token=None, action=None, note=standing.note)
    if standing.state in ("declined", "voided"):
        status: PaymentStatus = "void" if payment.cancelled else "declined"
        return msgspec.structs.replace(known, status=status, token=None, action=None, authorised=0)
    if standing.state == "action" and payment.status != "authorised" and payment.action != standing.action:
        return msgspec.structs.replace(known, status="action", action=standing.action, token=None)
    if standing.state == "pending" and payment.status == "action":  # the buyer has done their part
        return msgspec.structs.replace(known, status="charging", action=None)
    return payment if known.reference == payment.reference else known


def _captured(payment: Payment, standing: Standing) -> Payment:
    saved = standing.saved or payment.token or ""
    taken = msgspec.structs.replace(
        payment, captured=standing.amount, authorised=0, token=None, action=None, saved=saved
    )
    fits = _is_what_was_asked(payment, standing)
    if fits and payment.status in OPEN and not payment.cancelled:
        paid = msgspec.structs.replace(taken, status="paid")
        too_much = standing.amount - payment.due
        return owing(paid, too_much, LESS) if too_much else paid
    note = payment.note if fits else _mismatch(payment, standing)
    return owing(msgspec.structs.replace(taken, cancelled=True, note=note), standing.amount, GONE if fits else WRONG)


def _authorised(payment: Payment, standing: Standing) -> Payment:
    """What nobody waits for any more is marked as cancelled, and is let go."""
    if payment.status == "authorised":
        return payment
    held = msgspec.structs.replace(payment, status="authorised", authorised=standing.amount, token=None, action=None)
    if not _is_what_was_asked(payment, standing):
        return msgspec.structs.replace(held, cancelled=True, note=_mismatch(payment, standing))
    return held if payment.status in OPEN else msgspec.structs.replace(held, cancelled=True)


def _is_what_was_asked(payment: Payment, standing: Standing) -> bool:
    """All of it, or what is left of it: the order may become less while it is being taken."""
    return standing.amount in (payment.amount, payment.due) and standing.currency == payment.currency


def _mismatch(payment: Payment, standing: Standing) -> str:
    told = f"{to_decimal(standing.amount, standing.currency or payment.currency)} {standing.currency}"
    asked = f"{to_decimal(payment.amount, payment.currency)} {payment.currency}"
    return f"The provider says {told}, asked for was {asked}."


def _given_back_elsewhere(payment: Payment, amount: int) -> Payment:
    """At the provider, by hand: it is booked like ours."""
    back = min(amount, payment.kept)
    if not back:
        return payment
    done = Refund(id=uuid7(), payment_id=payment.id, amount=back, status="done", reason="Given back at the provider")
    refunded = payment.refunded + back
    status: PaymentStatus = "refunded" if refunded == payment.captured else payment.status
    return msgspec.structs.replace(payment, refunded=refunded, status=status, owed=(*payment.owed, done))


def cancelled(payment: Payment) -> Payment:
    """Its order has ended. What the provider may still take is waited for, or let go; what was paid goes back."""
    gone = payment if payment.cancelled else msgspec.structs.replace(payment, cancelled=True)
    if payment.status == "paid":
        return owing(gone, payment.kept, GONE)
    if payment.status in ("awaiting", "waiting_proof", "review", "promised") or _waits_for_a_transfer(payment):
        return msgspec.structs.replace(gone, status="void", token=None, action=None)
    return gone


def _waits_for_a_transfer(payment: Payment) -> bool:
    """Into the store's own account: nobody can be asked to close it."""
    return payment.method == SLIP and payment.status == "action"


def with_slip(payment: Payment) -> Payment:
    """Its buyer is shown where to, and with which reference."""
    until = payment.expires_at - timedelta(seconds=WAITING[SLIP].clearing)
    slip = Action(kind="slip", code=payment.reference or "", until=until)
    return msgspec.structs.replace(payment, status="action", action=slip)


def received(payment: Payment, amount: int) -> Payment:
    """Somebody saw it in the store's account. What came too late, or is not what was asked for, is owed back. Raises NotNow."""
    if payment.method != SLIP or payment.captured:
        raise NotNow(f"This payment is {payment.status}; no transfer is waited for.")
    return stands(payment, Standing(key=payment.id, state="captured", amount=amount, currency=payment.currency))


def reduced(payment: Payment, amount: int, reason: str) -> Payment:
    """Its order is less by so much: what was paid goes back, what is only authorised or promised is not taken."""
    less = msgspec.structs.replace(payment, reduced=min(payment.amount, payment.reduced + amount))
    back = min(amount, payment.kept)
    if payment.captured:
        return owing(less, back, reason) if back else less
    if payment.status == "authorised" and not less.due:
        return cancelled(less)
    return less


def owing(payment: Payment, amount: int, reason: str) -> Payment:
    """With a refund that is due."""
    refund = Refund(id=uuid7(), payment_id=payment.id, amount=amount, status="due", reason=reason)
    refunding = payment.refunding + amount
    whole = payment.refunded + refunding == payment.captured
    status: PaymentStatus = "refunding" if whole else payment.status
    return msgspec.structs.replace(payment, status=status, refunding=refunding, owed=(*payment.owed, refund))


def refunded_in_part(payment: Payment, amount: int | None, reason: str) -> Payment:
    """Without `amount` all that is left. Raises NotNow, TooMuch."""
    if not payment.captured or not payment.kept:
        raise NotNow(f"This payment is {payment.status}; there is nothing to give back.")
    wanted = payment.kept if amount is None else amount
    if wanted > payment.kept:
        raise TooMuch(f"At most {to_decimal(payment.kept, payment.currency)} {payment.currency} can be given back.")
    return owing(payment, wanted, reason)


def given_back(payment: Payment, amount: int) -> Payment:
    """A refund that was due is done."""
    refunded = payment.refunded + amount
    status: PaymentStatus = "refunded" if refunded == payment.captured else payment.status
    return msgspec.structs.replace(payment, status=status, refunded=refunded, refunding=payment.refunding - amount)


def given_back_after_all(payment: Payment, amount: int) -> Payment:
    """By hand, where the provider had refused to."""
    return given_back(msgspec.structs.replace(payment, refunding=payment.refunding + amount), amount)


def not_given_back(payment: Payment, amount: int, note: str) -> Payment:
    """The provider refused a refund. Of a cancelled order it stays owed: somebody has to look after it."""
    ours = payment.status == "refunding" and not payment.cancelled
    status: PaymentStatus = "paid" if ours else payment.status
    return msgspec.structs.replace(payment, status=status, refunding=payment.refunding - amount, note=note)


def collected(payment: Payment) -> Payment:
    """The goods are with the buyer, and so the cash with the courier."""
    if payment.status != "promised":
        return payment
    return msgspec.structs.replace(payment, status="paid", captured=payment.due)


def expects_proof(payment: Payment, at: datetime) -> None:
    """Raises NotNow outside the time for it."""
    if payment.status not in ("waiting_proof", "review"):
        raise NotNow(f"This payment is {payment.status}; no proof can be uploaded.")
    if payment.status == "waiting_proof" and at >= payment.expires_at:
        raise NotNow("The time to pay has run out.")


def with_proof(payment: Payment, proof: Proof, at: datetime) -> Payment:
    """Raises NotNow outside the time for it; a second upload before the review replaces the first."""
    expects_proof(payment, at)
    return msgspec.structs.replace(payment, status="review", proof=proof)


def reviewed(payment: Payment, *, approve: bool, note: str) -> Payment:
    """Raises NotNow where there is no proof to review."""
    if payment.status != "review":
        raise NotNow(f"This payment is {payment.status}; there is no proof to review.")
    if approve:
        return msgspec.structs.replace(payment, status="paid", captured=payment.amount, note=note)
    return msgspec.structs.replace(payment, status="rejected", note=note)


SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}


def proof_type(content: bytes) -> str:
    """By content, not by name. Raises NoProof."""
    for signature, content_type in SIGNATURES.items():
        if content.startswith(signature):
            return content_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise NoProof()
