"""The Hub of the tests answers the unmodified client as the real one does."""

from pathlib import Path

import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    ModelCard,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub_store import OTHER_TOKEN, READ_TOKEN, TOKEN

FILES = {
    "config.json": b'{"a": 1}',
    "empty": b"",
    "model.safetensors": bytes(range(256)) * 4000,
    "sub folder/schön.txt": "Grüße".encode(),
}


@pytest.fixture
def api(server):
    return HfApi(token=server.token)


@pytest.fixture
def repo(api, server, tmp_path):
    for name, content in FILES.items():
        (tmp_path / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "up" / name).write_bytes(content)
    api.create_repo("tester/model", private=True)
    api.upload_folder(repo_id="tester/model", folder_path=tmp_path / "up")
    return server.state.repo("tester/model")


def status(action) -> int:
    with pytest.raises(HfHubHTTPError) as caught:
        action()
    return caught.value.response.status_code


def test_who_holds_a_token(api):
    assert api.whoami()["name"] == "tester"
    assert HfApi(token=OTHER_TOKEN).whoami()["name"] == "stranger"
    assert status(HfApi(token="hf_unknown").whoami) == 401
    assert status(lambda: HfApi(token="hf_unknown").create_repo("tester/new")) == 401


def test_a_repository_is_made_once_and_keeps_its_visibility(api, server):
    assert str(api.create_repo("tester/new", private=True)) == f"{server.endpoint}/tester/new"
    assert status(lambda: api.create_repo("tester/new")) == 409
    api.create_repo("tester/new", private=False, exist_ok=True)
    assert api.model_info("tester/new").private is True
    assert api.create_repo("lab/new").repo_id == "lab/new"
    assert not api.model_info("lab/new").private
    api.create_repo("tester/new", repo_type="space", space_sdk="gradio")
    assert api.repo_exists("tester/new", repo_type="space") and not api.repo_exists("tester/new", repo_type="dataset")


def test_only_an_owner_with_a_writing_token_may_write(api, repo):
    assert status(lambda: api.create_repo("stranger/new")) == 403
    assert status(lambda: HfApi(token=READ_TOKEN).create_repo("tester/new")) == 403
    add = {"path_or_fileobj": b"1", "path_in_repo": "a.txt", "repo_id": "tester/model"}
    assert status(lambda: HfApi(token=READ_TOKEN).upload_file(**add)) == 403
    repo.private = False
    assert status(lambda: HfApi(token=OTHER_TOKEN).upload_file(**add)) == 403


def test_a_private_repository_is_not_there_for_others(repo):
    for token in (OTHER_TOKEN, False):
        with pytest.raises(RepositoryNotFoundError):
            HfApi(token=token).model_info("tester/model")


def test_an_upload_is_one_commit_and_comes_back_byte_for_byte(api, repo, tmp_path):
    assert [commit.author for commit in repo.commits] == ["system", "tester"]
    assert sorted(repo.commits[1].operations) == [
        ("file", "config.json"),
        ("file", "empty"),
        ("file", "sub folder/schön.txt"),
        ("lfsFile", "model.safetensors"),
    ]
    folder = Path(snapshot_download("tester/model", token=TOKEN, cache_dir=tmp_path / "cache"))
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    info = api.model_info("tester/model", files_metadata=True)
    assert {sibling.rfilename: sibling.size for sibling in info.siblings if sibling.rfilename in FILES} == {
        name: len(content) for name, content in FILES.items()
    }
    assert info.sha == repo.commits[-1].oid


def test_files_are_found_by_name_and_revision(api, repo, tmp_path):
    assert api.file_exists("tester/model", "empty") and not api.file_exists("tester/model", "none")
    download = {"repo_id": "tester/model", "token": TOKEN, "cache_dir": tmp_path / "cache"}
    first = repo.commits[0].oid
    assert Path(hf_hub_download(filename=".gitattributes", revision=first, **download)).is_file()
    with pytest.raises(EntryNotFoundError):
        hf_hub_download(filename="config.json", revision=first, **download)
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download(filename="config.json", revision="f" * 40, **download)
    assert [file.path for file in api.list_repo_tree("tester/model", "sub folder")] == ["sub folder/schön.txt"]


def test_an_equal_file_is_not_sent_again_and_a_deleted_one_is_gone(api, repo):
    operations = [CommitOperationAdd(name, content) for name, content in FILES.items()]
    api.create_commit("tester/model", operations, commit_message="the same")
    assert len(repo.commits) == 2
    changes = [CommitOperationAdd("config.json", b"{}"), CommitOperationDelete("sub folder/", is_folder=True)]
    api.create_commit("tester/model", changes, commit_message="new")
    assert sorted(repo.commits[2].operations) == [("deletedFolder", "sub folder/"), ("file", "config.json")]
    assert repo.read("config.json") == b"{}" and "sub folder/schön.txt" not in repo.files


def test_a_commit_on_an_old_parent_is_refused(api, repo):
    add = {"path_or_fileobj": b"1", "path_in_repo": "a.txt", "repo_id": "tester/model"}
    assert status(lambda: api.upload_file(**add, parent_commit=repo.commits[0].oid)) == 412
    api.upload_file(**add, parent_commit=repo.commits[1].oid)
    assert repo.read("a.txt") == b"1"


def test_a_model_card_is_checked_and_pushed(api, repo):
    ModelCard("---\nlicense: mit\n---\n# A model").push_to_hub("tester/model", token=TOKEN)
    assert b"# A model" in repo.read("README.md")
    with pytest.raises(ValueError, match="license"):
        ModelCard("---\nlicense: unheard-of\n---\n").validate()
    for front_matter in ("license: unheard-of", "license: [mit", "- a list"):
        add = CommitOperationAdd("README.md", f"---\n{front_matter}\n---\n".encode())
        with pytest.raises(ValueError, match="Invalid metadata"):
            api.create_commit("tester/model", [add], commit_message="bad card")
    assert len(repo.commits) == 3


def test_a_gated_repository_shows_itself_but_not_its_files(server, tmp_path):
    server.state.add_repo("maker/base", {"config.json": b"{}"}, revision="a" * 40, gated=True)
    download = {"repo_id": "maker/base", "filename": "config.json", "cache_dir": tmp_path}
    assert HfApi(token=TOKEN).model_info("maker/base").sha == "a" * 40
    for token in (TOKEN, False):
        with pytest.raises(GatedRepoError):
            hf_hub_download(**download, token=token)
    server.state.repo("maker/base").gated = False
    assert Path(hf_hub_download(**download, token=TOKEN, revision="a" * 40)).read_bytes() == b"{}"


def test_a_deleted_repository_is_gone(api, repo):
    assert status(lambda: HfApi(token=READ_TOKEN).delete_repo("tester/model")) == 403
    api.delete_repo("tester/model")
    assert not api.repo_exists("tester/model")
