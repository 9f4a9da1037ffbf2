"""A tiny real Llama and a tokenizer trained on the spot: two layers, random weights, under a second to make."""

from pathlib import Path

from medsim.sampling import Sampling

GREEDY = Sampling(temperature=0, repetition_penalty=1)
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3 = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
SPECIAL = {
    CHATML: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    LLAMA3: ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
    None: ["<|begin_of_text|>", "<|end_of_text|>"],
}
TEXT = [
    "I get a tight feeling in the middle of my chest. It started two days ago. I haven't had a fever.",
    "You are talking with a doctor. Answer only what was asked, in one or two short spoken sentences.",
    "What brings you in today? When did it start? How bad is it? Do you smoke? No. Yes. About a week.",
    "My father died of a heart attack at 60. Lisinopril, 10 mg every morning. Most evenings I drink wine.",
]


def make_tokenizer(template: str | None = CHATML, vocabulary: int = 600):
    """A byte-level BPE tokenizer. `template` None: a base without a chat template, as Llama-3.2-1B."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    special = SPECIAL[template]
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(TEXT, vocab_size=vocabulary, min_frequency=1, special_tokens=special)
    end = special[2] if template == CHATML else special[1]
    begin = special[1] if template == CHATML else special[0]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer, bos_token=begin, eos_token=end, pad_token=end,
        additional_special_tokens=special, model_max_length=1024,
    )  # fmt: skip
    tokenizer.chat_template = template
    return tokenizer


def make_model(tokenizer, seed: int = 0, **settings):
    """A Llama of about 100,000 float32 weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    shape = {
        "vocab_size": len(tokenizer), "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048,
    }  # fmt: skip
    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    return LlamaForCausalLM(LlamaConfig(**{**shape, **ends, **settings}))


def make_base(folder: Path, template: str | None = CHATML) -> Path:
    """Save both into a folder, as a base that bases.prepare accepts."""
    tokenizer = make_tokenizer(template)
    make_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_adapter(folder: Path, base, seed: int = 1, std: float = 0.1, **settings) -> Path:
    """Save a LoRA adapter whose weights are random, so that it changes what the base says.

    `base` is a folder, or a model, which then has the adapter too.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    from medsim.bases import load_model

    torch.manual_seed(seed)
    options = {"r": 8, "lora_alpha": 16, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **settings}
    model = get_peft_model(load_model(base) if isinstance(base, Path) else base, LoraConfig(**options))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=std)
    model.save_pretrained(folder)
    return folder


def make_trained_adapter(folder: Path, base: Path, **texts: str) -> Path:
    """Save a random adapter with what the training writes beside it; `texts` are those of a prompt of its own."""
    from medsim.bases import describe, load_tokenizer
    from medsim.prompt import ChatFormat
    from medsim.system_prompt import SystemPrompt
    from trainer.finish import write_origin

    make_adapter(folder, base)
    write_origin(folder, ChatFormat(load_tokenizer(base), SystemPrompt(**texts)), describe(base))
    return folder
