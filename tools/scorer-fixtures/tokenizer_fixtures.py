"""Small tokenizers of the two families, in the tokenizer.json of their big ones, and what they make of texts."""
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "a painting of an ocean with clouds and birds, day time, low depth field effect",
    "masterpiece, best quality, 1girl, solo, long hair, looking at viewer, blue eyes, smile, school uniform",
    "a photograph of an astronaut riding a horse on the moon, highly detailed, 8k, sharp focus, it's the artist's best",
    "beautiful landscape, mountains, river, sunset, trees, cinematic lighting, intricate, digital art, trending",
    "cup of coffee on a wooden table, portrait of a cat with green eyes and whiskers, bokeh, film grain",
    "rings over a slope, a red cube on top of a blue sphere, worst quality, low quality, blurry, 1990s, 2024, 35mm",
] * 4

TEXTS = [
    "",
    "a painting of an ocean with clouds and birds, day time, low depth field effect",
    "Masterpiece,  BEST quality,\n\t1girl, 2girls, 12345 it's the cat's; they're we'll I'd don't",
    "café naïve Ångström – “quotes” … 東京の夜 한국어 emoji 🎨👩‍🎨 ½ ² Ⅳ ﬁ",
    "e\u0301 A\u030a  non\u00a0breaking\u2003space\u200bzero",
    "<|startoftext|> in <|endoftext|> text [CLS] [SEP] [MASK] [UNK]",
    "a_b-c/d\\e (f) [g] {h} #i @j $k %l ^m &n *o +p =q ~r |s `t <u> ?v !w :x ;y",
    "supercalifragilisticexpialidocious" * 4,
    "blue " * 120,
    "x" * 300,
]


def bytes_to_unicode() -> list[str]:
    return sorted(pre_tokenizers.ByteLevel.alphabet(), key=clip_order)


def clip_order(symbol: str) -> tuple[bool, int]:
    return (ord(symbol) >= 256, ord(symbol))


def clip_parts(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )


def clip() -> Tokenizer:
    trained = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    clip_parts(trained)
    trained.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=330, end_of_word_suffix="</w>", special_tokens=["<|endoftext|>"], show_progress=False)
    )
    merges = [tuple(m) for m in json.loads(trained.to_str())["model"]["merges"]]
    symbols = bytes_to_unicode()
    words = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges]
    words = list(dict.fromkeys(words)) + ["<|startoftext|>", "<|endoftext|>"]
    vocab = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(
        models.BPE(vocab=vocab, merges=merges, end_of_word_suffix="</w>", unk_token="<|endoftext|>", continuing_subword_prefix="")
    )
    clip_parts(tokenizer)
    tokenizer.add_special_tokens(
        [AddedToken("<|startoftext|>", normalized=True, special=True), AddedToken("<|endoftext|>", normalized=False, special=True)]
    )
    end, start = "<|endoftext|>", "<|startoftext|>"
    tokenizer.post_processor = processors.RobertaProcessing(
        (end, vocab[end]), (start, vocab[start]), trim_offsets=False, add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def wordpiece() -> Tokenizer:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        CORPUS + [text for text in TEXTS if not text.startswith("supercali")],
        trainers.WordPieceTrainer(vocab_size=420, special_tokens=special, show_progress=False),
    )
    trained = json.loads(tokenizer.to_str())["model"]["vocab"]
    # No word of the hidden texts whole, so that pieces and unknown words occur.
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", trained["[CLS]"]), ("[SEP]", trained["[SEP]"])]
    )
    tokenizer.add_special_tokens(["[DEC]", "[ENC]"])
    return tokenizer


def encode(tokenizer: Tokenizer, text: str, length: int, pad: int | None) -> tuple[list[int], list[int]]:
    tokenizer.enable_truncation(length)
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids
    tokenizer.no_truncation()
    if pad is None:
        return ids, [1] * len(ids)
    gap = length - len(ids)
    return ids + [pad] * gap, [1] * len(ids) + [0] * gap
