"""What requests about a store may say."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.orders import OrderStatus
from tradehall.contracts.stores import (
    CheckoutMode,
    Labelled,
    Look,
    OrderProfile,
    PaymentMethod,
    PaymentTerms,
    SellerApproval,
    WaitingMethod,
)
from tradehall.contracts.values import Currency, Minor
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.services.stores import model

Slug = Annotated[
    str,
    Meta(pattern="^[a-z][a-z0-9-]{1,40}$(?!\n)", description="2 to 41 lower-case letters, digits and dashes"),
]
PlanCode = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9-]{0,40}$(?!\n)", description="the code of a plan: lower-case letters, digits and dashes"
    ),
]
Host = Annotated[str, Meta(min_length=1, max_length=250, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*$(?!\n)")]
Expiry = Annotated[int, Meta(ge=1, le=30 * 86400)]
Methods = Annotated[list[PaymentMethod], Meta(min_length=1, max_length=20)]
Deadline = Annotated[int, Meta(ge=300, le=30 * 86400)]
Discount = Annotated[int, Meta(ge=0, le=9000, description="hundredths of a percent, 90 percent at most")]
Interest = Annotated[int, Meta(ge=0, le=1000, description="hundredths of a percent, 10 percent at most")]
Instalments = Annotated[int, Meta(ge=1, le=24)]
Locale = Annotated[
    str, Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$(?!\n)", description="a language and a country, such as pt-BR")
]
Timezone = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$(?!\n)", description="an IANA time zone")]
Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$(?!\n)", description="a colour as #rrggbb")]
Announcement = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f]*$(?!\n)", description="one line of text")]
Prefix = Annotated[str, Meta(pattern="^[A-Z0-9-]{0,8}$(?!\n)", description="8 capitals, digits and dashes at most")]
Label = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]*$(?!\n)")]
Hours = Annotated[int, Meta(ge=0, le=24 * 30)]
Units = Annotated[int, Meta(ge=0, le=1_000_000)]
ReturnDays = Annotated[int, Meta(ge=0, le=365)]


class NewLook(msgspec.Struct, frozen=True, kw_only=True):
    """Ink and accent must be readable on the paper: WCAG AA, 4.5 and 3."""

    theme: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,40}$(?!\n)")] = Look().theme
    accent: Colour = Look().accent
    ink: Colour = Look().ink
    paper: Colour = Look().paper
    tagline: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    about: Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00]*$")] = ""

    def look(self) -> Look:
        return Look(**msgspec.structs.asdict(self))


class NewProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`edges`: status -> statuses it may become; a status that is left out keeps all there are."""

    labels: dict[Labelled, Label] = {}
    edges: dict[OrderStatus, list[OrderStatus]] = {}

    def profile(self) -> OrderProfile:
        return OrderProfile(labels=self.labels, edges=self.edges)


class NewTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays at once gets `discount` on the goods. `instalments` at most, none smaller than `least`; up to `interest_free`
    for the total as it is, each one more with `interest` on it."""

    discount: Discount = 0
    instalments: Instalments = 1
    least: Minor = 0
    interest_free: Instalments = 1
    interest: Interest = 0

    def terms(self) -> PaymentTerms:
        return PaymentTerms(**msgspec.structs.asdict(self))


class NewStore(msgspec.Struct, frozen=True, kw_only=True):
    """Without `hosts` the store is found at `<slug>.<platform domain>`."""

    slug: Slug
    name: Name
    hosts: Annotated[list[Host], Meta(max_length=20)] = []
    currency: Currency = "USD"
    locale: Locale = "en-US"
    timezone: Timezone = "UTC"
    checkout_mode: CheckoutMode = "both"
    payment_methods: Methods = msgspec.field(default_factory=lambda: ["card-simulated"])
    order_expiry_seconds: Expiry = 600
    look: NewLook = msgspec.field(default_factory=NewLook)
    order_profile: NewProfile = msgspec.field(default_factory=NewProfile)
    plan: PlanCode | None = None


class StoreChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is. `cart_reminder_hours` 0: no reminder."""

    name: Name | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    timezone: Timezone | UnsetType = UNSET
    checkout_mode: CheckoutMode | UnsetType = UNSET
    payment_methods: Methods | UnsetType = UNSET
    payment_terms: dict[PaymentMethod, NewTerms] | UnsetType = UNSET
    order_expiry_seconds: Expiry | UnsetType = UNSET
    look: NewLook | UnsetType = UNSET
    announcement: Announcement | UnsetType = UNSET
    order_profile: NewProfile | UnsetType = UNSET
    order_number_prefix: Prefix | UnsetType = UNSET
    sellers: SellerApproval | UnsetType = UNSET
    require_totp: bool | UnsetType = UNSET
    cart_reminder_hours: Hours | UnsetType = UNSET
    low_stock_default: Units | UnsetType = UNSET
    return_days: ReturnDays | UnsetType = UNSET
    payment_deadlines: dict[WaitingMethod, Deadline] | UnsetType = UNSET


def fields_of(data: NewStore | StoreChange) -> dict[str, object]:
    """Of the store, as they were given. Raises Invalid naming all that no rule of a single field can say."""
    given = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
    errors: list[FieldError] = []
    match given.get("look"):
        case NewLook() as look:
            given["look"] = look.look()
            errors += model.colour_errors(look.look())
    match given.get("order_profile"):
        case NewProfile() as profile:
            given["order_profile"] = profile.profile()
            errors += model.profile_errors(profile.profile())
    match given.get("payment_terms"):
        case dict() as terms:
            given["payment_terms"] = {method: of.terms() for method, of in terms.items() if of != NewTerms()}
    if isinstance(data.timezone, str):
        errors += model.timezone_errors(data.timezone)
    if isinstance(data.payment_methods, list) and len(set(data.payment_methods)) < len(data.payment_methods):
        errors.append(FieldError("payment_methods", "must name each method once"))
    if errors:
        raise Invalid("Some fields are not right.", errors=errors)
    return given
