"""SMS by Twilio's Messages API, which others speak too: https://www.twilio.com/docs/messaging/api/message-resource."""

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeVar
from uuid import UUID

import httpx
import msgspec

from tradehall.kernel.auth import same_secret
from tradehall.services.notifications.channels import Later, Never, Parcel, seconds
from tradehall.services.notifications.rendering import sms_text

T = TypeVar("T")

VERSION = "2010-04-01"
SIGNATURE = "x-twilio-signature"
LONGEST = 1600  # characters; the provider parts them into messages of a telephone

Told = Literal["sent", "delivered", "failed"]
# What the provider says of a message; of anything else there is nothing to note yet.
STATES: dict[str, Told] = {
    "accepted": "sent", "scheduled": "sent", "queued": "sent", "sending": "sent", "sent": "sent",
    "delivered": "delivered", "read": "delivered", "undelivered": "failed", "failed": "failed", "canceled": "failed",
}  # fmt: skip


class SmsKeys(msgspec.Struct, frozen=True, kw_only=True):
    """`sender` is a number, or the id of a messaging service (MG…)."""

    account: str
    token: str
    sender: str


class Taken(msgspec.Struct, frozen=True):
    """What the API answers, as far as we read it."""

    sid: str = ""
    body: str = ""
    status: str = ""


class Problem(msgspec.Struct, frozen=True):
    code: int = 0


class Listed(msgspec.Struct, frozen=True):
    messages: list[Taken] = []


class Sms(msgspec.Struct, frozen=True):
    """`status_url` is where the provider tells what becomes of it. `ours`: which of these messages belong to deliveries already."""

    keys: SmsKeys
    base: str
    http: httpx.AsyncClient
    status_url: str
    ours: Callable[[Sequence[str]], Awaitable[set[str]]]

    async def send(self, parcel: Parcel, *, uncertain: bool) -> str:
        """The API knows no idempotency key. So after a try of which nothing is known its own list is asked first."""
        body = sms_text(parcel.sender, parcel.mail.short, parcel.mail.url)[:LONGEST]
        if uncertain and (found := await self._earlier(parcel.recipient, body)):
            return found
        fields = {"To": parcel.recipient, "Body": body, "StatusCallback": self.status_url}
        fields["MessagingServiceSid" if self.keys.sender.startswith("MG") else "From"] = self.keys.sender
        answer = await self._ask("POST", data=fields)
        return _read(answer, Taken).sid

    async def _earlier(self, to: str, body: str) -> str:
        """Of today and the day before, by the provider's clock."""
        since = datetime.fromtimestamp(datetime.now(UTC).timestamp() - 86400, UTC).date().isoformat()
        answer = await self._ask("GET", params={"To": to, "DateSent>": since, "PageSize": "100"})
        same = [one.sid for one in _read(answer, Listed).messages if one.body == body and one.status != "failed"]
        taken = await self.ours(same)
        return next((sid for sid in same if sid not in taken), "")

    async def _ask(
        self, method: str, *, data: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Raises Later, Never."""
        url = f"{self.base.rstrip('/')}/{VERSION}/Accounts/{self.keys.account}/Messages.json"
        posting = method == "POST"
        try:
            answer = await self.http.request(
                method, url, data=data, params=params, auth=(self.keys.account, self.keys.token)
            )
        except httpx.ConnectError:
            raise Later("no talk with the SMS provider") from None
        except httpx.HTTPError as error:
            raise Later(f"no answer from the SMS provider ({type(error).__name__})", uncertain=posting) from None
        if answer.is_success:
            return answer
        status = answer.status_code
        if status == 429 or status >= 500:
            after = seconds(answer.headers.get("retry-after"))
            raise Later(f"the SMS provider said {status}", after=after, uncertain=posting and status != 429)
        if status == 400 and posting:
            raise Never(f"the SMS provider refused it: {_code(answer)}")
        raise Later(f"the SMS provider said {status}: look at the account")


def _read(answer: httpx.Response, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except msgspec.MsgspecError:
        raise Later("the SMS provider's answer cannot be read", uncertain=True) from None


def _code(answer: httpx.Response) -> str:
    try:
        return str(msgspec.json.decode(answer.content, type=Problem).code or answer.status_code)
    except msgspec.MsgspecError:
        return str(answer.status_code)


def status_path(delivery_id: UUID) -> str:
    return f"/api/v1/notifications/sms/{delivery_id}/status"


def sign(token: str, url: str, fields: Mapping[str, str]) -> str:
    """As the provider does: HMAC-SHA1 over the address and the fields, sorted."""
    message = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), message.encode(), hashlib.sha1).digest()).decode()


def signed(signature: str, tokens: Sequence[str], url: str, fields: Mapping[str, str]) -> bool:
    return any(same_secret(signature, sign(token, url, fields)) for token in tokens)
