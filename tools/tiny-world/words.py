"""The words of the tiny world: their ids, their categories, and how a prompt becomes tokens."""

import re

PAD, UNKNOWN, START, END = 0, 1, 2, 3
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LENGTH = 16

SIZES = ["small", "big"]
PATTERNS = ["striped", "dotted"]
COLOURS = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "white"]
SHAPES = ["circle", "square", "triangle", "ring", "star", "heart", "diamond", "moon"]
GROUNDS = ["navy", "plum", "forest", "sand", "mint", "sky"]
CATEGORIES = [SIZES, PATTERNS, COLOURS, SHAPES, GROUNDS]
WORDS = [word for category in CATEGORIES for word in category]

SYNONYMS = {
    "large": "big", "huge": "big", "giant": "big", "tiny": "small", "little": "small",
    "stripes": "striped", "stripy": "striped", "dots": "dotted", "spotted": "dotted",
    "disc": "circle", "disk": "circle", "ball": "circle", "box": "square", "donut": "ring", "hoop": "ring",
    "rhombus": "diamond", "crescent": "moon", "turquoise": "teal", "violet": "purple", "rose": "pink",
    "circles": "circle", "squares": "square", "triangles": "triangle", "rings": "ring", "stars": "star",
    "hearts": "heart", "diamonds": "diamond", "moons": "moon",
}  # fmt: skip

COUNT = len(SPECIAL) + len(WORDS)
"""Rows of the token embedding."""

FIRST_ID = [len(SPECIAL) + sum(len(c) for c in CATEGORIES[:i]) for i in range(len(CATEGORIES))]


def vocabulary() -> dict[str, int]:
    """Every word that is understood, the special tokens included, and its id. Synonyms share an id."""
    ids = {word: i for i, word in enumerate(SPECIAL + WORDS)}
    return ids | {word: ids[meaning] for word, meaning in SYNONYMS.items()}


def tokens_of(prompt: str) -> list[int]:
    """[CLS], the known words in their order (all others are ignored), [SEP], padding: always LENGTH ids."""
    known = vocabulary()
    words = [known[w] for w in re.findall(r"[a-z]+", prompt.lower()) if w in known]
    ids = [START, *words[: LENGTH - 2], END]
    return ids + [PAD] * (LENGTH - len(ids))


def tokenizer_file() -> dict:
    """The same vocabulary as a tokenizer.json (Hugging Face format, word pieces, lower case)."""
    return {
        "version": "1.0",
        "added_tokens": [{"id": i, "content": word, "special": True} for i, word in enumerate(SPECIAL)],
        "normalizer": {"type": "BertNormalizer", "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary(),
        },
    }
