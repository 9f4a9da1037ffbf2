"""Imports go one way: app.py -> space -> trainer -> medsim -> libraries; only app.py and space/ know gradio."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FORBIDDEN = {
    "medsim": {"trainer", "space", "app", "gradio"},
    "trainer": {"space", "app", "gradio"},
    "space": {"app"},
}
LIGHT = ("config", "dialogue", "evaluate", "match", "metrics", "prompt", "script", "scripted", "server_patient", "chat")


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import, which this test does not follow"
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_nothing_points_back(package):
    files = sorted((REPOSITORY / package).rglob("*.py"))
    assert files
    wrong = {str(file): imported(file) & FORBIDDEN[package] for file in files}
    assert not {file: names for file, names in wrong.items() if names}


def test_light_modules_do_not_load_torch():
    modules = ", ".join(f"medsim.{name}" for name in LIGHT)
    code = f"import sys, {modules}; sys.exit(bool({{'torch', 'transformers', 'gradio'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY).returncode == 0
