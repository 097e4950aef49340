"""Which of an image's platforms a place can build: pure, so that a plan can say it too.

Imports the records.
"""

from collections.abc import Sequence

from validation.model import Image


def offered_platforms(
    image: Image, offers: Sequence[str], *, several: bool
) -> tuple[tuple[str, ...], str]:
    """Return (the platforms of an image that a place builds, why others are not built or "").

    `offers` are the place's platforms, its own first. Where `several` is False one is kept: an
    engine has one image under a tag, so it takes the first of its own that the image is for.
    """
    wanted = image.platforms
    fitting = tuple(platform for platform in wanted if platform in offers)
    kept = fitting if several else tuple(at for at in offers if at in fitting)[:1]
    missing = [platform for platform in wanted if platform not in fitting]
    left = [platform for platform in fitting if platform not in kept]
    reasons = []
    if missing:
        plain = [offer for offer in offers if offer.count("/") == 1]  # without linux/amd64/v3
        reasons.append(f"no {', '.join(missing)}, it offers {', '.join(plain) or 'nothing'}")
    if left:
        reasons.append(f"no {', '.join(left)}, an engine keeps one platform (--builder --push)")
    return kept, "; ".join(reasons)
