"""The program is killed while messages are in the hands of who carries them: none is lost, an SMS is not doubled, a mail that
is comes under one Message-ID."""

import asyncio
import json
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.journeys.program import Program
from tests.journeys.shop import eventually
from tests.journeys.test_hard_times import open_small_shop
from tests.services.notifications.carriers import SmsProvider, listening

NUMBER = "+49401234567"


@dataclass
class SlowPostbox:
    """Takes a mail at once, and says so when it is `open`."""

    got: list[EmailMessage] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        await self.open.wait()
        return "250 taken"

    def about(self, number: str) -> list[EmailMessage]:
        return [mail for mail in self.got if number in str(mail["Subject"])]


async def deliveries(program: Program, sql: str) -> list[Any]:
    url = json.loads((program.data / "running.json").read_text())["database_url"]
    connection = await asyncpg.connect(urlsplit(url)._replace(path="/tradehall_notifications").geturl())
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def all_there(program: Program) -> bool:
    """Of many processes some are slower."""
    paths = ("warehouses", "shipping/rates", "products", "cart", "orders", "notifications/templates", "payments")
    async with httpx.AsyncClient(base_url=program.url, trust_env=False) as http:
        answers = [await http.get(f"/api/v1/{path}", headers={"host": "small.localhost"}) for path in paths]
    return all(answer.status_code < 500 for answer in answers)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("processes", [False, True], ids=["one process", "processes"])
async def test_what_was_given_away_when_the_program_was_killed(alone: list[Program], processes: bool) -> None:
    box, provider = SlowPostbox(), SmsProvider()
    mails = await asyncio.get_running_loop().create_server(lambda: SMTP(box, enable_SMTPUTF8=True), "127.0.0.1", 0)
    async with listening(provider.answer) as port:
        settings = {
            "TRADEHALL_SMTP_URL": f"smtp://127.0.0.1:{mails.sockets[0].getsockname()[1]}",
            "TRADEHALL_SMS_URL": f"http://127.0.0.1:{port}",
            "TRADEHALL_SMS_ACCOUNT": provider.account,
            "TRADEHALL_SMS_TOKEN": provider.token,
            "TRADEHALL_SMS_FROM": "+15550001111",
        }
        program = Program(demo=False, processes=processes, **settings)
        alone.append(program)
        program.start().wait_ready()
        await eventually(lambda: all_there(program), 60)
        box.open.set()
        shop = await open_small_shop(program)
        await shop.stock(5)
        draft = await shop.draft("card-simulated", "tok_ok")
        box.open.clear()
        provider.silent = True
        order = await shop.guest.place(draft)
        await shop.admin.ask("POST", "/api/v1/me/phone", {"phone": NUMBER}, status=202)

        async def given_away() -> bool:
            return len(box.about(order["number"])) == 2 and len(provider.to(NUMBER)) == 1

        await eventually(given_away, 60)
        if processes:
            program.kill_service("notifications")
        else:
            await asyncio.to_thread(program.kill)
            program.start()
        box.open.set()
        provider.silent = False
        await asyncio.to_thread(program.wait_ready)
        over = "UPDATE deliveries SET claimed_until = now() WHERE status = 'sending' AND attempts = 1"
        await deliveries(program, over)  # who had them in hand is no more: the wait for that is cut short
        due = "UPDATE outbox SET available_at = now() WHERE type = 'DeliveryDue'"

        async def all_sent() -> bool:
            await deliveries(program, due)
            return not await deliveries(program, "SELECT 1 FROM deliveries WHERE status IN ('queued', 'sending')")

        await eventually(all_sent, 150)
        assert len(provider.to(NUMBER)) == 1, "an SMS is looked for before it is sent again"
        about = box.about(order["number"])
        assert len({mail["Message-ID"] for mail in about}) == 2, "placed, confirmed"
        assert len(about) == 4, "each was taken by a server that could not say so"
        letters = await asyncio.to_thread(program.run, "dead-letters", "list")
        assert (letters.returncode, letters.stdout) == (0, ""), letters.stdout + letters.stderr
        log = program.log.read_text(errors="replace")
        for secret in (provider.token, NUMBER, draft["email"]):
            assert secret not in log
        await shop.close()
    mails.close()
