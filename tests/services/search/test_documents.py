"""What search keeps of products, and how it shows them, whatever finds them."""

from tests.harness import Alone
from tests.services.search.shelf import find, product, stock_up

SERVICE = "search"


async def test_a_card_has_the_shape_of_the_catalogues(it: Alone) -> None:
    """The same clients read both."""
    from tradehall.services.catalog.api.shapes import Card
    from tradehall.services.search.api.shapes import FoundProduct

    assert FoundProduct.__struct_fields__ == Card.__struct_fields__


async def test_what_is_told_again_is_not_written_again(it: Alone) -> None:
    bowl = product("Plain Bowl")
    await stock_up(it, [bowl])
    before = await it.sql("SELECT version FROM shelves")
    await it.given(bowl, key=bowl.product_id)
    assert await it.sql("SELECT version FROM shelves") == before


async def test_many_variants_are_no_burden(it: Alone) -> None:
    wide = product("Wide Range Bolt", prices=list(range(100, 600)))
    await stock_up(it, [wide])
    (card,) = (await find(it.client(), "wide range bolt"))["items"]
    assert (len(card["variants"]), card["variant_count"]) == (12, 500)
    assert (card["price"]["amount"], card["price_to"]["amount"]) == (100, 599)
