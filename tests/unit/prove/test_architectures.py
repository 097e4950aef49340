"""Which GPUs compiled code runs on: binaries within a major and upward, PTX onward."""

import pytest

from validation.prove.architectures import Code, only_by_ptx, read_flags, without_code

CU126 = "sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90"  # torch 2.7.1+cu126, as the wheel says it
FLEET = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90")


def test_flags_are_read():
    code = read_flags("sm_80 sm_90a sm_100f compute_120 something")
    assert code == Code(binaries=(80, 100), ptx=(120,), exact=(90,))


def test_the_shipped_wheel_covers_the_shipped_fleet():
    assert without_code(FLEET, read_flags(CU126)) == ()
    assert only_by_ptx(FLEET, read_flags(CU126)) == ()


@pytest.mark.parametrize(
    ("flags", "gpus", "missing"),
    [
        (CU126, ("sm_89",), ()),  # by sm_86's binary: a lower minor of the same major
        (CU126, ("sm_87",), ()),
        (CU126, ("sm_72",), ()),
        (CU126, ("sm_100", "sm_120"), ("sm_100", "sm_120")),  # no PTX in this wheel
        ("sm_86", ("sm_80",), ("sm_80",)),  # never downward
        ("sm_80", ("sm_90",), ("sm_90",)),  # never across majors
        ("sm_90a", ("sm_90",), ()),
        ("sm_100a", ("sm_103",), ("sm_103",)),  # its own architecture and no other
        ("sm_100", ("sm_103",), ()),
        ("compute_80", ("sm_75",), ("sm_75",)),
        ("", ("sm_80",), ("sm_80",)),
    ],
)
def test_coverage(flags, gpus, missing):
    assert without_code(gpus, read_flags(flags)) == missing


def test_ptx_runs_forward_and_is_told_apart():
    code = read_flags("sm_75 compute_90")
    assert without_code(("sm_75", "sm_90", "sm_120"), code) == ()
    assert only_by_ptx(("sm_75", "sm_90", "sm_120"), code) == ("sm_90", "sm_120")
