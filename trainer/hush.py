"""Silence for what libraries tell their developers."""

import warnings


def hush() -> None:
    """No bars for reading and writing weights, no warnings of one library about another."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
