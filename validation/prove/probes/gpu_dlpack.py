"""Hands arrays between torch and CuPy by DLPack, both ways, and looks whether memory is shared.

A copy would be correct and slow, and would show in no result: the pointers are compared, and what
one side writes must be seen by the other. Runs inside images that have torch and CuPy.

Prints {"torch_to_cupy": {"same_pointer", "write_seen"}, "cupy_to_torch": {…}, "device"}.
"""

import json
import os

os.environ.setdefault("CUPY_CACHE_IN_MEMORY", "1")

import cupy as cp
import torch


def from_torch() -> dict[str, bool]:
    """Hand a tensor to CuPy, write there, and read here."""
    tensor = torch.arange(4096, dtype=torch.float32, device="cuda")
    array = cp.from_dlpack(tensor)
    same = array.data.ptr == tensor.data_ptr()
    array[7] = -1.0
    cp.cuda.get_current_stream().synchronize()
    return {"same_pointer": same, "write_seen": float(tensor[7]) == -1.0}


def from_cupy() -> dict[str, bool]:
    """Hand an array to torch, write there, and read here."""
    array = cp.arange(4096, dtype=cp.float32)
    tensor = torch.utils.dlpack.from_dlpack(array)
    same = tensor.data_ptr() == array.data.ptr
    tensor[7] = -1.0
    torch.cuda.synchronize()
    return {"same_pointer": same, "write_seen": float(array[7]) == -1.0}


if __name__ == "__main__":
    answer = {"torch_to_cupy": from_torch(), "cupy_to_torch": from_cupy()}
    print(json.dumps({**answer, "device": torch.cuda.get_device_name()}))
