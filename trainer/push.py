"""Publish a trained patient on the Hugging Face Hub, in one commit with its model card.

    python -m trainer.push --path runs/NAME --repo_id USER/NAME [--public] [--message TEXT]

PATH is a run folder, its adapter/ or model/, or a folder that trainer.merge made. The repository is private unless
--public; one that exists gets a new version and keeps its visibility. The token is HF_TOKEN or that of `hf auth login`.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError
from huggingface_hub.utils import httpx

from medsim.errors import MedSimError, run_cli
from trainer.card import LLAMA, LLAMA_NOTICE, licence_of, licence_warning, model_card
from trainer.public_files import is_ours, is_repo_id, made_in, public_files

NOTICE = "Notice"  # the file name that the Llama licence names


def push(
    path: str | Path,
    repo_id: str,
    *,
    token: str | None = None,
    public: bool = False,
    message: str | None = None,
    say: Callable[[str], None] = print,
) -> str:
    """Publish what lies in `path` as `repo_id` in one commit, and return the repository's URL.

    `token` is only sent to the Hub, never stored; None uses HF_TOKEN or the login of whoever runs this. `say` is given
    what the user should know besides. Raises MedSimError: no model, damaged weights, no login, no permission, no Hub.
    """
    if not is_repo_id(repo_id):
        raise MedSimError(
            f"{repo_id!r} is not a repository id: write USER/NAME with letters, digits, '-', '_' and '.', "
            "the name not longer than 96 characters."
        )
    made = made_in(Path(path).expanduser())
    files: dict[str, Path | bytes] = {**public_files(made), "README.md": model_card(made, repo_id).encode()}
    hub_id = made.base["hub_id"]
    if licence_of(hub_id) is LLAMA:
        files[NOTICE] = LLAMA_NOTICE.encode()
    api = HfApi(token=_checked_token(token))
    with _hub_problems(api, repo_id):
        parent_commit, present = _open_repository(api, repo_id, public, say)
        stale = sorted(name for name in present if is_ours(name) and name not in files)
        api.create_commit(
            repo_id,
            [
                *(CommitOperationAdd(name, content) for name, content in sorted(files.items())),
                *(CommitOperationDelete(name, is_folder=False) for name in stale),
            ],
            commit_message=message or f"Patient trained from {hub_id} with MedSim-LLM",
            parent_commit=parent_commit,
        )
    if stale:
        say(f"Removed from {repo_id}, left from the version before: {', '.join(stale)}.")
    _say_licence(hub_id, repo_id, {*files, *present}, say)
    return f"{api.endpoint}/{repo_id}"


def _checked_token(token: str | None) -> str:
    token = (token or get_token() or "").strip()
    if not token:
        raise MedSimError(
            "You are not logged in to the Hub: run `hf auth login`, or set HF_TOKEN to a token that may write."
        )
    if not (token.isascii() and token.isprintable() and " " not in token):  # the client would quote it in its error
        raise MedSimError("The token holds characters that no token has: copy it again from your Hub settings.")
    return token


def _say_licence(hub_id: str, repo_id: str, published: set[str], say: Callable[[str], None]) -> None:
    if warning := licence_warning(hub_id, repo_id):
        say(warning)
    if licence_of(hub_id) is LLAMA and "LICENSE.txt" not in published:
        say(
            "The Llama 3.2 licence asks that its text goes with the model: put LICENSE.txt of "
            f"{hub_id} beside the weights and publish again."
        )


def _open_repository(
    api: HfApi, repo_id: str, public: bool, say: Callable[[str], None]
) -> tuple[str | None, list[str]]:
    """Make the repository if there is none. Its last commit and the files in it; its visibility is left as it is."""
    try:
        info = api.model_info(repo_id)
    except RepositoryNotFoundError:
        api.create_repo(repo_id, private=not public)
        return None, []
    if public and info.private:
        say(f"{repo_id} was private before and stays so: you can change that in its settings on the Hub.")
    if not public and not info.private:
        say(f"{repo_id} was public before and stays so: you can change that in its settings on the Hub.")
    return info.sha, [sibling.rfilename for sibling in info.siblings or []]


@contextmanager
def _hub_problems(api: HfApi, repo_id: str) -> Iterator[None]:
    """Turn the errors of the Hub and of the way to it into one sentence. None of them holds the token."""
    nothing = "Nothing was published."
    try:
        yield
    except OfflineModeIsEnabled:
        raise MedSimError(f"{nothing} HF_HUB_OFFLINE is set: unset it to reach the Hub.") from None
    except HfHubHTTPError as error:
        raise MedSimError(f"{nothing} {_refusal(error, repo_id)}") from None
    except httpx.HTTPError as error:
        raise MedSimError(
            f"{nothing} The Hub at {api.endpoint} cannot be reached ({type(error).__name__}): check the network, "
            "then run this again."
        ) from None
    except (RuntimeError, OSError) as error:  # of an upload, by way of LFS or Xet
        raise MedSimError(f"{nothing} The upload broke off ({_one_line(error)}): run this again.") from None
    except ValueError as error:  # of the checks of the card and of the large files
        raise MedSimError(f"{nothing} The Hub did not accept the files: {_one_line(error)}") from None


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _refusal(error: HfHubHTTPError, repo_id: str) -> str:
    namespace = repo_id.partition("/")[0]
    answer = _one_line(error.server_message or "no reason given")
    sentences = {
        401: "The Hub does not know this token: run `hf auth login` again, or set HF_TOKEN to a valid one.",
        403: f"This token may not write to {namespace}: use your own user name or an organization of yours, "
        "and a token with write permission.",
        409: f"{repo_id} exists already, and this token may not see it: use another name, or a token that may.",
        412: f"{repo_id} was changed by someone else meanwhile: run this again.",
    }
    return sentences.get(error.response.status_code) or (
        f"The Hub answered {error.response.status_code} ({answer}): try again later."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m trainer.push", description="Publish a trained patient on the Hub.")
    parser.add_argument("--path", required=True, help="run folder, adapter folder or merged model folder")
    parser.add_argument("--repo_id", required=True, help="where to, as USER/NAME")
    parser.add_argument("--public", action="store_true", help="make a new repository public (default: private)")
    parser.add_argument("--message", help="commit message (default: names the base)")
    options = parser.parse_args()
    print(push(options.path, options.repo_id, public=options.public, message=options.message))


if __name__ == "__main__":
    run_cli(main)
