"""The demo's plans: three that anybody may choose, and the one that its own stores have."""

from typing import Any

UNLIMITED = "unlimited"
_CYCLES = [
    {"months": 1},
    {"months": 6, "discount": 5},
    {"months": 12, "discount": 10},
    {"months": 24, "discount": 20},
]  # fmt: skip
PLANS: dict[str, dict[str, Any]] = {
    "starter": {
        "name": "Starter",
        "sentence": "For a first shelf of things to sell.",
        "price": 1900,
        "cycles": _CYCLES,
        "limits": {"products": 100, "staff": 2, "warehouses": 1},
        "theme": "plain",
        "position": 1,
    },
    "growth": {
        "name": "Growth",
        "sentence": "For a shop with a few hands and a second storeroom.",
        "price": 4900,
        "cycles": _CYCLES,
        "limits": {"products": 5000, "staff": 10, "warehouses": 3},
        "theme": "mini",
        "position": 2,
    },
    "scale": {
        "name": "Scale",
        "sentence": "For whoever has stopped counting.",
        "price": 14900,
        "cycles": _CYCLES,
        "theme": "boutique",
        "position": 3,
    },
    UNLIMITED: {
        "name": "Unlimited",
        "sentence": "Given by operators, and not billed.",
        "price": 0,
        "cycles": [{"months": 1}],
        "public": False,
        "position": 9,
    },
}
