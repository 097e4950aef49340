"""Measures how fast the GPU multiplies matrices and copies its own memory.

Times are taken by events on the device, not by the host's clock: what runs in the first
WARM_SECONDS is thrown away, because an idle GPU's clocks take a while to rise, and the median of
the following ROUNDS counts. Both are about as long as triton.testing.do_bench's (25 and 100 ms):
after some 50 ms of products an H200 fell from 711-789 to 671-701 TFLOP/s, and what a card holds
for longer is a matter of its power and cooling, not of the image.

The product is a linear layer's, activations times transposed weights, of normal random numbers
(zeros would need less power and look faster), in bfloat16, or in float16 before compute capability
8.0. A copy of n bytes moves 2n: it reads and writes; `copy` is the driver's own, `kernel` a kernel
of torch that reads n bytes and writes n. Arguments: edge of the matrices [8192], bytes of the copy
[2 GiB]; less memory than that makes them smaller. Runs inside images that have torch.

Prints {"device", "capability", "matmul": {"kind", "edge", "tflops", "ms", "spread"}, "copy" and
"kernel": {"bytes", "tb_per_s", "ms", "spread"}}; `spread` is (90th - 10th percentile) / median.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch

WARM_SECONDS, ROUNDS = 0.025, 40


def times(work: Callable[[], object]) -> list[float]:
    """Return what each of ROUNDS takes on the device, in seconds, once it is warm."""
    end = time.monotonic() + WARM_SECONDS
    while time.monotonic() < end:
        for _ in range(5):
            work()
        torch.cuda.synchronize()
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(ROUNDS + 1)]
    marks[0].record()
    for mark in marks[1:]:
        work()
        mark.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) / 1000 for before, after in pairwise(marks)]


def summary(seconds: list[float]) -> tuple[float, dict[str, float]]:
    """Return the median in seconds, and it in milliseconds with the spread."""
    median = statistics.median(seconds)
    tenths = statistics.quantiles(seconds, n=10)
    spread = (tenths[-1] - tenths[0]) / median
    return median, {"ms": round(median * 1000, 4), "spread": round(spread, 4)}


def matmul(edge: int) -> dict[str, Any]:
    """Measure the product of two square matrices: 2·edge³ operations."""
    bfloat16 = torch.cuda.get_device_capability() >= (8, 0)
    kind = torch.bfloat16 if bfloat16 else torch.float16
    activations, weights = (torch.randn(edge, edge, device="cuda", dtype=kind) for _ in "aw")
    out = torch.empty_like(activations)
    median, told = summary(times(lambda: torch.mm(activations, weights.t(), out=out)))
    name = str(kind).removeprefix("torch.")
    return {"kind": name, "edge": edge, "tflops": round(2 * edge**3 / median / 1e12, 1), **told}


def copies(size: int) -> dict[str, dict[str, Any]]:
    """Measure what moves bytes within the GPU's memory: the driver's copy, and a kernel."""
    source = torch.randn(size // 4, device="cuda")
    target = torch.empty_like(source)
    found = {}
    works: dict[str, Callable[[], object]] = {
        "copy": lambda: target.copy_(source),
        "kernel": lambda: torch.neg(source, out=target),
    }
    for name, work in works.items():
        median, told = summary(times(work))
        moved = 2 * source.nbytes
        rate = round(moved / median / 1e12, 3)
        found[name] = {"bytes": source.nbytes, "tb_per_s": rate, **told}
    return found


def main() -> None:
    """Measure both and print them."""
    edge = int(sys.argv[1]) if len(sys.argv) > 1 else 8192
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 2 << 30
    free, _ = torch.cuda.mem_get_info()
    while 3 * 2 * edge * edge > free // 2:
        edge //= 2
    major, minor = torch.cuda.get_device_capability()
    told: dict[str, Any] = {
        "device": torch.cuda.get_device_name(),
        "capability": f"sm_{major}{minor}",
        "matmul": matmul(edge),
        **copies(min(size, free // 4)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
