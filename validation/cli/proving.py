"""Who proves what, when: one image at a time on each machine, the machines beside each other.

Imports finding, progress, engine, prove and errors.
"""

import contextlib
from collections.abc import Mapping

from docker.errors import DockerException
from requests.exceptions import RequestException

from validation.cli.finding import Located
from validation.cli.progress import Display
from validation.engine.abreast import work_off
from validation.engine.runs import Run, remove_run
from validation.errors import WorldFailed
from validation.process import end_children
from validation.prove.proving import Bench, Proven, prove_image


class Proofs:
    """The proofs of one run: what came of them, and what could not be proven.

    Two proofs on one machine would disturb each other's measurements, and share its GPU; which
    engines are on one machine tells the host's name in their `docker info`. Training images come
    first everywhere: an inference image is proven with a model that they made.
    """

    def __init__(
        self, run: Run, benches: Mapping[str, Bench], found: Mapping[str, Located]
    ) -> None:
        self._run = run
        self._benches = benches
        self._found = found
        self._clients = {each.opened.engine.host: each.opened.client for each in found.values()}
        self._proven: dict[str, Proven] = {}
        self._lost: dict[str, WorldFailed] = {}
        self._unproven: list[str] = []

    @property
    def proven(self) -> list[Proven]:
        """What came of the images that were proven, in the order of the benches."""
        return [self._proven[name] for name in self._benches if name in self._proven]

    def prove(self) -> None:
        """Prove all; an engine that is lost on the way loses its own images only."""
        with Display(self._benches, "proving") as display:
            for workload in ("training", "inference"):
                machines: dict[str, list[str]] = {}
                for name, bench in self._benches.items():
                    if self._found[name].built.image.workload == workload:
                        machine = str(bench.info.get("Name", ""))
                        machines.setdefault(machine, []).append(name)
                work_off(machines.values(), lambda name: self._prove(name, display), self._stop)

    def raise_lost(self) -> None:
        """Raise `WorldFailed` that names the images that could not be proven, if there are any."""
        if not self._lost:
            return
        first, *others = self._lost.values()
        what = "; ".join([first.what, *(error.what for error in others)])
        details = (*first.details, f"not proven: {', '.join(self._unproven)}")
        raise WorldFailed(what, hint=first.hint, details=details) from first

    def _prove(self, name: str, display: Display) -> None:
        bench, built = self._benches[name], self._found[name].built
        where = f"{bench.engine.place}: " if len(self._clients) > 1 else ""
        if bench.engine.host in self._lost:
            self._unproven.append(name)
            display.done(name, "not proven", f"{where}its engine was lost before")
            return
        try:
            one = prove_image(bench, built, lambda text: display.step(name, where + text))
        except WorldFailed as error:
            self._lost[bench.engine.host] = error
            self._unproven.append(name)
            display.done(name, "not proven", where + error.what)
            return
        self._proven[name] = one
        counts = one.receipt.counts
        text = f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
        display.done(name, "proven" if one.receipt.proven else "failed", text)

    def _stop(self) -> None:
        """End what proofs in other threads wait for: this run's processes and containers."""
        end_children()
        for client in self._clients.values():
            # one that does not answer is gone with all that it ran, or asked again in a moment
            with contextlib.suppress(WorldFailed, DockerException, RequestException):
                remove_run(client, self._run)
