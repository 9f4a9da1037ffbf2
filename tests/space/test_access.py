import gradio as gr
import pytest

from medsim.errors import MedSimError
from space.access import Access
from tests.space.conftest import OWNER, VISITOR

LOCAL = Access(local=True)
SPACE = Access(space_owner="Shah")


def request(username=None, **headers):
    return gr.Request(username=username, headers=headers)


def profile(name):
    return gr.OAuthProfile({"name": name, "preferred_username": name, "profile": "", "picture": ""})


@pytest.mark.parametrize("action", ["load_models", "save", "delete", "train", "evaluate", "publish"])
def test_only_the_owner_may_change_anything(action):
    assert LOCAL.may(action, OWNER) and not LOCAL.may(action, VISITOR)


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860"])
def test_on_ones_own_machine_one_is_the_owner(host):
    assert LOCAL.role(request(host=host)) == "owner"
    assert LOCAL.role(request(host=host, origin="http://localhost:7860")) == "owner"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example"},  # DNS rebinding: the name resolves to 127.0.0.1
        {"host": "127.0.0.1:7860", "origin": "https://evil.example"},
        {"host": "127.0.0.1:7860", "origin": "null"},
        {"host": "127.0.0.1.evil.example"},
    ],
)
def test_a_foreign_page_in_the_owners_browser_is_a_visitor(headers):
    assert LOCAL.role(request(**headers)) == "visitor"


def test_without_a_request_nobody_is_known():
    assert LOCAL.role(None) == SPACE.role(None, profile("Shah")) == "visitor"


@pytest.mark.parametrize(
    ("host", "share", "logins", "username", "role"),
    [
        ("127.0.0.1", False, False, None, "owner"),
        ("127.0.0.1", True, False, None, "visitor"),
        ("0.0.0.0", False, False, None, "visitor"),
        ("0.0.0.0", False, True, "shah", "owner"),
        ("127.0.0.1", True, True, "shah", "owner"),
        ("127.0.0.1", False, True, None, "visitor"),
    ],
)
def test_a_shared_server_has_an_owner_only_after_a_login(monkeypatch, host, share, logins, username, role):
    monkeypatch.delenv("SPACE_ID", raising=False)
    access = Access.of_server(host, share, logins)
    assert access.role(request(username, host="127.0.0.1:7860")) == role


def test_on_a_space_its_account_is_the_owner(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "Shah/medsim")
    monkeypatch.delenv("SPACE_AUTHOR_NAME", raising=False)
    assert Access.of_server("127.0.0.1", False, True) == SPACE
    monkeypatch.setenv("SPACE_AUTHOR_NAME", "clinic")
    assert Access.of_server("0.0.0.0", False, False) == Access(space_owner="clinic")
    assert SPACE.role(OWNER, None) == SPACE.role(OWNER, profile("other")) == "visitor"
    assert SPACE.role(VISITOR, profile("shah")) == "owner"


def test_what_is_refused_is_said_with_the_way_out():
    LOCAL.require("save", OWNER)
    with pytest.raises(MedSimError, match="Only the owner of this server may save: open it on the machine"):
        LOCAL.require("save", VISITOR)
    with pytest.raises(MedSimError, match="sign in as Shah"):
        SPACE.require("train", OWNER, profile("other"))


def test_the_header_says_who_one_is():
    assert LOCAL.label("owner") == "Owner · this machine" and LOCAL.label("visitor") == "Visitor"
    assert SPACE.label("owner") == "Owner"
