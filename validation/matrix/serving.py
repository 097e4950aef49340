"""Which inference image reads the models of a training image.

Pure; imports model only.
"""

from collections.abc import Iterable

from validation.model import Image


def serving_order(images: Iterable[Image], image: Image) -> tuple[Image, ...]:
    """Return the inference images among `images`, the most fitting for a training image first.

    One on a base from the same source: where that can be built, this can. Then one on a plain
    distribution, which needs nothing of anybody; then any other.
    """
    serving = [each for each in images if each.workload == "inference"]
    return tuple(
        sorted(serving, key=lambda each: (each.source != image.source, each.source != "distro"))
    )
