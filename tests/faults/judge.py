"""One injection from end to end: make work, hurt, look, run again, look again."""

import re
import time
from typing import NamedTuple

from tests.faults.catalogue import Case, Fault
from tests.faults.killing import measure_phase
from tests.faults.lab import Ended, Lab
from tests.faults.traces import artefacts, clean, harmed, kinds, left_over

_HINT = re.compile(r"^error: .*\n(?:  (?!→).*\n|\n)*  → (?P<hint>.+)$", re.MULTILINE)
_NOTED = re.compile(r"^note: (?P<hint>the index: .+)$", re.MULTILINE)
_PASSED = re.compile(r"[1-9]\d* proofs ran: [1-9]\d* passed, 0 failed;")


class Result(NamedTuple):
    """What one injection showed. `left` holds until the next run; `losses` are broken promises."""

    code: int
    hint: str
    left: list[str]
    losses: list[str]
    seconds: float
    text: str


class Kept:
    """What a person keeps, as it was after the last change that made something to build."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.look()

    def look(self) -> None:
        self.artefacts = artefacts(self._lab)
        self.committed = self._lab.committed()


def next_step(lab: Lab, ended: Ended) -> str:
    """Return what the error's message tells the person to do, without this lab's own paths."""
    found = [*_HINT.finditer(ended.text)] or [*_NOTED.finditer(ended.text)]
    found = found if ended.code else []
    hint = found[-1]["hint"] if found else ""
    hint = re.sub(rf"{re.escape(str(lab.home))}[^\s,]*", "…", hint).replace(lab.image, "<image>")
    return re.sub(r"\b\d{8}T\d{6}Z-\w+", "…", hint)


def message_losses(ended: Ended, fault: Fault, hint: str) -> list[str]:
    """Return what is wrong with how the tool ended and what it said."""
    losses = []
    if ended.code not in fault.codes:
        losses.append(f"exit {ended.code}, not one of {sorted(fault.codes)}")
    if "Traceback" in ended.text or "Exception ignored" in ended.text:
        losses.append("a traceback")
    if fault.speaks and ended.code != 0 and not hint:
        losses.append("no next step in the message")
    return losses


def run_again(lab: Lab, fault: Fault, case: Case) -> list[str]:
    """Return what is wrong with the next plain run; an engine that is gone is brought up first."""
    losses = []
    if not lab.answers():
        ended = lab.run("engine", "up")
        if ended.code != 0:
            return [f"engine up afterwards: exit {ended.code}: {ended.text[-600:]}"]
    ended = lab.run(*fault.then)
    if ended.code != 0:
        losses.append(f"{' '.join(fault.then)} afterwards: exit {ended.code}: {ended.text[-600:]}")
    if "Traceback" in ended.text:
        losses.append(f"a traceback in the next run: {ended.text[-600:]}")
    # "proven" it cannot be called: the lab has no training image, so no model to read back.
    if fault.then[0] == "test" and not _PASSED.search(ended.text):
        losses.append(f"the next proof does not count: {ended.text[-600:]}")
    if fault.then[0] == "build" and ended.code == 0 and lab.stamp_inside() != lab.stamp():
        losses.append(f"the image holds {lab.stamp_inside()!r}, not {case.id!r}")
    return losses


def examine(lab: Lab, case: Case) -> Result:
    """Inject one fault and return what became of the promises; the lab is whole afterwards."""
    fault, began = case.fault, time.monotonic()
    measure_phase(lab, fault.phase)
    kept = Kept(lab)
    lab.changed = kept.look
    lab.change(re.sub(r"\W+", "-", case.id), deep=fault.deep)
    ended, left, losses = Ended(0, ""), [], []
    try:
        ended = fault.inject(lab, case.draw())
        left = left_over(lab, only="process" if fault.abrupt else "")
        losses = judged(lab, case, ended, left, kept.artefacts)
    except AssertionError as error:  # of the fault itself: it did not strike, or not as it should
        losses = [str(error)]
    finally:
        lab.put_back(kept.committed)
        clean(lab)
    text = ended.text[-3000:] if losses else ""
    hint = next_step(lab, ended)
    return Result(ended.code, hint, kinds(left), losses, time.monotonic() - began, text)


def judged(
    lab: Lab, case: Case, ended: Ended, left: list[str], before: dict[str, str]
) -> list[str]:
    """Return the broken promises: of message, leavings, artefacts, and the next run."""
    fault = case.fault
    losses = message_losses(ended, fault, next_step(lab, ended))
    # After an abrupt end only processes have to be gone; files wait for the next run.
    forbidden = "process" if fault.abrupt else ""
    losses += [f"left over: {line}" for line in left if line.startswith(forbidden)]
    losses += harmed(lab, before)
    losses += run_again(lab, fault, case)
    losses += [f"left over after the next run: {line}" for line in left_over(lab)]
    losses += harmed(lab, before)
    return list(dict.fromkeys(losses))
