"""Which inference image reads a training image's models."""

import msgspec

from validation.matrix.serving import serving_order
from validation.model import Fleet, Image


def image(name: str, source: str, workload: str) -> Image:
    fields = {"id": name, "family": name, "template": source, "workload": workload, "base": None}
    fields |= {"source": source, "os": "debian12", "python": "3.11", "budget_mb": 1}
    return msgspec.convert({**fields, "fleet": Fleet(drivers="", gpus=())}, Image)


IMAGES = [
    image("host", "rootfs", "training"),
    image("host-inference", "rootfs", "inference"),
    image("wheels", "distro", "training"),
    image("train", "nvidia-cuda", "training"),
    image("inference", "distro", "inference"),
]


def order(name):
    return [each.id for each in serving_order(IMAGES, next(i for i in IMAGES if i.id == name))]


def test_the_same_source_comes_first():
    assert order("host") == ["host-inference", "inference"]
    assert order("wheels") == ["inference", "host-inference"]


def test_a_plain_distribution_comes_next():
    assert order("train") == ["inference", "host-inference"]


def test_without_inference_images_there_is_none():
    assert serving_order(IMAGES[:1], IMAGES[0]) == ()
