"""What the API refused of a product's form: where it belongs; and what somebody else made of the product meanwhile."""

import re

from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import plain, sentence
from tradehall.web.product_form import SCALARS, ProductForm
from tradehall.web.product_rows import Variant, shortened
from tradehall.web.visit import problem_text

SENTENCES = {
    "name": "Enter a name.",
    "slug": "Use small letters, digits and hyphens: ridge-45-backpack.",
    "price": "Enter an amount, like 19.99.",
    "compare_at": "Enter an amount, like 24.99, or nothing.",
    "sku": "Enter a SKU of at most 64 characters.",
    "weight": "Enter whole grams.",
    "seller": "Choose who sells it.",
}
_PATH = re.compile(r"(specifications|options|variants|images)\[(\d+)\]\.?(.*)")


def where(form: ProductForm, name: str) -> str:
    """Before a sentence that stands far from its field: whose it is."""
    kind, _, rest = name.partition("-")
    place = rest.partition("-")[0]
    if not place.isdecimal() or kind not in ("spec", "option", "variant", "image"):
        return "New variants: " if name.startswith("base_") else ""
    if kind == "spec":
        return f"{form.specs[int(place)].name or 'Detail'}: "
    if kind == "variant" and form.single:
        return {"price": "Price: ", "compare_at": "Price before: ", "weight": "Grams: "}.get(name[10:], "")
    word = {"option": "Option", "variant": "Variant", "image": "Picture"}[kind]
    return f"{word} {int(place) + 1}: "


def blame(form: ProductForm, problem: ApiProblem, told: Json | None) -> None:
    """Each problem at its field; `told` is the product as it is."""
    unnamed = any(error.field.startswith("options[") for error in problem.errors)
    for error in problem.errors:
        path = _PATH.fullmatch(error.field)
        if unnamed and path and path[1] == "variants" and path[3].startswith("options"):
            continue  # each variant says it again
        name = _field(form, path[1], int(path[2]), path[3], told) if path else _whole(form, error.field, error.rule)
        if not name or name.endswith("-id") or (name.startswith("base_") and not form["rest"]):
            form.others.append(f"{error.field.replace('_', ' ').capitalize()}: {plain(error.rule)}.")
        else:
            form.errors.setdefault(name, _words(name, error.rule))
    if problem.slug == "slug-taken":
        form.errors["slug"] = problem_text(problem)
    elif problem.slug == "sku-taken":
        _twice(form, problem)
    elif not problem.errors:
        form.others.append(problem_text(problem))


def _twice(form: ProductForm, problem: ApiProblem) -> None:
    skus = problem.extra.get("skus")
    found = [place for place, one in enumerate(form.variants) if isinstance(skus, list) and one.sku in skus]
    for place in found:
        form.errors[f"variant-{place}-sku"] = "Another variant in this store has this SKU."
    if not found:
        form.others.append(problem_text(problem))


def _field(form: ProductForm, part: str, place: int, inner: str, told: Json | None) -> str:
    match part:
        case "specifications":
            row = form.specifications(told)[place][0]
            typed = form.specs[row].typed or form.specs[row].attribute
            return f"spec-{row}-{'name' if inner == 'name' and not typed else 'value'}"
        case "options":
            return f"option-{form.named[place][0]}-name"
        case "images":
            return f"image-{place}-alt"
    part, _, option = inner.partition(".")
    part = "weight" if part == "weight_g" else part
    if form.elsewhere or place >= max(1, len(form.variants)):
        return f"base_{part}"
    if part == "options" and form.named:
        places = {name: place for place, name in form.named}
        part = f"o{places.get(option, form.named[0][0])}"
    return f"variant-{place}-{part}"


def _whole(form: ProductForm, name: str, rule: str) -> str:
    if name == "specifications":
        for place, spec in enumerate(form.specs):
            if spec.attribute and rule.startswith(f"must say {spec.attribute['name']},"):
                return f"spec-{place}-value"
    if name == "options" and form.options:
        return "option-0-name"
    if name == "seller_id":
        return "seller"
    name = name.partition("[")[0]
    return name if name in SCALARS else ""


def _words(name: str, rule: str) -> str:
    """What is wrong there; of amounts, grams and the like what would be right."""
    part = name.rpartition("-")[2].removeprefix("base_")
    if name.endswith("-value") and rule.startswith("must say"):
        return "The category asks for it before the product is published."
    if name.startswith("spec-") and "null" in rule:
        return "Say something here, or empty the name too."
    if re.fullmatch(r"variant-\d+-o\d", name):
        return "Enter a value." if "regex" in rule or "matching" in rule else sentence(rule)
    if rule.startswith("must be above"):
        return "It must be above the price, or empty."
    return SENTENCES.get(part) or sentence(rule)


def join(form: ProductForm, told: Json) -> list[str]:
    """Takes in what somebody else did that the form knows nothing of, and says what is not as it was typed. Saved again, the
    form's is what counts."""
    now = ProductForm.of(told)
    form.values["version"] = now["version"]
    found = []
    for name, label in SCALARS.items():
        if form[name] != now[name]:
            found.append(f"{label} is “{shortened(now[name])}” there." if now[name] else f"{label} is empty there.")
    if [(spec.name, spec.value) for spec in form.specs if spec.value] != [
        (spec.name, spec.value) for spec in now.specs
    ]:
        found.append("Details differ.")
    if form.options != now.options:
        found.append("Options differ.")
    return found + _join_pictures(form, now) + ([] if form.elsewhere else _join_variants(form, now))


def _join_pictures(form: ProductForm, now: ProductForm) -> list[str]:
    mine, theirs = {one.key for one in form.images}, {one.key for one in now.images}
    gone, new = mine - theirs, [one for one in now.images if one.key not in mine]
    differ = not gone and not new and form.images != now.images
    form.images = [one for one in form.images if one.key not in gone] + new
    for variant in form.variants:
        variant.image = "" if variant.image in gone else variant.image
    return [
        *(["A picture is gone there."] if gone else []),
        *(["A picture of the product stands here again: remove it, if it should go."] if new else []),
        *(["Pictures, or their order or words, differ."] if differ else []),
    ]


def _join_variants(form: ProductForm, now: ProductForm) -> list[str]:
    theirs = {one.id: one for one in now.variants}
    mine = {one.id for one in form.variants}
    gone = [one for one in form.variants if one.id and one.id not in theirs]
    new = [one for one in now.variants if one.id not in mine]
    differ = [one for one in form.variants if one.id in theirs and not same_offer(form, one, theirs[one.id])]
    for one in gone:
        one.id = ""
    form.variants += new
    return [
        *(f"{one.sku} is gone there: saved again, it is a new variant." for one in gone),
        *(f"{one.sku} is there too: remove it, if it should go." for one in new),
        *(f"{theirs[one.id].sku} is not as you typed it." for one in differ),
    ]


def same_offer(form: ProductForm, one: Variant, other: Variant) -> bool:
    """Amounts may be typed in several ways; of which currency, is no matter here."""
    return one.offer(form.named, "USD") == other.offer(form.named, "USD")
