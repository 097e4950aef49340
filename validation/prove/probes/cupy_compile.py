"""Compiles a kernel with CuPy's own headers by NVRTC, for each architecture told. Needs no GPU.

Arguments are compute capabilities without the dot ("75 90"). Runs inside images that have CuPy, and
imports no torch: torch loads NVRTC and cuBLAS itself, so that CuPy would find them afterwards and
nothing would be proven. The options are those that CuPy compiles its own kernels with; only the
loading onto a device is left out. From CUDA 12.2 cuda_fp16.h needs the CUDA runtime's headers,
which neither CuPy's wheel nor NVIDIA's runtime images carry (cupy issue 8466).

Prints {"cupy": "13.6.0", "nvrtc": "12.6", "libraries": {name: error or ""}, "compiled":
{"75": {"target": "sm_75", "error": ""}}, "cache": {"folder", "writable"}}.
"""

import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

SOURCE = r"""
#include <cuda_fp16.h>
#include <cupy/complex.cuh>
#include <cupy/carray.cuh>
extern "C" __global__ void scale(__half* values, float factor, int count) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count) values[at] = __float2half(__half2float(values[at]) * factor);
}
"""
LIBRARIES = ("cublas", "cufft", "curand", "cusolver", "cusparse", "nccl")


def first_line(error: BaseException) -> str:
    """Return the line of an error that says most: a compiler's first error, or the first."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    said = next((line for line in lines if " error" in line or "catastrophic" in line), lines[0])
    return f"{type(error).__name__}: {said.strip()}"


def load(name: str) -> str:
    """Import a library's wrapper as CuPy itself does; return why that failed, "" if it did not."""
    package = "cupy.cuda" if name == "cufft" else "cupy_backends.cuda.libs"
    try:
        # `from package import name`: CuPy 14 finds the library when the name is asked for
        getattr(__import__(package, fromlist=[name]), name)
    except (ImportError, AttributeError, RuntimeError, OSError) as error:
        return first_line(error)
    return ""


def nvrtc_version() -> str:
    """Return the version of NVRTC, which CuPy loads when it is first asked; "" where it cannot."""
    try:
        nvrtc = __import__("cupy_backends.cuda.libs", fromlist=["nvrtc"]).nvrtc
        return ".".join(map(str, nvrtc.getVersion()))
    except (ImportError, RuntimeError, OSError):
        return ""


def options() -> tuple[str, ...]:
    """Return what CuPy hands the compiler for each of its kernels: its headers and CUDA's."""
    core = importlib.import_module("cupy._core.core")
    compiler = importlib.import_module("cupy.cuda.compiler")
    assembled: tuple[str, ...] = core.assemble_cupy_compiler_options(())
    extra = getattr(compiler, "_get_extra_include_dir_opts", None)  # up to CuPy 13
    return (*assembled, *(extra() if extra else ()))


def compile_for(capability: str) -> dict[str, str]:
    """Compile to PTX for compute_<capability>; return the target that the PTX names."""
    compiler: Any = importlib.import_module("cupy.cuda.compiler")
    # CuPy remembers this choice per device, and so asks for the device that is not there.
    compiler._get_arch_for_options_for_nvrtc = lambda arch=None: (
        f"-arch=compute_{arch}",
        "ptx",
    )
    try:
        code, _ = compiler.compile_using_nvrtc(SOURCE, options(), capability, "scale.cu")
    except Exception as error:  # noqa: BLE001  (CuPy has several, all of them are to be told)
        return {"target": "", "error": first_line(error)}
    text = code.decode() if isinstance(code, bytes) else str(code)
    found = re.search(r"^\.target (sm_\w+)", text, re.MULTILINE)
    entry = ".entry scale" in text
    return {
        "target": found[1] if found and entry else "",
        "error": "" if found and entry else "the PTX holds no such kernel",
    }


def cache() -> dict[str, Any]:
    """Return where compiled kernels are kept, and whether this user can write there."""
    folder = os.environ.get("CUPY_CACHE_DIR") or str(Path("~/.cupy/kernel_cache").expanduser())
    in_memory = os.environ.get("CUPY_CACHE_IN_MEMORY", "") not in {"", "0"}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    return {"folder": folder, "writable": writable or in_memory}


def main() -> None:
    """Try it all; what fails is told, not raised."""
    told: dict[str, Any] = {
        "libraries": {name: load(name) for name in LIBRARIES},
        "cache": cache(),
    }
    cupy = importlib.import_module("cupy")
    told["cupy"] = cupy.__version__
    told["nvrtc"] = nvrtc_version()
    told["compiled"] = {each: compile_for(each) for each in sys.argv[1:]}
    told["torch_imported"] = "torch" in sys.modules
    print(json.dumps(told))


if __name__ == "__main__":
    main()
