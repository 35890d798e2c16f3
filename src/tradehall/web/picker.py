"""Choosing categories: all of them where there are few, else those that words find."""

import asyncio
from collections.abc import Sequence

from tradehall.web.client import Json
from tradehall.web.visit import Visit

API = "/api/v1/manage/categories"
FEW = 60
FOUND = 20
AT_ONCE = 50  # addresses that the API names in one answer


async def categories(visit: Visit, chosen: Sequence[str], q: str) -> Json:
    """`few`: `found` are all there are; else `found` is what `q` finds, and `chosen` stand beside it. Each has a slug, and the
    `way` to it."""
    wanted = [slug for slug in chosen if slug]
    everything, asked, *named = await asyncio.gather(
        visit.api.get(API, limit=FEW),
        visit.api.get(API, q=q[:200], limit=FOUND) if q else _none(),
        *(
            visit.api.get(API, slug=wanted[start : start + AT_ONCE], limit=100)
            for start in range(0, len(wanted), AT_ONCE)
        ),
    )
    few = everything["total"] <= FEW
    ways = {one["slug"]: way(one) for some in (everything, *named) for one in some["items"]}
    found = everything["items"] if few else [one for one in asked["items"] if one["slug"] not in wanted]
    return {
        "few": few,
        "found": [{"slug": one["slug"], "way": way(one)} for one in found],
        "more": 0 if few else max(0, asked["total"] - FOUND),
        # One that is gone stays chosen, for the API to refuse.
        "chosen": [{"slug": slug, "way": ways.get(slug, slug)} for slug in wanted],
        "q": q,
    }


async def _none() -> Json:
    return {"items": [], "total": 0}


def way(category: Json) -> str:
    return " › ".join(step["name"] for step in category["path"])
