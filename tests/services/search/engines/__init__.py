from tests.harness import Alone, eventually

KEY = "a-key-of-sixteen-bytes-at-least"


async def settled(it: Alone) -> None:
    """The engine has all that the service was told, in every store."""
    if not it.running.settings.meilisearch_url:
        return
    for store in (it.store, it.other):

        async def lacks_nothing(store: object = store) -> bool:
            return not await it.sql(
                "SELECT FROM shelves s LEFT JOIN engine_indexes i ON i.generation = s.generation "
                "WHERE i.version IS NULL OR i.version < s.version OR i.choices < s.choices",
                store=store,  # type: ignore[arg-type]
            )

        await eventually(lacks_nothing, 60)  # a sender that was stopped in the middle holds its index for 30 s
