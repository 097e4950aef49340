"""The training loop. Imports torch, batches, step, saving, metrics.

A run is a pure function of (scene, settings, device, torch version): batches come from
(seed, step), the learning rate from the step, and a checkpoint holds the rest. So a run that is
killed and resumed gives the same curve as one that was not.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trainer import draws
from trainer.batches import Source, in_order, make_batch, training_source
from trainer.checkpoint import Checkpoint
from trainer.device import Device
from trainer.errors import NonFinite, Stopped
from trainer.metrics import Metrics
from trainer.model import Locator
from trainer.quality import Validation, validate
from trainer.saving import Saver, copied
from trainer.scene import Scene
from trainer.settings import Training
from trainer.step import Stepper

_FLUSH = 20  # steps between looks at the loss: each look makes a GPU wait

Report = Callable[[int, Validation], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A finished run."""

    model: Locator
    checkpoint: Checkpoint
    first: Validation  # before the first step of this process
    last: Validation
    stopped_early: bool


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What a run tells, and is told, on its way; the defaults do nothing."""

    report: Report = field(default=lambda _step, _quality: None)  # each validation
    stop: Callable[[], bool] = field(default=lambda: False)  # True: checkpoint now, and stop


class Run:
    """One training run: model, optimiser and where they are. Build it, then call `finish`."""

    def __init__(
        self,
        scene: Scene,
        training: Training,
        device: Device,
        *,
        folder: Path | None = None,
        resume: Checkpoint | None = None,
        source: Source | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        self._scene, self._training, self._device = scene, training, device
        self._hooks = hooks or Hooks()
        self._source = source or training_source(scene, device, training)
        self._stepper = Stepper(scene, training, device)
        self.model = self._stepper.model
        self.step, self._best, self._waited = 0, math.inf, 0
        if resume is not None:
            self._restore(resume)
        self._checkpoint_file = folder / "checkpoint.pt" if folder else None
        self._metrics = Metrics(
            folder / "metrics.jsonl" if folder else None,
            resumed_at=resume.step if resume else None,
        )
        self._examples = make_batch(
            scene,
            device,
            seed=training.seed,
            stream=draws.VALIDATION,
            first=0,
            count=training.validation_examples,
        )

    def finish(self) -> Outcome:
        """Train to the end (or to an early stop) and write the last checkpoint.

        Raises `NonFinite` at the first loss or gradient that is not a number; the checkpoint of
        the last good moment stands then. Raises `Stopped` where `hooks.stop` asked for it, after a
        checkpoint of that very step. No checkpoint is half written when this returns or raises.
        """
        last = first = self._validate(record=self.step == 0)
        steps = range(self.step, self.step if self._stalled else self._training.steps)
        with Saver(self._checkpoint_file) as saver:
            for quality in self._train_over(steps, saver):
                last = quality
        return Outcome(
            model=self.model,
            checkpoint=self._snapshot(),
            first=first,
            last=last,
            stopped_early=self.step < self._training.steps,
        )

    def _train_over(self, steps: range, saver: Saver) -> Iterator[Validation]:
        """Take the steps; yields each validation."""
        pending: list[tuple[int, Tensor, Tensor]] = []
        for batch in in_order(self._source, steps, ahead=self._device.synthesises_on_cpu):
            rate = learning_rate(self._training, self.step)
            self.step += 1
            pending.append((self.step, *self._stepper.take(batch, rate)))
            stops = self._hooks.stop()
            validates = self._is_due(self._training.validate_every)
            saves = stops or self._is_due(self._training.checkpoint_every)
            if validates or saves or len(pending) >= _FLUSH:
                self._flush(pending)
            if validates:
                yield self._judge()
            if saves or self._stalled:
                saver.save(self._snapshot())
            if self._stalled:
                return
            if stops and self.step < self._training.steps:
                raise Stopped(self.step)

    def _flush(self, pending: list[tuple[int, Tensor, Tensor]]) -> None:
        """Write the waiting steps' metrics; raises `NonFinite` for the first bad one."""
        told = torch.stack([torch.stack([loss, norm]) for _, loss, norm in pending]).tolist()
        events: list[dict[str, Any]] = []
        for (step, _, _), (loss, norm) in zip(pending, told, strict=True):
            if not (math.isfinite(loss) and math.isfinite(norm)):
                self._metrics.write(events)
                raise NonFinite(
                    f"step {step}: loss {loss}, gradient norm {norm}: training diverged",
                    hint="lower the learning rate, or resume from the last checkpoint",
                )
            rate = learning_rate(self._training, step - 1)
            events.append(
                {"event": "step", "step": step, "loss": loss, "learning_rate": rate}
                | {"gradient_norm": norm}
            )
        self._metrics.write(events)
        pending.clear()

    def _judge(self) -> Validation:
        """Validate, and keep count of validations that brought nothing better."""
        quality = self._validate(record=True)
        self._waited = 0 if quality.loss < self._best else self._waited + 1
        self._best = min(self._best, quality.loss)
        return quality

    def _validate(self, *, record: bool) -> Validation:
        result = validate(self.model, self._examples, self._scene)
        if not math.isfinite(result.loss):
            raise NonFinite(f"step {self.step}: validation loss is {result.loss}")
        if record:
            event = {"event": "validation", "step": self.step, **result.as_dict()}
            self._metrics.write([event])
            self._hooks.report(self.step, result)
        return result

    @property
    def _stalled(self) -> bool:
        """True when so many validations brought nothing better that the patience is used up."""
        return 0 < self._training.patience <= self._waited

    def _is_due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self._training.steps

    def _snapshot(self) -> Checkpoint:
        return Checkpoint(
            step=self.step,
            model=copied(dict(self.model.state_dict())),
            optimizer=copied(self._stepper.optimizer.state_dict()),
            scene=self._scene,
            training=self._training,
            best=self._best,
            waited=self._waited,
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.model.load_state_dict(checkpoint.restored_model().state_dict())
        self._stepper.restore(checkpoint.optimizer)
        self.step, self._best, self._waited = checkpoint.step, checkpoint.best, checkpoint.waited


def learning_rate(training: Training, step: int) -> float:
    """Return the rate of step `step` (from 0): linear warm-up, then half a cosine down to 0."""
    rising = min(1.0, (step + 1) / (training.warm_up + 1))
    falling = 0.5 + 0.5 * math.cos(math.pi * step / training.steps)
    return training.learning_rate * rising * falling
