"""SQL of the stores' own words, and of what they send under."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx

_COLUMNS = "template, locale, version, subject, text, html, short, created_at, created_by"


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A version. A part that is None is what we ship."""

    template: str
    locale: str
    version: int
    subject: str | None
    text: str | None
    html: str | None
    short: str | None
    created_at: datetime
    created_by: UUID

    @property
    def own(self) -> bool:
        return any(part is not None for part in (self.subject, self.text, self.html, self.short))


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    reply_to: str = ""


class SmsAccount(msgspec.Struct, frozen=True, kw_only=True):
    account: str
    sender: str
    keys: str
    updated_at: datetime | None = None


async def current(tx: Tx, template: str, locales: Sequence[str]) -> dict[str, Wording]:
    """The last version in each of these locales."""
    rows = await tx.all(
        Wording,
        f"SELECT DISTINCT ON (locale) {_COLUMNS} FROM wordings WHERE template = $1 AND locale = ANY($2) "
        "ORDER BY locale, version DESC",
        template,
        locales,
    )
    return {row.locale: row for row in rows}


async def all_current(tx: Tx) -> list[Wording]:
    return await tx.all(
        Wording,
        f"SELECT DISTINCT ON (template, locale) {_COLUMNS} FROM wordings ORDER BY template, locale, version DESC",
    )


async def versions(tx: Tx, template: str, locale: str) -> list[Wording]:
    """Newest first, a hundred at most."""
    return await tx.all(
        Wording,
        f"SELECT {_COLUMNS} FROM wordings WHERE template = $1 AND locale = $2 ORDER BY version DESC LIMIT 100",
        template,
        locale,
    )


async def version(tx: Tx, template: str, locale: str, number: int) -> Wording | None:
    return await tx.one(
        Wording,
        f"SELECT {_COLUMNS} FROM wordings WHERE template = $1 AND locale = $2 AND version = $3",
        template,
        locale,
        number,
    )


async def add(tx: Tx, wording: Wording) -> bool:
    """False where its version is there already: somebody else was quicker."""
    return bool(
        await tx.run(
            "INSERT INTO wordings (template, locale, version, subject, text, html, short, created_by) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            wording.template,
            wording.locale,
            wording.version,
            wording.subject,
            wording.text,
            wording.html,
            wording.short,
            wording.created_by,
        )
    )


async def sender(tx: Tx) -> Sender:
    return await tx.one(Sender, "SELECT name, reply_to FROM senders") or Sender()


async def save_sender(tx: Tx, sender: Sender) -> None:
    await tx.run(
        "INSERT INTO senders (name, reply_to) VALUES ($1, $2) "
        "ON CONFLICT (store_id) DO UPDATE SET name = $1, reply_to = $2, updated_at = now()",
        sender.name,
        sender.reply_to,
    )


async def sms_account(tx: Tx) -> SmsAccount | None:
    return await tx.one(SmsAccount, "SELECT account, sender, keys, updated_at FROM sms_accounts")


async def save_sms_account(tx: Tx, account: SmsAccount) -> None:
    await tx.run(
        "INSERT INTO sms_accounts (account, sender, keys) VALUES ($1, $2, $3) "
        "ON CONFLICT (store_id) DO UPDATE SET account = $1, sender = $2, keys = $3, updated_at = now()",
        account.account,
        account.sender,
        account.keys,
    )


async def delete_sms_account(tx: Tx) -> bool:
    return bool(await tx.run("DELETE FROM sms_accounts"))
