"""The processes of one training: usually one, several under `accelerate launch`."""

from typing import TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list, reduce

Value = TypeVar("Value")


class Processes:
    """What the processes do together. All of them must call `wait`, `part`, `agree_on` and `any`."""

    def __init__(self) -> None:
        self._state = PartialState(cpu=not torch.cuda.is_available())

    @property
    def is_main(self) -> bool:
        return self._state.is_main_process

    def say(self, *lines: str | None) -> None:
        """Print lines that are not None, once."""
        if self.is_main:
            print(*(line for line in lines if line), sep="\n", flush=True)

    def wait(self) -> None:
        self._state.wait_for_everyone()

    def part(self) -> None:
        """Wait for all, and take the connections down: a process that ends with them up may hang in its exit."""
        self.wait()
        self._state.destroy_process_group()

    def agree_on(self, value: Value) -> Value:
        """The main process's value."""
        values = [value]
        if self._state.num_processes > 1:
            broadcast_object_list(values)
        return values[0]

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in one of them."""
        if self._state.num_processes == 1:
            return flag
        return bool(reduce(torch.tensor(float(flag), device=self._state.device), "sum"))
