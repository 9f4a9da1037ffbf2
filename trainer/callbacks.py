"""What a training tells while it runs, and how it is stopped."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TextIO

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from trainer.events import Events
from trainer.fidelity import MEANS
from trainer.packing import ScriptSampler


class StopRequested(Exception):
    """SIGTERM or Ctrl-C came before training had begun."""


class StopSignals:
    """SIGTERM and SIGINT ask to stop, a second one ends at once. Outside of training there is nothing to save."""

    def __init__(self) -> None:
        self.requested = False
        self.training = False

    def __enter__(self) -> "StopSignals":
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """While training and saving, a signal only sets `requested`. Raises StopRequested if one came before."""
        self.training = True
        if self.requested:
            raise StopRequested
        yield

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        for other in self._before:
            signal.signal(other, signal.SIG_DFL)
        if not self.training:
            raise StopRequested


class EpochSetter(TrainerCallback):
    """Gives the sampler its epoch; accelerate does not reach it in a resumed epoch of several processes."""

    def __init__(self, sampler: ScriptSampler):
        self.sampler = sampler

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.sampler.set_epoch(int(state.epoch or 0))


class LastEvaluation(TrainerCallback):
    """Evaluates after the last update too, wherever it falls, so that its weights can be the best."""

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if args.eval_strategy == "steps" and state.global_step >= state.max_steps:
            control.should_evaluate = True


class Stopper(TrainerCallback):
    """Ends the training after the micro-batch in which a stop was asked for, with a checkpoint of the last update.

    Random numbers that an unfinished update drew are put back, so that going on repeats it as it was.
    """

    def __init__(self, requested: Callable[[], bool]):
        self.requested = requested  # asks all processes, so that they stop together
        self.stopped = False
        self._random_state: list[torch.Tensor] | None = None  # after the last update; None: this process made none yet
        self._saved_step: int | None = None

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._random_state = _random_state()
        self._check(state, control)

    def on_substep_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._check(state, control)

    def on_prediction_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._check(state, control)

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.stopped:
            self._stop(state, control)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._saved_step = state.global_step

    def _check(self, state: TrainerState, control: TrainerControl) -> None:
        self.stopped = self.stopped or self.requested()
        if self.stopped:
            self._stop(state, control)

    def _stop(self, state: TrainerState, control: TrainerControl) -> None:
        control.should_training_stop = True
        control.should_evaluate = False
        control.should_save = self._random_state is not None and self._saved_step != state.global_step
        if self._random_state is not None:
            _set_random_state(self._random_state)


def _random_state() -> list[torch.Tensor]:
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _set_random_state(states: list[torch.Tensor]) -> None:
    torch.set_rng_state(states[0])
    if states[1:]:
        torch.cuda.set_rng_state_all(states[1:])


class Reporter(TrainerCallback):
    """Writes events, and the progress to the terminal: one line that is rewritten, or a line at each report."""

    def __init__(self, events: Events, tokens: Callable[[], int], out: TextIO):
        self.events = events
        self.tokens = tokens  # how many tokens this training has seen so far
        self.out = out
        self._learning_s = 0.0
        self._last: dict[str, Any] = {}

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._began, self._first_step = time.monotonic(), state.global_step
        self._counted_tokens, self._counted_s = 0, 0.0
        self._print(f"{state.max_steps - state.global_step} updates to make")

    def on_substep_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """An update of many micro-batches can take minutes; without a sign of life it looks dead."""
        self._micro_batches += 1
        if self.out.isatty():
            count = f"{self._micro_batches} of {args.gradient_accumulation_steps} micro-batches"
            self._print(f"step {state.global_step}/{state.max_steps}  {count} of the next", end="")

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._step_began = time.monotonic()
        self._micro_batches = 0

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._learning_s += time.monotonic() - self._step_began
        if self.out.isatty():
            self._show(state, end="")

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        if "loss" in logs:
            self._last = {"loss": logs["loss"], "lr": logs["learning_rate"], "tokens_per_s": self._rate()}
            where = {**self._where(state), "eta_s": round(self._eta_s(state))}
            self.events.write("step", **where, **self._last)
            self._show(state, end="\n")
        elif "eval_loss" in logs:
            names = [name for name in MEANS if f"eval_{name}" in logs]
            means = {name: logs[f"eval_{name}"] for name in names}
            self.events.write("eval", **self._where(state), eval_loss=logs["eval_loss"], **means)
            line = f"step {state.global_step}/{state.max_steps}  eval_loss {logs['eval_loss']:.4f}"
            self._print(f"{line}  fidelity {means['fidelity']:.2f}" if "fidelity" in means else line)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.events.write("saved", **self._where(state))

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.out.isatty():
            self._print("", end="")

    def _where(self, state: TrainerState) -> dict[str, Any]:
        return {"step": state.global_step, "total": state.max_steps, "epoch": round(state.epoch or 0, 4)}

    def _rate(self) -> float:
        """Tokens a second since the last report; evaluations and checkpoints are not counted."""
        tokens, seconds = self.tokens() - self._counted_tokens, self._learning_s - self._counted_s
        self._counted_tokens, self._counted_s = self.tokens(), self._learning_s
        return round(tokens / max(seconds, 1e-9), 1)

    def _eta_s(self, state: TrainerState) -> float:
        """Seconds to the end, from all the time that the updates so far took."""
        done = max(1, state.global_step - self._first_step)
        return (time.monotonic() - self._began) / done * (state.max_steps - state.global_step)

    def _show(self, state: TrainerState, end: str) -> None:
        parts = [f"step {state.global_step}/{state.max_steps}", f"epoch {state.epoch:.2f}"]
        if self._last:
            parts += [f"loss {self._last['loss']:.4f}", f"lr {self._last['lr']:.1e}"]
            parts += [f"{self._last['tokens_per_s']:.0f} tokens/s"]
        self._print("  ".join([*parts, f"{duration(self._eta_s(state))} left"]), end)

    def _print(self, line: str, end: str = "\n") -> None:
        clear = "\r\x1b[K" if self.out.isatty() else ""
        print(f"{clear}{line}", end=end, file=self.out, flush=True)


def duration(seconds: float) -> str:
    """95 -> '1 min 35 s'."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
