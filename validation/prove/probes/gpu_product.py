"""Multiplies two random matrices on the GPU and prints how far that is from float64 on the CPU.

Runs inside images that have torch. Prints {"relative_error": ‖out - reference‖ / ‖reference‖}.
"""

import json

import torch

if __name__ == "__main__":
    left, right = torch.randn(2, 1024, 1024)
    found = (left.cuda() @ right.cuda()).cpu().double()
    reference = left.double() @ right.double()
    error = torch.linalg.norm(found - reference) / torch.linalg.norm(reference)
    print(json.dumps({"relative_error": float(error)}))
