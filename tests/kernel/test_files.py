"""Files in a folder. The same port speaks S3; what differs there is the metadata."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from tradehall.kernel.files import Files, NoSuchFile, files_for
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

STORE, OTHER = uuid7(), uuid7()


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return Files(MemoryStore()) if request.param == "memory" else files_for(Settings(data=str(tmp_path)))


async def test_files_come_back_until_deleted(files: Files) -> None:
    key = await files.put(STORE, "proofs/a.pdf", b"%PDF", "application/pdf")
    assert key == f"{STORE}/proofs/a.pdf"
    kept = await files.get(STORE, key)
    assert (kept.content, kept.content_type) == (b"%PDF", "application/pdf")
    await files.delete(STORE, key)
    await files.delete(STORE, key)
    with pytest.raises(NoSuchFile):
        await files.get(STORE, key)


async def test_a_store_reaches_its_own_files_only(files: Files) -> None:
    key = await files.put(STORE, "a.webp", b"x", "image/webp")
    for other in (key, f"{OTHER}/../{key}", "a.webp", "", "/" + key):
        with pytest.raises(NoSuchFile):
            await files.get(OTHER, other)
        with pytest.raises(NoSuchFile):
            await files.delete(OTHER, other)
    assert (await files.get(STORE, key)).content == b"x"


async def test_a_stores_files_are_listed_and_nobody_elses(files: Files) -> None:
    wanted = {"a.webp", "products/b.webp", "products/c/d.png"}
    for name in wanted:
        await files.put(STORE, name, b"x", files.type_of(name))
    await files.put(OTHER, "e.webp", b"x", "image/webp")
    assert wanted <= {name async for name in files.names(STORE)}
    assert {name async for name in files.names(OTHER)} == {"e.webp"}
    assert [name async for name in files.names(uuid7())] == []


async def test_large_files_come_in_blocks_and_go_by_parts(files: Files) -> None:
    async def blocks() -> AsyncIterator[bytes]:
        for n in range(3):
            yield bytes([n]) * 100_000

    key = await files.put_blocks(STORE, "imports/a.csv", blocks(), "text/csv")
    assert await files.read(STORE, key, 99_999, 3) == b"\0\1\1"
    assert len((await files.get(STORE, key)).content) == 300_000
    with pytest.raises(NoSuchFile):
        await files.read(OTHER, key, 0, 1)
    await files.delete(STORE, key)
    with pytest.raises(NoSuchFile):
        await files.read(STORE, key, 0, 1)


async def test_file_whose_blocks_end_early_is_not_there(files: Files) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.put_blocks(STORE, "imports/broken.csv", broken(), "text/csv")
    with pytest.raises(NoSuchFile):
        await files.get(STORE, f"{STORE}/imports/broken.csv")


@pytest.mark.parametrize("name", ["", "..", "../a", "a/../b", "/a", "a//b", ".a", "a\0", "a b", "a\n", "é", "a/" * 9])
async def test_odd_names_are_refused(files: Files, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        await files.put(STORE, name, b"x", "text/plain")
