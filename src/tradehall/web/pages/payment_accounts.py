"""The back office's accounts at payment providers, and whether their books agree with ours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.contracts.stores import METHODS_AT, PaymentMethod
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.kernel.stores import base_url
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import METHODS

HERE = "/admin/accounts"
SPANS = {"1": "the last 24 hours", "7": "the last 7 days", "30": "the last 30 days"}


@dataclass(frozen=True)
class Place:
    """Whose accounts they are: a store's, or the platform's own. `unoffered` says where a way to pay is ticked."""

    here: str
    back: tuple[str, str]
    api: str
    layout: str
    section: str
    unoffered: str
    shop: bool = True

    @property
    def accounts(self) -> str:
        return f"{self.api}/accounts"


STORE = Place(
    here=HERE,
    back=(HERE, "Payment accounts"),
    api="/api/v1/payments",
    layout="admin/base.html",
    section="accounts",
    unoffered="The checkout does not offer it yet: tick {} in Settings, under ways to pay.",
)


@dataclass(frozen=True)
class Key:
    """`sentence` says what is wrong with what was entered. `choices`: code -> words; such a one is no secret."""

    name: str
    label: str
    hint: str
    sentence: str
    choices: tuple[tuple[str, str], ...] = ()
    secret: bool = True


@dataclass(frozen=True)
class Shown:
    """A provider as the back office words it. `events` are those that its webhooks should tell of; `holds`: money can be
    held with the order and taken with its first parcel."""

    name: str
    lead: str
    there: str
    events: tuple[str, ...]
    keys: tuple[Key, ...]
    methods: tuple[PaymentMethod, ...]
    holds: str = ""


PROVIDERS = {
    "stripe": Shown(
        name="Stripe",
        lead="Shoppers pay by card or wallet on Stripe's page and come back to their order.",
        there="In Stripe's dashboard, under Developers, add a webhook endpoint with this address and these events:",
        events=("checkout.session.*", "payment_intent.*", "charge.refunded"),
        keys=(
            Key(
                "secret_key",
                "Secret key",
                "sk_… or, better, a restricted key rk_… that may write payment intents, checkout sessions and refunds.",
                "Enter the secret key that Stripe shows under Developers, API keys: sk_… or rk_….",
            ),
            Key(
                "webhook_secret",
                "Signing secret of the endpoint",
                "whsec_…",
                "Enter the signing secret that Stripe shows with the webhook endpoint: whsec_….",
            ),
        ),
        methods=METHODS_AT["stripe"],
        holds="banks let go after about 7 days",
    ),
    "paypal": Shown(
        name="PayPal",
        lead="Shoppers pay on PayPal's page and come back to their order.",
        there="In PayPal's developer dashboard, make a REST app with the feature Transaction Search, and add a webhook to it with "
        "this address and these events:",
        events=("CHECKOUT.ORDER.APPROVED", "PAYMENT.AUTHORIZATION.*", "PAYMENT.CAPTURE.*"),
        keys=(
            Key(
                "environment",
                "Where the app is",
                "",
                "Choose where the app is.",
                choices=(("live", "Live: money moves"), ("sandbox", "Sandbox: for trying")),
                secret=False,
            ),
            Key("client_id", "Client ID", "", "Enter the client ID that PayPal shows with the app."),
            Key("client_secret", "Secret", "", "Enter the secret that PayPal shows with the app."),
            Key(
                "webhook_id",
                "Webhook ID",
                "Not its address: the ID that PayPal gives it.",
                "Enter the ID that PayPal shows beside the webhook.",
            ),
        ),
        methods=METHODS_AT["paypal"],
        holds="PayPal lets go after 29 days, and guarantees the money for 3",
    ),
    "pagarme": Shown(
        name="pagar.me",
        lead="Shoppers pay by Pix or boleto, which their order shows, or by card on pagar.me's page.",
        there="In pagar.me's dashboard, add a webhook with this address and these events. Let it authenticate, with a user "
        "name and a password that you make up:",
        events=("order.*", "charge.*"),
        keys=(
            Key("secret_key", "Secret key", "sk_…", "Enter the secret key that pagar.me shows: sk_…."),
            Key(
                "webhook_user",
                "User name of the webhook",
                "",
                "Enter the user name that the webhook has, without spaces or colon.",
                secret=False,
            ),
            Key(
                "webhook_password",
                "Password of the webhook",
                "12 characters at least.",
                "Enter the password that the webhook has: 12 characters at least, no spaces.",
            ),
        ),
        methods=METHODS_AT["pagarme"],
        holds="cards only; banks let go after about 5 days",
    ),
    "xendit": Shown(
        name="Xendit",
        lead="Shoppers pay on Xendit's page, by card, wallet, QR code or bank, or transfer to a virtual account whose number they "
        "get. What came by bank Xendit cannot give back: you send it, and say so.",
        there="In Xendit's dashboard, under Settings, Webhooks, enter this address for these:",
        events=("Invoices paid", "Fixed virtual accounts paid", "Refund succeeded", "Refund failed"),
        keys=(
            Key(
                "secret_key",
                "Secret key",
                "xnd_…, with write permission for money-in products and read permission for transactions.",
                "Enter the secret key that Xendit shows under Settings, API keys: xnd_….",
            ),
            Key(
                "callback_token",
                "Webhook verification token",
                "It comes with each webhook, so that nobody else can tell us of a payment.",
                "Enter the verification token that Xendit shows under Settings, Webhooks.",
            ),
            Key(
                "bank",
                "Bank of the virtual accounts",
                "One that is activated for you at Xendit. Shoppers can transfer from any bank.",
                "Choose a bank.",
                tuple((code, code) for code in ("BCA", "BJB", "BNI", "BRI", "BSI", "CIMB", "MANDIRI", "PERMATA")),
                secret=False,
            ),
        ),
        methods=METHODS_AT["xendit"],
    ),
    "midtrans": Shown(
        name="Midtrans",
        lead="Shoppers pay on Midtrans' page, by card, GoPay, QRIS or bank, and come back to their order. Only in rupiah.",
        there="In Midtrans' dashboard, under Settings, Payment, Notification URL, enter this address:",
        events=(),
        keys=(
            Key(
                "server_key",
                "Server key",
                "Mid-server-… or SB-Mid-server-….",
                "Enter the server key that Midtrans shows under Settings, Access keys: Mid-server-….",
            ),
            Key(
                "environment",
                "It is for",
                "",
                "Choose where the key is for.",
                (("production", "Production"), ("sandbox", "Sandbox, where no money moves")),
                secret=False,
            ),
        ),
        methods=METHODS_AT["midtrans"],
        holds="by card only; what is paid another way is taken at once",
    ),
}


def shown(code: str) -> Shown:
    """Raises NotFound."""
    if code not in PROVIDERS:
        raise NotFound()
    return PROVIDERS[code]


@get(HERE, access=ANYONE, include_in_schema=False)
async def accounts(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("accounts")
    found: list[Json] = await visit.api.get(STORE.accounts)
    return await visit.page(
        "admin/accounts.html",
        providers=PROVIDERS,
        open={one["provider"]: one for one in found},
        offered=set(visit.store.payment_methods),
        section="accounts",
    )


@get(HERE + "/{provider:str}", access=ANYONE, include_in_schema=False)
async def account(provider: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    visit.need_section("accounts")
    done = visit.request.query_params.get("done", "")
    return await show(visit, STORE, provider, set(visit.store.payment_methods), done=said(provider, done))


def said(code: str, done: str) -> str:
    return {
        "saved": "Saved. Tick it among the ways to pay, if it is not yet.",
        "deleted": f"The account is gone from here. At {shown(code).name} nothing has changed.",
    }.get(done, "")


async def show(
    visit: Visit,
    place: Place,
    code: str,
    offered: set[str],
    filled: Filled | None = None,
    *,
    status: int = 200,
    done: str = "",
    wrong: str = "",
) -> Page:
    found: list[Json] = await visit.api.get(place.accounts)
    account = next((one for one in found if one["provider"] == code), None)
    span = visit.request.query_params.get("days", "")
    books = await compared(visit, place, code, span) if account and span in SPANS else None
    provider = shown(code)
    kept = account["keys"] if account else {}
    known = {key.name: kept.get(key.name, "") for key in provider.keys if not key.secret}
    return await visit.page(
        "admin/account.html",
        status=status,
        place=place,
        code=code,
        provider=provider,
        account=account,
        form=filled or Filled({"capture": account["capture"] if account else "at_once"} | known),
        webhook_url=f"{base_url(visit.store, visit.running.settings.port)}{place.api}/webhooks/{code}",
        offered=set(provider.methods) & offered,
        unoffered=place.unoffered.format(" or ".join(f"“{METHODS[method][0]}”" for method in provider.methods)),
        done=done,
        wrong=wrong,
        books=books,
        spans=SPANS,
        span=span,
        section=place.section,
    )


async def compared(visit: Visit, place: Place, code: str, span: str) -> Json:
    """With `wrong` where the provider's books could not be read."""
    until = datetime.now(UTC)
    since = until - timedelta(days=int(span))
    try:
        found: Json = await visit.api.get(
            f"{place.accounts}/{code}/reconciliation", since=since.isoformat(), until=until.isoformat()
        )
        return found
    except Refusal:
        return {"wrong": f"The books of {shown(code).name} could not be read. Try again in a minute."}


@post(HERE + "/{provider:str}", access=ANYONE, include_in_schema=False)
async def save(provider: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("accounts")
    return await keep(visit, STORE, provider, set(visit.store.payment_methods), form)


async def keep(visit: Visit, place: Place, provider: str, offered: set[str], form: FormMultiDict) -> Page:
    about = shown(provider)
    sentences = {key.name: key.sentence for key in about.keys}
    filled = Filled({name: text(form, name) for name in (*sentences, "capture")})
    body = {"provider": provider} | {name: value for name, value in filled.values.items() if value}
    try:
        await visit.api.put(place.accounts, body)
    except ApiProblem as problem:
        filled.blame(problem.errors, {name: name for name in filled.values}, sentences)
        for error in problem.errors:
            if "not known" in error.rule:
                filled.errors[error.field] = f"{about.name} does not know this key. Copy it again, the whole of it."
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, place, provider, offered, filled, status=problem.status)
    return visit.go(f"{place.here}/{provider}?done=saved")


@post(HERE + "/{provider:str}/delete", access=ANYONE, include_in_schema=False)
async def delete(provider: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_section("accounts")
    return await take_out(visit, STORE, provider, set(visit.store.payment_methods))


async def take_out(visit: Visit, place: Place, provider: str, offered: set[str]) -> Page:
    shown(provider)
    try:
        await visit.api.delete(f"{place.accounts}/{provider}")
    except ApiProblem as problem:
        wrong = problem_text(problem)
        return await show(visit, place, provider, offered, status=problem.status, wrong=wrong)
    return visit.go(f"{place.here}/{provider}?done=deleted")


routes = [accounts, account, save, delete]
