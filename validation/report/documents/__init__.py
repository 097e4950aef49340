"""Tables that stand in the documents: made of facts, the matrix and measurements, never by hand.

A document marks where one stands; `blocks` puts it there. One file per kind of table.
"""

from collections.abc import Callable, Mapping
from functools import partial

from validation.report.documents import hardware, measured, reference, software, wanted
from validation.report.documents.given import Given

TABLES: Mapping[str, Callable[[Given], str]] = {
    "architectures": hardware.architectures,
    "cards": hardware.cards,
    "cuda-drivers": hardware.cuda_drivers,
    "driver-branches": hardware.driver_branches,
    "cuda-releases": software.cuda_releases,
    "distributions": software.distributions,
    "torch-variants": software.torch_variants,
    "traps": software.traps,
    "families": wanted.families,
    "reviews": wanted.reviews,
    "measured-sizes": partial(measured.figures, topic="size"),
    "measured-gpu": partial(measured.figures, topic="gpu"),
    "measured-tool": partial(measured.figures, topic="tool"),
    "matrix-keys": reference.matrix_keys,
}
"""Every table by the name that documents call it."""
