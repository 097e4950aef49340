"""Who proves what, when: one image at a time on each machine, the machines beside each other.

Imports finding, progress, engine, prove and errors.
"""

import contextlib
import threading
from collections.abc import Mapping

from docker import DockerClient
from docker.errors import DockerException
from requests.exceptions import RequestException

from validation.cli.finding import Located
from validation.cli.progress import Display
from validation.engine.abreast import work_off
from validation.engine.client import Engine, ask, next_step
from validation.engine.runs import Run, remove_run
from validation.errors import WorldFailed
from validation.process import end_children
from validation.prove.proving import Bench, Proven, prove_image


class Proofs:
    """The proofs of one run: what came of them, and what could not be proven.

    Two proofs on one machine would disturb each other's measurements, and share its GPU; which
    engines are on one machine tells the host's name in their `docker info`. Training images come
    first everywhere: an inference image is proven with a model that they made. (The check of a
    model may run beside a proof: in the inference image, wherever that is.)

    `stopping` is the event that the benches share.
    """

    def __init__(
        self,
        run: Run,
        benches: Mapping[str, Bench],
        found: Mapping[str, Located],
        stopping: threading.Event,
    ) -> None:
        self._run = run
        self._benches = benches
        self._found = found
        self._opened = {each.opened.engine.host: each.opened for each in found.values()}
        self._removers: dict[str, threading.Thread] = {}
        self._proven: dict[str, Proven] = {}
        self._lost: dict[str, WorldFailed] = {}
        self._unproven: dict[str, WorldFailed] = {}
        self._stopping = stopping

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
        if not self._unproven:
            return
        what = "; ".join(dict.fromkeys(error.what for error in self._unproven.values()))
        details = [line for error in self._unproven.values() for line in error.details]
        hints = dict.fromkeys(error.hint for error in self._unproven.values() if error.hint)
        raise WorldFailed(
            what,
            hint="; ".join(hints),
            details=(*dict.fromkeys(details), f"not proven: {', '.join(self._unproven)}"),
        )

    def _prove(self, name: str, display: Display) -> None:
        bench, built = self._benches[name], self._found[name].built
        where = f"{bench.engine.place}: " if len(self._opened) > 1 else ""
        try:
            if bench.engine.host in self._lost:
                raise self._lost[bench.engine.host]
            one = prove_image(bench, built, lambda text: display.step(name, where + text))
        except WorldFailed as error:
            self._unproven[name] = self._blamed(bench.engine, error)
            display.done(name, "not proven", where + error.what)
            return
        self._proven[name] = one
        receipt, counts = one.receipt, one.receipt.counts
        text = f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
        missing = receipt.why_missing() if receipt.verdict == "incomplete" else ()
        display.done(name, receipt.verdict, "; ".join([text, *missing]))

    def _blamed(self, own: Engine, error: WorldFailed) -> WorldFailed:
        """Return what kept an image unproven: an engine, by name, where one no longer answers.

        An engine that is lost is so for the images that are still to come, too.
        """
        if self._stopping.is_set() or own.host in self._lost:
            return error
        for engine in (own, *(each.engine for each in self._opened.values())):
            problem = ask(engine.host, engine.place, engine.tls).problem
            if problem:
                self._lost[engine.host] = WorldFailed(
                    f"{engine.place} stopped answering ({problem})",
                    hint=f"{next_step(engine)}, then run the same command again",
                    details=error.details,
                )
                return self._lost[engine.host]
        return error

    def _stop(self) -> None:
        """End what proofs in other threads wait for: this run's processes and containers."""
        self._stopping.set()
        end_children()
        for host, opened in self._opened.items():
            before = self._removers.get(host)
            if before is None or not before.is_alive():  # a mute engine holds up nobody else
                remover = threading.Thread(target=self._remove, args=(opened.client,), daemon=True)
                self._removers[host] = remover
                remover.start()

    def _remove(self, client: DockerClient) -> None:
        # one that does not answer is gone with all that it ran, or asked again in a moment
        with contextlib.suppress(WorldFailed, DockerException, RequestException):
            remove_run(client, self._run)
