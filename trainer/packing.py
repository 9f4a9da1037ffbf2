"""From examples to a micro-batch without padding, in which dialogues of one script share one copy of it.

All tokens of a micro-batch stand in a single row: `script | dialogue | dialogue ... script | dialogue ...`. Each part
is a segment; trainer.attention lets a dialogue's tokens see their script and their own dialogue. Positions go on where
the script ends, so that each dialogue reads as it does alone. This file knows tensors and no Trainer.
"""

import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import Sampler

from trainer.data import IGNORED, Example

NO_SCRIPT = -1


class ScriptSampler(Sampler[int]):
    """An order of the examples, drawn anew each epoch, whose every `batch_size` indices are one micro-batch.

    Up to `dialogues_per_row` dialogues of a script come together in one micro-batch, so that they can share it.
    """

    def __init__(self, examples: Sequence[Example], batch_size: int, dialogues_per_row: int, seed: int):
        self.scripts = [example.script for example in examples]
        self.batch_size = batch_size
        self.group_size = min(dialogues_per_row, batch_size)
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.scripts)

    def __iter__(self) -> Iterator[int]:
        return iter(index for batch in self.batches() for index in batch)

    def batches(self) -> list[list[int]]:
        """The micro-batches of this epoch as indices; only the last may be smaller than batch_size."""
        chance = random.Random(f"{self.seed} {self.epoch}")
        batches = self._filled(self._groups(chance))
        last = [batches.pop()] if len(batches[-1]) < self.batch_size else []
        chance.shuffle(batches)
        return batches + last

    def _groups(self, chance: random.Random) -> list[list[int]]:
        """Indices of dialogues that share a script, in any order, the larger groups first."""
        of_script: dict[tuple[int, ...], list[int]] = {}
        for index in chance.sample(range(len(self)), len(self)):
            of_script.setdefault(self.scripts[index], []).append(index)
        size = self.group_size
        groups = [found[at : at + size] for found in of_script.values() for at in range(0, len(found), size)]
        chance.shuffle(groups)
        return sorted(groups, key=len, reverse=True)

    def _filled(self, groups: list[list[int]]) -> list[list[int]]:
        """Micro-batches of whole groups; where none fits into what is left of one, a group is split."""
        batches: list[list[int]] = [[]]
        while groups:
            room = self.batch_size - len(batches[-1])
            if room == 0:
                batches.append([])
                continue
            fitting = next((number for number, group in enumerate(groups) if len(group) <= room), None)
            group = groups.pop(fitting or 0)
            batches[-1] += group[:room]
            if group[room:]:
                groups.append(group[room:])
        return batches


class Collator:
    """Makes the tensors of a micro-batch of N tokens in S segments.

    `input_ids`, `labels` and `position_ids` are 1 x N. `segments` is S x 2: the length of each, and the number of the
    segment that is its script, or NO_SCRIPT for a script and for a dialogue that stands alone with its script in front.
    `tokens` is a count for the record: the tokens of the dialogues, each with its script.

    Without `with_segments` nothing is shared and there are no `segments`: for attention that tells dialogues apart by
    positions that begin again.
    """

    def __init__(self, dialogues_per_row: int, with_segments: bool = True):
        self.dialogues_per_row = dialogues_per_row if with_segments else 1
        self.with_segments = with_segments

    def __call__(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        ids: list[int] = []
        labels: list[int] = []
        positions: list[int] = []
        segments: list[tuple[int, int]] = []

        def add(example: Example, start: int, stop: int, script: int) -> None:
            ids.extend(example.ids[start:stop])
            labels.extend(example.labels[start:stop])
            positions.extend(range(start, stop))
            segments.append((stop - start, script))

        for row in rows_of(examples, self.dialogues_per_row):
            start, script = (len(row[0].script), len(segments)) if len(row) > 1 else (0, NO_SCRIPT)
            if start:
                add(row[0], 0, start, NO_SCRIPT)
            for example in row:
                # the prediction of a token is read off the token before it, which must be of the same dialogue
                assert example.ids[:start] == list(example.script)[:start]
                assert all(label == IGNORED for label in example.labels[: start + 1])
                add(example, start, len(example.ids), script)
        row_tensors = {"input_ids": ids, "labels": labels, "position_ids": positions}
        return {
            **{name: torch.tensor([values]) for name, values in row_tensors.items()},
            **({"segments": torch.tensor(segments)} if self.with_segments else {}),
            "tokens": torch.tensor(sum(len(example.ids) for example in examples)),
        }


def rows_of(examples: Sequence[Example], dialogues_per_row: int) -> list[list[Example]]:
    """Up to `dialogues_per_row` examples of one script together, in the order of their first."""
    rows: list[list[Example]] = []
    last_of: dict[tuple[int, ...], list[Example]] = {}
    for example in examples:
        row = last_of.get(example.script)
        if row is None or len(row) == dialogues_per_row:
            row = last_of[example.script] = []
            rows.append(row)
        row.append(example)
    return rows
