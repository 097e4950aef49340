"""Which GPUs the code that is compiled into a build of torch runs on.

Pure; imports matrix.constraints.gpus, whose rules of compatibility are the resolver's too: it goes
by the facts about a wheel, this by what the wheel itself says.
"""

import re
from collections.abc import Sequence

from validation.matrix.constraints.gpus import capability, runs_binary, runs_ptx
from validation.model import Record

_FLAG = re.compile(r"(?P<kind>sm|compute)_(?P<number>\d+)(?P<only>a?)f?")


class Code(Record, frozen=True, kw_only=True):
    """What is compiled in: binaries, PTX, and binaries that run on exactly one architecture."""

    binaries: tuple[int, ...] = ()
    ptx: tuple[int, ...] = ()
    exact: tuple[int, ...] = ()


def read_flags(flags: str) -> Code:
    """Return what torch's architecture flags ("sm_80 sm_90a compute_120") stand for.

    sm_90a uses what only 9.0 itself has, and runs nowhere else (CUDA C++ Programming Guide,
    "Feature Set Compiler Targets"). Words that are no architecture are passed over.
    """
    found = [match for word in flags.split() if (match := _FLAG.fullmatch(word))]
    numbers = {
        kind: tuple(int(match["number"]) for match in found if _kind(match) == kind)
        for kind in ("binary", "ptx", "exact")
    }
    return Code(binaries=numbers["binary"], ptx=numbers["ptx"], exact=numbers["exact"])


def _kind(match: re.Match[str]) -> str:
    if match["kind"] == "compute":
        return "ptx"
    return "exact" if match["only"] else "binary"


def without_code(gpus: Sequence[str], code: Code) -> tuple[str, ...]:
    """Return the GPUs ("sm_86") that no binary and no PTX runs on."""
    ptx = set(only_by_ptx(gpus, code))
    return tuple(gpu for gpu in gpus if gpu not in ptx and not _runs(gpu, code))


def only_by_ptx(gpus: Sequence[str], code: Code) -> tuple[str, ...]:
    """Return the GPUs that run PTX for want of a binary: the driver compiles it, once a host."""
    return tuple(gpu for gpu in gpus if not _runs(gpu, code) and runs_ptx(gpu, code.ptx))


def _runs(gpu: str, code: Code) -> bool:
    here = capability(gpu)
    return runs_binary(gpu, code.binaries) or any(divmod(sm, 10) == here for sm in code.exact)
