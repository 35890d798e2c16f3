"""A real file, as it is, through a kept mapping: 321 lines of goodbooks-10k (zygmuntz/goodbooks-10k), `books.csv`."""

from pathlib import Path

from tests.harness import Alone
from tests.services.catalog.files import IMPORTS, counts, product, take_in
from tests.services.catalog.goods import a_seller

SERVICE = "catalog"

FILE = Path(__file__).with_name("books.csv")
MAPPING = {
    "columns": {
        "title": "name",
        "isbn": "spec:ISBN",
        "authors": "spec:Authors",
        "original_publication_year": "spec:First published",
        "language_code": "spec:Language",
        "average_rating": "spec:Readers' rating",
    },
    "constants": {
        "sku": "GB-{book_id}",
        "category": "books",
        "status": "published",
        "price": "12.90",
        "description": "By {authors}.",
    },
}


async def test_books_come_in_as_they_are_through_a_kept_mapping(it: Alone) -> None:
    admin = it.client("store_admin")
    await admin.post("/api/v1/categories", json={"slug": "books", "name": "Books"})
    _, seller = await a_seller(it, "pilcrow")
    kept = await admin.put(f"{IMPORTS}/mappings/goodbooks", json=MAPPING)
    assert kept.status_code == 200, kept.text
    done = await take_in(seller, FILE.read_bytes(), mapping_name="goodbooks")
    assert counts(done) == (320, 0, 0, 0)
    page = (await it.client().get("/api/v1/products", params={"category": "books"})).json()
    assert page["total"] == 320
    book = await product(it.client(), "to-kill-a-mockingbird")
    assert book["price"] == {"amount": 1290, "currency": "USD"}
    assert book["description"] == "By Harper Lee."
    assert {spec["name"]: spec["value"] for spec in book["specifications"]} == {
        "ISBN": 61120081,
        "Authors": "Harper Lee",
        "First published": 1960,
        "Language": "eng",
        "Readers' rating": 4.25,
    }
    assert counts(await take_in(seller, FILE.read_bytes(), mapping_name="goodbooks")) == (0, 0, 320, 0)
