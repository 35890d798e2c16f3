"""The store's accounts at carriers: kept sealed, and whose they are."""

from typing import Any
from uuid import UUID

import pytest

from tests.carrier_server import KEY, WEBHOOK_SECRET, CarrierServer
from tests.harness import Alone
from tests.services.shipping.at_carrier import (
    an_account,
    code,
    hand_out,
    hurry,
    it,
    reference_of,
    server,
    tell,
)
from tests.services.shipping.carried import ACCOUNTS, account, ask, booked, labelled, opened
from tests.services.shipping.parcels import preparing
from tradehall.contracts.shipping import TrackingDue
from tradehall.kernel.ids import uuid7

__all__ = ["code", "hurry", "it", "server"]  # fixtures


async def test_accounts_show_the_ends_of_their_keys_to_admins(it: Alone, server: CarrierServer, code: str) -> None:
    (seen,) = [a for a in (await it.client("store_admin").get(ACCOUNTS)).json() if a["code"] == code]
    assert seen["keys"] == {"url": server.url, "api_key": "…6789", "webhook_secret": "…6789"}
    assert seen["webhook_url"].endswith(f"/api/v1/shipping/webhooks/{code}")
    staff = (await it.client("warehouse_staff").get(ACCOUNTS)).json()
    assert all("keys" not in one and "webhook_url" not in one for one in staff)
    seller = it.client("seller", seller_id=uuid7())
    assert code not in [a["code"] for a in (await seller.get(ACCOUNTS)).json()], "the store pays: not unless it says so"
    (row,) = await it.sql("SELECT a::text AS row FROM carrier_accounts a WHERE code = $1", code)
    assert KEY not in row["row"]
    assert WEBHOOK_SECRET not in row["row"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"api_key": "another-key-0123"}, "api_key"),
        ({"api_key": "short"}, "api_key"),
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "https://example.org/?x"}, "url"),
        ({"webhook_secret": "short"}, "webhook_secret"),
        ({"services": []}, "services"),
        ({"services": ["\0"]}, "services[0]"),
        ({"name": ""}, "name"),
        ({"url": None}, "url"),
        ({"webhook_secret": None}, "webhook_secret"),
    ],
)
async def test_a_bad_account_names_the_field(
    it: Alone, server: CarrierServer, change: dict[str, Any], field: str
) -> None:
    answer = await account(it, "new", an_account(server, **change))
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_carrier_that_is_away_keeps_nothing(it: Alone, server: CarrierServer) -> None:
    server.faults.append(("GET .*", "before"))
    answer = await account(it, "away", an_account(server))
    assert (answer.status_code, answer.json()["type"]) == (503, "carrier-away")
    assert "away" not in [a["code"] for a in (await it.client("store_admin").get(ACCOUNTS)).json()]


async def test_a_key_that_is_left_out_stays_but_not_for_another_server(
    it: Alone, server: CarrierServer, code: str
) -> None:
    kept = {"carrier": "http", "name": "Renamed", "services": ["standard"]}
    assert (await account(it, code, kept)).json()["name"] == "Renamed"
    answer = await account(it, code, kept | {"url": "http://127.0.0.1:9"})
    assert [error["field"] for error in answer.json()["errors"]] == ["api_key"]
    order_id, _ = await booked(it, code)
    await labelled(it, order_id)


async def test_an_account_stays_while_a_parcel_is_under_way(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    admin = it.client("store_admin")
    answer = await admin.delete(f"{ACCOUNTS}/{code}")
    assert (answer.status_code, answer.json()["type"]) == (409, "account-in-use")
    reference = await reference_of(it, shipment_id)
    await tell(it, code, server.happens(reference, "DELIVERED"))
    assert (await admin.delete(f"{ACCOUNTS}/{code}")).status_code == 204
    assert (await admin.delete(f"{ACCOUNTS}/{code}")).status_code == 404
    await hand_out(it, TrackingDue(booking_id=UUID(reference)))
    await it.idle()


async def test_a_seller_sends_the_own_parcels_with_accounts_that_are_open_to_sellers(
    it: Alone, server: CarrierServer, code: str
) -> None:
    order, confirmed = await preparing(it, sellers=2)
    mine, other = confirmed.parcels
    seller = it.client("seller", seller_id=mine.seller_id)
    refused = await ask(it, mine.shipment_id, code, client=seller)
    assert [e["field"] for e in refused.json()["errors"]] == ["account"]
    shared = await opened(it, an_account(server, sellers=True))
    assert (await ask(it, other.shipment_id, shared, client=seller)).status_code == 404
    assert (await ask(it, mine.shipment_id, shared, client=seller)).status_code == 202
    wrong = await ask(it, other.shipment_id, shared, service="by balloon")
    assert [e["field"] for e in wrong.json()["errors"]] == ["service"]
    buyer = it.client("shopper", user_id=order.customer_id)
    seen = (await buyer.get(f"/api/v1/orders/{order.order_id}/shipments")).json()["items"]
    assert all("label" not in shipment for shipment in seen)
