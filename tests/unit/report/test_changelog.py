"""What a changelog's entry says of two states: added, removed, moved, packages, the fleet."""

import msgspec

from validation.report.changelog import MOST_PACKAGES, Contents, State, format_changelog


def image(name, **changes):
    known = {
        "family": "train",
        "base": "nvidia/cuda:12.1.1-runtime-ubuntu22.04",
        "axes": {"cuda": "12.1", "torch": "2.2.0", "python": "3.10", "os": "ubuntu22.04"},
        "pins": {"torch": "2.2.0", "fastapi": "0.100.0"},
    }
    return Contents(id=name, **{**known, **changes})


def state(*images, **changes):
    return State(images={each.id: each for each in images}, **changes)


def moved(old, name, **axes):
    return msgspec.structs.replace(old, id=name, axes={**old.axes, **axes})


def test_nothing_changed_is_no_entry():
    assert format_changelog(state(image("a")), state(image("a"))) == ""


def test_added_and_removed_images_are_told_with_what_is_in_them():
    cpu = image("cpu", family="cpu", base="debian:12-slim", axes={"python": "3.11"})
    assert format_changelog(state(), state(cpu)) == (
        "### Added\n\n"
        "- Image of family `cpu`: base `debian:12-slim`, Python 3.11.\n\n"
        "  Affected images: `cpu`."
    )
    assert format_changelog(state(cpu), state()).startswith(
        "### Removed\n\n- Image of family `cpu`"
    )


def test_a_base_that_moved_is_one_entry_for_all_of_its_images():
    old = [image("a"), image("b")]
    new = [msgspec.structs.replace(each, base="nvidia/cuda:12.6.3") for each in old]
    assert format_changelog(state(*old), state(*new)) == (
        "### Changed\n\n"
        "- Base `nvidia/cuda:12.1.1-runtime-ubuntu22.04` → `nvidia/cuda:12.6.3`.\n\n"
        "  Affected images: `a`, `b`."
    )


def test_a_torch_that_moved_keeps_its_image_although_the_id_is_new():
    old = image("train-torch2.2.0")
    new = moved(old, "train-torch2.7.1", torch="2.7.1")
    text = format_changelog(state(old), state(new))
    assert text == (
        "### Changed\n\n- Torch 2.2.0 → 2.7.1.\n\n"
        "  Affected images: `train-torch2.2.0 → train-torch2.7.1`."
    )


def test_the_nearest_images_are_paired_first():
    one, two = image("one"), moved(image("two"), "two", python="3.12", os="ubuntu24.04")
    near = moved(one, "one-next", torch="2.3.0")
    also = moved(two, "two-next", torch="2.3.0")
    text = format_changelog(state(one, two), state(also, near))
    assert "`one → one-next`, `two → two-next`" in text
    assert "### Added" not in text


def test_an_image_of_another_family_or_all_new_is_no_move():
    old = image("old")
    other = msgspec.structs.replace(moved(old, "new", torch="2.3.0"), family="other")
    far = moved(old, "far", cuda="13.0", torch="2.13.0", python="3.13", os="debian13")
    for new in (other, far):
        text = format_changelog(state(old), state(new))
        assert "### Added" in text
        assert "### Removed" in text


def test_packages_that_the_locks_move_are_named_up_to_a_number():
    old = image("a", pins={f"p{number:02}": "1" for number in range(20)})
    new = msgspec.structs.replace(old, pins=dict.fromkeys(old.pins, "2"))
    text = format_changelog(state(old), state(new)).replace("\n  ", " ")
    assert "Packages: p00 1 → 2, p01 1 → 2" in text
    assert f"and {20 - MOST_PACKAGES} more." in text


def test_axes_are_not_told_again_as_packages():
    old = image("a")
    new = msgspec.structs.replace(
        old, axes={**old.axes, "torch": "2.2.2"}, pins={**old.pins, "torch": "2.2.2"}
    )
    assert "ackages" not in format_changelog(state(old), state(new))


def test_another_fleet_is_a_change():
    before = state(image("a"), drivers=">=535", gpus=("sm_75", "sm_80"))
    after = state(image("a"), drivers=">=550", gpus=("sm_80", "sm_90"))
    assert format_changelog(before, after) == (
        "### Changed\n\n- The fleet: drivers >=535 → >=550; with sm_90; without sm_75."
    )


def test_lines_are_as_long_as_a_changelogs():
    images = [image(f"image-with-a-long-name-{number}") for number in range(30)]
    lines = format_changelog(state(), state(*images)).splitlines()
    assert max(map(len, lines)) <= 100
