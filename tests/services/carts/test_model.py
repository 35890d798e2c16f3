"""Rules of carts: nothing is lost, nothing passes its limit, what changed is said."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehall.kernel.errors import Invalid
from tradehall.services.carts.model import (
    MOST_LINES,
    MOST_OF_ONE,
    Cart,
    Changed,
    Goods,
    Line,
    Mode,
    NotInCart,
    Owner,
    PastVariant,
    UnknownVariant,
    Variant,
    Wanted,
    acknowledged,
    changed,
    filled,
    merged,
    ordered,
    put,
    returned,
    selected,
    without,
    worth_a_reminder,
)

VARIANTS = [UUID(int=n) for n in range(1, 12)]
contents = st.dictionaries(st.sampled_from(VARIANTS), st.integers(1, MOST_OF_ONE))
choices = st.sets(st.sampled_from(VARIANTS))


def cart(quantities: dict[UUID, int]) -> Cart:
    return Cart(id=uuid4(), lines=[Line(variant_id=v, quantity=q, price=100) for v, q in quantities.items()])


def full_cart() -> Cart:
    return cart({UUID(int=n): 1 for n in range(1, MOST_LINES + 1)})


def a_variant(id: UUID = VARIANTS[0], **facts: Any) -> Variant:
    usual: dict[str, Any] = {
        "id": id,
        "product_id": id,
        "seller_id": id,
        "slug": "lamp",
        "sku": "L",
        "title": "Lamp",
        "options": {},
        "price": 100,
        "image": None,
        "for_sale": True,
    }
    return Variant(**{**usual, **facts})


def goods(*variants: Variant, past: tuple[PastVariant, ...] = ()) -> Goods:
    return Goods({v.id: v for v in variants}, {(p.variant_id, p.revision): p for p in past})


ALL = goods(*(a_variant(UUID(int=n)) for n in range(1, MOST_LINES + 10)))


def amounts(cart: Cart) -> dict[UUID, int]:
    return {line.variant_id: line.quantity for line in cart.lines}


def wanted(quantities: dict[UUID, int]) -> list[Wanted]:
    return [Wanted(variant_id=v, quantity=q) for v, q in quantities.items()]


# --- filling


@given(contents, contents, st.sampled_from(["add", "set"]))
def test_all_lines_are_put_or_none_and_each_that_cannot_be_is_named(
    before: dict[UUID, int], wants: dict[UUID, int], mode: Mode
) -> None:
    after = {**before, **{v: q + (before.get(v, 0) if mode == "add" else 0) for v, q in wants.items()}}
    too_many = [f"lines[{i}].quantity" for i, v in enumerate(wants) if after[v] > MOST_OF_ONE]
    if too_many:
        with pytest.raises(Invalid) as refused:
            filled(cart(before), wanted(wants), ALL, mode)
        assert [error.field for error in refused.value.errors] == too_many
    else:
        assert amounts(filled(cart(before), wanted(wants), ALL, mode)) == after


def test_a_line_keeps_the_price_it_was_added_at() -> None:
    dearer = goods(a_variant(price=170))
    found = put(cart({VARIANTS[0]: 1}), Wanted(variant_id=VARIANTS[0], quantity=2), dearer)
    assert (found.lines[0].quantity, found.lines[0].price) == (3, 100)


def test_limits_are_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        put(cart({VARIANTS[0]: 999}), Wanted(variant_id=VARIANTS[0]), ALL)
    assert [error.field for error in refused.value.errors] == ["quantity"]
    with pytest.raises(Invalid) as refused:
        put(full_cart(), Wanted(variant_id=UUID(int=MOST_LINES + 1)), ALL)
    assert [error.field for error in refused.value.errors] == ["variant_id"]
    with pytest.raises(NotInCart):
        without(cart({}), VARIANTS[0])


def test_what_is_not_for_sale_is_refused_but_a_line_of_it_may_be_made_smaller() -> None:
    gone = goods(a_variant(for_sale=False))
    item = Wanted(variant_id=VARIANTS[0], quantity=1)
    for mode in ("add", "set"):
        with pytest.raises(UnknownVariant):
            put(cart({}), item, gone, mode)
    assert amounts(put(cart({VARIANTS[0]: 5}), item, gone, "set")) == {VARIANTS[0]: 1}
    with pytest.raises(Invalid) as refused:
        filled(cart({}), [item, Wanted(variant_id=VARIANTS[1]), item], gone)
    rules = {error.field: error.rule for error in refused.value.errors}
    assert rules.keys() == {"lines[0].variant_id", "lines[1].variant_id", "lines[2].variant_id"}
    assert "twice" in rules["lines[2].variant_id"]


STEPS = st.tuples(st.sampled_from(["add", "set", "remove"]), st.sampled_from(VARIANTS[:4]), st.integers(1, MOST_OF_ONE))


@given(st.lists(STEPS, max_size=40))
def test_any_sequence_of_changes_keeps_a_cart_within_its_rules(steps: list[tuple[Any, UUID, int]]) -> None:
    found, expected = Cart(id=uuid4()), dict[UUID, int]()
    for step, id, quantity in steps:
        before = found
        total = quantity + expected.get(id, 0) if step == "add" else quantity
        try:
            if step == "remove":
                found = without(found, id)
            else:
                found = put(found, Wanted(variant_id=id, quantity=quantity), ALL, step)
        except Invalid:
            assert step == "add"
            assert total > MOST_OF_ONE
        except NotInCart:
            assert id not in expected
        else:
            expected = {**expected, id: total} if step != "remove" else {k: v for k, v in expected.items() if k != id}
        assert amounts(found) == expected
        assert len(found.lines) == len(expected)
        assert (found.id, found.version) == (before.id, before.version)


# --- merging and ordering


@given(contents, contents)
def test_merging_adds_up_to_the_limit(account: dict[UUID, int], guest: dict[UUID, int]) -> None:
    joined, left = merged(cart(account), cart(guest))
    assert amounts(joined) == {
        v: min(MOST_OF_ONE, account.get(v, 0) + guest.get(v, 0)) for v in account.keys() | guest.keys()
    }
    assert left.lines == []
    again, still = merged(joined, left)
    assert (again, still) == (joined, left)


def test_merging_leaves_what_does_not_fit() -> None:
    guest = cart({UUID(int=MOST_LINES + 1): 2, UUID(int=1): 3})
    joined, left = merged(full_cart(), guest)
    assert len(joined.lines) == MOST_LINES
    assert amounts(joined)[UUID(int=1)] == 4
    assert amounts(left) == {UUID(int=MOST_LINES + 1): 2}


@given(contents, contents)
def test_an_order_takes_its_quantities_and_no_more(before: dict[UUID, int], order: dict[UUID, int]) -> None:
    after = amounts(ordered(cart(before), list(order.items())))
    assert after == {v: q - order.get(v, 0) for v, q in before.items() if q > order.get(v, 0)}


@given(contents, choices, contents)
def test_what_an_order_took_is_back_as_it_was_unless_it_was_put_there_again(
    before: dict[UUID, int], chosen: set[UUID], meanwhile: dict[UUID, int]
) -> None:
    whole = cart(before)
    taken = [line for line in whole.lines if line.variant_id in chosen]
    rest = ordered(whole, [(line.variant_id, line.quantity) for line in taken])
    assert amounts(returned(rest, taken)) == before
    busy = filled(rest, wanted(meanwhile), ALL, "set")
    expected = {**{line.variant_id: line.quantity for line in taken}, **amounts(busy)}
    assert amounts(returned(busy, taken)) == expected
    assert returned(returned(rest, taken), taken) == returned(rest, taken)


def test_no_more_comes_back_than_a_cart_holds() -> None:
    full = full_cart()
    assert returned(full, [Line(variant_id=UUID(int=999), quantity=1, price=1)]) == full


# --- selecting


@given(contents, choices)
def test_the_lines_named_are_selected_and_no_others(before: dict[UUID, int], named: set[UUID]) -> None:
    inside = named & before.keys()
    found = selected(cart(before), inside)
    assert {line.variant_id for line in found.lines if line.selected} == inside
    assert amounts(found) == before
    if outside := sorted(named - before.keys()):
        with pytest.raises(Invalid) as refused:
            selected(cart(before), outside)
        assert [error.field for error in refused.value.errors] == [f"variant_ids[{i}]" for i in range(len(outside))]


def test_a_line_selected_on_either_side_of_a_log_in_stays_selected() -> None:
    both = {VARIANTS[0]: 1, VARIANTS[1]: 1}
    joined, _ = merged(selected(cart(both), [VARIANTS[0]]), selected(cart(both), []))
    assert [line.selected for line in joined.lines] == [True, False]


# --- changes

ON_FOUR = Line(variant_id=VARIANTS[0], quantity=4, price=100)
WAS = PastVariant(variant_id=VARIANTS[0], revision=1, title="Old lamp", options={"Colour": "red"})


@pytest.mark.parametrize(
    ("line", "variant", "found"),
    [
        ({}, {}, None),
        ({}, {"available": 4}, None),
        ({}, {"price": 90}, Changed(price=(100, 90))),
        ({}, {"revision": 2, "options": WAS.options}, Changed(title=("Old lamp", "Lamp"))),
        ({}, {"revision": 2, "title": WAS.title}, Changed(options=({"Colour": "red"}, {}))),
        ({}, {"revision": 2, "title": WAS.title, "options": WAS.options}, None),
        ({}, {"available": 3}, Changed(availability="short")),
        ({"short": True}, {"available": 0}, Changed(availability="short")),
        ({"short": True}, {"available": 4}, Changed(availability="back")),
        ({"short": True}, {}, Changed(availability="back")),
        ({}, {"for_sale": False, "price": 1}, Changed(gone="deleted")),
        ({}, {"for_sale": False, "unpublished": True}, Changed(gone="unpublished")),
    ],
)
def test_what_has_changed_is_said(line: dict[str, Any], variant: dict[str, Any], found: Changed | None) -> None:
    seen, known = msgspec.structs.replace(ON_FOUR, **line), goods(a_variant(**variant), past=(WAS,))
    assert changed(seen, known) == found
    (after,) = acknowledged(Cart(id=uuid4(), lines=[seen]), known, None).lines
    standing = changed(after, known)
    assert standing is None or (standing in (Changed(availability="short"), found) and not standing.price)
    assert (after.variant_id, after.quantity) == (seen.variant_id, seen.quantity)


def test_only_the_lines_named_are_acknowledged() -> None:
    two, dearer = {VARIANTS[0]: 1, VARIANTS[1]: 1}, goods(*(a_variant(id, price=150) for id in VARIANTS[:2]))
    found = acknowledged(cart(two), dearer, [VARIANTS[1]])
    assert [line.price for line in found.lines] == [100, 150]
    with pytest.raises(Invalid):
        acknowledged(cart(two), dearer, [VARIANTS[5]])


def test_a_cart_of_which_nothing_can_be_bought_is_worth_no_reminder() -> None:
    gone, here = a_variant(for_sale=False), a_variant(VARIANTS[1])
    two = cart({VARIANTS[0]: 1, VARIANTS[1]: 1})
    assert worth_a_reminder(two, goods(gone, here))
    assert not worth_a_reminder(two, goods(gone))
    assert not worth_a_reminder(cart({}), goods(gone, here))


def test_an_id_names_a_guests_cart_or_the_callers_own() -> None:
    guests, accounts, user = uuid4(), UUID("01a1fd69-c432-7117-a7a5-1513112ee30d"), UUID(int=7)
    assert Owner.named(guests, user) == Owner.named(guests, None) == Owner(guest=guests)
    assert Owner.named(accounts, user) == Owner(account=user)
    assert Owner.named(accounts, None) is None
