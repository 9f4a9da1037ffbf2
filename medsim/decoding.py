"""From logits to a token, and from tokens to text, for one reply."""

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase, RepetitionPenaltyLogitsProcessor

from medsim.sampling import Sampling

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


class Chooser:
    """Chooses the tokens of one reply. Its randomness is its own: other rows of a batch do not change it."""

    def __init__(self, sampling: Sampling):
        self._sampling = sampling
        self._penalise = RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty)
        self._generator = torch.Generator()
        if sampling.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(sampling.seed % 2**63)

    def choose(self, logits: Tensor, reply: list[int]) -> int:
        """The token after `reply`. `logits`: [vocabulary], float32 on the CPU."""
        # Only the reply so far is penalised: penalising the prompt would punish quoting the script.
        scores = self._penalise(torch.tensor([reply], dtype=torch.long), logits[None])[0]
        if self._sampling.temperature == 0:
            return int(scores.argmax())
        probabilities, tokens = nucleus((scores / self._sampling.temperature).softmax(-1), self._sampling.top_p)
        return int(tokens[torch.multinomial(probabilities, 1, generator=self._generator)])


def nucleus(probabilities: Tensor, top_p: float) -> tuple[Tensor, Tensor]:
    """The fewest tokens that have the mass `top_p` together: their probabilities and ids.

    The same tokens as of transformers' TopPLogitsWarper, which sorts the whole vocabulary each time: 5 ms a token with
    49,152. (Holtzman et al. 2020, https://arxiv.org/abs/1904.09751)
    """
    if top_p == 1:
        return probabilities, torch.arange(len(probabilities))
    likeliest, tokens = probabilities.topk(min(256, len(probabilities)))
    if likeliest.sum() < top_p:
        likeliest, tokens = probabilities.sort(descending=True)
    before = likeliest.cumsum(0) - likeliest
    inside = int((before < top_p).sum())
    return likeliest[:inside], tokens[:inside]


class Detokenizer:
    """The text of a growing reply, in pieces that are final: together they are the text of the whole."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase):
        self._tokenizer = tokenizer
        self._written = 0

    def new_text(self, reply: list[int]) -> str:
        """What the last token adds to the text: nothing while it ends inside a UTF-8 character."""
        # Decoding the whole reply costs 0.1 ms for 100 tokens; a part of it would lose what a tokenizer does between
        # tokens (spaces, the bytes of one character).
        text = self._tokenizer.decode(reply, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        final = text.rstrip(_INCOMPLETE)
        piece, self._written = final[self._written :], max(self._written, len(final))
        return piece.replace(_INCOMPLETE, "")
