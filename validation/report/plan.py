"""A plan as JSON: for programs, and for GitHub's job matrix.

Pure; imports the records. Shapes are a contract: keys are added, never renamed or removed.
"""

from collections.abc import Collection, Sequence

import msgspec

from validation.matrix.coverage import Lost
from validation.matrix.shards import Share
from validation.model import Image, Plan, Skip

_FIRST = (
    *("id", "family", "base", "cuda", "variant", "torch", "torchvision", "torchaudio", "cupy"),
    *("numpy", "onnx", "onnxruntime", "python", "os", "flavor", "workload", "source"),
)
"""Keys in the order in which a reader looks for them; the record's other fields follow."""

_JOB = ("id", "family", "workload", "source", "cuda", "variant", "torch", "python", "os")


def plan_json(
    plan: Plan, locked: Collection[str], default: Collection[str], lost: Sequence[Lost]
) -> str:
    """Return {"images": […], "skipped": […], "lost": […]}; `locked` and `default` are ids."""
    images = [_image(image, image.id in locked, image.id in default) for image in plan.images]
    whole = {
        "images": images,
        "skipped": [_skip(skip) for skip in plan.skipped],
        "lost": list(lost),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def _image(image: Image, locked: bool, default: bool) -> dict[str, object]:  # noqa: FBT001  (two words of one record)
    fields: dict[str, object] = msgspec.to_builtins(image)
    first = {key: fields.pop(key) for key in _FIRST}
    return {**first, "device": image.device, "locked": locked, "default": default, **fields}


def _skip(skip: Skip) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(skip)
    return {**fields, "unknown": skip.unknown}


def plan_github(plan: Plan) -> str:
    """Return a job matrix for `strategy.matrix: ${{ fromJSON(…) }}`, on one line."""
    jobs = [
        {**{key: getattr(image, key) for key in _JOB}, "device": image.device}
        for image in plan.images
    ]
    return msgspec.json.encode({"include": jobs}).decode()


def plan_github_shards(shares: Sequence[Share]) -> str:
    """Return a job matrix with one job a share, on one line.

    `images` are the share's ids, separated by blanks; `seconds` what they are expected to take.
    """
    filled = [share for share in shares if share.images]
    jobs = [
        {
            "shard": number,
            "of": len(filled),
            "images": " ".join(image.id for image in share.images),
            "seconds": round(share.seconds),
        }
        for number, share in enumerate(filled, 1)
    ]
    return msgspec.json.encode({"include": jobs}).decode()
