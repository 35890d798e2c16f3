"""A mail server of the tests, and what they ask of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness import Alone, alone, eventually
from tests.services.notifications.mails import ordered
from tradehall.app import load
from tradehall.contracts.orders import OrderPlaced
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings


@dataclass
class Postbox:
    """A mail server. It refuses as often as `refusals` says, and holds its answer back until `open`."""

    port: int = 0
    got: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    talking: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        if waiting := self.refusals.get(str(message["To"])):
            return waiting.pop(0)
        self.talking += 1
        await self.open.wait()
        self.got.append((envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for _, recipients, message in self.got if address in recipients]


@asynccontextmanager
async def listening() -> AsyncIterator[Postbox]:
    box = Postbox()
    box.open.set()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, enable_SMTPUTF8=True), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def mailing(box: Postbox, servers: Settings, folder: Path) -> AsyncIterator[Alone]:
    """The service, with this mail server."""
    (service,) = load(["notifications"])
    changes: dict[str, Any] = {"smtp_url": f"smtp://127.0.0.1:{box.port}", "mail_from": "shop@mail.example"}
    async with alone(service, servers, folder, **changes) as harness:
        yield harness


async def a_buyer(it: Alone, **changes: Any) -> OrderPlaced:
    """An order whose mails can be told by their recipient."""
    return await ordered(it, **{"email": f"b{uuid7().hex}@example.org", **changes})


async def arrived(box: Postbox, order: OrderPlaced, count: int = 1) -> list[EmailMessage]:
    async def enough() -> bool:
        return len(box.to(order.email)) >= count

    await eventually(enough)
    return box.to(order.email)


async def kept_of(it: Alone, order: OrderPlaced) -> Any:
    (row,) = await it.sql(
        "SELECT d.* FROM notifications n JOIN deliveries d ON d.notification_id = n.id WHERE n.order_id = $1",
        order.order_id,
    )
    return row


async def is_sent(it: Alone, order: OrderPlaced) -> Any:
    async def sent() -> Any:
        row = await kept_of(it, order)
        return row if row["status"] == "sent" else None

    return await eventually(sent)
