"""What buyers say of products: under a product, on a page of its own, and as they write it."""

import contextlib
from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, refusal, text
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit, problem_text

UPLOAD_LIMIT = 32 * 1024 * 1024
LONGEST = 5000  # characters of a review
SORTS = {"newest": "Newest", "highest": "Best first", "lowest": "Worst first"}
STARS = {5: "Excellent", 4: "Good", 3: "All right", 2: "Poor", 1: "Bad"}
SENTENCES = {"rating": "Choose how many stars it gets."}
FIELDS = {"rating": "rating", "title": "title", "text": "text"}
DONE = {
    "saved": "Thank you. Everybody can read it now.",
    "waits": "Thank you. It is shown once the store has looked at it.",
    "removed": "The review is gone.",
}


async def of_product(visit: Visit, product: Json) -> Json:
    """As the page of a product shows them; the page goes on without where they cannot be had."""
    asked = visit.request.query_params
    sort = asked.get("sort", "")
    stars = asked.get("stars", "")
    wanted = {
        "sort": sort if sort in SORTS else "newest",
        "rating": stars if stars in {str(n) for n in STARS} else "",
        "cursor": asked.get("cursor", ""),
    }
    shown: Json = {"asked": wanted, "sorts": SORTS, "found": None}
    if sum(product.get("distribution") or ()):
        with contextlib.suppress(Refusal):
            shown["found"] = await visit.api.get(f"/api/v1/products/{product['id']}/reviews", limit=10, **wanted)
    return shown


@get("/reviews/{review_id:uuid}", access=ANYONE, include_in_schema=False)
async def review(visit: NamedDependency[Visit], review_id: FromPath[UUID]) -> Page:
    done = {"reported": "Thank you. Somebody will look at it."}.get(visit.request.query_params.get("done", ""), "")
    return await show(visit, review_id, done=done)


async def show(
    visit: Visit, review_id: UUID, *, status: int = 200, wrong: str = "", done: str = "", typed: str = ""
) -> Page:
    cursor = visit.request.query_params.get("cursor", "")
    found, comments = await visit.framed(
        visit.api.get(f"/api/v1/reviews/{review_id}"),
        visit.api.get(f"/api/v1/reviews/{review_id}/comments", limit=50, cursor=cursor),
    )
    return await visit.page(
        "review.html", status=status, said=found, comments=comments, wrong=wrong, done=done, typed=typed
    )


@post("/reviews/{review_id:uuid}/report", access=ANYONE, include_in_schema=False)
async def report(visit: NamedDependency[Visit], review_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    return await _act(visit, review_id, "POST", f"/api/v1/reviews/{review_id}/report", _reason(form), "reported")


@post("/reviews/{review_id:uuid}/comments", access=ANYONE, include_in_schema=False)
async def comment(visit: NamedDependency[Visit], review_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_login()
    return await _act(visit, review_id, "POST", f"/api/v1/reviews/{review_id}/comments", {"text": text(form, "text")})


@post("/reviews/{review_id:uuid}/comments/{comment_id:uuid}", access=ANYONE, include_in_schema=False)
async def change_comment(visit: NamedDependency[Visit], review_id: FromPath[UUID], comment_id: FromPath[UUID]) -> Page:
    """Changed, removed, or reported by another."""
    form = await visit.form()
    path, do = f"/api/v1/comments/{comment_id}", text(form, "do")
    if do == "report":
        return await _act(visit, review_id, "POST", f"{path}/report", _reason(form), "reported")
    visit.need_login()
    if do == "remove":
        return await _act(visit, review_id, "DELETE", path, None)
    return await _act(visit, review_id, "PUT", path, {"text": text(form, "text")})


def _reason(form: FormMultiDict) -> Json:
    return {"reason": text(form, "reason", longest=500)}


async def _act(visit: Visit, review_id: UUID, method: str, path: str, body: Json | None, done: str = "") -> Page:
    try:
        if method == "POST":
            await visit.api.post(path, body)
        elif method == "PUT":
            await visit.api.put(path, body)
        else:
            await visit.api.delete(path)
    except ApiProblem as problem:
        typed = str((body or {}).get("text", ""))
        wrong = "Write something first." if problem.errors and not typed else f"{problem.title}. {refusal(problem)}"
        return await show(visit, review_id, status=problem.status, wrong=wrong, typed=typed)
    return visit.go(address(f"/reviews/{review_id}", done=done))


@get("/account/reviews", access=ANYONE, include_in_schema=False)
async def own(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    cursor = visit.request.query_params.get("cursor", "")
    (found,) = await visit.framed(visit.api.get("/api/v1/me/reviews", limit=20, cursor=cursor))
    return await visit.page("account/reviews.html", found=found, token="")


@get("/orders/{order_id:uuid}/reviews", access=ANYONE, include_in_schema=False)
async def of_order(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    token = _token(visit)
    lines = await _lines(visit, order_id, token)
    done = DONE.get(visit.request.query_params.get("done", ""), "")
    return await visit.page("order_reviews.html", order_id=str(order_id), lines=lines, token=token, done=done)


@get("/orders/{order_id:uuid}/reviews/{variant_id:uuid}", access=ANYONE, include_in_schema=False)
async def write(visit: NamedDependency[Visit], order_id: FromPath[UUID], variant_id: FromPath[UUID]) -> Page:
    token = _token(visit)
    line = await _line(visit, order_id, variant_id, token)
    said = line["review"] or {}
    return await show_form(visit, line, token, Filled({name: str(said.get(name, "")) for name in FIELDS}))


async def show_form(visit: Visit, line: Json, token: str, form: Filled, *, status: int = 200) -> Page:
    return await visit.page("review_form.html", status=status, line=line, token=token, form=form, stars=STARS)


@post(
    "/orders/{order_id:uuid}/reviews/{variant_id:uuid}",
    access=ANYONE,
    include_in_schema=False,
    request_max_body_size=UPLOAD_LIMIT,
)
async def save(visit: NamedDependency[Visit], order_id: FromPath[UUID], variant_id: FromPath[UUID]) -> Page:
    """The words first, then the pictures: what is wrong with those leaves the words saved."""
    form = await visit.form()
    token = text(form, "token")
    line = await _line(visit, order_id, variant_id, token)
    body: Json = {"title": text(form, "title"), "text": text(form, "text", longest=LONGEST + 1)}
    filled = Filled(body | {"rating": text(form, "rating")})
    if text(form, "rating"):
        body["rating"] = number(form, "rating")
    try:
        said = await _save_words(visit, line, body, token)
        said = await _save_pictures(visit, said, form, token)
    except ApiProblem as problem:
        filled.blame(problem.errors, FIELDS, SENTENCES)
        if not problem.errors:
            filled.others.append(f"{problem.title}. {problem_text(problem)}".removesuffix(f" {problem.title}"))
        line = await _line(visit, order_id, variant_id, token)
        return await show_form(visit, line, token, filled, status=problem.status)
    done = "saved" if said["status"] == "published" else "waits"
    return visit.go(address(f"/orders/{order_id}/reviews", token=token, done=done))


async def _save_words(visit: Visit, line: Json, body: Json, token: str) -> Json:
    if line["review"] is None:
        path = f"/api/v1/orders/{line['order_id']}/reviews"
        made: Json = await visit.api.post(path, body | {"variant_id": line["variant_id"]}, token=token)
        return made
    changed: Json = await visit.api.put(f"/api/v1/reviews/{line['review']['id']}", body, token=token)
    return changed


async def _save_pictures(visit: Visit, said: Json, form: FormMultiDict, token: str) -> Json:
    path = f"/api/v1/reviews/{said['id']}/pictures"
    known = {picture["key"] for picture in said["pictures"]}
    for key in form.getall("gone", []):
        if key in known:
            said = await visit.api.delete(f"{path}/{key}", token=token)
    for file in form.getall("pictures", []):
        if isinstance(file, UploadFile) and file.filename:
            sent = (file.filename[:100], await file.read(), file.content_type)
            said = await visit.api.upload(path, {"image": sent}, token=token)
    return said


@post("/orders/{order_id:uuid}/reviews/{variant_id:uuid}/remove", access=ANYONE, include_in_schema=False)
async def remove(visit: NamedDependency[Visit], order_id: FromPath[UUID], variant_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    token = text(form, "token")
    line = await _line(visit, order_id, variant_id, token)
    if line["review"]:
        await visit.api.delete(f"/api/v1/reviews/{line['review']['id']}", token=token)
    return visit.go(address(f"/orders/{order_id}/reviews", token=token, done="removed"))


def _token(visit: Visit) -> str:
    """Raises NeedsLogin for who has no link."""
    token = str(visit.request.query_params.get("token", ""))
    if not token:
        visit.need_login()
    return token


async def _lines(visit: Visit, order_id: UUID, token: str) -> list[Json]:
    (found,) = await visit.framed(visit.api.get(f"/api/v1/orders/{order_id}/reviews", token=token))
    lines: list[Json] = found["items"]
    return lines


async def _line(visit: Visit, order_id: UUID, variant_id: UUID, token: str) -> Json:
    """Raises NotFound for one that is not of the order, or has not arrived."""
    for line in await _lines(visit, order_id, token):
        if line["variant_id"] == str(variant_id) and line["delivered_at"]:
            return line
    raise NotFound("There is nothing to review here yet.")


routes = [review, report, comment, change_comment, own, of_order, write, save, remove]
