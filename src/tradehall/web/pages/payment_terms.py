"""The back office's page of discounts and instalments, way to pay by way to pay."""

from decimal import Decimal, InvalidOperation

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from tradehall.contracts.stores import AS_IT_IS, IN_INSTALMENTS, Store
from tradehall.contracts.values import to_decimal
from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, text
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import METHODS, to_minor

HERE = "/admin/settings/terms"
PERCENT = ("discount", "interest")
COUNTED = ("instalments", "interest_free")


@get(HERE, access=ANYONE, include_in_schema=False)
async def terms(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    saved = "Saved." if visit.request.query_params.get("saved") else ""
    store = await visit.settings()
    return await show(visit, store, filled_from(store), done=saved)


def filled_from(store: Store) -> Filled:
    values: dict[str, str] = {}
    for method in store.payment_methods:
        kept = store.payment_terms.get(method, AS_IT_IS)
        values |= {f"{name}_{method}": f"{Decimal(getattr(kept, name)) / 100:f}" for name in PERCENT}
        values |= {f"{name}_{method}": str(getattr(kept, name)) for name in COUNTED}
        values[f"least_{method}"] = f"{to_decimal(kept.least, store.currency):f}"
    return Filled(values)


async def show(visit: Visit, store: Store, form: Filled, *, status: int = 200, done: str = "") -> Page:
    return await visit.page(
        "admin/terms.html",
        status=status,
        form=form,
        done=done,
        ways=[(code, METHODS[code][0], code in IN_INSTALMENTS) for code in store.payment_methods],
        currency=store.currency,
        section="settings",
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    store = await visit.settings()
    given = {method: terms_of(form, method, store.currency) for method in store.payment_methods}
    try:
        await visit.api.patch("/api/v1/store", {"payment_terms": given})
    except ApiProblem as problem:
        filled = Filled({name: text(form, name) for name in form})
        fields = [(name, method) for method in given for name in (*PERCENT, *COUNTED, "least")]
        filled.blame(
            problem.errors, {f"payment_terms.{method}.{name}": f"{name}_{method}" for name, method in fields}, {}
        )
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, store, filled, status=problem.status)
    return visit.go(f"{HERE}?saved=1")


def terms_of(form: FormMultiDict, method: str, currency: str) -> Json:
    """What is left empty is as if there were no terms; what is no number stays as it is, for the API to refuse."""
    found: Json = {}
    for name in PERCENT:
        if typed := text(form, f"{name}_{method}"):
            found[name] = hundredths(typed)
    for name in COUNTED:
        if text(form, f"{name}_{method}"):
            found[name] = number(form, f"{name}_{method}")
    if typed := text(form, f"least_{method}"):
        least = to_minor(typed, currency)
        found["least"] = typed if least is None else least
    return found


def hundredths(typed: str) -> int | str:
    """Of a percentage as people write it, exactly."""
    try:
        amount = Decimal(typed.rstrip("% ").replace(",", ".")) * 100
        return int(amount) if amount == int(amount) else typed
    except (InvalidOperation, OverflowError, ValueError):
        return typed


routes = [terms, save]
