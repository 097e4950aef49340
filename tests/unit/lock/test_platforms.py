"""One lock for several platforms: shared pins once, others behind a marker, no two versions."""

from validation.lock.platforms import merge_pins
from validation.render.lockfile import pins

X86, ARM = "x86_64-manylinux_2_36", "aarch64-manylinux_2_36"
NUMPY = "numpy==2.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
TRITON = "triton==3.1 \\\n    --hash=sha256:cc\n"


def test_one_platform_is_left_as_uv_wrote_it():
    assert merge_pins({X86: NUMPY + TRITON}).pins == NUMPY + TRITON


def test_what_all_share_stands_once_and_the_rest_has_a_marker():
    merged = merge_pins({X86: NUMPY + TRITON, ARM: NUMPY.replace("bb", "dd")}).pins
    assert merged == (
        "numpy==2.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb \\\n    --hash=sha256:dd\n"
        "triton==3.1 ; platform_machine == 'x86_64' \\\n    --hash=sha256:cc\n"
    )
    assert pins(merged) == {"numpy": "2.0", "triton": "3.1"}
    assert pins(merged, "x86_64") == {"numpy": "2.0", "triton": "3.1"}
    assert pins(merged, "aarch64") == {"numpy": "2.0"}


def test_two_versions_of_a_package_are_no_lock():
    merged = merge_pins({X86: NUMPY, ARM: NUMPY.replace("2.0", "1.9")})
    assert not merged.pins
    assert merged.no_solution[1:] == ("numpy==2.0 on x86_64", "numpy==1.9 on aarch64")
