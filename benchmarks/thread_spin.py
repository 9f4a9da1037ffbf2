"""How long OpenMP threads should spin before they sleep: `python -m benchmarks.thread_spin [--rounds 5]`.

The matrix products of a decoded token of the default base (its shapes, random weights, two rows) and of a prompt of
256 tokens, in a process of its own for each GOMP_SPINCOUNT, alone and beside a process that keeps one core busy. The
contestants alternate; the last line is a JSON object of milliseconds, [median, min, max] over the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict

from benchmarks.figures import summary

SPINS = ("0", "300", "1000", "10000", "active")
BUSY = "while True: pass"
TRIES = {2: 20, 256: 3}  # by rows


def measure() -> None:
    """Print the milliseconds for each number of rows."""
    import torch
    from torch.nn.functional import linear, silu

    torch.set_grad_enabled(False)
    hidden, keys, inner, vocabulary = 576, 192, 1536, 49152
    shapes = [(hidden, hidden), (keys, hidden), (keys, hidden), (hidden, hidden), (inner, hidden), (inner, hidden)]
    layers = [[*(torch.randn(*shape) for shape in shapes), torch.randn(hidden, inner)] for _ in range(30)]
    head = torch.randn(vocabulary, hidden)

    def forward(rows: int) -> float:
        x, start = torch.randn(rows, hidden), time.perf_counter()
        for *attention, gate, up, down in layers:
            for weight in attention:
                linear(x, weight)
            linear(silu(linear(x, gate)) * linear(x, up), down)
        linear(x[-2:], head)
        return 1e3 * (time.perf_counter() - start)

    forward(2)
    print(json.dumps({f"{rows} rows": statistics.median(forward(rows) for _ in range(n)) for rows, n in TRIES.items()}))


def contestant(spin: str) -> dict[str, float]:
    policy = {"OMP_WAIT_POLICY": "ACTIVE"} if spin == "active" else {"OMP_WAIT_POLICY": "PASSIVE"}
    count = {} if spin == "active" else {"GOMP_SPINCOUNT": spin}
    command = [sys.executable, "-m", "benchmarks.thread_spin", "--measure"]
    return json.loads(subprocess.check_output(command, env={**os.environ, **policy, **count}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.measure:
        return measure()
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(flags.rounds):
        for busy in (False, True):
            for spin in SPINS:
                other = subprocess.Popen([sys.executable, "-c", BUSY]) if busy else None
                try:
                    for rows, milliseconds in contestant(spin).items():
                        found[f"spin {spin}, {'busy' if busy else 'alone'}, {rows}"].append(milliseconds)
                finally:
                    if other:
                        other.kill()
    print(json.dumps(summary(found)))


if __name__ == "__main__":
    main()
