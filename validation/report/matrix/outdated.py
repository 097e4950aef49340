"""Whether what a receipt proves is what is planned today, as far as no engine has to be asked.

Pure; imports prove.receipt, model and watch's names.
"""

from validation.errors import BadInput
from validation.model import Image
from validation.prove.receipt import Receipt
from validation.watch.names import parse_image

AXES = (
    "workload", "os", "python", "flavor", "cuda", "variant", "torch", "torchvision", "torchaudio",
    "cupy", "numpy", "onnx", "onnxruntime", "opset",
)  # fmt: skip
"""What an image is resolved to. Its reason and its budget change nothing that was proven."""


def changed_base(image: Image, receipt: Receipt) -> str:
    """Return how the proven image's base differs from the planned one, "" where it does not.

    A stand-in and a base that a person named have names of their own: of those the receipt's
    record of the image says which base they were for.
    """
    told = receipt.base.reference.partition("@")[0] if receipt.base.how == "registry" else ""
    stood = told or receipt.image.base
    if _familiar(stood) == _familiar(image.base):
        return ""
    return f"tested on {_shown(stood)}, planned on {_shown(image.base)}"


def changed_inputs(image: Image, receipt: Receipt, inputs: str) -> str:
    """Return what an image is made from today that the proven one was not, "" where that is equal.

    `inputs` is what the receipt's `built.inputs` would be today, "" where that cannot be told.
    """
    before = receipt.image
    if before != image:  # one comparison for most: a report may have hundreds of images
        parts = [
            f"{axis} {getattr(before, axis) or 'none'} → {getattr(image, axis) or 'none'}"
            for axis in AXES
            if getattr(before, axis) != getattr(image, axis)
        ]
        old, new = set(before.requirements), set(image.requirements)
        told = bool(parts)  # a pinned requirement says again what its axis says
        parts += [f"without {name}" for name in sorted(old - new) if not (told and "==" in name)]
        parts += [f"with {name}" for name in sorted(new - old) if not (told and "==" in name)]
        parts += ["for another fleet"] if before.fleet != image.fleet else []
        if parts:
            return f"planned today: {', '.join(parts)}"
    if inputs and receipt.built.inputs and receipt.built.inputs != inputs:
        return "its Dockerfile, its locks or the trainer changed since it was built"
    return ""


def _familiar(reference: str | None) -> str | None:
    try:
        return parse_image(reference).familiar if reference else None
    except BadInput:  # an old or a strange engine's label: told as it is
        return reference


def _shown(reference: str | None) -> str:
    return _familiar(reference) or "a root file system"
