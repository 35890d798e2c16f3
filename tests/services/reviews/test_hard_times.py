"""The process dies after a review was answered and before its event is out."""

import pytest

from tests.harness import Alone
from tests.services.reviews.buying import delivered, shown, write
from tradehall.contracts.reviews import RatingAdded
from tradehall.kernel.bus import BusError

SERVICE = "reviews"


async def test_a_review_that_was_answered_is_told_by_the_next_process(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = await delivered(it)
    await it.caught_up()

    async def away(messages: object) -> None:
        raise BusError("the broker is not there any more")

    monkeypatch.setattr(it.running.bus, "publish", away)
    review = await write(bought)
    await it.stop()
    assert review["id"] not in str(it.heard)
    await it.start()
    (told,) = [e for e in await it.published(RatingAdded) if str(e.review_id) == review["id"]]
    assert told.distribution == [0, 0, 0, 0, 1]
    assert (await shown(it, bought.product.product_id))["count"] == 1
