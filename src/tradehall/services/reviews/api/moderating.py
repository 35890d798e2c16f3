"""Replies of sellers, reports of visitors, decisions of the store's staff. Nobody changes the words of another."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SELLER, SELLER_OR_SUPPORT, STORE_ADMIN, SUPPORT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.origin import address_of
from tradehall.kernel.paging import Limit, Page, decode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.kernel.runtime import Running
from tradehall.services.reviews import model, telling
from tradehall.services.reviews.api.comments import of_comment
from tradehall.services.reviews.api.shapes import (
    CommentView,
    Decision,
    ManagedReview,
    NewReport,
    NewWords,
    PictureView,
    comment_view,
    managed_view,
    picture,
)
from tradehall.services.reviews.model import Review, Settings, Status, UnknownComment, UnknownReview
from tradehall.services.reviews.queries import comments, moderation, reviews
from tradehall.services.reviews.queries.moderation import Entry, Look


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """A review or a comment; comments have no rating. `told` is what the last few wrote who reported it."""

    kind: str
    id: UUID
    review_id: UUID
    product_id: UUID
    purchase: str
    name: str
    rating: int | None
    title: str
    text: str
    pictures: list[PictureView]
    status: Status
    reason: str
    reports: int
    created_at: datetime
    edited_at: datetime | None
    told: list[str]


@get("/api/v1/manage/reviews", access=SELLER_OR_SUPPORT)
async def list_managed_reviews(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    status: FromQuery[Status | None] = None,
    limit: FromQuery[Limit] = 20,
    cursor: FromQuery[str | None] = None,
) -> Page[ManagedReview]:
    """Newest first. A seller sees what is published about the own products."""
    seller_id = caller.confined_to("support")
    before: UUID | None = decode_cursor(cursor, UUID)[0] if cursor else None
    shown: Status | None = "published" if seller_id else status
    async with db.transaction(store.id) as tx:
        found = await reviews.managed(tx, seller_id=seller_id, status=shown, before=before, limit=limit + 1)
    return page_of([managed_view(review, store) for review in found], limit, lambda review: (review.id,))


@put("/api/v1/reviews/{review_id:uuid}/reply", access=SELLER)
async def reply_to_review(
    review_id: FromPath[UUID],
    data: JSONBody[NewWords],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedReview:
    """One to a review, in the name of its product's seller; written again it is another."""
    return await _set_reply(review_id, data.text.strip(), store, caller, db, running)


@delete("/api/v1/reviews/{review_id:uuid}/reply", access=SELLER, status_code=200)
async def remove_reply(
    review_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedReview:
    return await _set_reply(review_id, None, store, caller, db, running)


async def _set_reply(
    review_id: UUID, text: str | None, store: Store, caller: Principal, db: Database, running: Running
) -> ManagedReview:
    async with db.transaction(store.id) as tx:
        review = await reviews.lock(tx, review_id)
        if review is None or not model.may_reply(review.seller_id, caller):
            raise UnknownReview()
        if review.status != "published" and not caller.is_admin:
            raise UnknownReview()
        review = msgspec.structs.replace(review, reply=text, replied_at=datetime.now(UTC) if text else None)
        await reviews.save(tx, review)
    running.answers.drop(store.id)
    return managed_view(review, store)


@post("/api/v1/reviews/{review_id:uuid}/report", access=ANYONE, status_code=204)
async def report_review(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    data: JSONBody[NewReport],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
) -> None:
    """By whoever finds something wrong with it; an account, or the place a guest comes from, counts once."""
    async with db.transaction(store.id) as tx:
        review = await reviews.lock(tx, review_id)
        if review is None or review.status != "published":
            raise UnknownReview()
        reporter = model.reporter(tx.settings.secret, principal, address_of(request))
        await moderation.report(tx, "reviews", review.id, reporter, data.reason.strip())


@post("/api/v1/comments/{comment_id:uuid}/report", access=ANYONE, status_code=204)
async def report_comment(
    request: Request[Any, Any, Any],
    comment_id: FromPath[UUID],
    data: JSONBody[NewReport],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
) -> None:
    async with db.transaction(store.id) as tx:
        comment = await comments.lock(tx, comment_id)
        if comment is None or comment.status != "published":
            raise UnknownComment()
        reporter = model.reporter(tx.settings.secret, principal, address_of(request))
        await moderation.report(tx, "comments", comment.id, reporter, data.reason.strip())


@get("/api/v1/moderation", access=SUPPORT)
async def list_moderation(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    look: FromQuery[Look] = "pending",
    limit: FromQuery[Limit] = 20,
    cursor: FromQuery[str | None] = None,
) -> Page[EntryView]:
    """Reviews and comments that wait for approval, were reported, or are hidden; newest first."""
    before: UUID | None = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await moderation.entries(tx, look, before=before, limit=limit + 1)
    return page_of([_entry(entry, store) for entry in found], limit, lambda entry: (entry.id,))


def _entry(entry: Entry, store: Store) -> EntryView:
    fields: dict[str, Any] = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return EntryView(**fields | {"pictures": [picture(one, store) for one in entry.pictures]})


@put("/api/v1/reviews/{review_id:uuid}/status", access=SUPPORT)
async def decide_review(
    review_id: FromPath[UUID],
    data: JSONBody[Decision],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedReview:
    """Approves, hides, shows again. What was reported is settled by it."""
    reason = _reason(data)
    async with db.transaction(store.id) as tx:
        earlier = await reviews.lock(tx, review_id)
        if earlier is None:
            raise UnknownReview()
        review = msgspec.structs.replace(earlier, status=data.status, reason=reason, reports=0)
        await reviews.save(tx, review)
        await moderation.settle_reports(tx, "reviews", review.id)
        await _watch(tx, review.author, data.status)
        await telling.review_changed(tx, earlier, review)
    running.answers.drop(store.id)
    return managed_view(review, store)


@put("/api/v1/comments/{comment_id:uuid}/status", access=SUPPORT)
async def decide_comment(
    comment_id: FromPath[UUID],
    data: JSONBody[Decision],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CommentView:
    reason = _reason(data)
    async with db.transaction(store.id) as tx:
        earlier = await comments.lock(tx, comment_id)
        if earlier is None:
            raise UnknownComment()
        comment = msgspec.structs.replace(earlier, status=data.status, reason=reason, reports=0)
        await comments.save(tx, comment)
        await moderation.settle_reports(tx, "comments", comment.id)
        await _watch(tx, comment.author_id, data.status)
        review: Review = await of_comment(tx, comment)
        if comment.status != earlier.status:
            telling.comment_changed(tx, review, earlier, comment)
    running.answers.drop(store.id)
    return comment_view(comment, None)


def _reason(data: Decision) -> str:
    """Raises Invalid."""
    if data.status == "pending":
        raise Invalid.field("status", "must be published or hidden")
    return data.reason.strip() if data.status == "hidden" else ""


async def _watch(tx: Tx, author: UUID, status: Status) -> None:
    """Whose words were hidden does not show the same ones again by writing them anew."""
    await moderation.watch(tx, author, on=status == "hidden")


@get("/api/v1/reviews/settings", access=STORE_ADMIN)
async def show_review_settings(store: NamedDependency[Store], db: NamedDependency[Database]) -> Settings:
    async with db.transaction(store.id) as tx:
        return await moderation.settings(tx)


@put("/api/v1/reviews/settings", access=STORE_ADMIN)
async def change_review_settings(
    data: JSONBody[Settings], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Settings:
    """`approval`: what is written from now on waits until it is approved; what is shown stays. `invite_after_days`: how
    long after its arrival buyers are asked how it was; 0 asks nobody."""
    async with db.transaction(store.id) as tx:
        await moderation.save_settings(tx, data)
    return data


routes = [
    list_managed_reviews,
    reply_to_review,
    remove_reply,
    report_review,
    report_comment,
    list_moderation,
    decide_review,
    decide_comment,
    show_review_settings,
    change_review_settings,
]
