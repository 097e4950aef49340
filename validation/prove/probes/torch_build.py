"""Prints what the installed torch was built for. Needs no GPU.

Runs inside images that have torch. `arch_flags` is what was compiled in, as torch's build wrote it
("sm_75 sm_80 … compute_90"): torch.cuda.get_arch_list() is empty where no GPU answers, the flags
behind it are not. A CPU build has none of the functions behind these answers: they are null then.

Prints {"version": "2.7.1+cu126", "cuda": "12.6" or null, "arch_flags", "cudnn": "9.5.1",
"nccl": "2.26.2", "backend": true where the CUDA half of torch is there}.
"""

import importlib.metadata
import json
import pathlib
from collections.abc import Callable
from typing import Any

import torch


def answer(ask: Callable[[], Any]) -> Any:  # noqa: ANN401  (whatever torch answers)
    """Return what `ask` answers, None where this torch was built without it."""
    try:
        return ask()
    except (AttributeError, ImportError, RuntimeError, AssertionError, TypeError):
        return None


def cudnn() -> str:
    """Return cuDNN's version as people write it: 90501 is 9.5.1, 8902 is 8.9.2."""
    number = int(torch.backends.cudnn.version())
    major, rest = divmod(number, 10000 if number >= 90000 else 1000)
    return f"{major}.{rest // 100}.{rest % 100}"


def nccl() -> str:
    """Return NCCL's version; torch answers with a tuple whose last part may be text."""
    return ".".join(str(part) for part in torch.cuda.nccl.version() if part)


def backend() -> bool:
    """Return True when the library with torch's CUDA kernels is installed beside it."""
    return (pathlib.Path(torch.__file__).parent / "lib" / "libtorch_cuda.so").is_file()


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "version": str(torch.__version__),
                "installed": importlib.metadata.version("torch"),
                "cuda": torch.version.cuda,
                "arch_flags": answer(lambda: torch._C._cuda_getArchFlags()),  # noqa: PLW0108  (not there in a CPU build)
                "cudnn": answer(cudnn),
                "nccl": answer(nccl),
                "backend": backend(),
            }
        )
    )
