"""A torch wheel that does not exist.

The file asks for a release of torch in a CUDA variant that was never built, such as
torch 2.5.0+cu126, or not for the Python that is there. The install fails, or falls back to
another variant without a word when an index offers one. `imagewright explain torch=… cuda=…`
names the nearest pair that exists.
"""

from validation.facts.load import Facts
from validation.facts.questions import Answer, torch_wheel
from validation.facts.records import Known
from validation.watch.installed import Installed, installed_of
from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of


def _look(scanned: Scanned) -> Seen:
    facts = scanned.ground.facts
    for each in scanned.references:
        installed = installed_of(each.installs)
        if not (installed.torch and installed.variant.startswith(("cu", "cpu"))):
            continue
        answer = _answer(facts, installed, _own_python(facts, each.resolved), each.platform)
        if answer is not None:
            wheel = f"torch {installed.torch}+{installed.variant}"
            message = f"there is no wheel of {wheel}: {answer.fact} ({answer.source})"
            yield each.place, message, "imagewright explain names the nearest pair that exists"


def _own_python(facts: Facts, reference: str | None) -> str:
    release = facts.os.releases.get(subject_of(reference).os) if reference else None
    return (release.python if release else None) or ""


def _answer(facts: Facts, installed: Installed, own: str, platform: str) -> Answer | None:
    """Return the fact that rules a wheel out: for the Python that is known, else for every one."""
    known = installed.python or own
    pythons = (known,) if known else tuple(facts.python.managed)
    where = platform if platform.startswith("linux/") else "linux/amd64"
    answers = [
        torch_wheel(facts, installed.torch, installed.variant, python, where) for python in pythons
    ]
    if answers and all(answer.known is Known.ABSENT for answer in answers):
        return answers[0]
    return None


RULE = rule("torch-wheel-missing", "error", __doc__, _look)
