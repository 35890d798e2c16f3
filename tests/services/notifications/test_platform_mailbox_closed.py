"""Outside of a demo the platform's mailbox is its operators'."""

from uuid import uuid4

from tests.harness import Alone

SERVICE = "notifications"
SETTINGS = {"demo": False}


async def test_the_platforms_mailbox_is_open_to_operators_only(it: Alone) -> None:
    for path in ("/api/v1/platform/mailbox", f"/api/v1/platform/mailbox/{uuid4()}"):
        for roles in ((), ("shopper",), ("store_admin",)):
            assert (await it.client(*roles).get(path)).status_code == 403
    assert (await it.client("operator").get("/api/v1/platform/mailbox")).status_code == 200
