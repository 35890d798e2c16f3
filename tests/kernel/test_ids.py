"""Ids carry the time at which they were made."""

from datetime import UTC, datetime, timedelta

from tradehall.kernel.ids import first_uuid7, uuid7


def test_ids_of_a_moment_begin_with_its_first() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=2)
    ids = [uuid7() for _ in range(5000)]
    after = datetime.now(UTC) + timedelta(seconds=5)  # a burst runs ahead of the clock
    assert ids == sorted(set(ids))
    assert first_uuid7(before) < ids[0]
    assert ids[-1] < first_uuid7(after)


def test_the_first_id_of_a_moment_is_one_that_could_be_made() -> None:
    for year in (1970, 2026, 9000):
        first = first_uuid7(datetime(year, 1, 1, tzinfo=UTC))
        assert (first.version, first.variant) == (7, "specified in RFC 4122")
