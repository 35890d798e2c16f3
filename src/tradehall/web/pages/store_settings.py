"""The back office's page of settings: how the store sells."""

from collections.abc import Sequence

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from tradehall.contracts.orders import EDGES, LABELS, SAFETY_EDGES
from tradehall.contracts.stores import WAITING, Store, methods_without
from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, text
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import METHODS

TYPED = ("name", "currency", "locale", "timezone", "order_number_prefix")
COUNTED = ("cart_reminder_hours", "low_stock_default", "return_days")
CHOSEN = {
    "checkout_mode": {"guest": "As guests only", "account": "With an account only", "both": "As they like"},
    "sellers": {"closed": "Only those we invite", "apply": "Who applies, once approved", "open": "Whoever registers"},
}
STATES = {"PENDING": LABELS["PENDING"], "IN_REVIEW": "Waiting, proof being checked"} | dict(list(LABELS.items())[1:])
OPTIONAL = [(start, end) for start, ends in EDGES.items() for end in sorted(ends) if (start, end) not in SAFETY_EDGES]


@get("/admin/settings", access=ANYONE, include_in_schema=False)
async def settings(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    saved = "Saved." if visit.request.query_params.get("saved") else ""
    store = await visit.settings()
    return await show(visit, filled_from(store), store.payment_methods, edges_of(store), done=saved)


def filled_from(store: Store) -> Filled:
    values = {name: str(getattr(store, name)) for name in (*TYPED, *COUNTED, *CHOSEN)}
    values["order_expiry_minutes"] = f"{store.order_expiry_seconds / 60:g}"
    for method, waiting in WAITING.items():
        values[f"deadline_{method}"] = f"{store.payment_deadlines.get(method, waiting.usual) / 3600:g}"  # type: ignore[call-overload]
    values |= {f"label_{state}": store.order_profile.labels.get(state, "") for state in STATES}  # type: ignore[call-overload]
    return Filled(values | {"require_totp": "on" if store.require_totp else ""})


def edges_of(store: Store) -> list[str]:
    return [f"{start}-{end}" for start, end in OPTIONAL if store.order_profile.allows(start, end)]


async def show(
    visit: Visit, form: Filled, methods: Sequence[str], edges: Sequence[str], *, status: int = 200, done: str = ""
) -> Page:
    return await visit.page(
        "admin/settings.html",
        status=status,
        form=form,
        done=done,
        methods=methods,
        all_methods=METHODS,
        unopened=methods_without(visit.store.accounts),
        waiting=WAITING,
        chosen=CHOSEN,
        states=STATES,
        edges=edges,
        optional=OPTIONAL,
        labels=LABELS,
        section="settings",
    )


@post("/admin/settings", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    body = body_of(form)
    try:
        await visit.api.patch("/api/v1/store", body)
    except ApiProblem as problem:
        filled = Filled({name: text(form, name) for name in form})
        names = {name: name for name in (*TYPED, *COUNTED, *CHOSEN, "payment_methods")}
        names["order_expiry_seconds"] = "order_expiry_minutes"
        filled.blame([error for error in problem.errors if not error.field.startswith("payment_deadlines")], names, {})
        for method, given in body["payment_deadlines"].items():
            if not isinstance(given, int) or not 300 <= given <= 30 * 86400:
                filled.errors[f"deadline_{method}"] = "Enter hours: from 0.1 to 720."
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, filled, body["payment_methods"], form.getall("edge", []), status=problem.status)
    return visit.go("/admin/settings?saved=1")


def body_of(form: FormMultiDict) -> Json:
    """As the API takes it. The edges of a status are left out where all of them stay."""
    kept = set(form.getall("edge", []))
    edges = {
        start: sorted(end for end in ends if (start, end) in SAFETY_EDGES or f"{start}-{end}" in kept)
        for start, ends in EDGES.items()
    }
    body: Json = {name: text(form, name) for name in (*TYPED, *CHOSEN)}
    body |= {name: number(form, name) for name in COUNTED}
    body["order_expiry_seconds"] = seconds(text(form, "order_expiry_minutes"))
    body["payment_deadlines"] = {
        method: seconds(hours, 3600) for method in WAITING if (hours := text(form, f"deadline_{method}"))
    }
    body |= {"payment_methods": form.getall("payment_methods", []), "require_totp": bool(text(form, "require_totp"))}
    body["order_profile"] = {
        "labels": {state: label for state in STATES if (label := text(form, f"label_{state}"))},
        "edges": {start: ends for start, ends in edges.items() if len(ends) < len(EDGES[start])},
    }
    return body


def seconds(typed: str, unit: int = 60) -> int | str:
    """Of minutes, or of another unit. What is no number stays as it is, for the API to refuse."""
    try:
        return round(float(typed) * unit)
    except (ValueError, OverflowError):
        return typed


routes = [settings, save]
