"""Pictures in a store that speaks S3: kept and shown as from a folder, also after it was away."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.harness import Alone, alone
from tests.s3 import ENVIRON, S3
from tests.services.catalog.goods import a_seller, make, picture
from tradehall.app import load
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module")
async def s3() -> AsyncIterator[S3]:
    server = S3("shop")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
async def it(s3: S3, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    (service,) = load(["catalog"])
    folder = Path(tmp_path_factory.mktemp("s3"))
    with pytest.MonkeyPatch.context() as environ:
        for name, value in {**ENVIRON, "AWS_ENDPOINT": s3.endpoint}.items():
            environ.setenv(name, value)
        async with alone(service, servers, folder, files_url=f"s3://{s3.bucket}/files") as harness:
            yield harness
    assert not (folder / "files").exists()


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "painter"))[1]


async def upload(client: httpx.AsyncClient, product: dict[str, str], content: bytes) -> httpx.Response:
    return await client.post(f"/api/v1/products/{product['id']}/images", files={"image": content})


async def test_picture_is_kept_in_the_bucket_and_served_from_it(it: Alone, s3: S3, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Painted")
    image = (await upload(seller, made, picture("JPEG", (2000, 1000)))).json()
    for url, size in ((image["url"], (1200, 600)), (image["thumb"], (480, 240))):
        served = await it.client().get(url)
        assert (served.status_code, served.headers["content-type"]) == (200, "image/webp")
        assert Image.open(BytesIO(served.content)).size == size
        assert url.replace("/media/", "files/") in s3.names()


async def test_another_stores_address_shows_nothing(it: Alone, s3: S3, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Own")
    url = (await upload(seller, made, picture())).json()["url"]
    foreign = (await a_seller(it, "painter", store=it.other))[1]
    theirs = (await upload(foreign, await make(foreign, "Theirs"), picture())).json()["url"]
    here, there = it.client(), it.client(store=it.other)
    assert [(await here.get(url)).status_code, (await there.get(theirs)).status_code] == [200, 200]
    swapped = [url.replace(str(it.store.id), str(it.other.id)), theirs.replace(str(it.other.id), str(it.store.id))]
    for client, address in ((here, theirs), (there, url), (here, swapped[1]), (there, swapped[0]), (here, swapped[0])):
        assert (await client.get(address)).status_code == 404, address


async def test_store_that_hangs_is_told_of_and_goes_on_where_it_was(
    it: Alone, s3: S3, seller: httpx.AsyncClient
) -> None:
    made = await make(seller, "Patient")
    image = (await upload(seller, made, picture())).json()
    s3.hang()
    try:
        away = await it.client().get(image["url"])
        assert (away.status_code, away.json()["type"]) == (503, "files-away")
        assert away.headers["retry-after"]
    finally:
        s3.go_on()
    assert (await it.client().get(image["url"])).status_code == 200


async def test_store_that_went_away_and_came_back_takes_pictures_again(
    it: Alone, s3: S3, seller: httpx.AsyncClient
) -> None:
    made = await make(seller, "Interrupted")
    s3.stop()
    refused = await upload(seller, made, picture())
    assert (refused.status_code, refused.json()["type"]) == (503, "files-away")
    assert (await seller.get(f"/api/v1/manage/products/{made['id']}")).json()["images"] == []
    assert (await it.client().get(f"/api/v1/products/{made['slug']}")).status_code == 200
    s3.start()
    image = (await upload(seller, made, picture())).json()
    assert (await it.client().get(image["url"])).status_code == 200
    assert len(s3.names()) == 2


async def test_what_could_not_be_saved_leaves_no_file(it: Alone, s3: S3, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Full")
    for _ in range(20):
        assert (await upload(seller, made, picture(size=(2, 2)))).status_code == 201
    before = s3.names()
    assert (await upload(seller, made, picture())).status_code == 409
    assert s3.names() == before
