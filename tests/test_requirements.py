"""Every package that is installed with ours is pinned, and the tests run with the pinned versions."""

from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY


def pins(file: str) -> dict[str, Requirement]:
    lines = (REPOSITORY / file).read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(pin.name): pin for pin in found}


def needed_by(names: list[str]) -> set[str]:
    """These packages and all they bring, on this machine."""
    todo, seen = list(names), set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in seen:
            seen.add(name)
            wanted = map(Requirement, metadata.requires(name) or [])
            todo += [need.name for need in wanted if not need.marker or need.marker.evaluate({"extra": ""})]
    return {name for name in seen if not name.startswith(("nvidia-", "cuda-", "triton"))}  # pinned by torch itself


def test_what_is_pinned_is_whole_and_installed():
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert not run.keys() & dev.keys()
    here = {name: pin for name, pin in (run | dev).items() if not pin.marker or pin.marker.evaluate()}
    assert needed_by([name for name in run if name in here]) == here.keys() & run.keys()
    assert needed_by(list(here)) == here.keys()
    for name, pin in here.items():
        assert str(pin.specifier).startswith("==") and "+" not in str(pin.specifier)
        assert metadata.version(name).split("+")[0] == str(pin.specifier).removeprefix("==")
