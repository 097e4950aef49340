"""What an image's folder must hold: lock state, inputs' hash, drift."""

import json

import pytest
from msgspec.structs import replace

from validation.render.folder import find_drift, render_folder
from validation.render.lockfile import (
    LockState,
    format_lock,
    pins,
    read_state,
    unlocked_because,
    wishes_hash,
)

PLATFORM = "x86_64-manylinux_2_36"
TEMPLATES = {"distro.Dockerfile.j2": "FROM {{ image.base }}\n"}


def locks_of(image, **changes):
    def lock(wishes):
        state = LockState(
            index="pypi",
            exclude_newer="2026-11-23",
            wishes=wishes_hash(wishes, image.python, PLATFORM),
        )
        return format_lock(state, "fastapi==1.0 \\\n    --hash=sha256:aa\n")

    return {
        "requirements.lock": lock(image.requirements),
        "torch.lock": lock(image.requirements[:1]),
        "installer.lock": lock(["uv==1"]),
        **changes,
    }


def test_lock_header_survives_a_round_trip():
    state = LockState(index="pypi", exclude_newer="2026-11-23", wishes="ab", unlocked="why: so")
    told = read_state(format_lock(state, "a==1\n"))
    assert told is not None
    assert replace(told, content="") == state


def test_foreign_text_is_no_lock():
    assert read_state("fastapi==1.0\n") is None
    assert read_state("") is None
    assert read_state("# Written by `imagewright lock`. Do not edit.\n# index: pypi\n") is None


def test_pins_normalise_names_and_skip_hashes():
    text = "# a==1\nTyping_Extensions==4.1 \\\n    --hash=sha256:aa==\nuvicorn[standard]==0.5\n"
    assert pins(text) == {"typing-extensions": "4.1", "uvicorn": "0.5"}


def test_locked_when_lock_fits(image):
    assert unlocked_because(image, locks_of(image), PLATFORM) == ""


def test_unlocked_when_requirements_moved(image):
    locks = locks_of(image)
    moved = replace(image, requirements=("torch==2.14.0+cpu",))
    assert (
        unlocked_because(moved, locks, PLATFORM)
        == "requirements.lock was made from other requirements"
    )
    assert unlocked_because(image, locks, "aarch64-manylinux_2_36") != ""


def test_unlocked_when_a_file_is_missing(image):
    locks = locks_of(image)
    del locks["torch.lock"]
    assert unlocked_because(image, locks, PLATFORM) == "torch.lock is not there"


def test_inputs_change_with_every_part(image):
    def inputs(templates, locks):
        return json.loads(render_folder(image, templates, locks, PLATFORM)["image.json"])["inputs"]

    locks = locks_of(image)
    first = inputs(TEMPLATES, locks)
    assert inputs(TEMPLATES, locks) == first
    assert inputs({"distro.Dockerfile.j2": "FROM other\n"}, locks) != first
    for name in locks:
        assert inputs(TEMPLATES, {**locks, name: locks[name] + "x==1\n"}) != first


@pytest.mark.parametrize("name", ["requirements.lock", "torch.lock", "installer.lock"])
@pytest.mark.parametrize("damage", [lambda t: t[:0], lambda t: t[:-3], lambda t: t + "x==1\n"])
def test_a_damaged_lock_is_no_lock(image, name, damage):
    locks = locks_of(image)
    because = unlocked_because(image, {**locks, name: damage(locks[name])}, PLATFORM)
    assert because == f"{name} is not as `imagewright lock` wrote it"


def test_drift_is_a_diff():
    lines = find_drift(
        {"a/Dockerfile": "FROM x\n", "b/Dockerfile": "FROM y\n"}, {"a/Dockerfile": "FROM x\n"}
    )
    assert lines[0] == "--- /dev/null"
    assert "+FROM y" in lines
    assert find_drift({"a": "1"}, {"a": "1"}) == ()
