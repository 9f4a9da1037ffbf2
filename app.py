"""The app: patients to read, edit, talk to, compare and train, in the browser.

    python app.py                                  # http://127.0.0.1:7860, and you own it
    python app.py --share --auth dr.shah:secret    # a public link; whoever logs in owns it
"""

import argparse
import os
from pathlib import Path
from threading import Thread

import gradio as gr

from medsim import bases
from medsim.errors import MedSimError, run_cli
from space import theme
from space.access import LOOPBACK, Access
from space.context import App
from space.library import Library
from space.models import Models
from space.ui import build

ROOT = Path(__file__).resolve().parent
VISITORS = (
    "Visitors may read and edit copies of the scripts, chat, compare and read reports. They cannot save, train, "
    "evaluate or publish."
)


def parse_flags(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fictional patients, for education: read, edit, talk, compare, train.")
    parser.add_argument("--base", default=bases.DEFAULT, help="name or folder of the base model (default: %(default)s)")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, this machine alone)")
    parser.add_argument("--port", type=int, help="port (default: the first free one from 7860)")
    parser.add_argument("--share", action="store_true", help="also open a public link, for visitors")
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="ask everyone to log in; whoever does is an owner")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="folder of training runs (default: runs/)")
    return parser.parse_args(argv)


def make_app(flags: argparse.Namespace) -> App:
    """The objects of the server. Nothing is loaded yet. Raises MedSimError for a base that there is not."""
    if not bases.find(flags.base):
        bases.local_folder(flags.base)
    models = Models(flags.base, {"runs": flags.runs, "models": ROOT / "models"})
    return App(
        library=Library(ROOT / "data" / "scripts"),
        models=models,
        access=Access.of_server(host_of(flags), flags.share, bool(flags.auth)),
        base=models.base,
        runs=flags.runs,
        shipped=ROOT / "models",
    )


def host_of(flags: argparse.Namespace) -> str:
    """Where to listen: a Space has to be reached from outside, all else stays on this machine unless told."""
    return flags.host or ("0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1")


def login_of(flags: argparse.Namespace) -> tuple[str, str] | None:
    """User and password. Raises MedSimError."""
    if flags.auth is None:
        return None
    user, _, password = flags.auth.partition(":")
    if not user or not password:
        raise MedSimError("--auth needs a name and a password with a colon between: --auth dr.shah:secret")
    return user, password


def launch(app: App, flags: argparse.Namespace) -> gr.Blocks:
    """Serve the app, and load the base in the background. Returns when it answers."""
    demo = build(app)
    try:
        demo.queue(max_size=100).launch(
            server_name=host_of(flags), server_port=flags.port, share=flags.share, auth=login_of(flags),
            theme=theme.theme(), head=theme.head(), footer_links=["settings"], run_history=False,
            enable_monitoring=False, max_file_size="20mb", show_error=False, quiet=True, prevent_thread_lock=True,
            ssr_mode=False,
        )  # fmt: skip
    except (OSError, OverflowError) as error:  # a port that is taken, or none at all
        raise MedSimError(f"The app cannot listen there ({error}). Choose another --port or --host.") from error
    Thread(target=app.models.wake, name="wake", daemon=True).start()
    return demo


def announce(demo: gr.Blocks, flags: argparse.Namespace) -> None:
    print(f"MedSim answers on {demo.local_url} (Ctrl-C ends it).", flush=True)
    if flags.share:
        print(f"Public link: {demo.share_url or 'none, the tunnel could not be opened'}", flush=True)
    if flags.auth:
        print("Everyone has to log in, and whoever does may do everything.", flush=True)
    elif flags.share or host_of(flags) not in LOOPBACK:
        print(f"{VISITORS} Start with --auth to be more than a visitor yourself.", flush=True)


def main() -> None:
    flags = parse_flags()
    demo = launch(make_app(flags), flags)
    announce(demo, flags)
    demo.block_thread()


if __name__ == "__main__":
    run_cli(main)
