"""`probe`: computes on the device for each line on stdin, and tells what it found as JSON.

The training service asks through it, so that a driver that hangs or a context that is broken is
another process's: the service itself never touches the device. Ends after a failure, because a
CUDA context that has failed once stays so.
"""

import argparse
import json
import sys
from typing import Any

import torch

from trainer import errors
from trainer.device import Device, choose_device, describe, probe
from trainer.stopping import die_with_parent
from trainer.verbs.output import say


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 at the end of stdin, 1 after the first failure."""
    if arguments.parent is not None:
        die_with_parent(arguments.parent)
    try:
        for _ in sys.stdin:
            device = choose_device(arguments.device)
            probe(device)
            say(json.dumps(describe(device) | {"memory": memory(device), "torch": made_of()}))
    except errors.WorldFailed as error:
        say(json.dumps({"problem": error.what}))
        return errors.FAILED
    return errors.CLEAN


def memory(device: Device) -> dict[str, int] | None:
    """Return the bytes of the GPU's memory, used by anyone and in total; None for a CPU."""
    if not device.is_gpu:
        return None
    free, total = torch.cuda.mem_get_info(device.torch)
    return {"used": total - free, "total": total}


def made_of() -> dict[str, Any]:
    """Return the versions that only torch itself knows."""
    return {"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}  # type: ignore[no-untyped-call]  # torch's gap
