"""Which messages the visitor wants, and by which ways: in the account, or by the link in a mail."""

from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web import static_files
from tradehall.web.client import ApiProblem, Json
from tradehall.web.devices import device
from tradehall.web.forms import text
from tradehall.web.visit import SECRET, Page, Visit, problem_text

MINE = "/api/v1/me/message-choices"
LINKED = "/api/v1/message-choices"
STOP = "/api/v1/reminders/stop"
DEVICES = "/api/v1/me/devices"
ACCOUNT = "/account/messages"
KINDS = {
    "orders": ("What you ordered", "Confirmed, changed, cancelled, paid back."),
    "parcels": ("Parcels", "On their way, and arrived."),
    "reminders": ("Reminders", "Something left in your cart; how an order was. Once each."),
    "account": ("Your account", "Codes, and when your address changes."),
    "selling": ("Selling here", "Decisions about your shop."),
    "stock": ("Low stock", "For who looks after it."),
}
CHANNELS = {"email": "Mail", "sms": "SMS", "push": "Push", "in_app": "Here"}
DONE = {
    "saved": "Saved.",
    "device": "This browser shows messages from now on.",
    "removed": "That browser is taken out.",
}
INCOMPLETE = "This link is not complete. Copy the whole of it from the mail."


@get("/reminders", access=ANYONE, include_in_schema=False)
async def reminders(visit: NamedDependency[Visit]) -> Page:
    """Opening the link changes nothing: mail programs open links by themselves."""
    asked = visit.request.query_params
    person, token = asked.get("person", ""), asked.get("token", "")
    if not token:
        visit.need_login()
        return visit.go(ACCOUNT)
    return await linked(visit, person, token, asked.get("kind", ""))


async def linked(
    visit: Visit, person: str, token: str, kind: str, *, status: int = 200, wrong: str = "", done: str = ""
) -> Page:
    """With what was chosen, where the link is right."""
    kinds: Json = {}
    try:
        kinds = shown(await visit.api.get(LINKED, person=person, token=token), account=False)
    except ApiProblem as problem:
        status, wrong = problem.status, wrong or INCOMPLETE
    return await visit.page(
        "reminders.html",
        status=status,
        headers=SECRET,
        person=person,
        token=token,
        kind=kind if kind in kinds else "",
        kinds=kinds,
        names=KINDS,
        channels=CHANNELS,
        wrong=wrong,
        done=done,
    )


def shown(found: Json, *, account: bool) -> Json:
    """By a link what goes to an address or a number; what is for staff and sellers only for who has an account."""
    kinds = {}
    for kind, one in found["kinds"].items():
        ways = {name: on for name, on in one["channels"].items() if account or name in ("email", "sms")}
        if ways or (account and one["always"]):
            kinds[kind] = {
                "channels": ways,
                "always": sorted({name for always in one["always"].values() for name in always}),
            }
    if not account:
        kinds = {kind: one for kind, one in kinds.items() if kind in ("orders", "parcels", "reminders")}
    return kinds


@post("/reminders", access=ANYONE, include_in_schema=False)
async def choose(visit: NamedDependency[Visit]) -> Page:
    """Mail programs post one field (RFC 8058) and bring no cookie: there the link is what counts."""
    asked = visit.request.query_params
    if asked.get("token"):
        form = await visit.request.form()
        if form.get("List-Unsubscribe") == "One-Click":
            return await one_click(visit, asked.get("person", ""), asked["token"], asked.get("kind", ""))
    form = await visit.form()
    person, token, kind = (text(form, name) for name in ("person", "token", "kind"))
    try:
        if text(form, "stop"):
            await visit.api.post(STOP, {"person": person, "token": token, "kind": kind or "reminders"})
        else:
            found = shown(await visit.api.get(LINKED, person=person, token=token), account=False)
            await visit.api.put(LINKED, {"person": person, "token": token, "kinds": ticked(form, found)})
    except ApiProblem as problem:
        return await linked(visit, person, token, kind, status=problem.status, wrong=INCOMPLETE)
    done = "We write no more mails of this kind." if text(form, "stop") else "Saved."
    return await linked(visit, person, token, "", done=done)


async def one_click(visit: Visit, person: str, token: str, kind: str) -> Page:
    try:
        await visit.api.post(STOP, {"person": person, "token": token, "kind": kind or "reminders"})
    except ApiProblem as problem:
        return await linked(visit, person, token, kind, status=problem.status)
    return await linked(visit, person, token, "", done="We write no more mails of this kind.")


def ticked(form: FormMultiDict, kinds: Json) -> Json:
    return {
        kind: {channel: form.get(f"{kind}.{channel}") == "yes" for channel in one["channels"]}
        for kind, one in kinds.items()
        if one["channels"]
    }


@get(ACCOUNT, access=ANYONE, include_in_schema=False)
async def messages(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    return await mine(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def mine(visit: Visit, *, status: int = 200, wrong: str = "", done: str = "") -> Page:
    found, devices = await visit.framed(visit.api.get(MINE), visit.api.get(DEVICES))
    kinds = shown(found, account=True)
    if not (visit.sections or (visit.principal and visit.principal.seller_id)):
        kinds = {kind: one for kind, one in kinds.items() if kind not in ("selling", "stock")}
    return await visit.page(
        "account/messages.html",
        status=status,
        kinds=kinds,
        names=KINDS,
        channels=CHANNELS,
        devices=devices,
        device=device,
        wrong=wrong,
        done=done,
    )


@post(ACCOUNT, access=ANYONE, include_in_schema=False)
async def choose_mine(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    found = shown(await visit.api.get(MINE), account=True)
    asked = {kind: one for kind, one in found.items() if form.get(f"shown.{kind}")}
    try:
        await visit.api.put(MINE, {"kinds": ticked(form, asked)})
    except ApiProblem as problem:
        return await mine(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{ACCOUNT}?done=saved")


@post(f"{ACCOUNT}/devices", access=ANYONE, include_in_schema=False)
async def add_device(visit: NamedDependency[Visit]) -> Page:
    """What the browser's script found out; without scripts there is no push."""
    form = await visit.form()
    visit.need_login()
    keys = {name: text(form, name) for name in ("p256dh", "auth")}
    name = visit.request.headers.get("user-agent", "")[:200]
    try:
        await visit.api.post(DEVICES, {"endpoint": text(form, "endpoint"), "keys": keys, "name": name})
    except ApiProblem as problem:
        return await mine(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{ACCOUNT}?done=device")


@post(f"{ACCOUNT}/devices/{{device_id:uuid}}/remove", access=ANYONE, include_in_schema=False)
async def remove_device(visit: NamedDependency[Visit], device_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_login()
    try:
        await visit.api.delete(f"{DEVICES}/{device_id}")
    except ApiProblem as problem:
        return await mine(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{ACCOUNT}?done=removed")


@get("/push-worker.js", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def push_worker() -> Page:
    """At the root, since a service worker rules no more than the folder that it lies in; asked for anew each time."""
    return static_files.plain("push-worker.js")


routes = [reminders, choose, messages, choose_mine, add_device, remove_device, push_worker]
