"""What the model sees of a dialogue: one span a token, the learned ones marked."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from transformers import PreTrainedTokenizerBase

from medsim.prompt import Encoded
from space.page import join

LONGEST_CHARACTER = 4  # bytes, of which each may be a token


def token_view(encoded: Encoded, script: int, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Markup:
    """The tokens of a dialogue; those that the loss counts are underlined, special ones italic.

    The first `script` tokens, those of the script's prompt, are folded away: none of them is learned.
    """
    folded = Markup("<details><summary>The script, {} tokens, none learned</summary>{}</details>").format(
        f"{script:,}", _spans(encoded.ids[:script], encoded.patient_mask[:script], tokenizer)
    )
    spans = folded + _spans(encoded.ids[script:], encoded.patient_mask[script:], tokenizer)
    learned, total = sum(encoded.patient_mask), len(encoded.ids)
    cut = "none cut" if total <= max_length else f"more than the {max_length:,} that fit: the oldest turns are cut"
    return Markup(
        '<div class="card"><div class="tokens" tabindex="0" role="region" aria-label="Tokens of the dialogue">{}</div>'
        '<p class="small muted">{} tokens, <b class="ok">{} learned (underlined)</b>, {}. The model is only taught '
        "what the patient says.</p></div>"
    ).format(spans, f"{total:,}", f"{learned:,}", cut)


def _spans(ids: Sequence[int], learned: Sequence[bool], tokenizer: PreTrainedTokenizerBase) -> Markup:
    special = set(tokenizer.all_special_ids)
    return join(_span(text, learned[index], ids[index] in special) for text, index in _pieces(ids, tokenizer))


def _span(text: str, learned: bool, special: bool) -> Markup:
    classes = " ".join(["on"] * learned + ["sp"] * special)
    marked = Markup(' class="{}"').format(classes) if classes else ""
    return Markup("<span{}>{}</span>").format(marked, text.replace("\n", "↵\n"))


def _pieces(ids: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> Iterator[tuple[str, int]]:
    """Texts of tokens with the index of the first; tokens that are parts of one character come together."""
    start = 0
    for end in range(1, len(ids) + 1):
        text = tokenizer.decode(ids[start:end], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if not text.endswith("\ufffd") or end - start == LONGEST_CHARACTER or end == len(ids):
            yield text, start
            start = end
