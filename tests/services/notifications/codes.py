"""Codes for accounts, as identity tells of them."""

from datetime import UTC, datetime
from typing import Any

from tests.harness import Alone
from tradehall.contracts.identity import UserCodeIssued
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import seal

CODE = "042137"


def a_code(it: Alone, **changes: Any) -> UserCodeIssued:
    id = uuid7()
    facts = {
        "code_id": id,
        "user_id": uuid7(),
        "email": f"{id.hex}@example.org",
        "purpose": "password_reset",
        "code": seal(it.running.settings.secret, CODE, about=str(id)),
        "locale": "en",
        "expires_at": datetime(2026, 7, 1, 9, 5, tzinfo=UTC),
        **changes,
    }
    return UserCodeIssued(**facts)
