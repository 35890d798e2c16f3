"""Rules of rates and zones: what may be saved, and what buyers are quoted by."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from tradehall.contracts.shipping import (
    MOST,
    REST,
    TABLES,
    Band,
    Origin,
    PickupPoint,
    Rate,
    Zone,
    plain_zip,
)
from tradehall.contracts.values import Country, Minor, Zip
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.services.shipping.model import Place

MOST_PLACES = 500  # countries and zips of a store's zones in all: every order is priced by them
Code = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$(?!\n)")]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
Days = Annotated[int, Meta(ge=0, le=365)]
Zips = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{3,12}\.\.[0-9]{3,12}|[0-9A-Za-z][0-9A-Za-z \-]{0,11}\*?)$(?!\n)",
        description="a zip (02139), the beginning of some (021*), or from one to another (01000..02999)",
    ),
]
Number = Annotated[int, Meta(ge=0, le=MOST)]

STANDARD = Rate(code="standard", name="Standard delivery")


class NewZone(Zone, frozen=True, kw_only=True):
    code: Code
    name: Name
    countries: Annotated[list[Country], Meta(min_length=1, max_length=250)]
    zips: Annotated[list[Zips], Meta(max_length=MOST_PLACES)] = msgspec.field(default_factory=list)


class NewBand(Band, frozen=True, kw_only=True):
    least: Number = 0
    most: Number | None = None
    price: Minor


class NewRate(Rate, frozen=True, kw_only=True):
    """What zones, origins and warehouses are is found here, and cannot be given."""

    code: Code
    name: Name
    factor: Annotated[int, Meta(ge=0, le=10_000)] = 2
    origins: Annotated[list[Zip], Meta(max_length=0)] = msgspec.field(default_factory=list)
    warehouses: Annotated[list[Origin], Meta(max_length=0)] = msgspec.field(default_factory=list)
    bands: Annotated[list[NewBand], Meta(max_length=50)] = msgspec.field(default_factory=list)  # type: ignore[assignment]
    zones: Annotated[list[Code], Meta(max_length=50)] = msgspec.field(default_factory=list)
    reach: Annotated[list[Zone], Meta(max_length=0)] = msgspec.field(default_factory=list)
    beyond: None = None
    days_from: Days | None = None
    days_to: Days | None = None
    warehouse: Code | None = None
    pickup: None = None


def checked_zones(zones: Sequence[NewZone], rates: Sequence[Rate]) -> list[Zone]:
    """As they are kept. Raises Invalid, also where a rate belongs to a zone that would be gone."""
    errors = []
    codes = [zone.code for zone in zones]
    for i, zone in enumerate(zones):
        if zone.code == REST:
            errors.append(FieldError(f"zones[{i}].code", "means the rest of the world; choose another"))
        elif zone.code in codes[:i]:
            errors.append(FieldError(f"zones[{i}].code", "must differ from those of the other zones"))
        for j, zips in enumerate(zone.zips):
            if rule := _wrong_zips(zips):
                errors.append(FieldError(f"zones[{i}].zips[{j}]", rule))
    if sum(len(zone.countries) + len(zone.zips) for zone in zones) > MOST_PLACES:
        errors.append(FieldError("zones", f"must have at most {MOST_PLACES} countries and zips in all"))
    errors += [
        FieldError("zones", f"must have {', '.join(gone)}: the rate {rate.code} goes there")
        for rate in rates
        if (gone := sorted(set(rate.zones) - {*codes, REST}))
    ]
    if errors:
        raise Invalid("Some zones are not right.", errors=errors)
    return [
        Zone(
            code=zone.code,
            name=zone.name,
            countries=sorted(set(zone.countries)),
            zips=list(dict.fromkeys(plain_zip(zips) for zips in zone.zips)),
        )
        for zone in zones
    ]


def _wrong_zips(zips: str) -> str:
    low, dots, high = zips.partition("..")
    if dots:
        if len(low) != len(high):
            return "must go from one zip to another of as many digits"
        return "" if low <= high else "must begin with the smaller zip"
    first, dash, second = zips.partition("-")
    if dash and len(first) == len(second) and (first + second).isdigit():
        return f"must be written {first}..{second}, if from one to the other is meant"
    return ""


def check_rates(rates: Sequence[NewRate], zones: Sequence[Zone], places: Sequence[Place]) -> None:
    """Raises Invalid naming each field."""
    codes = [rate.code for rate in rates]
    if len(set(codes)) < len(codes):
        raise Invalid.field("rates", "must have different codes")
    if len({rate.measure for rate in rates if rate.kind == "distance"}) > 1:
        raise Invalid.field("rates", "must measure all distances in one way: goods leave from one nearest warehouse")
    known = {REST, *(zone.code for zone in zones)}
    warehouses = {place.code for place in places if place.address is not None}
    errors = []
    for i, rate in enumerate(rates):
        at = f"rates[{i}]"
        errors += _wrong_bands(rate, f"{at}.bands")
        for j, code in enumerate(rate.zones):
            if code not in known:
                errors.append(FieldError(f"{at}.zones[{j}]", "is no zone of this store"))
        if rate.kind == "pickup" and rate.warehouse not in warehouses:
            errors.append(FieldError(f"{at}.warehouse", "must be the code of an open warehouse"))
        if rate.kind != "pickup" and rate.warehouse is not None:
            errors.append(FieldError(f"{at}.warehouse", "is for a pick-up only"))
        if (rate.days_from is None) != (rate.days_to is None):
            missing = "days_from" if rate.days_from is None else "days_to"
            errors.append(FieldError(f"{at}.{missing}", "is needed with the other"))
        elif rate.days_from is not None and rate.days_to is not None and rate.days_from > rate.days_to:
            errors.append(FieldError(f"{at}.days_to", "must not be less than days_from"))
    if errors:
        raise Invalid("Some rates are not right.", errors=errors)


def _wrong_bands(rate: Rate, at: str) -> list[FieldError]:
    if rate.kind not in TABLES:
        return [FieldError(at, f"are not for a rate of kind {rate.kind}")] if rate.bands else []
    if not rate.bands:
        return [FieldError(at, f"are needed for a rate by {rate.kind}")]
    errors = []
    for i, band in enumerate(rate.bands):
        if band.most is not None and band.most < band.least:
            errors.append(FieldError(f"{at}[{i}].most", "must not be less than where it begins"))
        if i == 0:
            continue
        end = rate.bands[i - 1].most
        if end is None:
            errors.append(FieldError(f"{at}[{i - 1}].most", "is needed: only the last band has no end"))
        elif band.least <= end:
            errors.append(FieldError(f"{at}[{i}].least", f"must be {end + 1}: it overlaps with the band before"))
        elif band.least > end + 1:
            errors.append(FieldError(f"{at}[{i}].least", f"must be {end + 1}: it leaves a gap to the band before"))
    return errors


def resolved(rates: Sequence[Rate], places: Sequence[Place], zones: Sequence[Zone]) -> list[Rate]:
    """As buyers are quoted: distance rates start where the store's warehouses are, zones are what they mean now; the
    standard one where a store has set none."""
    origins = [Origin(zip=place.zip, country=place.country, priority=place.priority) for place in places]
    return [_resolved(rate, origins, places, zones) for rate in rates or [STANDARD]]


def _resolved(rate: Rate, origins: Sequence[Origin], places: Sequence[Place], zones: Sequence[Zone]) -> Rate:
    if rate.kind == "distance":
        zips = [origin.zip for origin in origins]
        rate = msgspec.structs.replace(rate, origins=zips, warehouses=list(origins))
    if rate.kind == "pickup":
        rate = msgspec.structs.replace(rate, pickup=_pickup(rate.warehouse, places))
    if rate.zones:
        reach = [zone for zone in zones if zone.code in rate.zones]
        beyond = [zone for zone in zones if zone.code not in rate.zones] if REST in rate.zones else None
        rate = msgspec.structs.replace(rate, reach=reach, beyond=beyond)
    return rate


def _pickup(code: str | None, places: Sequence[Place]) -> PickupPoint | None:
    for place in places:
        if place.code == code and place.name is not None and place.address is not None:
            return PickupPoint(name=place.name, address=place.address)
    return None
