"""The figures that are told side by side, from the runs of both images.

Pure; imports prove.built, and compare's record, runs and statistics.
"""

from collections.abc import Callable, Mapping, Sequence

from validation.prove.built import Built
from validation.prove.compare.checks import Name
from validation.prove.compare.record import Figure
from validation.prove.compare.runs import Measured
from validation.prove.compare.statistics import make_figure

_MEBI = 2**20
_MEGA = 10**6


def make_figures(
    pair: Mapping[Name, Built],
    measured: Mapping[Name, Sequence[Measured]],
    builds: Mapping[Name, tuple[float, ...]],
) -> tuple[Figure, ...]:
    """Return every figure that at least one run of each image gave, and those of the images.

    `builds` are seconds. Host memory is the most that the training process held; device memory
    the most that torch's and CuPy's pools held, without the CUDA context.
    """

    def both(value: Callable[[Measured], float | None]) -> tuple[list[float], list[float]]:
        old, new = (
            [found for run in measured[name] if (found := value(run)) is not None]
            for name in ("old", "new")
        )
        return old, new

    sizes = [[pair[name].facts.size / _MEGA] for name in ("old", "new")]
    figures = (
        make_figure(
            "throughput",
            "examples/s",
            "higher",
            *both(lambda run: run.trained.examples_per_second),
        ),
        make_figure("step time", "ms", "lower", *both(lambda run: run.trained.step_seconds * 1000)),
        make_figure(
            "peak host memory", "MiB", "lower", *both(lambda run: run.trained.host_bytes / _MEBI)
        ),
        make_figure("peak device memory", "MiB", "lower", *both(_device_memory)),
        make_figure("cold start", "s", "lower", *both(lambda run: run.cold_start)),
        make_figure("mean error", "m", "lower", *both(lambda run: run.trained.learned.error_last)),
        make_figure("image size", "MB", "lower", *sizes, exact=True),
        make_figure("build", "s", "lower", builds["old"], builds["new"]),
    )
    return tuple(figure for figure in figures if figure.old or figure.new)


def _device_memory(run: Measured) -> float | None:
    held = run.trained.device_bytes
    return None if held is None else held / _MEBI
