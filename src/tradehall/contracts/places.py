"""Where zip codes are, how far apart, and which warehouse is nearest: what shipping costs and where goods leave from must
agree on it, hence it is shared.

`zipcodes.bin` holds, for each of the 100 000 numbers of five digits, latitude and longitude as two little-endian
int16 in steps of 20 arc seconds (about 600 m); UNKNOWN where there is no such zip. The places of the 42 049 codes of
the USA and its territories are taken from vega-datasets (https://github.com/vega/vega-datasets), data/zipcodes.csv:

    python -m tradehall.contracts.places zipcodes.csv
"""

import csv
import re
import sys
from array import array
from collections.abc import Iterable
from functools import cache, lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Literal

# How near is near: `zip`, the `motors` rule |from − to + 1| of zip codes read as numbers; `earth`, kilometres.
Measure = Literal["zip", "earth"]
Nearness = tuple[int, float]
KILOMETRES, NUMBERS, UNKNOWN_WAY = 0, 1, 2  # what the second value of a Nearness is in; the last is in nothing

FILE = Path(__file__).parent / "zipcodes.bin"
STEPS = 180  # to a degree
UNKNOWN = -(2**15)
EARTH = 6371.0  # km
# They number their places together.
USA = frozenset({"US", "AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"})
_ZIP = re.compile(r"([0-9]{5})(?:[- ]?[0-9]{4})?", re.ASCII)


def place(zip_code: str, country: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; also of a ZIP+4. None where the zip is not known."""
    match = _ZIP.fullmatch(zip_code.strip())
    if match is None or country not in USA:
        return None
    table, at = _table(), 2 * int(match[1])
    return None if table[at] == UNKNOWN else (table[at] / STEPS, table[at + 1] / STEPS)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """On the great circle, by the haversine formula."""
    (lat_a, lon_a), (lat_b, lon_b) = a, b
    half_lat, half_lon = sin(radians(lat_b - lat_a) / 2), sin(radians(lon_b - lon_a) / 2)
    h = half_lat * half_lat + cos(radians(lat_a)) * cos(radians(lat_b)) * half_lon * half_lon
    return 2 * EARTH * asin(sqrt(min(1.0, h)))


def zip_number(zip_code: str) -> int | None:
    """The leading digits of a zip ("02139-1234" -> 2139), None where it has none."""
    digits = zip_code.strip().split("-")[0].replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() else None


@lru_cache(maxsize=1 << 14)
def nearness(measure: Measure, zip_code: str, country: str, to_zip: str, to_country: str) -> Nearness:
    """To sort by, nearest first. By `earth` first those with real distances, then those whose numbers can be compared,
    then the rest. By `zip` countries count for nothing, as in `motors`."""
    start, end = zip_number(zip_code), zip_number(to_zip)
    if measure == "zip":
        return (UNKNOWN_WAY, 0) if start is None or end is None else (NUMBERS, abs(start - end + 1))
    here, there = place(zip_code, country), place(to_zip, to_country)
    if here is not None and there is not None:
        return KILOMETRES, kilometres(here, there)
    if start is not None and end is not None and (country == to_country or {country, to_country} <= USA):
        return NUMBERS, abs(start - end)
    return UNKNOWN_WAY, 0


@cache
def _table() -> "array[int]":
    return _little_endian(array("h", FILE.read_bytes()))


def pack(rows: Iterable[tuple[str, float, float]]) -> bytes:
    """Of zip, latitude, longitude."""
    table = array("h", [UNKNOWN]) * 200_000
    for zip_code, latitude, longitude in rows:
        at = 2 * int(zip_code)
        table[at : at + 2] = array("h", [round(latitude * STEPS), round(longitude * STEPS)])
    return _little_endian(table).tobytes()


def _little_endian(table: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        table.byteswap()
    return table


if __name__ == "__main__":
    with open(sys.argv[1], newline="") as source:
        found = [(r["zip_code"], float(r["latitude"]), float(r["longitude"])) for r in csv.DictReader(source)]
    FILE.write_bytes(pack(found))
