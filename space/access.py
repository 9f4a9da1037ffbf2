"""Who may do what: one table, and who is who.

Every Gradio event is a public endpoint, so each handler asks here again, whatever the page shows.
"""

import os
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

import gradio as gr

from medsim.errors import MedSimError

Role = Literal["visitor", "owner"]
Action = Literal["load_models", "save", "delete", "train", "evaluate", "publish"]  # what is not listed everyone may do

TABLE: dict[Role, frozenset[Action]] = {"visitor": frozenset(), "owner": frozenset(get_args(Action))}

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Access:
    """How this server decides who its owner is.

    `local`: it is bound to this machine alone and not shared, so whoever reaches it under a local name owns it.
    `logins`: it was started with `--auth`, so whoever has logged in owns it.
    `space_owner`: on a Hugging Face Space, the account that owns it once signed in; None elsewhere.
    """

    local: bool = False
    logins: bool = False
    space_owner: str | None = None

    @classmethod
    def of_server(cls, host: str, share: bool, logins: bool) -> "Access":
        """The rule for a server bound to `host`; on a Space only its account is the owner."""
        if space := os.environ.get("SPACE_ID"):
            return cls(space_owner=os.environ.get("SPACE_AUTHOR_NAME") or space.split("/")[0])
        return cls(local=host in LOOPBACK and not share, logins=logins)

    def role(self, request: gr.Request | None, profile: gr.OAuthProfile | None = None) -> Role:
        """Who is asking. Without a request nobody is known, and so a visitor."""
        if request is None:
            return "visitor"
        if self.space_owner:
            return "owner" if profile and profile.username.lower() == self.space_owner.lower() else "visitor"
        if self.logins:
            return "owner" if request.username else "visitor"
        return "owner" if self.local and _is_local(request) else "visitor"

    def may(self, action: Action, request: gr.Request | None, profile: gr.OAuthProfile | None = None) -> bool:
        return action in TABLE[self.role(request, profile)]

    def require(self, action: Action, request: gr.Request | None, profile: gr.OAuthProfile | None = None) -> None:
        """Raises MedSimError when this person may not do this."""
        if not self.may(action, request, profile):
            raise MedSimError(f"Only the owner of this server may {action.replace('_', ' ')}: {self._how()}.")

    def label(self, role: Role) -> str:
        """The role as the page's header says it."""
        if role == "visitor":
            return "Visitor"
        return "Owner · this machine" if self.local and not self.logins else "Owner"

    def _how(self) -> str:
        if self.space_owner:
            return f"sign in as {self.space_owner}, or run MedSim on your own machine"
        return "open it on the machine where it runs, or start it with --auth and log in"


def _is_local(request: gr.Request) -> bool:
    """Whether browser and page both know this server by a local name.

    A foreign page in the owner's own browser is not: it says whose it is in Origin, and one that has its own name
    resolve to 127.0.0.1 (DNS rebinding) in Host.
    """
    headers = dict(request.headers)
    sources = [f"//{headers.get('host', '')}", *([headers["origin"]] if "origin" in headers else [])]
    return all(urlsplit(source).hostname in LOOPBACK for source in sources)
