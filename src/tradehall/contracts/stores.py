"""Published by stores; `Store` is also what every process keeps to find a store by its host."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.orders import LABELS, SAFETY_EDGES, OrderStatus
from tradehall.contracts.values import Currency, Event, Money, Task, smallest

CheckoutMode = Literal["guest", "account", "both"]
PaymentMethod = Literal[
    "card-simulated", "proof", "cash-on-delivery", "stripe", "paypal", "pagarme-card", "pagarme-pix",
    "pagarme-boleto", "bank-slip", "xendit", "xendit-va", "midtrans",
]  # fmt: skip
WaitingMethod = Literal["pagarme-pix", "pagarme-boleto", "bank-slip", "xendit-va"]
# By which a total can be paid in instalments. Stripe has plans for Mexican cards, and no interest of the store's.
IN_INSTALMENTS: frozenset[PaymentMethod] = frozenset({"card-simulated", "midtrans", "pagarme-card", "stripe"})
StoreStatus = Literal["active", "grace", "suspended", "closed"]
SellerApproval = Literal["closed", "apply", "open"]
PlatformMethod = Literal[
    "card-simulated", "stripe", "paypal", "xendit", "midtrans", "bank-slip",
]  # fmt: skip  # by which the platform itself is paid
# By account, at a provider of that name: the methods that cannot be offered without it.
METHODS_AT: dict[str, tuple[PaymentMethod, ...]] = {
    "stripe": ("stripe",),
    "paypal": ("paypal",),
    "pagarme": ("pagarme-pix", "pagarme-boleto", "pagarme-card"),
    "xendit": ("xendit", "xendit-va"),
    "midtrans": ("midtrans",),
    "bank-slip": ("bank-slip",),  # no provider: the store's own bank account
}
# Of those that take some currencies only.
TAKES: dict[str, frozenset[str]] = {
    "xendit": frozenset({"IDR", "MYR", "PHP", "THB", "VND"}),
    "midtrans": frozenset({"IDR"}),
}
SubscriptionChange = Literal[
    "paid", "due", "overdue", "declined", "grace_ending", "suspended", "resumed", "plan_changed", "ended",
]  # fmt: skip
LegalKind = Literal["imprint", "terms", "privacy", "returns"]
Labelled = Literal[
    "PENDING", "IN_REVIEW", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED", "RETURNED", "REJECTED", "EXPIRED",
    "CANCELLED",
]  # fmt: skip


def methods_without(accounts: Collection[str]) -> set[PaymentMethod]:
    """Those that need an account which is not among these."""
    return {method for name, methods in METHODS_AT.items() if name not in accounts for method in methods}


class Waiting(msgspec.Struct, frozen=True):
    """A method by which the buyer pays later, somewhere else. Seconds: `usual` is how long they have where the store says
    nothing else, `clearing` how long it may take after that until we hear of what was paid in time."""

    usual: int
    clearing: int


WAITING: dict[str, Waiting] = {
    "pagarme-pix": Waiting(usual=3600, clearing=120),
    "pagarme-boleto": Waiting(usual=3 * 86400, clearing=5 * 86400),  # banks settle on working days
    "bank-slip": Waiting(usual=3 * 86400, clearing=3 * 86400),
    "xendit-va": Waiting(usual=86400, clearing=600),
}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Colours are #rrggbb; `theme` names the style sheet of the store."""

    theme: str = "plain"
    accent: str = "#1f5f8b"
    ink: str = "#1b1d21"
    paper: str = "#ffffff"
    tagline: str = ""
    about: str = ""


class StorePicture(msgspec.Struct, frozen=True, kw_only=True):
    """`key` names its files; width and height are those of the larger one, in pixels."""

    key: str
    width: int
    height: int


class OrderProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a store's orders go: what their states are called, and which edges of the whole table there are.

    `IN_REVIEW` is the label of a pending order whose proof of payment is being checked. A status that `edges` does not
    name keeps all its edges; the safety edges are there whatever it says.
    """

    labels: dict[Labelled, str] = {}
    edges: dict[OrderStatus, list[OrderStatus]] = {}

    def label(self, status: OrderStatus, *, in_review: bool = False) -> str:
        if in_review and status == "PENDING" and "IN_REVIEW" in self.labels:
            return self.labels["IN_REVIEW"]
        return self.labels.get(status, LABELS[status])

    def allows(self, start: OrderStatus, end: OrderStatus) -> bool:
        """Of an edge that the whole table has."""
        return start not in self.edges or end in self.edges[start] or (start, end) in SAFETY_EDGES


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid, one way, in minor units: `first` and `instalments` - 1 times `each` are the `total`."""

    instalments: int
    discount: int
    interest: int
    total: int
    first: int
    each: int


class PaymentTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Of a way to pay. Who pays at once gets `discount` on the goods. Else the total can be paid in `instalments` at most,
    none smaller than `least`: in up to `interest_free` of them as it is, and with `interest` on it for each one more.

    Discount and interest in hundredths of a percent, `least` in minor units.
    """

    discount: int = 0
    instalments: int = 1
    least: int = 0
    interest_free: int = 1
    interest: int = 0

    def price(self, subtotal: int, shipping: int, currency: str, instalments: int = 1) -> Priced:
        """Discount and interest are rounded down."""
        discount = interest = 0
        if instalments == 1:
            discount = _part(subtotal, self.discount, currency)
        else:
            more = max(instalments - self.interest_free, 0)
            interest = _part(subtotal + shipping, self.interest * more, currency)
        total = subtotal + shipping - discount + interest
        each = total // instalments // smallest(currency) * smallest(currency)
        first = total - each * (instalments - 1)
        return Priced(
            instalments=instalments, discount=discount, interest=interest, total=total, first=first, each=each
        )

    def choices(self, subtotal: int, shipping: int, currency: str) -> list[Priced]:
        """At once, and in as many instalments as there may be."""
        ways = [self.price(subtotal, shipping, currency, n) for n in range(1, self.instalments + 1)]
        return [way for way in ways if way.instalments == 1 or way.each >= max(self.least, 1)]


def _part(amount: int, hundredths: int, currency: str) -> int:
    unit = smallest(currency)
    return amount * hundredths // 10_000 // unit * unit


AS_IT_IS = PaymentTerms()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each a store may have; None: as many as it likes. Open invitations count as staff."""

    products: int | None = None
    staff: int | None = None
    warehouses: int | None = None


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A store as every service knows it, and keeps it in memory: small things only.

    `hosts` are lower case, without port; the first is the primary one. `version` grows with every change. `legal` are
    the kinds of texts there are, `has_home` says that the home page is made of the store's own blocks: the texts and
    blocks themselves are the stores service's. `cart_reminder_hours` 0: no reminder. `return_days` after its arrival a
    parcel can be asked to be sent back; 0: never. `require_totp`: roles of staff come with a second factor only.
    `payment_deadlines`: seconds in which the buyer has to pay, by method. `accounts` are those of METHODS_AT that it has.
    `plan` is the code of its plan, whose `limits` hold.
    """

    id: UUID
    slug: str
    name: str
    hosts: list[str]
    currency: Currency
    locale: str = "en-US"
    timezone: str = "UTC"
    checkout_mode: CheckoutMode = "both"
    payment_methods: list[PaymentMethod] = msgspec.field(default_factory=lambda: ["card-simulated"])
    payment_terms: dict[PaymentMethod, PaymentTerms] = {}
    order_expiry_seconds: int = 600
    look: Look = msgspec.field(default_factory=Look)
    version: int = 0
    status: StoreStatus = "active"
    logo: StorePicture | None = None
    icon: StorePicture | None = None
    announcement: str = ""
    has_home: bool = False
    legal: list[LegalKind] = []
    order_profile: OrderProfile = msgspec.field(default_factory=OrderProfile)
    order_number_prefix: str = ""
    sellers: SellerApproval = "closed"
    require_totp: bool = False
    cart_reminder_hours: int = 24
    low_stock_default: int = 10
    return_days: int = 30
    payment_deadlines: dict[WaitingMethod, int] = {}
    accounts: list[str] = []
    plan: str = ""
    limits: Limits = msgspec.field(default_factory=Limits)

    @property
    def offered_methods(self) -> list[PaymentMethod]:
        """Of the payment methods chosen those that work: a provider's only while the store has an account there."""
        closed = methods_without(self.accounts)
        return [method for method in self.payment_methods if method not in closed]

    def holds_for(self, method: str) -> int:
        """Seconds for which an order that is paid by this method waits for its money, and its goods are held."""
        waiting = WAITING.get(method)
        if waiting is None:
            return self.order_expiry_seconds
        return self.payment_deadlines.get(method, waiting.usual) + waiting.clearing  # type: ignore[call-overload,no-any-return]


class StoresEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "stores"


class StoreCreated(StoresEvent, frozen=True, kw_only=True, tag="store.created"):
    store: Store


class StoreUpdated(StoresEvent, frozen=True, kw_only=True, tag="store.updated"):
    store: Store


class DomainProofLost(StoresEvent, frozen=True, kw_only=True, tag="domain.proof_lost"):
    """The proof of a domain is no longer in the DNS. The store keeps it until another store proves that it has it."""

    host: str
    found: list[str]
    checked_at: datetime


class DomainCheckDue(Task, frozen=True, kw_only=True, tag="domain.check_due"):
    """Timer: ask the DNS again. It does nothing where the claim is no more, or has another timer by now than `due`."""

    publisher: ClassVar[str] = "stores"
    host: str
    due: datetime


class StoreOpened(StoresEvent, frozen=True, kw_only=True, tag="store.opened"):
    """Somebody signed up for it and paid: it wants an admin, a warehouse, a shipping rate. In the new store's name."""

    store: Store
    admin_email: str


class SignupCodeIssued(StoresEvent, frozen=True, kw_only=True, tag="signup.code_issued"):
    """To be mailed, not to be kept. `code` is sealed, about `code_id` (kernel.sealing)."""

    code_id: UUID
    signup_id: UUID
    email: str
    code: str
    expires_at: datetime


class InvoiceDue(StoresEvent, frozen=True, kw_only=True, tag="InvoiceDue"):
    """Charge it. `attempt` counts from 1; another one gives up those before it, whose money goes back if it comes after all.

    `amount` in minor units. Of a signup it is in nobody's name: its store is not there yet. `token` is a card's, or what
    InvoiceSettled told as `saved`; without one the payer is led somewhere (InvoiceWaiting), from where they come to `back`,
    until `until`. `label` is what they read of it.
    """

    invoice_id: UUID
    attempt: int
    amount: int
    currency: str
    method: PlatformMethod
    token: str | None
    label: str = ""
    back: str = ""
    until: datetime | None = None


class InvoiceWithdrawn(StoresEvent, frozen=True, kw_only=True, tag="InvoiceWithdrawn"):
    """Nobody waits for its payment any more: whatever comes goes back."""

    invoice_id: UUID


class InvoicePayerBack(StoresEvent, frozen=True, kw_only=True, tag="InvoicePayerBack"):
    """From the page they were led to: the provider may be asked now."""

    invoice_id: UUID


class InvoiceReturned(StoresEvent, frozen=True, kw_only=True, tag="InvoiceReturned"):
    """So much of what was paid by this payment is to be given back, in minor units."""

    invoice_id: UUID
    payment_id: UUID
    amount: int
    reason: str


class SignupWaiting(StoresEvent, frozen=True, kw_only=True, tag="SignupWaiting"):
    """Whoever signed up has to transfer `total` with `reference` into the account that `bank` says. `place` is their page."""

    signup_id: UUID
    email: str
    store_name: str
    total: Money
    reference: str
    bank: str
    until: datetime
    place: str


class InvoiceFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`amount` in minor units of `currency`. `code` is the reference of a bank slip, into the account that `bank` says."""

    number: str
    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    due: datetime | None = None
    code: str = ""
    bank: str = ""


class SubscriptionChanged(StoresEvent, frozen=True, kw_only=True, tag="subscription.changed"):
    """What became of a store's subscription, for whoever pays for it.

    `until`: when the period ends that was paid; in grace, until when the store sells on. `returned` of what was paid goes back.
    """

    store: Store
    email: str
    change: SubscriptionChange
    plan: str
    until: datetime
    invoice: InvoiceFacts | None = None
    returned: Money | None = None


class RenewalDue(Task, frozen=True, kw_only=True, tag="RenewalDue"):
    """Timer: the period ends, a failed payment is tried again, grace ends. It does nothing where the subscription has
    another timer by now than `due`."""

    publisher: ClassVar[str] = "stores"
    due: datetime


class SignupExpiryDue(Task, frozen=True, kw_only=True, tag="SignupExpiryDue"):
    """Timer: a signup that was not finished lets its name go."""

    publisher: ClassVar[str] = "stores"
    signup_id: UUID
