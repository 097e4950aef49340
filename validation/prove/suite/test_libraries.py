"""The shared libraries of every wheel."""

import msgspec
import pytest

from validation.model import Image
from validation.prove.libraries import Missing, judge
from validation.prove.suite.given import Probe, Tell


def test_resolve(
    probe: Probe, installed: dict[str, str], image: Image, note: Tell, measured: Tell
) -> None:
    """Every library that a wheel's ELF files need is found where the loader looks for it.

    A missing one shows itself otherwise only when that code path first runs, in production.
    """
    answer = probe("libraries")
    assert answer["scanned"] > 0, "no shared library was found at all: the probe saw nothing"
    measured(f"{answer['scanned']} files")
    verdict = judge(msgspec.convert(answer["missing"], list[Missing]), image.device, installed)
    for because in dict.fromkeys(entry.because for entry in verdict.used):
        names = [entry.library for entry in verdict.used if entry.because == because]
        note(f"{', '.join(names)} may be missing: {because}")
    for entry in verdict.unused:
        note(f"the allow-list's {entry.library} (needed by {entry.needed_by}) allowed nothing here")
    unresolved = "; ".join(map(str, verdict.unresolved))
    if image.torch_from_base and unresolved:
        pytest.skip(f"the base is taken as it is, and brings what does not resolve: {unresolved}")
    assert not unresolved, unresolved
