"""Runs torch's matrix product (cuBLAS) and convolution (cuDNN) on the GPU, in every precision mode.

Each result is compared with float64 on the CPU by ‖out - reference‖ / ‖reference‖, for the same
fresh random inputs: normal values from a seed that is printed, and taken as argument to repeat a
run. cuDNN's convolution is called by its own name, so that torch cannot choose another one. Runs
inside images that have torch; one GPU is enough.

Prints {"seed", "capability", "cudnn", "summands": {"matmul", "convolution"}, "errors":
{"matmul": {"float32", "tf32", "bfloat16"}, "convolution": {…}}}; the last two only from compute
capability 8.0 on, where they are in hardware.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import torch

SIZE = 1024
IMAGES, CHANNELS, EDGE, KERNEL = 8, 64, 56, 3
MODES = ("float32", "tf32", "bfloat16")


def error(found: torch.Tensor, reference: torch.Tensor) -> float:
    """Return ‖found - reference‖ / ‖reference‖, computed in float64 on the CPU."""
    difference = found.detach().cpu().double() - reference
    return float(torch.linalg.norm(difference) / torch.linalg.norm(reference))


def prepare(mode: str, *tensors: torch.Tensor) -> list[torch.Tensor]:
    """Return the tensors on the GPU, rounded to bfloat16 where that is the mode."""
    kind = torch.bfloat16 if mode == "bfloat16" else torch.float32
    return [tensor.cuda().to(kind) for tensor in tensors]


def product(left: torch.Tensor, right: torch.Tensor, mode: str) -> torch.Tensor:
    """Return the matrix product, computed in the mode."""
    settings: Any = torch.backends.cuda.matmul
    if hasattr(settings, "fp32_precision"):  # from torch 2.9 on, where the other one is deprecated
        settings.fp32_precision = "tf32" if mode == "tf32" else "ieee"
    else:
        settings.allow_tf32 = mode == "tf32"
    one, other = prepare(mode, left, right)
    return one @ other


def convolution(images: torch.Tensor, weights: torch.Tensor, mode: str) -> torch.Tensor:
    """Return cuDNN's convolution, computed in the mode."""
    one, other = prepare(mode, images, weights)
    pad, step, spread = [KERNEL // 2] * 2, [1, 1], [1, 1]
    groups, benchmark, deterministic = 1, False, True
    return torch.ops.aten.cudnn_convolution.default(
        one, other, pad, step, spread, groups, benchmark, deterministic, mode == "tf32"
    )


def errors(
    compute: Callable[..., torch.Tensor], reference: torch.Tensor, *inputs: torch.Tensor
) -> dict[str, float]:
    """Return the error of each mode that this GPU has."""
    modes = MODES if torch.cuda.get_device_capability() >= (8, 0) else MODES[:1]
    return {mode: error(compute(*inputs, mode), reference) for mode in modes}


def main() -> None:
    """Draw the inputs, compute the references, and print how far the GPU is from them."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else int.from_bytes(os.urandom(4), "little")
    draw = torch.Generator().manual_seed(seed)
    left, right = (torch.randn(SIZE, SIZE, generator=draw) for _ in "lr")
    images = torch.randn(IMAGES, CHANNELS, EDGE, EDGE, generator=draw)
    weights = torch.randn(CHANNELS, CHANNELS, KERNEL, KERNEL, generator=draw)
    major, minor = torch.cuda.get_device_capability()
    told: dict[str, Any] = {
        "seed": seed,
        "capability": f"sm_{major}{minor}",
        "cudnn": torch.backends.cudnn.version(),
        "summands": {"matmul": SIZE, "convolution": CHANNELS * KERNEL * KERNEL},
        "errors": {
            "matmul": errors(product, left.double() @ right.double(), left, right),
            "convolution": errors(
                convolution,
                torch.nn.functional.conv2d(images.double(), weights.double(), padding=KERNEL // 2),
                images,
                weights,
            ),
        },
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
