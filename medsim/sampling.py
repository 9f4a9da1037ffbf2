"""How a reply is sampled."""

from pydantic import Field

from medsim.config import Config


class Sampling(Config):
    """Sampling of one reply."""

    temperature: float = Field(0.4, ge=0, le=2, description="0 always takes the likeliest token")
    top_p: float = Field(0.9, gt=0, le=1, description="sample among the likeliest tokens of this probability mass")
    repetition_penalty: float = Field(1.1, ge=1, le=2, description="penalty on tokens that this reply has already used")
    max_new_tokens: int = Field(96, ge=1, le=512, description="longest reply, in tokens")
    seed: int | None = Field(None, ge=0, description="the same seed gives the same reply; none: random")
