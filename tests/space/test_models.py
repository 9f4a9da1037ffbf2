import json
import shutil

import pytest

from medsim import bases
from medsim.dialogue import doctor
from medsim.errors import MedSimError
from medsim.sampling import Sampling
from medsim.system_prompt import SystemPrompt
from space.models import BASE, SCRIPTED, Models
from tests.tiny import make_adapter, make_base

SHORT = Sampling(temperature=0, max_new_tokens=3)
TALK = [doctor("When did it start?")]


def finish_run(folder, base):
    """A finished run, as training leaves it."""
    make_adapter(folder / "adapter", base)
    (folder / "adapter" / "base.json").write_text(json.dumps(bases.describe(base)))
    (folder / "adapter" / "prompt.json").write_text(json.dumps(SystemPrompt().dump()))


@pytest.fixture(scope="module")
def other_base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("bases") / "other")


@pytest.fixture(scope="module")
def roots(tmp_path_factory, tiny_base, other_base):
    """Runs: one finished, one not, one on another base; models: one whole model."""
    top = tmp_path_factory.mktemp("roots")
    finish_run(top / "runs" / "first", tiny_base)
    finish_run(top / "runs" / "on-other", other_base)
    (top / "runs" / "unfinished" / "checkpoints").mkdir(parents=True)
    (top / "models").mkdir()
    make_base(top / "models" / "merged")
    (top / "models" / "linked").symlink_to(other_base)
    (top / "models" / "Bad Name").mkdir()
    return {"runs": top / "runs", "models": top / "models", "gone": top / "gone"}


@pytest.fixture(scope="module")
def models(tiny_base, roots):
    return Models(str(tiny_base), roots)


def say(models, name):
    return "".join(models.patient(models.find(name, True)).stream("I have a cough.", TALK, SHORT))


def test_what_is_offered(models):
    assert [name for _, name in models.choices(True)] == [
        SCRIPTED, BASE, "runs/first", "runs/on-other", "models/merged"
    ]  # fmt: skip
    assert [name for _, name in models.choices(False)] == [SCRIPTED, BASE, "runs/first"]


def test_a_run_that_ends_appears_at_once_and_is_shown_first(tiny_base, tmp_path):
    models = Models(str(tiny_base), {"runs": tmp_path})
    assert models.default() == BASE and models.kept("runs/new", True) == BASE
    finish_run(tmp_path / "new", tiny_base)
    assert models.default() == "runs/new" == models.kept("runs/new", False) == models.kept(None, False)
    assert models.kept(SCRIPTED, False) == SCRIPTED


@pytest.mark.parametrize("name", ["", "runs/../first", "runs/linked", "/etc", "first", "runs/unfinished", None])
def test_names_that_are_not_offered_are_refused(models, name):
    with pytest.raises(MedSimError, match="no longer here"):
        models.find(name, True)


def test_a_visitor_may_not_make_the_server_load_another_base(models):
    for name in ("runs/on-other", "models/merged"):
        with pytest.raises(MedSimError, match="only the owner may load"):
            models.find(name, False)
    assert models.find("runs/first", False).kind == "adapter"


def test_patients_of_every_kind_answer(models):
    replies = {name: say(models, name) for name in (SCRIPTED, BASE, "runs/first", "models/merged")}
    assert replies[BASE] != replies["runs/first"] and all(replies.values())
    first = models.patient(models.find("runs/first", True))
    assert first.engine is models.patient(models.find(BASE, True)).engine, "one engine, many adapters"


def test_the_engine_used_longest_ago_leaves(models, monkeypatch):
    say(models, BASE)
    base = models.patient(models.find(BASE, True)).engine
    say(models, "models/merged")
    assert models.is_awake(models.find(BASE, True))
    say(models, BASE)
    monkeypatch.setattr("space.models.MAX_ENGINES", 1)
    say(models, "models/merged") and models._engines.popitem()
    say(models, "models/merged")
    assert not models.is_awake(models.find(BASE, True))
    with pytest.raises(MedSimError):
        list(base.generate([([1, 2], None)], SHORT))


def test_an_adapter_whose_base_is_gone_is_refused_with_its_name(tiny_base, tmp_path):
    base = make_base(tmp_path / "lost")
    finish_run(tmp_path / "runs" / "orphan", base)
    shutil.rmtree(base)
    models = Models(str(tiny_base), {"runs": tmp_path / "runs"})
    with pytest.raises(
        MedSimError, match=r"orphan \(on lost\) needs the base .*lost, which is not here: There is no base"
    ):
        say(models, "runs/orphan")


def test_warming_reads_the_script_only_where_the_model_is_in_memory(tiny_base, script, monkeypatch):
    read = []
    monkeypatch.setattr("medsim.patients.ModelPatient.warm", lambda patient, script: read.append(script))
    models = Models(str(tiny_base), {})
    base = models.find(BASE, False)
    models.warm(models.find(SCRIPTED, False), script)
    models.warm(base, script)
    assert not models.is_awake(base) and read == []
    models.wake()
    models.warm(base, script)
    assert models.is_awake(base) and read == [script]


def test_a_base_that_cannot_be_had_is_said(tmp_path, capsys):
    models = Models(str(tmp_path / "none"), {})
    models.wake()
    assert "The base is not ready: There is no base" in capsys.readouterr().out
    with pytest.raises(MedSimError, match="There is no base"):
        models.chat_format(models.base)


def test_tokens_are_counted_with_the_bases_tokenizer(models):
    assert models.chat_format(models.base) is models.chat_format(models.base)
    assert models.chat_format(models.base).tokenizer.model_max_length == 1024
