"""In which form a doctor's sentence is put: does it ask, does it lead, and to what?"""

import re
from collections.abc import Sequence

from medsim.match.text import Token, word_set
from medsim.match.types import Form

_AUXILIARIES = word_set(
    "do does did have has had is are was were am can could would will should may might shall any ever "
    "anything anyone anybody anywhere"
)
_ANY_FIRST = word_set("any anything anyone anybody anywhere")
_PROMISES = word_set("may will shall")  # "May rains" and "will do" ask nothing without a question mark
_WH = word_set("what when where which who whom whose why how since whereabouts")
_IMPERATIVES = word_set("state tell describe talk explain show say list give confirm walk point rate start kindly")
_INVITES = _IMPERATIVES | word_set("go carry keep do take fill hear let in from come")
_WISHES = re.compile(  # "I should like to hear it from you"
    r"\b(?:i(?:'d| would| should| want| need)|like to|rather|perhaps you|please|kindly|grateful|wherever|start|begin)\b"
)
OPENERS = word_set(
    "and so ok okay well right now but then um er also oh sorry fine yes alright hmm mm good great thanks sure lol "
    "please just hi hello hey mr mrs ms miss dr doctor sir madam"
)
_OWN_PLANS = word_set("i we let shall thank thanks please nurse")
_SUBJECTS = word_set("you your it the that this there he she his her they these no not never i")

_FIRST = r"^(?:(?:and|so|ok|okay|right|well|now|but|i see)[, ]+)*"
_ADVICE = re.compile(r"\byou (?:need|should|must|can|will|'ll)\b|\b(?:i'll|i'd|we'll|i will)\b")
_ASKS_WH = re.compile(r"\b(?:what|when|where|which|who|why|how)\b")
_INDIRECT = re.compile(
    r"\b(?:tell me|say|know|explain|describe|ask|wonder(?:ing)?|remember|show me|point to|idea)\b.*"
    r"\b(?:what|when|where|which|who|why|how)\b|\b(?:tell me|may i (?:have|take)|confirm|check) (?:your|his|her)\b"
)
_AFTER_PREPOSITION = re.compile(
    r"(?:and |so |ok )*(?:for|to|at|in|with|from|by|of|on|until) (?:how|what|which|when|whom)\b"
)
_TAG = re.compile(
    r",?\s*(?:is(?:n't| not)? it|are(?:n't)? you|do(?:n't)? you|does(?:n't)? it|did(?:n't)? (?:you|it)|"
    r"have(?:n't)? you|has(?:n't)? it|was(?:n't)? it|were(?:n't)? you|right|correct|yes|yeah|no|i believe|am i right|"
    r"is that (?:right|correct|so)|i take it|i assume|i gather|i presume|i suppose|then|i understand)\s*[?.!]*\s*$"
)
_LEADS = re.compile(
    _FIRST + r"(?:so |then (?=(?:you|he|she|it)\b)|you (?:told|said)|i (?:gather|understand|take it)|surely )"
)
_IS_IT_TRUE = re.compile(
    _FIRST + r"is it (?:correct|true|right) that |^(?:would|could) (?:that|it|this) be "
)  # fmt: skip
_GATHERED = re.compile(
    r"i (?:gather|take it|understand|presume|assume) (?:that )?you|"
    r"so you(?:'re|'ve| are| have)? (?:still|never|not)|so \w+(?:'s| is) normal"
)
_BEFORE_STATEMENT = re.compile(
    _FIRST + r"(?:(?:you|your mother|she|he) (?:told|said|mentioned to)[^,]*? that |"
    r"i (?:gather|understand|believe|assume|take it|see|presume|hear)(?: that)? |"
    r"is it (?:correct|true|right) that |(?:would|could) (?:that|it|this) be |surely )?"
)
# Remarks that want an answer: "I suppose you never smoked", "it would help to know what you took".
_SUPPOSES = re.compile(
    r"^(?:and |so |but |well |then )*(?:i (?:suppose|guess|take it|imagine|presume|assume|expect)|presumably)\b|"
    r"\bi (?:guess|suppose|expect|take it|imagine|presume)[ .?!]*$|"
    r"\b(?:help|need|like|want|love|good)\b.{0,40} to know (?:what|how|when|where|which|who|why|whether|if|about)\b"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|have|has|had|do|does|did|get|gets|got|take|takes|took|drink|drinks|smoke|smokes|go|goes|"
    r"come|comes|came|start|starts|started|feel|feels|felt|hurt|hurts|live|lives|wakes?|never|can|can't|work|works|"
    r"\w+'(?:s|re|ve|d)|\w+n't|[a-z]{3,}(?:ed|ens|ses|eps))\b"
)
_PERSONS = re.compile(r"\b(?:i|we|you|he|she|they|it|me|us|my|thank|thanks|sorry|well|good|let|no|not)\b")
_TO_CONFIRM = re.compile(
    r"^(?:ok |okay |right |and |but |well |thx |thanks |fine )*(?:so|and|then)\b|"
    r"\bi (?:trust|see|hear|believe|understand|gather)\b|\b(?:says?|wrote|written)(?: here)?\W*$"
)


_CONCLUDES = re.compile(  # "So you tripped.", "then it's only on the left"
    r"^(?:(?:ok|okay|and|right|oh|sorry|well|hm|hmm|but|thx|thanks)[, ]+)*(?:so|then)[, ]+(?:probably |really |maybe )?"
    r"(?!that's (?:all|it|me|us|everything|fine|good|great)\b)"
    r"(?!you (?:know|see|can|could|should|must|need|may|will|shall|'ll)\b)"
    r"(?:you|your|u|ur|it|he|she|his|her|they|that|there|these|it's|its|he's|she's|they're|you're|that's|there's|"
    r"no|not|never|both|only|just|mostly|the|a|an)\b"
)


_INSISTS = re.compile(
    r"^\W*(?:(?:and|so|well|please|come on|just|quick|simple|quickly|a|straight|plain|ok|okay|then|it is|it's)\W+)*"
    r"(?:yes or no|yes/no|(?:is|did|do|does|have|has|are|was|were|can) (?:it|you|he|she|they) or "
    r"(?:is|did|do|does|have|has|are|was|were|can)?(?:n't| not)?(?: (?:it|you|he|she|they))?(?: not)?|"
    r"(?:please )?(?:just )?answer (?:me|the question|my question)|you (?:have not|haven't|did not|didn't) answer\w*.*|"
    r"(?:that is|that's) (?:not what i asked|no answer|not an answer)|which is it|"
    r"(?:is )?(?:that|that's|thats|that is|i'll (?:take|put|write)\b.*) (?:as |down )?a (?:yes|no)(?: then| lol)?)"
    r"(?: please)?\W*$"
)


def insists(text: str) -> bool:
    """ "Yes or no?", "Answer the question.": it asks once more for what was asked."""
    return bool(_INSISTS.match(text))


def concludes(text: str) -> bool:
    """ "So you tripped." at the end of a turn is said to be confirmed."""
    return bool(_CONCLUDES.match(text))


_FORBIDS = re.compile(_FIRST + r"(?:please )?(?:do not|don't|dont) (?!you\b|u\b|he\b|she\b|they\b|it\b|we\b|i\b)[^?]*$")


def is_question(text: str, first: str, alone: bool) -> bool:
    """Whether a sentence asks.

    `first` is its first word after fillers. `alone`: it is the whole turn and names something that can be asked for,
    so that "leg swelling" asks without a question mark.
    """
    if text.rstrip().endswith("?") or first in _WH or first in _IMPERATIVES:
        return True
    if first in _AUXILIARIES and first not in _PROMISES:
        return not _FORBIDS.match(text)
    if _SUPPOSES.search(text):
        return True
    return alone and first not in _OWN_PLANS and not _ADVICE.search(text)


def is_statement(text: str) -> bool:
    """True for a sentence with a verb or a person, false for bare words."""
    return bool(_VERB.search(text) or _PERSONS.search(text))


def is_to_be_confirmed(text: str) -> bool:
    """ "So your iron is low.", "An allergy to eggs, it says here.", "I trust that you take them.\""""
    return bool(_TO_CONFIRM.search(text))


def is_put_plainly(words: Sequence[Token]) -> bool:
    """ "Do you ...?", "how ...?", "tell me ...": a full question, not a remark or bare words."""
    first = next((token.text for token in words if token.text not in OPENERS), "")
    return first in (_AUXILIARIES | _WH | _IMPERATIVES) - _ANY_FIRST


def presumed(text: str, first: str, talk: frozenset[str], asks: bool) -> str | None:
    """The statement that a leading sentence puts into the patient's mouth, or None if it does not lead."""
    whether = _IS_IT_TRUE.match(text)
    plain_question = first in _WH or first in _AUXILIARIES or first in _IMPERATIVES
    if (plain_question and not whether) or "open" in talk or _INDIRECT.search(text) or _ASKS_WH.search(text):
        return None
    tag = _TAG.search(text)
    tagged = tag and tag.start() and (asks or "tag" in talk)
    led = asks and (whether or _LEADS.match(text))
    stated = first in _SUBJECTS and text.rstrip().endswith("?") and _VERB.search(text)
    if not (tagged or led or stated or _GATHERED.match(text)):
        return None
    core = text[: tag.start()] if tag and tag.start() else text
    return core[_BEFORE_STATEMENT.match(core).end() :].strip(" ,?.!") or None


def form_of(text: str, first: str, talk: frozenset[str], asks: bool, leads: bool) -> Form:
    """The form of one sentence. `talk` are the manners of talk that occur in it."""
    if any(key.startswith("bait") for key in talk):
        return "bait"
    if ("consent" in talk and "open" not in talk) or ("greeting" in talk and "open" not in talk and not leads):
        return "social"
    if "any_questions" in talk:
        return "open"
    if leads:
        return "leading"
    if not asks:
        return "open" if "open" in talk and (first in _INVITES or _WISHES.search(text)) else "social"
    if "open" in talk and "anything_else" not in talk:
        return "open"
    if first in _WH or first in _IMPERATIVES or _INDIRECT.search(text) or _AFTER_PREPOSITION.match(text):
        return "wh"
    return "yesno"
