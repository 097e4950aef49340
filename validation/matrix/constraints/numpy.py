"""NumPy: one release that torch, CuPy, ONNX and ONNX Runtime all work with.

Pure; imports facts and model only.
"""

from validation.facts.load import Facts, cite
from validation.facts.packages import NumpyFrom
from validation.facts.questions import release_in
from validation.facts.versions import version, within
from validation.matrix.constraints.cupy import cupy_package
from validation.matrix.constraints.packages import runtime_package
from validation.matrix.constraints.rule import FINE, Reasons, no


def torch_numpy(facts: Facts, torch: str) -> NumpyFrom | None:
    """Return the NumPy that a torch release works with; None below the facts' first release."""
    return _in_force(facts.torch.numpy, torch)


def onnxruntime_numpy(facts: Facts, onnxruntime: str) -> NumpyFrom | None:
    """Return the NumPy that an ONNX Runtime works with; None below the facts' first release."""
    return _in_force(facts.onnxruntime_limits.numpy, onnxruntime)


def _in_force(rows: tuple[NumpyFrom, ...], release: str) -> NumpyFrom | None:
    fitting = [row for row in rows if version(row.since) <= version(release)]
    return fitting[-1] if fitting else None


def numpy_for_torch(facts: Facts, *, numpy: str, torch: str, base: str) -> Reasons:
    """Require NumPy 1 of torch before 2.3.

    torch declares no bound, so that an installer takes NumPy 2 and `.numpy()` fails with "Numpy is
    not available". Source: PyTorch 2.3 release notes; torch 2.2.2 with numpy 2.5.5 (measured).
    """
    if base == "ngc":
        return FINE
    row = torch_numpy(facts, torch)
    if row is None or within(numpy, row.bound):
        return FINE
    message = f"torch {torch} does not work with numpy {numpy}"
    fact = f"torch before 2.3.0 needs numpy{row.bound}, and declares it nowhere"
    return (no("numpy", message, fact, cite(facts.torch, row.source)),)


def _declared(facts: Facts, package: str, wanted: str, numpy: str) -> Reasons:
    table = facts.package(package)
    release = release_in(table.releases, wanted)
    if release is None or release.numpy is None or within(numpy, release.numpy):
        return FINE
    message = f"{package} {wanted} does not install with numpy {numpy}"
    fact = f"{package} {wanted} declares numpy{release.numpy}"
    return (no("numpy", message, fact, cite(table, release.source)),)


def numpy_for_cupy(facts: Facts, *, numpy: str, cupy: str, cuda: str | None) -> Reasons:
    """Require of NumPy what CuPy declares. Source: CuPy METADATA."""
    package = cupy_package(facts, cuda)
    if package is None:
        return FINE
    return _declared(facts, package, cupy, numpy)


def numpy_for_onnx(facts: Facts, *, numpy: str, onnx: str) -> Reasons:
    """Require of NumPy what ONNX declares. Source: onnx METADATA."""
    return _declared(facts, "onnx", onnx, numpy)


def numpy_for_onnxruntime(
    facts: Facts, *, numpy: str, onnxruntime: str, cuda: str | None
) -> Reasons:
    """Require NumPy 1 of ONNX Runtime before 1.19, and what its METADATA declares.

    1.18.1 alone declares the bound: with the others an installer takes NumPy 2, and the import
    fails or crashes. Source: onnxruntime METADATA; microsoft/onnxruntime#21063; 1.16.3 to 1.18.0
    with numpy 2.2.6 (measured).
    """
    package = runtime_package(cuda)
    declared = _declared(facts, package, onnxruntime, numpy)
    row = onnxruntime_numpy(facts, onnxruntime)
    if declared or row is None or within(numpy, row.bound):
        return declared
    message = f"{package} {onnxruntime} does not work with numpy {numpy}"
    fact = f"onnxruntime and onnxruntime-gpu before 1.19.0 need numpy{row.bound}"
    return (no("numpy", message, fact, cite(facts.onnxruntime_limits, row.source)),)
