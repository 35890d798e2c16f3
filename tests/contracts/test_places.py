"""Zip codes and their places, against the file that they were taken from."""

import csv
from pathlib import Path

import pytest

from tradehall.contracts.places import FILE, kilometres, pack, place

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "zipcodes.csv"


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("02139", "10001", 300),
        ("10001", "60601", 1157),
        ("33101", "99501", 6462),
        ("96701", "00901", 9450),
        ("02139", "02139", 0),
    ],
)
def test_distances_are_those_on_earth(a: str, b: str, apart: float) -> None:
    here, there = place(a, "US"), place(b, "US")
    assert here is not None
    assert there is not None
    assert kilometres(here, there) == pytest.approx(apart, rel=0.01)
    assert kilometres(here, there) == kilometres(there, here)


@pytest.mark.parametrize("zip_code", ["02139-1234", "021391234", "02139 1234", " 02139 "])
def test_the_first_five_digits_are_the_place(zip_code: str) -> None:
    assert place("02139", "US") == pytest.approx((42.365, -71.102), abs=0.004)
    assert place(zip_code, "US") == place("02139", "US")


@pytest.mark.parametrize("zip_code", ["00000", "99999", "2139", "01310-100", "SW1A 1AA", "", "٠٢١٣٩", "0" * 10_000])
def test_what_is_no_zip_in_use_has_no_place(zip_code: str) -> None:
    assert place(zip_code, "US") is None


def test_territories_number_their_places_with_the_states() -> None:
    assert place("00901", "PR") == place("00901", "US")
    assert place("10115", "DE") is None


@pytest.mark.skipif(not SOURCE.exists(), reason="the source lies beside the project, not in it")
def test_every_zip_of_the_source_is_where_it_was() -> None:
    with SOURCE.open(newline="") as file:
        rows = [(r["zip_code"], float(r["latitude"]), float(r["longitude"])) for r in csv.DictReader(file)]
    for zip_code, latitude, longitude in rows:
        found = place(zip_code, "US")
        assert found is not None
        assert kilometres(found, (latitude, longitude)) < 0.5
    assert pack(rows) == FILE.read_bytes()
    assert sum(place(f"{number:05}", "US") is not None for number in range(100_000)) == len(rows)
