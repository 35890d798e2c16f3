"""Rules of reviews: who may write what, what is shown, what counts."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.kernel.auth import Principal
from tradehall.kernel.errors import Conflict, Forbidden, NotFound

Status = Literal["pending", "published", "hidden"]

STARS = 5
MOST_PICTURES = 5
MOST_COMMENTS = 20  # of a person under a review
NAME_LENGTH = 60
NOBODY = "A buyer"


class UnknownOrder(NotFound):
    slug = "unknown-order"
    title = "There is no such order"


class UnknownReview(NotFound):
    slug = "unknown-review"
    title = "There is no such review"


class UnknownComment(NotFound):
    slug = "unknown-comment"
    title = "There is no such comment"


class NotBought(Forbidden):
    slug = "not-bought"
    title = "Only who has bought it may write about it"


class OwnProduct(Forbidden):
    slug = "own-product"
    title = "Sellers do not review what they sell"


class NotDelivered(Conflict):
    slug = "not-delivered"
    title = "It has not arrived yet"


class AlreadyReviewed(Conflict):
    slug = "already-reviewed"
    title = "There is a review of this already; change that one"


class TooManyPictures(Conflict):
    slug = "too-many-pictures"
    title = f"A review has at most {MOST_PICTURES} pictures"


class TooManyComments(Conflict):
    slug = "too-many-comments"
    title = f"You have written {MOST_COMMENTS} comments under this review"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`approval`: what is written is shown once somebody has approved it. After 0 days nobody is invited."""

    approval: bool = False
    invite_after_days: Annotated[int, Meta(ge=0, le=365)] = 7


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """Of an order. `link` is the hash of a guest's token."""

    order_id: UUID
    customer_id: UUID | None
    name: str
    link: bytes

    @property
    def author(self) -> UUID:
        """By whom words are known again: the customer, or a guest's order."""
        return self.customer_id or self.order_id

    def is_(self, principal: Principal | None, token: str | None) -> bool:
        if token is not None and hmac.compare_digest(link_hash(token), self.link):
            return True
        return principal is not None and self.customer_id == principal.user_id


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    order_id: UUID
    variant_id: UUID
    product_id: UUID
    seller_id: UUID
    title: str
    delivered_at: datetime | None


class Picture(msgspec.Struct, frozen=True):
    """`width` and `height` in pixels, of the large one."""

    key: str
    width: int
    height: int

    @property
    def files(self) -> list[str]:
        return [picture_name(self.key), thumb_name(self.key)]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a purchase."""

    rating: int
    title: str = ""
    text: str = ""


class Review(Words, frozen=True, kw_only=True):
    """`reason` is why it is hidden. `returned`: the order came back afterwards."""

    id: UUID
    order_id: UUID
    variant_id: UUID
    product_id: UUID
    seller_id: UUID
    name: str
    status: Status
    created_at: datetime
    pictures: list[Picture] = []
    reason: str = ""
    reports: int = 0
    reply: str | None = None
    replied_at: datetime | None = None
    edited_at: datetime | None = None
    purchase: str = ""
    customer_id: UUID | None = None
    returned: bool = False

    @property
    def author(self) -> UUID:
        return self.customer_id or self.order_id


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    review_id: UUID
    author_id: UUID
    by_seller: bool
    name: str
    text: str
    status: Status
    created_at: datetime
    reason: str = ""
    reports: int = 0
    edited_at: datetime | None = None


class Ratings(msgspec.Struct, frozen=True):
    """`stars` has five counts, from one star up."""

    stars: list[int]
    version: int

    @property
    def count(self) -> int:
        return sum(self.stars)

    @property
    def average(self) -> float | None:
        """Of two decimals."""
        total = sum(star * count for star, count in enumerate(self.stars, 1))
        return round(total / self.count, 2) if self.count else None


def counted(review: Review | None) -> int | None:
    """The stars that count of it."""
    return review.rating if review is not None and review.status == "published" else None


def link_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def reporter(secret: str, principal: Principal | None, address: str) -> bytes:
    """By which one visitor's reports are known as such, and the visitor is not."""
    whom = str(principal.user_id) if principal else address
    return hmac.new(secret.encode(), b"report" + whom.encode(), hashlib.sha256).digest()


def shown_name(name: str) -> str:
    """First name and initial: as much of a buyer as everybody may know.

    >>> shown_name("Ada Lovelace Byron")
    'Ada B.'
    """
    words = [word for word in name.split() if word.isprintable() and "@" not in word]
    if not words:
        return NOBODY
    first = words[0][: NAME_LENGTH - 4]
    return f"{first} {words[-1][0].upper()}." if len(words) > 1 else first


def first_status(settings: Settings, *, watched: bool) -> Status:
    return "pending" if settings.approval or watched else "published"


def edited_status(status: Status, settings: Settings, *, watched: bool) -> Status:
    """Other words than those that were approved, or hidden, are looked at anew."""
    return (
        "published" if status == "published" and first_status(settings, watched=watched) == "published" else "pending"
    )


def may_review(purchase: Purchase, principal: Principal | None) -> None:
    """Raises OwnProduct, NotDelivered."""
    if principal is not None and principal.seller_id == purchase.seller_id:
        raise OwnProduct()
    if purchase.delivered_at is None:
        raise NotDelivered("You can review it as soon as the parcel is there.")


def may_reply(seller_id: UUID, principal: Principal) -> bool:
    return principal.is_admin or principal.seller_id == seller_id


def with_picture(pictures: Sequence[Picture], new: Picture) -> list[Picture]:
    """Raises TooManyPictures."""
    if len(pictures) >= MOST_PICTURES:
        raise TooManyPictures()
    return [*pictures, new]


def picture_name(key: str) -> str:
    return f"reviews/{key}.webp"


def thumb_name(key: str) -> str:
    return f"reviews/{key}-480.webp"
