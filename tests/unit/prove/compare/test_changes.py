"""What differs between two images is named, and what follows of it said where it is known."""

import msgspec
import pytest

from validation.prove.compare.changes import find_changes


def named(changes):
    return {change.name: change for change in changes}


def test_an_image_does_not_differ_from_itself(old):
    assert find_changes(old, old) == ()


def test_what_moved_is_named_with_both_versions(old, new):
    found = named(find_changes(old, new))
    assert (found["torch"].old, found["torch"].new) == ("2.2.2+cu121", "2.13.0+cpu")
    assert (found["exporter"].old, found["exporter"].new) == ("torchscript", "dynamo")
    assert (found["opset"].old, found["opset"].new) == ("17", "20")
    assert "onnx" not in found


def test_a_package_of_one_side_only_has_no_other_version(old, new):
    found = named(find_changes(old, new))
    assert (found["triton"].old, found["triton"].new) == ("2.2.0", "")
    assert (found["onnxscript"].old, found["onnxscript"].new) == ("", "0.5")


def test_a_side_that_told_nothing_has_not_lost_its_packages(old):
    silent = msgspec.structs.replace(old, packages={}, python="")
    assert find_changes(old, silent) == ()
    assert find_changes(silent, old) == ()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("torch", "weights_only=False"),
        ("NumPy", "NEP 50"),
        ("CUDA", "CPU only"),
        ("opset", "know opset 20"),
        ("exporter", "another graph"),
    ],
)
def test_what_follows_of_it_is_said(old, new, name, told):
    assert told in named(find_changes(old, new))[name].matters


def test_the_default_of_torch_load_is_said_in_both_directions_and_only_across_2_6(old, new):
    def torch(before, after):
        one = msgspec.structs.replace(old, packages={"torch": before})
        other = msgspec.structs.replace(new, packages={"torch": after})
        return named(find_changes(one, other))["torch"].matters

    assert "weights" in torch("2.13.0", "2.5.1")
    assert torch("2.7.1", "2.13.0") == ""
    assert torch("2.2.2", "2.5.1") == ""
    assert torch("2.2.2", "unknown") == ""


def test_a_minor_move_of_numpy_says_nothing_more(old):
    other = msgspec.structs.replace(old, packages={**old.packages, "numpy": "1.24.0"})
    assert named(find_changes(old, other))["NumPy"].matters == ""
