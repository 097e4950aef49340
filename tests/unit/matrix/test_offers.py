"""Which platforms of an image a place builds, and what it says of the others."""

from msgspec.structs import replace

from tests.unit.matrix.asking import ask
from validation.matrix.offers import offered_platforms

IMAGE = ask("torch=2.6.0 python=3.11 os=debian12")
BOTH = replace(IMAGE, platforms=("linux/amd64", "linux/arm64"))


def test_a_builder_takes_all_that_it_offers():
    offers = ("linux/arm64", "linux/amd64", "linux/amd64/v2")
    assert offered_platforms(BOTH, offers, several=True) == (BOTH.platforms, "")
    kept, why = offered_platforms(BOTH, ("linux/amd64", "linux/386"), several=True)
    assert kept == ("linux/amd64",)
    assert why == "no linux/arm64, it offers linux/amd64, linux/386"


def test_an_engine_keeps_its_own_platform():
    kept, why = offered_platforms(BOTH, ("linux/arm64", "linux/amd64"), several=False)
    assert kept == ("linux/arm64",)
    assert "an engine keeps one platform" in why
    assert offered_platforms(IMAGE, ("linux/arm64",), several=False) == (
        (), "no linux/amd64, it offers linux/arm64",
    )  # fmt: skip
