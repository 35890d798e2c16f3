import pytest

from tradehall.kernel.sealing import Sealed, seal, unseal

SECRET = "a secret of the installation"


def test_what_is_sealed_opens_with_the_same_secret_and_purpose() -> None:
    sealed = seal(SECRET, "042137", about="this")
    assert "042137" not in sealed
    assert unseal(SECRET, sealed, about="this") == "042137"


def test_the_same_text_is_never_sealed_alike() -> None:
    assert seal(SECRET, "042137", about="this") != seal(SECRET, "042137", about="this")


@pytest.mark.parametrize(("secret", "about"), [("another", "this"), (SECRET, "that")])
def test_it_opens_with_nothing_else(secret: str, about: str) -> None:
    sealed = seal(SECRET, "042137", about="this")
    with pytest.raises(Sealed):
        unseal(secret, sealed, about=about)


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "042137", "é", "A" * 200])
def test_what_was_never_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(Sealed):
        unseal(SECRET, sealed, about="this")
