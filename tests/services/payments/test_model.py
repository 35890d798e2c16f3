"""The rules of payments, without a database or a provider."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradehall.kernel.ids import uuid7
from tradehall.services.payments import model
from tradehall.services.payments.model import Action, NoProof, NotNow, Payment, Proof, Standing, TooMuch

DEADLINE = datetime(2026, 1, 1, tzinfo=UTC)
PURE = settings(max_examples=300, deadline=None, database=None)
METHODS = ["card-simulated", "proof", "cash-on-delivery"]


def a_payment(method: str = "card-simulated", **changes: object) -> Payment:
    payment = Payment(
        id=uuid7(),
        order_id=uuid7(),
        customer_id=None,
        link="l",
        method=method,
        token="tok_ok" if method == "card-simulated" else None,
        status="awaiting",
        cancelled=False,
        amount=1999,
        currency="USD",
        captured=0,
        refunded=0,
        reference=None,
        proof=None,
        note="",
        expires_at=DEADLINE,
        created_at=DEADLINE - timedelta(minutes=10),
    )
    return msgspec.structs.replace(payment, **changes)


def said(payment: Payment, state: str, **changes: object) -> Standing:
    """By the provider, of this payment."""
    given = {"amount": payment.amount, "currency": payment.currency, "reference": "ref"}
    return Standing(key=payment.id, state=state, **{**given, **changes})  # type: ignore[arg-type]


def act(payment: Payment, step: str) -> Payment:
    """One thing that may happen to a payment; what is refused leaves it as it was."""
    kept = msgspec.structs.replace(payment, owed=())
    try:
        if step == "start":
            fresh = payment.status == "awaiting"
            return msgspec.structs.replace(kept, status=model.started(payment.method)) if fresh else kept
        if step in STATES:
            return model.stands(kept, said(payment, step, action=Action(url="u") if step == "action" else None))
        if step == "too much":
            return model.stands(kept, said(payment, "captured", amount=payment.amount + 1))
        if step == "given back there":
            return model.stands(kept, said(payment, "captured", refunded=payment.refunded + payment.refunding + 500))
        if step == "cancel":
            return model.cancelled(kept)
        if step == "proof":
            proof = Proof(key="k", content_type="image/png", uploaded_at=DEADLINE)
            return model.with_proof(kept, proof, DEADLINE - timedelta(seconds=1))
        if step in ("approve", "reject"):
            return model.reviewed(kept, approve=step == "approve", note="n")
        if step in ("refund", "refund 700"):
            return model.refunded_in_part(kept, 700 if step == "refund 700" else None, "r")
        if not payment.refunding:
            return kept
        if step == "refund fails":
            return model.not_given_back(kept, payment.refunding, "n")
        return model.given_back(kept, payment.refunding)
    except (NotNow, TooMuch):
        return kept


STATES = ["captured", "declined", "pending", "absent", "action", "authorised", "voided"]
STEPS = [
    *("start", *STATES, "too much", "given back there", "cancel", "proof", "approve", "reject"),
    *("refund", "refund 700", "refund fails", "returned"),
]
# Mostly from the moment the goods are held; what comes before that is short.
WAYS = st.tuples(
    st.sampled_from([["start"], ["start"], ["cancel", "start"], []]), st.lists(st.sampled_from(STEPS))
).map(lambda way: way[0] + way[1])
ENDED = {"rejected", "refunded"}


@PURE
@given(st.sampled_from(METHODS), WAYS)
def test_money_adds_up_in_any_sequence(method: str, steps: list[str]) -> None:
    payment = a_payment(method)
    for step in steps:
        if method in model.BY_HAND and step in (*STATES, "too much", "given back there"):
            continue  # no provider stands behind it
        after = act(payment, step)
        assert 0 <= after.refunded + after.refunding <= after.captured
        assert after.captured <= after.amount or after.status in ("refunding", "refunded"), "too much was kept"
        assert after.captured >= payment.captured
        assert after.refunded >= payment.refunded
        assert (after.captured > 0) == (after.status in ("paid", "refunding", "refunded"))
        assert (after.status == "refunded") == (after.captured > 0 and after.refunded == after.captured)
        assert after.status != "paid" or after.captured == after.amount
        assert payment.status not in ENDED or after.status == payment.status
        assert after.cancelled >= payment.cancelled
        assert sum(r.amount for r in after.owed if r.status == "due") == max(0, after.refunding - payment.refunding)
        assert sum(r.amount for r in after.owed if r.status == "done") in (0, after.refunded - payment.refunded)
        if after.cancelled and step not in ("returned", "refund fails") and after.captured > payment.captured:
            assert after.kept == 0, "money of a cancelled order was kept"
        if after.status not in ("awaiting", "charging"):
            assert after.token is None or after.status in ("waiting_proof", "review", "promised")
        payment = after


@PURE
@given(st.sampled_from(METHODS), WAYS, st.sampled_from([*STATES, "cancel"]))
def test_told_twice_changes_nothing(method: str, steps: list[str], twice: str) -> None:
    payment = a_payment(method)
    for step in steps:
        payment = act(payment, step)
    once = act(payment, twice)
    assert act(once, twice) == msgspec.structs.replace(once, owed=())


@PURE
@given(
    st.permutations(
        ["captured", "declined", "pending", "action", "authorised", "captured", "cancel", "declined", "voided"]
    )
)
def test_reordered_answers_never_keep_money_of_a_cancelled_order(steps: list[str]) -> None:
    payment = act(a_payment(), "start")
    for step in steps:
        payment = act(payment, step)
    assert payment.status == "refunding"
    assert payment.captured == payment.refunding == payment.amount


def test_money_that_arrives_after_a_decline_goes_back() -> None:
    payment = a_payment(status="charging")
    late = model.stands(model.stands(payment, said(payment, "declined")), said(payment, "captured"))
    assert (late.status, late.captured, late.refunding) == ("refunding", 1999, 1999)


def test_a_decline_after_the_money_came_is_not_believed() -> None:
    payment = a_payment(status="charging")
    paid = model.stands(payment, said(payment, "captured"))
    assert model.stands(paid, said(payment, "declined")) is paid


@pytest.mark.parametrize(("amount", "currency"), [(1998, "USD"), (2000, "USD"), (1999, "EUR")])
@pytest.mark.parametrize("state", ["captured", "authorised"])
def test_another_amount_than_was_asked_for_is_not_kept(state: str, amount: int, currency: str) -> None:
    payment = a_payment(status="charging")
    after = model.stands(payment, said(payment, state, amount=amount, currency=currency))
    if state == "captured":
        assert (after.status, after.captured, after.refunding) == ("refunding", amount, amount)
    else:
        assert (after.status, after.cancelled, after.captured) == ("authorised", True, 0)
    assert "asked for was 19.99 USD" in after.note


def test_what_was_authorised_for_an_order_that_is_gone_is_to_be_let_go() -> None:
    payment = a_payment(status="declined")
    held = model.stands(payment, said(payment, "authorised"))
    assert (held.status, held.cancelled) == ("authorised", True)
    assert model.stands(held, said(payment, "voided")).status == "void"


def test_refunds_in_parts_add_up_to_what_was_captured_and_no_more() -> None:
    paid = a_payment(status="paid", captured=1999)
    part = model.refunded_in_part(paid, 1500, "Broken")
    assert (part.status, part.refunding, part.kept) == ("paid", 1500, 499)
    with pytest.raises(TooMuch, match=r"At most 4\.99 USD"):
        model.refunded_in_part(part, 500, "Broken")
    rest = model.refunded_in_part(part, None, "Broken")
    assert (rest.status, rest.refunding) == ("refunding", 1999)
    with pytest.raises(NotNow):
        model.refunded_in_part(rest, 1, "Broken")
    assert model.given_back(model.given_back(rest, 1500), 499).status == "refunded"


def test_a_proof_comes_in_time_or_not_at_all() -> None:
    waiting = a_payment("proof", status="waiting_proof")
    proof = Proof(key="k", content_type="image/png", uploaded_at=DEADLINE)
    with pytest.raises(NotNow, match="run out"):
        model.with_proof(waiting, proof, DEADLINE)
    in_time = model.with_proof(waiting, proof, DEADLINE - timedelta(microseconds=1))
    assert in_time.status == "review"
    better = msgspec.structs.replace(proof, key="k2")
    assert model.with_proof(in_time, better, DEADLINE + timedelta(days=1)).proof == better


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_given_back_that_was_not_captured(method: str) -> None:
    with pytest.raises(NotNow):
        model.refunded_in_part(a_payment(method), 1, "r")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_proofs_are_known_by_their_content(content: bytes, kind: str) -> None:
    assert model.proof_type(content) == kind


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"RIFF\x00\x00\x00\x00WAVE", b"MZ", b"%PD", b"PNG"])
def test_other_content_is_no_proof(content: bytes) -> None:
    with pytest.raises(NoProof):
        model.proof_type(content)
