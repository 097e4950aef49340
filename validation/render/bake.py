"""Images → a bake file, which `docker buildx bake` builds without this tool.

Pure; imports model only. Format: https://docs.docker.com/build/bake/reference/.
"""

from collections.abc import Collection, Sequence

from validation.model import Image


def target_name(image_id: str) -> str:
    """Return the id as a bake target, whose names have no dots. No id has an underscore."""
    return image_id.replace(".", "_")


def render_bake(
    images: Sequence[Image], repository: str, default: Collection[str]
) -> dict[str, object]:
    """Return a bake file: one target an image; `default` are the ids that plain `bake` builds."""
    chosen = [target_name(image.id) for image in images if image.id in default]
    return {
        "group": {"default": {"targets": chosen or [target_name(image.id) for image in images]}},
        "target": {target_name(image.id): _target(image, repository) for image in images},
    }


def _target(image: Image, repository: str) -> dict[str, object]:
    return {
        "context": ".",
        "dockerfile": f"images/{image.id}/Dockerfile",
        "args": {"BASE": image.base} if image.base else {},
        "tags": [f"{repository}:{image.id}"],
        "platforms": list(image.platforms),
    }
