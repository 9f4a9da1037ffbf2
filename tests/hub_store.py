"""What the Hub of the tests knows: users, repositories, commits and files."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse

TOKEN, READ_TOKEN, APP_TOKEN, OTHER_TOKEN = "hf_testerWrites", "hf_testerReads", "hf_testersApp", "hf_strangerWrites"
LFS_SUFFIXES = (".safetensors", ".bin", ".gguf")


@dataclass(frozen=True)
class User:
    name: str
    organizations: tuple[str, ...] = ()
    may_write: bool = True
    sees_private: bool = True  # an app's login with the scope contribute-repos sees only what the app made

    def owns(self, namespace: str) -> bool:
        return namespace in (self.name, *self.organizations)


class File(NamedTuple):
    """One file of a revision: `oid` is its git blob id, of an LFS file its sha256; the bytes are in `path`."""

    oid: str
    size: int
    lfs: bool
    path: Path

    def listing(self, name: str) -> dict:
        lfs = {"lfs": {"oid": self.oid, "sha256": self.oid, "size": self.size, "pointerSize": 130}} if self.lfs else {}
        return {"type": "file", "path": name, "rfilename": name, "size": self.size, "oid": self.oid[:40], **lfs}


class Commit(NamedTuple):
    """`operations` are the lines of the request: ("file" | "lfsFile" | "deletedFile" | "deletedFolder", path)."""

    oid: str
    summary: str
    operations: list[tuple[str, str]]
    files: dict[str, File]
    author: str


@dataclass
class Repo:
    kind: str  # models | datasets | spaces
    id: str
    private: bool = False
    gated: bool = False
    commits: list[Commit] = field(default_factory=list)

    @property
    def files(self) -> dict[str, File]:
        return self.commits[-1].files

    def read(self, name: str) -> bytes:
        return self.files[name].path.read_bytes()

    def commit(self, revision: str) -> Commit:
        found = [commit for commit in self.commits if commit.oid == revision or revision == "main"]
        if not found:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return found[-1]


class Refused(Exception):
    """An answer that is an error: HTTP status, X-Error-Code, X-Error-Message."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}
        self.response = JSONResponse({"error": message}, status, headers)


class State:
    """All that the Hub knows. Tests read it and may change it: `repo(...).gated = True`, `users[token] = User(...)`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.repos: dict[tuple[str, str], Repo] = {}
        self.users = {
            TOKEN: User("tester", ("lab",)),
            READ_TOKEN: User("tester", may_write=False),
            APP_TOKEN: User("tester", sees_private=False),
            OTHER_TOKEN: User("stranger"),
        }

    def repo(self, repo_id: str, kind: str = "models") -> Repo:
        return self.repos[kind, repo_id]

    def add_repo(self, repo_id: str, files: dict[str, bytes], revision: str | None = None, **facts) -> Repo:
        """A repository with one commit, its id chosen by the test where a pinned revision is wanted."""
        repo = self.repos["models", repo_id] = Repo("models", repo_id, **facts)
        stored = {name: self.store(name, content) for name, content in files.items()}
        self.append(repo, "initial commit", [("file", name) for name in files], stored, "system", revision)
        return repo

    def store(self, name: str, content: bytes) -> File:
        lfs = name.endswith(LFS_SUFFIXES)
        git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        oid = hashlib.sha256(content).hexdigest() if lfs else git
        (self.folder / oid).write_bytes(content)
        return File(oid, len(content), lfs, self.folder / oid)

    def append(self, repo: Repo, summary, operations, files, author, oid: str | None = None) -> Commit:
        oid = oid or hashlib.sha1(f"{repo.kind}/{repo.id}/{len(repo.commits)}".encode()).hexdigest()
        repo.commits.append(Commit(oid, summary, operations, files, author))
        return repo.commits[-1]

    def user(self, request: Request) -> User | None:
        authorization = request.headers.get("authorization")
        if authorization is None:
            return None
        user = self.users.get(authorization.removeprefix("Bearer "))
        if user is None:
            raise Refused(401, "", "Invalid credentials in Authorization header")
        return user

    def find(self, request: Request, write: bool = False) -> Repo:
        """The repository of a URL, as far as this user may know of it."""
        user, where = self.user(request), request.path_params
        repo = self.repos.get((where.get("kind", "models"), f"{where['namespace']}/{where['name']}"))
        owner = user is not None and user.owns(where["namespace"])
        if repo is None or (repo.private and not (owner and user.sees_private)):
            raise Refused(404 if user else 401, "RepoNotFound", "Repository not found")
        if write and not (owner and user.may_write):
            raise Refused(403, "", "You don't have the rights to write to this repository")
        return repo
