"""CuPy on a base that brings no CUDA headers.

From CUDA 12.2 on CuPy compiles every kernel against CUDA's headers. The runtime flavor of
nvidia/cuda has the libraries and no headers, base has neither: the first kernel fails, long after
the build. torch's wheels bring headers; without torch use the devel flavor or `cupy-cuda12x[ctk]`.
"""

import re

from validation.facts.versions import minor_of
from validation.matrix.constraints.cupy import headers_from
from validation.watch.installed import installed_of
from validation.watch.nouns import Reference
from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of

_CUPY = re.compile(r"cupy(?:-cuda\d+x)?(?:[=<>!~ ].*)?", re.IGNORECASE)


def _look(scanned: Scanned) -> Seen:
    facts = scanned.ground.facts
    # A requirement is kept without its extras: whether [ctk] is there stands in the file's text.
    helped = {text.file for text in scanned.texts if "[ctk]" in text.text}
    for each in scanned.references:
        found = None if each.place.file in helped else _cupy(each)
        subject = subject_of(each.resolved) if each.resolved else None
        if found is None or subject is None or subject.kind != "cuda" or not subject.release:
            continue
        cuda, installed = minor_of(subject.release), installed_of(each.installs)
        supply = headers_from(
            facts,
            cupy=dict(installed.pins).get("cupy", "0"),
            cuda=cuda,
            base="nvidia-cuda",
            flavor=subject.flavor or None,
            torch=(installed.torch or "0") if installed.has_torch else None,
        )
        if supply not in {"base", "torch"}:
            message = (
                f"{found} on {each.resolved}: the {subject.flavor} flavor has no CUDA headers,"
                f" which CuPy needs from CUDA {facts.cupy.headers_from_cuda.cuda} on"
            )
            yield each.place, message, "use the devel flavor, or CuPy's [ctk] extra (from v14 on)"


def _cupy(reference: Reference) -> str | None:
    """Return CuPy's requirement, None where there is none."""
    return next((text for text in reference.installs if _CUPY.fullmatch(text)), None)


RULE = rule("cupy-without-headers", "warning", __doc__, _look)
