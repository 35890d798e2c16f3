"""The codes that identity has sent, as their reader finds them in the mail."""

import msgspec

from tests.harness import Alone, eventually
from tradehall.contracts.identity import UserCodeIssued
from tradehall.contracts.stores import Store
from tradehall.kernel.sealing import unseal


def sent(it: Alone, email: str, purpose: str, *, store: Store | None = None) -> list[str]:
    """Oldest first, as far as they were heard of."""
    wanted = (store or it.store).id
    found = [
        msgspec.json.decode(payload, type=UserCodeIssued)
        for store_id, name, payload in it.heard
        if (store_id, name) == (wanted, "user.code_issued")
    ]
    return [
        unseal(it.running.settings.secret, event.code, about=str(event.code_id))
        for event in found
        if (event.email, event.purpose) == (email, purpose)
    ]


async def code_of(it: Alone, email: str, purpose: str, *, count: int = 1, store: Store | None = None) -> str:
    """The newest, once so many were sent."""

    async def enough() -> list[str]:
        codes = sent(it, email, purpose, store=store)
        return codes if len(codes) >= count else []

    return (await eventually(enough))[-1]  # type: ignore[no-any-return]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def a_minute_later(it: Alone) -> None:
    """For the pause between two codes: all of them were sent that much earlier."""
    await it.sql("UPDATE codes SET issued_at = issued_at - interval '61 seconds'")
