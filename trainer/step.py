"""One training step on a device: precision, memory layout, compiler. Imports torch, model, device.

bfloat16 where the GPU has it in hardware, for everything but the head and the loss; channels-last
on GPUs, where cuDNN's fast kernels read it; torch.compile where it is asked for.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from trainer.batches import Batch
from trainer.device import Device
from trainer.errors import BadInput, WorldFailed
from trainer.model import Locator, negative_log_likelihood
from trainer.scene import Scene
from trainer.settings import Training

Encode = Callable[[Tensor, Tensor], Tensor]


class Stepper:
    """Model and optimiser of one run."""

    def __init__(self, scene: Scene, training: Training, device: Device) -> None:
        torch.manual_seed(training.seed)
        self._device, self._clip = device, training.clip
        self.model = Locator(scene).to(device.torch)
        if device.is_gpu:
            self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # known to torch, not to its stubs
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=training.learning_rate,
            weight_decay=training.weight_decay,
            fused=device.is_gpu,  # one kernel for a dozen: steps this small wait for launches
        )
        self._encode: Encode = self.model.encode
        if training.compiled:
            self._encode = compiled_encode(self.model, scene, training.batch, device)

    def take(self, batch: Batch, rate: float) -> tuple[Tensor, Tensor]:
        """Take one step; return loss and gradient norm as tensors, without waiting for a GPU."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=self._device.has_bfloat16):
            fused = self._encode(batch.correlation, batch.level)
        position, log_variance = self.model.decide(fused.float())
        loss = negative_log_likelihood(position, log_variance, batch.position)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's annotation is incomplete
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self._clip)
        self.optimizer.step()
        return loss.detach(), norm.detach()

    def restore(self, state: dict[str, Any]) -> None:
        """Load the optimiser's state, from a run on any device; raises `BadInput`."""
        try:
            groups = [group | {"fused": self._device.is_gpu} for group in state["param_groups"]]
            self.optimizer.load_state_dict(state | {"param_groups": groups})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"the checkpoint's optimiser state does not fit: {error}") from error


def compiled_encode(model: Locator, scene: Scene, count: int, device: Device) -> Encode:
    """Return the model's encoder through torch.compile, tried forward and backward.

    Raises `WorldFailed` where this image cannot compile: that needs a C compiler, and Triton on a
    GPU, and a Python that this torch's compiler knows.
    """
    correlation = torch.zeros(count, len(scene.pairs), 2 * scene.reach, device=device.torch)
    level = torch.zeros(count, len(scene.receivers), device=device.torch)
    try:
        encode: Encode = torch.compile(model.encode)
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=device.has_bfloat16):
            encode(correlation, level).sum().backward()  # type: ignore[no-untyped-call]  # as above
    except Exception as error:  # its back ends raise kinds of their own, unrelated to each other
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise WorldFailed(
            f"torch.compile does not work in this image: {first}",
            hint="train without it: it is an option, not a need",
        ) from error
    model.zero_grad(set_to_none=True)
    return encode
