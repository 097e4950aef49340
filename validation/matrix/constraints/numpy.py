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
    rows = [row for row in facts.torch.numpy if version(row.since) <= version(torch)]
    return rows[-1] if rows else None


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
    """Require of NumPy what ONNX Runtime declares. Source: onnxruntime METADATA."""
    return _declared(facts, runtime_package(cuda), onnxruntime, numpy)
