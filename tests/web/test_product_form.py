"""The form of a product by itself: what buttons do, and what it comes to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict

from tradehall.web.product_form import INLINE, ProductForm
from tradehall.web.product_rows import Option, Spec, Variant, amount, minor, said

VALUES = st.lists(st.sampled_from(["S", "M", "L", "Red", "Blue", "ä", "2 m"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("typed", "currency", "meant"),
    [
        ("19.99", "USD", 1999),
        ("19,9", "EUR", 1990),
        ("20", "USD", 2000),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("0", "USD", 0),
        ("1,000", "USD", "1,000"),
        ("1.5", "JPY", "1.5"),
        ("-3", "USD", "-3"),
        ("٣", "USD", 300),
        ("", "USD", ""),
        ("1e3", "USD", "1e3"),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, currency: str, meant: int | str) -> None:
    assert minor(typed, currency) == meant


@given(st.integers(0, 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
def test_an_amount_that_is_shown_is_read_as_itself(units: int, currency: str) -> None:
    assert minor(amount({"amount": units, "currency": currency}), currency) == units


def form_of(sets: list[list[str]], variants: list[Variant]) -> ProductForm:
    options = [Option(f"Option {place}", ", ".join(values)) for place, values in enumerate(sets)]
    return ProductForm({"name": "Rug", "base_price": "5"}, options=options, variants=variants)


@given(st.lists(VALUES, min_size=1, max_size=3), st.integers(0, 4), st.data())
def test_each_combination_has_one_variant_and_none_there_was_is_lost(
    sets: list[list[str]], there: int, data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.tuples(*map(st.sampled_from, sets)), max_size=there, unique=True))
    before = [Variant(f"id-{n}", f"SKU-{n}", "1", values=list(values)) for n, values in enumerate(chosen)]
    form = form_of(sets, [Variant(**vars(one)) for one in before])
    form.make()
    assert form.errors == {}
    wanted = 1
    for values in sets:
        wanted *= len(set(values))
    offers = form.offers(None, "USD")
    assert [(one["id"], one["sku"]) for one in offers[: len(before)]] == [(one.id, one.sku) for one in before]
    made = [tuple(one["options"].values()) for one in offers]
    assert len(made) == len(set(made)) == wanted
    assert len({one["sku"] for one in offers}) == wanted
    assert len(form.variants) <= max(INLINE, len(before))
    assert len(offers) == len(form.variants) + form.to_come(None)
    form.make()
    assert form.offers(None, "USD") == offers, "a second time there is nothing to make"


@given(st.data())
def test_what_is_said_of_a_variant_stays_when_it_gets_another_option(data: st.DataObject) -> None:
    sets = data.draw(st.lists(VALUES, min_size=2, max_size=3))
    whole = st.tuples(*map(st.sampled_from, sets))
    partial = [
        ["" if data.draw(st.booleans()) else value for value in one] for one in data.draw(st.lists(whole, max_size=5))
    ]
    form = form_of(sets, [Variant(f"id-{n}", f"SKU-{n}", "1", values=list(one)) for n, one in enumerate(partial)])
    form.make()
    for before, now in zip(partial, form.variants, strict=False):
        assert all(was in ("", is_) for was, is_ in zip(before, now.values, strict=True))


def test_variants_of_two_colours_keep_them_when_sizes_come() -> None:
    form = form_of(
        [["Red", "Blue"], ["S", "M"]], [Variant("1", "R", values=["Red"]), Variant("2", "B", values=["Blue"])]
    )
    form.make()
    assert [one.values for one in form.variants] == [["Red", "S"], ["Blue", "S"], ["Red", "M"], ["Blue", "M"]]


@given(st.data())
def test_no_button_whatever_its_name_breaks_the_form(data: st.DataObject) -> None:
    form = form_of([["S", "M"]], [Variant(values=["S"])])
    form.specs, form.related = [Spec("a", "b")], [("1", "One")]
    kinds = "spec", "option", "variant", "image", "related", "rest", "x"
    names = st.builds(
        "-".join,
        st.tuples(
            *(map(st.sampled_from, (("add", "drop", "up", "make", "keep", "relate"), kinds))), st.text(max_size=3)
        ),
    )
    for action in data.draw(st.lists(names | st.text(max_size=8), max_size=8)):
        form.apply(action)
    form.body(None, "USD")


def test_too_many_combinations_are_refused_before_they_are_made() -> None:
    many = [str(n) for n in range(100)]
    form = form_of([many] * 5, [Variant()])
    form.make()
    assert "more than 500" in form.errors["option-0-values"]
    form.values["rest"] = "1"
    assert len(form.offers(None, "USD")) == 1


def test_what_was_not_touched_is_what_it_was() -> None:
    told: dict[str, Any] = {"specifications": [{"name": "Seats", "value": 4}, {"name": "Used", "value": False}]}
    form = ProductForm(specs=[Spec("Seats", said(4)), Spec("Used", said(False)), Spec("New", "4")])
    assert [spec["value"] for _, spec in form.specifications(told)] == [4, False, "4"]


def test_rows_are_read_in_their_order_and_strange_fields_passed_over() -> None:
    typed = [("spec-10-name", "b"), ("spec-2-name", "a"), ("spec-x-name", "no"), ("variant-0-o9", "no"), ("rest", "1")]
    form = ProductForm.typed(FormMultiDict([*typed, ("variant-0-image", "7"), ("related", "17 A name")]))
    assert [spec.name for spec in form.specs] == ["a", "b"]
    assert form.variants[0].image == ""
    assert form.related == [("17", "A name")]
