"""Orders of two stores in one batch: each store has its own purchases, of a product that both know by one id."""

from tests.harness import Alone
from tests.makers import a_product, lines_of, placed
from tests.services.shipping.parcels import split
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7

SERVICE = "reviews"


def message(it: Alone, store: Store, event: Event, key: object) -> Message:
    return it._message(event, str(key), store)


async def test_orders_of_two_stores_in_one_batch(it: Alone) -> None:
    product = a_product(1000)
    orders = [(store, placed(lines_of(product, 1))) for store in (it.store, it.other, it.store)]
    confirmed = [(store, split(order)) for store, order in orders]
    await it.redeliver([message(it, store, order, order.order_id) for store, order in orders])
    await it.redeliver([message(it, store, event, event.order_id) for store, event in confirmed])
    for store, wanted in ((it.store, 2), (it.other, 1)):
        rows = await it.sql("SELECT order_id FROM purchases WHERE product_id = $1", product.product_id, store=store)
        assert {row["order_id"] for row in rows} == {o.order_id for s, o in orders if s.id == store.id}
        assert len(rows) == wanted
    assert await it.dead_letters() == []


async def test_an_order_from_before_is_passed_over(it: Alone) -> None:
    order = placed(lines_of(a_product(1000), 1), order_id=uuid7())
    await it.given(split(order), key=order.order_id)
    assert await it.dead_letters() == []
    assert await it.sql("SELECT 1 FROM purchases WHERE order_id = $1", order.order_id) == []
