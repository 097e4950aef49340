"""ONNX: what torch exports is what the serving ONNX Runtime loads.

Pure; imports facts and model only.
"""

from validation.facts.load import Facts, cite
from validation.facts.packages import OrtLimit
from validation.facts.questions import torch_release
from validation.facts.versions import minor_of, version
from validation.matrix.constraints.packages import runtime_package
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure
from validation.matrix.constraints.torch import variant_for

DYNAMO_FLOOR = 18
"""The dynamo exporter writes no lower opset: asked for 17, it silently writes 18 (measured)."""


def runtimes(onnxruntime: str | None, serving: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ONNX Runtimes that must load the model: the image's own and the serving ones."""
    return serving if onnxruntime is None else (*serving, onnxruntime)


def limit_of(facts: Facts, onnxruntime: str) -> OrtLimit | None:
    """Return what an ONNX Runtime release was seen to load, None: not tried."""
    return facts.onnxruntime_limits.minors.get(minor_of(onnxruntime))


def default_opset(facts: Facts, torch: str) -> int | None:
    """Return the opset that torch.onnx.export writes when nothing else is asked; None: unknown."""
    release = torch_release(facts, torch)
    if release is None:
        return None
    export = release.export
    dynamo = export.dynamo_default
    return export.dynamo_default_opset if dynamo else export.torchscript_default_opset


def export_opset(
    facts: Facts, torch: str | None, onnx: str | None, loaded_by: tuple[str, ...]
) -> int | None:
    """Return the opset to export: torch's default, lowered to what onnx knows and runtimes load.

    None: the image exports nothing, or what it exports is not known.
    """
    if torch is None or onnx is None:
        return None
    limits = [limit_of(facts, name) for name in loaded_by]
    rows = [row for row in facts.onnx_opsets.opsets if version(row.since) <= version(onnx)]
    default = default_opset(facts, torch)
    if default is None or not rows or None in limits:
        return None
    return min(default, rows[-1].opset, *(limit.max_opset for limit in limits if limit))


def opset(
    facts: Facts,
    *,
    torch: str,
    onnx: str,
    onnxruntime: str | None,
    serving: tuple[str, ...],
    base: str,
) -> Reasons:
    """Require that the serving ONNX Runtime loads the opset and IR version that torch exports.

    The opset is lowered where a runtime asks for it, down to what the exporter can write.
    Source: models loaded per release, exports per torch release (measured).
    """
    if base == "ngc":
        return FINE
    release = torch_release(facts, torch)
    if release is None:
        return FINE  # `wheel` says that the release is not known
    loaded_by, found = runtimes(onnxruntime, serving), FINE
    limits = facts.onnxruntime_limits
    for name in loaded_by:
        if limit_of(facts, name) is None:
            message = f"it is not known which models onnxruntime {name} loads"
            fact = f"tried: onnxruntime {', '.join(limits.minors)}"
            found += (unsure("opset", message, fact, cite(limits, "loaded")),)
    chosen = export_opset(facts, torch, onnx, loaded_by)
    source = cite(facts.torch, release.export.source)
    if chosen is None:
        fact = f"torch {torch}'s default opset is {default_opset(facts, torch)}"
        message = f"it is not known which opset torch {torch} with onnx {onnx} can export"
        return found or (unsure("opset", message, fact, source),)
    if release.export.dynamo_default and chosen < DYNAMO_FLOOR:
        message = f"torch {torch} exports opset {DYNAMO_FLOOR} or above, {chosen} is asked for"
        fact = "asked for opset 17, the dynamo exporter silently writes 18"
        found += (no("opset", message, fact, source),)
    return found + _ir(facts, torch, loaded_by)


def _ir(facts: Facts, torch: str, loaded_by: tuple[str, ...]) -> Reasons:
    """Require that runtimes load the IR version; the classic exporter's is not recorded."""
    release = torch_release(facts, torch)
    written = release.export.dynamo_ir_version if release else None
    if release is None or written is None or not release.export.dynamo_default:
        return FINE
    found = FINE
    for name in loaded_by:
        limit = limit_of(facts, name)
        if limit is not None and limit.max_ir < written:
            message = f"onnxruntime {name} does not load what torch {torch} exports"
            fact = f"torch {torch} writes IR version {written}, onnxruntime {name} loads up to"
            fact += f" {limit.max_ir}"
            source = cite(facts.onnxruntime_limits, limit.source)
            found += (no("opset", message, fact, source),)
    return found


def onnxruntime_cuda(
    facts: Facts,
    *,
    onnxruntime: str,
    cuda: str,
    torch: str | None,
    base: str,
    flavor: str | None,
    packages: tuple[str, ...],
) -> Reasons:
    """Require of onnxruntime-gpu the image's CUDA, cuDNN from somebody, and extras that install.

    Source: onnxruntime-gpu METADATA and library names (measured).
    """
    table = facts.onnxruntime_limits
    broken = table.broken_extras.get(onnxruntime)
    if broken is not None and any(text.startswith("onnxruntime-gpu[") for text in packages):
        message = f"an extra of onnxruntime-gpu {onnxruntime} cannot be installed"
        return (no("onnxruntime-cuda", message, broken.text, cite(table, broken.source)),)
    limit = limit_of(facts, onnxruntime)
    package = f"{runtime_package(cuda)} {onnxruntime}"
    if limit is None or limit.gpu is None:
        message = f"it is not known which CUDA {package} is built for"
        fact = f"known: {', '.join(name for name, at in table.minors.items() if at.gpu)}"
        return (unsure("onnxruntime-cuda", message, fact, cite(table, "gpu")),)
    built, source = limit.gpu, cite(table, limit.gpu.source)
    fact = f"{package} is built for CUDA {built.cuda} and cuDNN {built.cudnn}"
    if not (cuda == built.cuda or f"{cuda.split('.', maxsplit=1)[0]}.x" == built.cuda):
        message = f"{package} does not run on CUDA {cuda}"
        return (no("onnxruntime-cuda", message, fact, source),)
    brought = _cudnn(facts, torch, cuda, base, flavor)
    if brought == built.cudnn:
        return FINE
    if brought == "unknown":
        message = f"it is not known which cuDNN {package} finds in this image"
        return (unsure("onnxruntime-cuda", message, fact, source),)
    message = f"{package} finds no cuDNN {built.cudnn} in this image"
    fact += "; a cudnn flavor or torch's wheels bring one"
    return (no("onnxruntime-cuda", message, fact, source),)


def _cudnn(facts: Facts, torch: str | None, cuda: str, base: str, flavor: str | None) -> str:
    """Return the major of the cuDNN in the image, "" for none, or "unknown"."""
    if base == "nvidia-cuda" and flavor and flavor.startswith("cudnn"):
        # Tags said cudnn8 and cudnn9 until cuDNN 9 became the only one: "cudnn" is 9 there.
        words = {
            word.split("-")[0]
            for (minor, _, _), image in facts.newest_tags.items()
            if minor == cuda
            for word in image.flavors
            if word.startswith("cudnn")
        }
        return flavor.split("-")[0].removeprefix("cudnn") or ("8" if words == {"cudnn8"} else "9")
    if torch is None:
        return "unknown" if base in {"ngc", "rootfs"} else ""
    release = torch_release(facts, torch)
    if release is None or release.pypi.variant != variant_for(cuda):
        return "unknown"
    return release.pypi.cudnn.split(".")[0] if release.pypi.cudnn else "unknown"
