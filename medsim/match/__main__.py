"""How well matching agrees with the labels of data/labelled.

python -m medsim.match evaluate                    # tables of both parts, and how well two labellers agree
python -m medsim.match differences tuning          # a JSON line for each item where rules and labels differ
"""

import argparse

from medsim.errors import run_cli
from medsim.truth import PARTS, agreement, disagreements, report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m medsim.match", description="Matching against hand-made labels.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("evaluate", help="precision, recall and AUROC of both parts")
    commands.add_parser("differences", help="where rules and labels differ").add_argument("part", choices=PARTS)
    flags = parser.parse_args()
    if flags.command == "evaluate":
        for part in PARTS:
            print("\n".join(report(part)), end="\n\n")
        print("\n".join(agreement()))
    else:
        for line in disagreements(flags.part):
            print(line)


if __name__ == "__main__":
    run_cli(main)
