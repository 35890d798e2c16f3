"""The back office's messages: what was sent, the store's own words for it, and under which name it goes out."""

from uuid import UUID

from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, refusal, text
from tradehall.web.pages.mailbox import MAIL_POLICY
from tradehall.web.pages.orders import or_none
from tradehall.web.pages.staff import names_of
from tradehall.web.visit import HTML, Page, Visit, problem_text

HERE = "/admin/notifications"
API = "/api/v1/notifications"
STATUSES = {
    "queued": "Waiting", "sending": "Being sent", "sent": "Sent", "delivered": "Arrived", "failed": "Failed",
    "skipped": "Not wanted",
}  # fmt: skip
TONES = {"failed": "bad", "queued": "warn", "sending": "warn", "sent": "good", "delivered": "good"}
CHANNELS = {"email": "Mail", "sms": "SMS", "push": "Push", "in_app": "In the application"}
NAMES = {
    "order_placed": "Order received", "order_confirmed": "Order confirmed", "order_shipped": "Parcel on its way",
    "parcel_delivered": "Parcel arrived", "order_delivered": "Order arrived", "order_cancelled": "Order cancelled",
    "order_reduced": "Part of an order cancelled or returned", "return_answered": "Answer about a return", "refund_done": "Money given back",
    "refund_failed": "Refund failed", "review_invited": "How was it?", "cart_left": "Left in the cart",
    "password_reset": "Code for a new password", "email_verification": "Code for an address",
    "email_change": "Code for a new address", "phone_verification": "Code for a number",
    "email_changed": "Address changed", "staff_invitation": "Invitation of staff", "seller_decided": "Decision about a seller",
    "low_stock": "Low stock",
}  # fmt: skip
LANGUAGES = {"en": "English", "pt-BR": "Portuguese (Brazil)"}
PARTS = {"subject": "Subject", "text": "Text", "html": "HTML", "short": "Short text, for SMS and push"}
LONGEST = {"subject": 501, "text": 20_001, "html": 50_001, "short": 1_001}
DONE = {
    "resent": "It is sent again.",
    "saved": "Saved. It counts from now on.",
    "reset": "Our own words count again.",
    "undone": "That version counts again.",
    "tried": "It is on its way to you.",
    "sender": "Saved.",
    "sms": "Saved. SMS go out by this account from now on.",
    "sms-deleted": "The account is gone from here.",
}
TABS = (("", "Sent"), ("/templates", "Words"), ("/sending", "Sender and SMS"))


def about(visit: Visit, tab: str) -> Json:
    """What all three pages show. Words and sender are for admins."""
    tabs = [(HERE + path, name) for path, name in TABS if not path or visit.is_admin]
    done = DONE.get(visit.request.query_params.get("done", ""), "")
    return {
        "tabs": tabs,
        "tab": HERE + tab,
        "names": NAMES,
        "channels": CHANNELS,
        "section": "notifications",
        "done": done,
    }


@get(HERE, access=ANYONE, include_in_schema=False)
async def history(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("notifications")
    return await show_history(visit)


async def show_history(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    asked = visit.request.query_params
    chosen = {name: asked.get(name, "") for name in ("status", "channel", "template", "q")}
    for name, known in (("status", STATUSES), ("channel", CHANNELS), ("template", NAMES)):
        chosen[name] = chosen[name] if chosen[name] in known else ""
    (found,) = await visit.framed(
        visit.api.get(f"{API}/deliveries", **chosen, limit=50, cursor=asked.get("cursor", ""))
    )
    return await visit.page(
        "admin/messages.html",
        status=status,
        found=found,
        chosen=chosen,
        statuses=STATUSES,
        tones=TONES,
        wrong=wrong,
        **about(visit, ""),
    )


@post(f"{HERE}/deliveries/{{delivery_id:uuid}}/resend", access=ANYONE, include_in_schema=False)
async def resend(visit: NamedDependency[Visit], delivery_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("notifications")
    try:
        await visit.api.post(f"{API}/deliveries/{delivery_id}/resend")
    except ApiProblem as problem:
        return await show_history(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=resent")


@get(f"{HERE}/templates", access=ANYONE, include_in_schema=False)
async def templates(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    (found,) = await visit.framed(visit.api.get(f"{API}/templates"))
    return await visit.page(
        "admin/message_templates.html", found=found, languages=LANGUAGES, wrong="", **about(visit, "/templates")
    )


@get(f"{HERE}/templates/{{template:str}}/{{locale:str}}", access=ANYONE, include_in_schema=False)
async def template(visit: NamedDependency[Visit], template: FromPath[str], locale: FromPath[str]) -> Page:
    visit.need_admin()
    found = await asked_for(visit, template, locale)
    return await show_template(visit, found, Filled(found["source"] | {"replaces": str(found["version"])}))


async def asked_for(visit: Visit, template: str, locale: str) -> Json:
    """Raises NotFound."""
    if template not in NAMES:
        raise NotFound()
    try:
        found: Json = await visit.api.get(f"{API}/templates/{template}/{locale}")
    except ApiProblem as problem:
        if problem.status in (404, 422):
            raise NotFound() from None
        raise
    return found


async def show_template(
    visit: Visit,
    found: Json,
    form: Filled,
    *,
    status: int = 200,
    preview: Json | None = None,
    wrong: str = "",
    said: str = "",
) -> Page:
    """With a preview of what counts, where none of what was typed is given."""
    if preview is None and not form.wrong:
        preview = await previewed(visit, found, own_parts(found, form))
    people = await names_of(visit)
    return await visit.page(
        "admin/message_template.html",
        status=status,
        one=found,
        form=form,
        parts={name: label for name, label in PARTS.items() if name in found["parts"]},
        longest=LONGEST,
        preview=preview,
        people=people,
        languages=LANGUAGES,
        wrong=wrong,
        said=said,
        **about(visit, "/templates"),
    )


def own_parts(found: Json, form: Filled) -> Json:
    """Those that differ from ours: the others stay ours, and follow when we mend them."""
    return {part: form[part] for part in found["parts"] if form[part] and form[part] != plain(found["ours"][part])}


def plain(source: str) -> str:
    """As a browser sends it back."""
    return source.strip().replace("\r\n", "\n")


async def previewed(visit: Visit, found: Json, source: Json) -> Json | None:
    try:
        made: Json = await visit.api.post(f"{API}/templates/{found['template']}/{found['locale']}/preview", source)
        return made
    except Refusal:
        return None


@post(f"{HERE}/templates/{{template:str}}/{{locale:str}}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], template: FromPath[str], locale: FromPath[str]) -> Page:
    """Saved, looked at, tried, set back, or an earlier version again; by which button it was."""
    form = await visit.form()
    visit.need_admin()
    found = await asked_for(visit, template, locale)
    path = f"{API}/templates/{template}/{locale}"
    action = text(form, "do")
    filled = Filled({part: plain(text(form, part, longest=LONGEST[part])) for part in found["parts"]})
    filled.values["replaces"] = text(form, "replaces")
    own = own_parts(found, filled)
    try:
        if action == "undo":
            version = text(form, "version")
            await visit.api.post(f"{path}/undo", {"version": int(version) if version.isdecimal() else 0})
            return visit.go(f"{HERE}/templates/{template}/{locale}?done={'undone' if version != '0' else 'reset'}")
        if action == "preview":
            preview = await visit.api.post(f"{path}/preview", own)
            return await show_template(visit, found, filled, preview=preview, said="Not saved yet.")
        if action == "try":
            tried = await visit.api.post(f"{path}/try", own)
            return await show_template(visit, found, filled, said=f"It was sent to {tried['to']}. Not saved yet.")
        replaces = filled["replaces"]
        await visit.api.put(path, own | ({"replaces": int(replaces)} if replaces.isdecimal() else {}))
    except ApiProblem as problem:
        for error in problem.errors:
            if error.field in found["parts"]:
                earlier = filled.errors.get(error.field, "")
                filled.errors[error.field] = f"{earlier} {said_of(error.rule)}".strip()
            else:
                filled.others.append(f"{error.field}: {error.rule}")
        wrong = "" if problem.errors else problem_text(problem)
        return await show_template(visit, found, filled, status=problem.status, wrong=wrong)
    return visit.go(f"{HERE}/templates/{template}/{locale}?done=saved")


def said_of(rule: str) -> str:
    return f"{rule[:1].upper()}{rule[1:].rstrip('.')}."


@get(f"{HERE}/templates/{{template:str}}/{{locale:str}}/html", access=ANYONE, include_in_schema=False)
async def template_html(visit: NamedDependency[Visit], template: FromPath[str], locale: FromPath[str]) -> Page:
    """What counts, with examples, for the frame of the preview."""
    visit.need_admin()
    found = await asked_for(visit, template, locale)
    own = {part: found["source"][part] for part in found["own"]}
    made = await visit.api.post(f"{API}/templates/{template}/{locale}/preview", own)
    return framed(made["html"])


@post(f"{HERE}/templates/{{template:str}}/{{locale:str}}/html", access=ANYONE, include_in_schema=False, status_code=200)
async def typed_html(visit: NamedDependency[Visit], template: FromPath[str], locale: FromPath[str]) -> Page:
    """What is typed, into the same frame, so that nobody has to save it to see it."""
    form = await visit.form()
    visit.need_admin()
    found = await asked_for(visit, template, locale)
    own = own_parts(found, Filled({"html": plain(text(form, "html", longest=LONGEST["html"]))}))
    try:
        made = await visit.api.post(f"{API}/templates/{template}/{locale}/preview", own)
    except ApiProblem as problem:
        rules = [said_of(error.rule) for error in problem.errors] or [problem_text(problem)]
        return framed("\n".join(rules), media_type=MediaType.TEXT)
    return framed(made["html"])


def framed(body: str, media_type: str = HTML) -> Page:
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN", "cache-control": "no-store"}
    return Response(body.encode(), media_type=media_type, headers=headers)


@get(f"{HERE}/sending", access=ANYONE, include_in_schema=False)
async def sending(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    return await show_sending(visit)


async def show_sending(
    visit: Visit, *, sender: Filled | None = None, sms: Filled | None = None, status: int = 200, wrong: str = ""
) -> Page:
    found = await visit.api.get(f"{API}/sender")
    account = await or_none(visit.api.get(f"{API}/sms-account"))
    kept = {"account": account["account"], "sms_sender": account["sender"]} if account else {}
    return await visit.page(
        "admin/message_sending.html",
        status=status,
        sending=found,
        account=account,
        form=sender or Filled({"name": found["name"], "reply_to": found["reply_to"]}),
        sms=sms or Filled(kept),
        wrong=wrong,
        **about(visit, "/sending"),
    )


@post(f"{HERE}/sending", access=ANYONE, include_in_schema=False)
async def save_sender(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    filled = Filled({name: text(form, name) for name in ("name", "reply_to")})
    try:
        await visit.api.put(f"{API}/sender", filled.values)
    except ApiProblem as problem:
        filled.blame(problem.errors, {"name": "name", "reply_to": "reply_to"}, {})
        return await show_sending(visit, sender=filled, status=problem.status)
    return visit.go(f"{HERE}/sending?done=sender")


SMS_SENTENCES = {
    "account": "Enter the account's id: AC….",
    "token": "Enter the account's token, the whole of it.",
    "sms_sender": "Enter a number with + and country, or the id of a messaging service: MG….",
}


@post(f"{HERE}/sms", access=ANYONE, include_in_schema=False)
async def save_sms(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    filled = Filled({name: text(form, name) for name in ("account", "sms_sender")})
    body = {"account": filled["account"], "sender": filled["sms_sender"]}
    if token := text(form, "token"):
        body["token"] = token
    try:
        await visit.api.put(f"{API}/sms-account", body)
    except ApiProblem as problem:
        filled.blame(problem.errors, {"account": "account", "sender": "sms_sender", "token": "token"}, SMS_SENTENCES)
        wrong = "" if problem.errors else refusal(problem)
        return await show_sending(visit, sms=filled, status=problem.status, wrong=wrong)
    return visit.go(f"{HERE}/sending?done=sms")


@post(f"{HERE}/sms/delete", access=ANYONE, include_in_schema=False)
async def delete_sms(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_admin()
    try:
        await visit.api.delete(f"{API}/sms-account")
    except ApiProblem as problem:
        return await show_sending(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}/sending?done=sms-deleted")


routes = [
    history, resend, templates, template, change, template_html, typed_html, sending, save_sender, save_sms, delete_sms,
]  # fmt: skip
