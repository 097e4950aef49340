"""Sums a tensor over all GPUs with NCCL, one process for each, as training does.

Every process draws its own numbers; the sum on each GPU is compared with the sum in float64 on the
CPU by ‖out - reference‖ / ‖reference‖. The time is by events on the device, the median of ROUNDS.
Bus bandwidth is bytes · 2(n-1)/n / time, as nccl-tests has it. Argument: the backend, "nccl" or
"gloo", which needs no GPU and tries this script [nccl]. Runs inside images that have torch.

Prints {"ranks", "backend", "error": largest over the ranks, "bytes", "bus_gb_per_s", "failures": [
text]}.
"""

import json
import math
import os
import statistics
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

COUNT = 1 << 20  # of numbers that are compared
BYTES = 256 << 20  # of the sum that is timed
WARM, ROUNDS = 5, 20


def numbers(seed: int, rank: int) -> torch.Tensor:
    """Return what a rank contributes; every process can draw every rank's."""
    return torch.randn(COUNT, generator=torch.Generator().manual_seed(seed + rank))


def seconds(work: Callable[[], object]) -> float:
    """Return the median time of a round on the device."""
    found = []
    for _ in range(WARM + ROUNDS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in "be")
        begin.record()
        work()
        end.record()
        torch.cuda.synchronize()
        found.append(begin.elapsed_time(end) / 1000)
    return float(statistics.median(found[WARM:]))


def measure(rank: int, ranks: int, backend: str, seed: int, folder: str) -> dict[str, Any]:
    """Join the group, sum once to compare and then to time; return what this rank found."""
    device = torch.device("cuda", rank) if backend == "nccl" else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    store = f"file://{folder}/store"
    limit = timedelta(seconds=120)
    dist.init_process_group(backend, init_method=store, rank=rank, world_size=ranks, timeout=limit)
    try:
        mine = numbers(seed, rank).to(device)
        dist.all_reduce(mine)
        reference = sum(numbers(seed, each).double() for each in range(ranks))
        found = mine.cpu().double() - reference
        told = {"error": float(torch.linalg.norm(found) / torch.linalg.norm(reference))}
        if device.type == "cuda":
            large = torch.ones(BYTES // 4, device=device)
            told["seconds"] = seconds(lambda: dist.all_reduce(large, op=dist.ReduceOp.MAX))
        return told
    finally:
        dist.destroy_process_group()


def child(rank: int, ranks: int, backend: str, seed: int, folder: str) -> None:
    """Run one rank, leave what it found or why it failed as a file, and end the process."""
    torch.set_num_threads(1)
    try:
        told = measure(rank, ranks, backend, seed, folder)
    except BaseException:  # noqa: BLE001  (a rank that fails has to say so, whatever it was)
        told = {"failure": traceback.format_exc().strip().splitlines()[-1]}
    Path(folder, f"rank-{rank}.json").write_text(json.dumps(told))
    os._exit(0)


def run(ranks: int, backend: str) -> list[dict[str, Any]]:
    """Fork a process for each rank before CUDA is touched, and return what all of them found."""
    seed = int.from_bytes(os.urandom(4), "little")
    with tempfile.TemporaryDirectory() as folder:
        children = []
        for rank in range(ranks):
            number = os.fork()
            if number == 0:
                child(rank, ranks, backend, seed, folder)
            children.append(number)
        statuses = [os.waitpid(number, 0)[1] for number in children]
        found = []
        for rank, status in enumerate(statuses):
            file = Path(folder, f"rank-{rank}.json")
            died = {"failure": f"rank {rank} ended with status {status}"}
            found.append(json.loads(file.read_text()) if file.is_file() else died)
        return found


def count_gpus() -> int:
    """Return how many GPUs torch sees, asked in a child: CUDA must not be touched before a fork."""
    number = os.fork()
    if number == 0:
        os._exit(min(torch.cuda.device_count(), 250))
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def worst(errors: list[float]) -> float | None:
    """Return the largest error, NaN where any rank has NaN (max() may drop it), None of none."""
    return max(errors, key=lambda error: math.inf if math.isnan(error) else error, default=None)


def main() -> None:
    """Count the GPUs, run the ranks, and print what they found."""
    backend = sys.argv[1] if len(sys.argv) > 1 else "nccl"
    ranks = count_gpus() if backend == "nccl" else 2
    found = run(ranks, backend) if ranks > 1 else []
    times = [each["seconds"] for each in found if "seconds" in each]
    rate = BYTES * 2 * (ranks - 1) / ranks / max(times) / 1e9 if times else None
    told: dict[str, Any] = {
        "ranks": ranks,
        "backend": backend,
        "error": worst([each["error"] for each in found if "error" in each]),
        "bytes": BYTES,
        "bus_gb_per_s": round(rate, 1) if rate else None,
        "failures": [each["failure"] for each in found if "failure" in each],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
