"""The training loop. Imports torch, model, batches, checkpoint, metrics.

A run is a pure function of (scene, settings, device, torch version): batches come from
(seed, step), the learning rate from the step, and a checkpoint holds the rest. So a run that is
killed and resumed gives the same curve as one that was not.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from trainer import draws
from trainer.batches import Batch, Source, in_order, make_batch, training_source
from trainer.checkpoint import Checkpoint, write_checkpoint
from trainer.device import Device
from trainer.errors import BadInput, NonFinite
from trainer.metrics import Metrics
from trainer.model import Locator, negative_log_likelihood
from trainer.quality import Validation, validate
from trainer.scene import Scene
from trainer.settings import Training

_FLUSH = 20  # steps between looks at the loss: each look makes a GPU wait


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A finished run."""

    model: Locator
    checkpoint: Checkpoint
    first: Validation  # before the first step of this process
    last: Validation
    stopped_early: bool


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
        report: Callable[[int, Validation], None] = lambda _step, _validation: None,
    ) -> None:
        self._scene, self._training, self._device = scene, training, device
        self._folder, self._report = folder, report
        self._source = source or training_source(
            scene, device, seed=training.seed, size=training.batch
        )
        torch.manual_seed(training.seed)
        self.model = Locator(scene).to(device.torch)
        self._optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
        )
        self.step, self._best, self._waited = 0, math.inf, 0
        if resume is not None:
            self._restore(resume)
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
        the last good moment stands then.
        """
        last = first = self._validate(record=self.step == 0)
        pending: list[tuple[int, Tensor, Tensor]] = []
        steps = range(self.step, self.step if self._stalled else self._training.steps)
        for batch in in_order(self._source, steps, ahead=not self._device.is_gpu):
            pending.append((self.step + 1, *self._train_on(batch)))
            self.step += 1
            validates = self._is_due(self._training.validate_every)
            saves = self._is_due(self._training.checkpoint_every)
            if validates or saves or len(pending) >= _FLUSH:
                self._flush(pending)
            if validates:
                last = self._validate(record=True)
                self._waited = 0 if last.loss < self._best else self._waited + 1
                self._best = min(self._best, last.loss)
            if saves or self._stalled:
                self._save()
            if self._stalled:
                break
        return Outcome(
            model=self.model,
            checkpoint=self._snapshot(),
            first=first,
            last=last,
            stopped_early=self.step < self._training.steps,
        )

    def _train_on(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Take one step; return loss and gradient norm as tensors, without waiting for a GPU."""
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(self._training, self.step)
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=self._device.has_bfloat16):
            fused = self.model.encode(batch.correlation, batch.level)
        position, log_variance = self.model.decide(fused.float())
        loss = negative_log_likelihood(position, log_variance, batch.position)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's annotation is incomplete
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self._training.clip)
        self._optimizer.step()
        return loss.detach(), norm.detach()

    def _flush(self, pending: list[tuple[int, Tensor, Tensor]]) -> None:
        """Write the waiting steps' metrics; raises `NonFinite` for the first bad one."""
        events: list[dict[str, Any]] = []
        for step, loss_tensor, norm_tensor in pending:
            loss, norm = float(loss_tensor), float(norm_tensor)
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

    def _validate(self, *, record: bool) -> Validation:
        result = validate(self.model, self._examples, self._scene)
        if not math.isfinite(result.loss):
            raise NonFinite(f"step {self.step}: validation loss is {result.loss}")
        if record:
            event = {"event": "validation", "step": self.step, **result.as_dict()}
            self._metrics.write([event])
            self._report(self.step, result)
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
            model={name: value.detach().cpu() for name, value in self.model.state_dict().items()},
            optimizer=self._optimizer.state_dict(),
            scene=self._scene,
            training=self._training,
            best=self._best,
            waited=self._waited,
        )

    def _save(self) -> None:
        if self._folder is not None:
            write_checkpoint(self._folder / "checkpoint.pt", self._snapshot())

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.model.load_state_dict(checkpoint.restored_model().state_dict())
        try:
            self._optimizer.load_state_dict(checkpoint.optimizer)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"the checkpoint's optimiser state does not fit: {error}") from error
        self.step, self._best, self._waited = checkpoint.step, checkpoint.best, checkpoint.waited


def learning_rate(training: Training, step: int) -> float:
    """Return the rate of step `step` (from 0): linear warm-up, then half a cosine down to 0."""
    rising = min(1.0, (step + 1) / (training.warm_up + 1))
    falling = 0.5 + 0.5 * math.cos(math.pi * step / training.steps)
    return training.learning_rate * rising * falling
