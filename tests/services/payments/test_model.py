"""The rules of payments, without a database or a provider."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradehall.kernel.ids import uuid7
from tradehall.services.payments import model
from tradehall.services.payments.model import NoProof, NotNow, Payment, Proof

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


def act(payment: Payment, step: str) -> Payment:
    """One thing that may happen to a payment; what is refused leaves it as it was."""
    try:
        if step == "start":
            fresh = payment.status == "awaiting"
            return msgspec.structs.replace(payment, status=model.started(payment.method)) if fresh else payment
        if step in ("succeeded", "declined", "pending", "absent"):
            return model.answered(payment, step, "ref")  # type: ignore[arg-type]
        if step == "cancel":
            return model.cancelled(payment)
        if step == "proof":
            proof = Proof(key="k", content_type="image/png", uploaded_at=DEADLINE)
            return model.with_proof(payment, proof, DEADLINE - timedelta(seconds=1))
        if step in ("approve", "reject"):
            return model.reviewed(payment, approve=step == "approve", note="n")
        return model.returned(payment)
    except NotNow:
        return payment


STEPS = ["start", "succeeded", "declined", "pending", "absent", "cancel", "proof", "approve", "reject", "returned"]
# Mostly from the moment the goods are held; what comes before that is short.
WAYS = st.tuples(
    st.sampled_from([["start"], ["start"], ["cancel", "start"], []]), st.lists(st.sampled_from(STEPS))
).map(lambda way: way[0] + way[1])
ENDED = {"rejected", "void", "refunded"}


@PURE
@given(st.sampled_from(METHODS), WAYS)
def test_money_adds_up_in_any_sequence(method: str, steps: list[str]) -> None:
    payment = a_payment(method)
    for step in steps:
        after = act(payment, step)
        assert 0 <= after.refunded <= after.captured <= after.amount
        assert after.captured >= payment.captured
        assert after.refunded >= payment.refunded
        assert (after.captured > 0) == (after.status in ("paid", "refunding", "refunded"))
        assert (after.refunded > 0) == (after.status == "refunded")
        assert payment.status not in ENDED or after.status == payment.status
        assert after.cancelled >= payment.cancelled
        if after.cancelled and step != "returned" and after.captured > 0:
            assert after.status in ("refunding", "refunded"), "money of a cancelled order was kept"
        if after.status not in ("awaiting", "charging"):
            assert after.token is None or after.status in ("waiting_proof", "review", "promised")
        payment = after


@PURE
@given(
    st.sampled_from(METHODS),
    WAYS,
    st.sampled_from(["succeeded", "declined", "pending", "absent", "cancel"]),
)
def test_told_twice_changes_nothing(method: str, steps: list[str], twice: str) -> None:
    payment = a_payment(method)
    for step in steps:
        payment = act(payment, step)
    once = act(payment, twice)
    assert act(once, twice) == once


@PURE
@given(st.permutations(["succeeded", "declined", "pending", "succeeded", "cancel", "declined"]))
def test_reordered_answers_never_keep_money_of_a_cancelled_order(steps: list[str]) -> None:
    payment = act(a_payment(), "start")
    for step in steps:
        payment = act(payment, step)
    assert payment.status == "refunding"
    assert payment.captured == payment.amount


def test_money_that_arrives_after_a_decline_goes_back() -> None:
    payment = model.answered(a_payment(status="charging"), "declined", "r")
    late = model.answered(payment, "succeeded", "r")
    assert (late.status, late.captured) == ("refunding", 1999)


def test_a_decline_after_the_money_came_is_not_believed() -> None:
    paid = model.answered(a_payment(status="charging"), "succeeded", "r")
    assert model.answered(paid, "declined", "r") == paid


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
        model.returned(a_payment(method))


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
