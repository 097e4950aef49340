"""A bake file: one target an image, names that bake takes."""

import json
import re

from validation.render.bake import render_bake, target_name


def test_one_target_an_image(image):
    assert render_bake([image], "team/images", {image.id}) == {
        "group": {"default": {"targets": ["cpu-torch2_13_0-py3_11-debian12"]}},
        "target": {
            "cpu-torch2_13_0-py3_11-debian12": {
                "context": ".",
                "dockerfile": "images/cpu-torch2.13.0-py3.11-debian12/Dockerfile",
                "args": {"BASE": "debian:12-slim"},
                "tags": ["team/images:cpu-torch2.13.0-py3.11-debian12"],
                "platforms": ["linux/amd64"],
            }
        },
    }


def test_names_are_what_bake_takes_and_stay_apart(image, replace):
    other = replace(image, id="cpu-torch2.13.1-py3.11-debian12")
    targets = render_bake([image, other], "r", {other.id})["target"]
    assert len(targets) == 2
    assert all(re.fullmatch("[a-zA-Z0-9_-]+", name) for name in targets)


def test_the_default_group_has_the_default_selection_only(image, replace):
    other = replace(image, id="inference-py3.11-debian12")
    bake = render_bake([image, other], "r", {image.id})
    assert bake["group"]["default"]["targets"] == [target_name(image.id)]
    assert json.loads(json.dumps(bake)) == bake


def test_an_image_without_a_public_base_keeps_its_dockerfiles(image, replace):
    rootfs = replace(image, base=None, source="rootfs")
    assert render_bake([rootfs], "r", {rootfs.id})["target"][target_name(image.id)]["args"] == {}
