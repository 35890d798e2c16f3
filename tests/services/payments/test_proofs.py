"""Proofs of payment: uploaded by the buyer in time, seen by few, reviewed by an admin once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness import Alone, together
from tests.makers import LINK
from tests.services.payments.paying import (
    JPEG,
    PDF,
    PNG,
    by,
    by_card,
    cancel,
    outcomes,
    payment,
    reaches,
    start,
    upload,
)
from tradehall.app import load
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

SERVICE = "payments"


async def waiting(it: Alone, **changes: Any) -> Any:
    return await start(it, by("proof", **changes))


def kept(it: Alone) -> set[Path]:
    return {p for p in Path(it.running.settings.data).glob("files/*/proofs/*") if p.is_file()}


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (PDF, "application/pdf")],
    ids=["png", "jpeg", "pdf"],
)
async def test_a_proof_is_uploaded_seen_and_approved(it: Alone, content: bytes, kind: str) -> None:
    order = await waiting(it)
    answer = await upload(it.client(), order.order_id, content)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "review"
    url = answer.json()["proof"]["url"]
    seen = await it.client("store_admin").get(url)
    assert (seen.content, seen.headers["content-type"]) == (content, kind)
    assert "no-store" in seen.headers["cache-control"]
    assert seen.headers["x-content-type-options"] == "nosniff"
    id = answer.json()["id"]
    approved = await it.client("store_admin").post(f"/api/v1/payments/{id}/approve", json={"note": "seen"})
    assert (approved.status_code, approved.json()["status"]) == (200, "paid")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    statuses = [e.status for e in await it.published(PaymentUpdated) if e.order_id == order.order_id]
    assert statuses == ["waiting_proof", "review", "paid"]


async def test_a_rejected_proof_rejects_the_order(it: Alone) -> None:
    order = await waiting(it)
    await upload(it.client(), order.order_id)
    answer = await it.client("store_admin").post(f"/api/v1/payments/{order.order_id}/reject", json={"note": "blurred"})
    assert (answer.json()["status"], answer.json()["note"]) == ("rejected", "blurred")
    await it.idle()
    assert outcomes(it, order) == ["REJECTED"]


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in ("approve", "reject") for b in ("approve", "reject")])
async def test_a_review_counts_once(it: Alone, first: str, second: str) -> None:
    order = await waiting(it)
    admin, path = it.client("store_admin"), f"/api/v1/payments/{order.order_id}"
    early = await admin.post(f"{path}/{first}", json={})
    assert (early.status_code, early.json()["type"]) == (409, "payment-not-open")
    await upload(it.client(), order.order_id)
    assert (await admin.post(f"{path}/{first}", json={})).status_code == 200
    before = await payment(it, order)
    assert (await admin.post(f"{path}/{second}", json={})).status_code == 409
    assert (await upload(it.client(), order.order_id)).status_code == 409
    assert await payment(it, order) == before
    await it.idle()
    assert len(outcomes(it, order)) == 1


async def test_two_admins_at_once_decide_once(it: Alone) -> None:
    order = await waiting(it)
    await upload(it.client(), order.order_id)
    admin, path = it.client("store_admin"), f"/api/v1/payments/{order.order_id}"
    answers = await asyncio.gather(*(admin.post(f"{path}/{what}", json={}) for what in ("approve", "reject") * 3))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    await it.idle()
    assert len(outcomes(it, order)) == 1


async def test_only_admins_review(it: Alone) -> None:
    user = uuid7()
    order = await waiting(it, customer_id=user)
    await upload(it.client(), order.order_id)
    before = await payment(it, order)
    for what in ("approve", "reject", "refunded"):
        path = f"/api/v1/payments/{before['id']}/{what}"
        for client, status in (
            (it.client(), 401),
            (it.client("shopper", user_id=user), 403),
            (it.client("seller", seller_id=uuid7()), 403),
            (it.client("store_admin", store=it.other), 404),
        ):
            assert (await client.post(path, json={}, params={"token": LINK})).status_code == status
        assert (
            await it.client("store_admin").post(path.replace(str(before["id"]), str(uuid7())), json={})
        ).status_code == 404
        for note in ("x" * 501, "a\x00", 5):
            answer = await it.client("store_admin").post(path, json={"note": note})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "note"
    assert await payment(it, order) == before


async def test_only_the_buyer_and_admins_upload_and_see(it: Alone) -> None:
    user = uuid7()
    order = await waiting(it, customer_id=user)
    strangers: list[tuple[httpx.AsyncClient, str | None]] = [
        (it.client(), None),
        (it.client(), "wrong"),
        (it.client(), ""),
        (it.client("shopper"), None),
        (it.client("seller", seller_id=uuid7()), None),
        (it.client(store=it.other), LINK),
        (it.client("shopper", user_id=user, store=it.other), None),
        (it.client("store_admin", store=it.other), None),
    ]
    files = kept(it)
    for client, token in strangers:
        assert (await upload(client, order.order_id, token=token)).status_code == 404
    assert kept(it) == files
    assert (await upload(it.client("shopper", user_id=user), order.order_id, token=None)).status_code == 200
    path = f"/api/v1/payments/{order.order_id}/proof"
    for client, token in strangers:
        assert (await client.get(path, params={"token": token} if token else {})).status_code == 404
    for client, token in (
        (it.client(), LINK),
        (it.client("shopper", user_id=user), None),
        (it.client("store_admin"), None),
    ):
        assert (await client.get(path, params={"token": token} if token else {})).content == PNG


async def test_a_second_upload_replaces_the_first(it: Alone) -> None:
    order = await waiting(it)
    files = kept(it)
    await upload(it.client(), order.order_id, PNG)
    assert (await upload(it.client(), order.order_id, PDF)).status_code == 200
    assert len(kept(it) - files) == 1
    seen = await it.client().get(f"/api/v1/payments/{order.order_id}/proof", params={"token": LINK})
    assert seen.content == PDF


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg xmlns='x'/>", b"GIF89a....", b"MZ\x90", b"PK\x03\x04", b"\x00" * 100]
)
async def test_other_content_is_refused_whatever_it_calls_itself(it: Alone, content: bytes) -> None:
    order = await waiting(it)
    files = kept(it)
    answer = await upload(it.client(), order.order_id, content)
    assert answer.status_code in (415, 422), answer.text
    assert kept(it) == files
    assert (await payment(it, order))["status"] == "waiting_proof"


async def test_a_proof_is_at_most_eight_mebibytes(it: Alone) -> None:
    order = await waiting(it)
    files = kept(it)
    for size in (8 * 1024 * 1024 + 1, 12 * 1024 * 1024):
        answer = await upload(it.client(), order.order_id, PNG + b"\x00" * (size - len(PNG)))
        assert answer.status_code == 413, answer.text
    assert kept(it) == files
    full = PNG + b"\x00" * (8 * 1024 * 1024 - len(PNG))
    assert (await upload(it.client(), order.order_id, full)).status_code == 200


async def test_after_the_deadline_it_is_too_late(it: Alone) -> None:
    order = await waiting(it, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    files = kept(it)
    answer = await upload(it.client(), order.order_id)
    assert (answer.status_code, answer.json()["type"]) == (409, "payment-not-open")
    assert kept(it) == files


async def test_a_proof_before_the_goods_are_held_or_for_a_card_is_409(it: Alone) -> None:
    early = by("proof")
    await it.given(early, key=early.order_id)
    card = await start(it, by_card())
    gone = await waiting(it)
    await cancel(it, gone)
    for order in (early, card, gone):
        assert (await upload(it.client(), order.order_id)).status_code == 409
    seen = await it.client().get(f"/api/v1/payments/{gone.order_id}/proof", params={"token": LINK})
    assert seen.status_code == 404


MULTIPART = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", MULTIPART),
        (b"", "multipart/form-data"),
        (b"x", "application/json"),
        (b'{"file": "x"}', "application/json"),
        (b"--b\r\n", MULTIPART),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n', MULTIPART),
        (b'--b\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nx\r\n--b--\r\n', MULTIPART),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a\x00"\r\n\r\nx\r\n--b--\r\n', MULTIPART),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx', MULTIPART),
        (
            2 * b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n' + b"--b--\r\n",
            MULTIPART,
        ),
        (b"\xff\xd8\xff", "image/jpeg"),
    ],
)
async def test_a_broken_form_is_4xx(it: Alone, content: bytes, kind: str) -> None:
    order = await waiting(it)
    answer = await it.client().post(
        f"/api/v1/payments/{order.order_id}/proof",
        content=content,
        headers={"content-type": kind},
        params={"token": LINK},
    )
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await payment(it, order))["status"] == "waiting_proof"


async def test_money_of_a_proof_goes_back_by_hand(it: Alone) -> None:
    order = await waiting(it)
    await upload(it.client(), order.order_id)
    admin, path = it.client("store_admin"), f"/api/v1/payments/{order.order_id}"
    await admin.post(f"{path}/approve", json={})
    assert (await admin.post(f"{path}/refunded", json={})).status_code == 409
    await cancel(it, order)
    await reaches(it, order, "refunding")
    answer = await admin.post(f"{path}/refunded", json={"note": "by transfer"})
    assert answer.json()["refunded"] == answer.json()["amount"]
    assert (await admin.post(f"{path}/refunded", json={})).status_code == 409
    assert await it.dead_letters() == []


async def test_no_other_route_gives_out_proofs(servers: Settings, tmp_path: Path) -> None:
    async with together(load(["payments", "catalog"]), servers, tmp_path) as it:
        order = await waiting(it)
        await upload(it.client(), order.order_id)
        (row,) = await it.sql("SELECT proof FROM payments WHERE order_id = $1", order.order_id)
        owner, folder, name = row["proof"]["key"].split("/")
        assert folder == "proofs"
        for client in (it.client(), it.client("store_admin")):
            for path in (
                f"/media/{owner}/proofs/{name}",
                f"/media/{owner}/products/{name}",
                f"/media/{owner}/products/..%2Fproofs%2F{name}",
                f"/media/{owner}/products/../proofs/{name}",
                f"/media/{owner}%2Fproofs/products/{name}",
            ):
                assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("params", [{"cursor": "x"}, {"limit": "0"}, {"limit": "x"}, {"status": "stolen"}])
async def test_bad_parameters_are_refused(it: Alone, params: dict[str, str]) -> None:
    answer = await it.client("store_admin").get("/api/v1/payments", params=params)
    assert answer.status_code in (400, 422)
    assert {error["field"] for error in answer.json()["errors"]} == set(params)
