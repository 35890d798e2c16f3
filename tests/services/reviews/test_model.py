"""Rules of reviews."""

from datetime import UTC, datetime

import pytest

from tradehall.kernel.ids import uuid7
from tradehall.services.reviews.model import (
    NOBODY,
    Ratings,
    Review,
    Settings,
    Status,
    counted,
    edited_status,
    first_status,
    shown_name,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Byron", "Ada B."),
        ("Ada Lovelace Byron", "Ada B."),
        ("  ada   byron ", "ada B."),
        ("Ada", "Ada"),
        ("Ada ada@example.org", "Ada"),
        ("ada@example.org", NOBODY),
        ("", NOBODY),
        ("Ольга Ладыженская", "Ольга Л."),
        ("x" * 200 + " y", "x" * 56 + " Y."),
        ("Ada \u202e Byron", "Ada B."),
    ],
)
def test_everybody_may_know_first_name_and_initial(name: str, shown: str) -> None:
    assert shown_name(name) == shown
    assert 1 <= len(shown) <= 60


@pytest.mark.parametrize("status", ["pending", "published", "hidden"])
def test_only_what_is_published_counts(status: Status) -> None:
    id = uuid7()
    review = Review(
        id=id, order_id=id, variant_id=id, product_id=id, seller_id=id, name="Ada", rating=3, status=status,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    assert counted(review) == (3 if status == "published" else None)
    assert counted(None) is None


def test_what_is_written_is_shown_at_once_or_once_approved() -> None:
    at_once, approved = Settings(), Settings(approval=True)
    assert first_status(at_once, watched=False) == "published"
    assert first_status(at_once, watched=True) == first_status(approved, watched=False) == "pending"
    assert edited_status("published", at_once, watched=False) == "published"
    for earlier in ("pending", "hidden"):
        assert edited_status(earlier, at_once, watched=False) == "pending"  # type: ignore[arg-type]
    assert edited_status("published", approved, watched=False) == "pending"


def test_averages_have_two_decimals() -> None:
    assert Ratings([0] * 5, 0).average is None
    assert Ratings([1, 0, 0, 0, 2], 3).average == 3.67
    assert Ratings([1, 0, 0, 0, 2], 3).count == 3
