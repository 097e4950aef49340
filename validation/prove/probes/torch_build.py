"""Prints what this torch was built for and what it sees. Runs inside images that have torch.

Prints {"version", "cuda": "12.6" or null, "available", "devices": [{"name", "capability"}]}.
"""

import json

import torch

if __name__ == "__main__":
    devices = [
        {
            "name": torch.cuda.get_device_name(at),
            "capability": "sm_" + "".join(map(str, torch.cuda.get_device_capability(at))),
        }
        for at in range(torch.cuda.device_count())
    ]
    answer = {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "available": torch.cuda.is_available(),
        "devices": devices,
    }
    print(json.dumps(answer))
