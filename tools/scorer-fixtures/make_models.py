"""Writes tests/fixtures/onnx/models, manifests and expected.json: graphs, tokenizers, heads, and what PyTorch makes of pictures and prompts."""
import csv
import hashlib
import io
import json
import warnings

import onnx
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

import pictures
import profiles
import tokenizer_fixtures as tokens
import toys
from heads import HEADS
from versions import versions

warnings.filterwarnings("ignore")
OUT = pictures.ROOT / "tests/fixtures/onnx"
MODELS = OUT / "models"
LENGTH, REWARD_LENGTH = 77, 35
PICTURES = [
    {"name": "astronaut", "width": 256, "height": 256},
    {"name": "chelsea", "width": 416, "height": 608},
    {"name": "coffee", "width": 512, "height": 320},
]
# The prompt of a payload, and what is left of it without the syntax of WebUIs.
PROMPTS = [
    ("", ""),
    ("a portrait of a cat with green eyes", "a portrait of a cat with green eyes"),
    ("(masterpiece:1.2), ((best quality)), [blurry], <lora:add_detail:0.6> cup of coffee BREAK film grain", "masterpiece, best quality, blurry, cup of coffee film grain"),
    ("an astronaut riding a horse, " * 30, ("an astronaut riding a horse, " * 30).strip(", ")),
]
TAGS = ["general", "sensitive", "1girl", "solo", "long_hair", "blue_eyes", "cat", "green_eyes", "coffee", "cup", "film_grain", "blurry", ":d", "portrait", "hatsune_miku"]


def export(model, feeds: dict, name: str, output: str, dynamic_text: bool = False) -> str:
    axes = {key: {0: "batch", **({1: "sequence"} if dynamic_text and value.ndim == 2 else {})} for key, value in feeds.items()}
    path = MODELS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model, tuple(feeds.values()), str(path), input_names=list(feeds), output_names=[output], dynamic_axes={**axes, output: {0: "batch"}}, opset_version=17, dynamo=False
    )
    slim(path)
    return name


def slim(path) -> None:
    """Without what only people read: names inside the graph are most of a toy's bytes."""
    model = onnx.load(path)
    keep = {value.name for value in [*model.graph.input, *model.graph.output]} | {""}
    short = {}
    rename = lambda name: name if name in keep else short.setdefault(name, f"v{len(short)}")
    del model.graph.value_info[:]
    for constant in model.graph.initializer:
        constant.name = rename(constant.name)
    for node in model.graph.node:
        assert not any(attribute.HasField("g") for attribute in node.attribute)
        node.ClearField("name")
        node.ClearField("doc_string")
        node.input[:] = [rename(name) for name in node.input]
        node.output[:] = [rename(name) for name in node.output]
    onnx.save(model, path)


def kept(path, train) -> Tokenizer:
    """Training breaks ties at random: the first result stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(train().to_str())
    return Tokenizer.from_file(str(path))


class Embedding(torch.nn.Module):
    def __init__(self, model, field):
        super().__init__()
        self.model, self.field = model, field

    def forward(self, *inputs):
        return getattr(self.model(*inputs), self.field)


def file(name: str, **more) -> dict:
    return {"file": name, "sha256": hashlib.sha256((MODELS / name).read_bytes()).hexdigest(), **more}


def picture_tensor(profile: str, picture: dict) -> torch.Tensor:
    return torch.from_numpy(profiles.preprocess(profile, pictures.make(picture))[1])[None]


def ids(tokenizer, text: str, length: int, pad: int | None):
    found, mask = tokens.encode(tokenizer, text, length, pad)
    return torch.tensor([found]), torch.tensor([mask])


def manifest(name: str, body: dict) -> None:
    path = OUT / "manifests" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {"version": 1, "id": name, "summary": "A toy.", "licence": "MIT", "source": "tools/scorer-fixtures", **body}
    path.write_text(json.dumps(text, indent=1) + "\n")


def tag_agreement(probabilities: dict, wanted: list[str], unwanted: list[str]) -> float:
    mean = lambda names: sum(probabilities[n] for n in names) / len(names) if names else 0.0
    return min(1.0, max(0.0, mean(wanted) - 0.5 * mean(unwanted)))


@torch.no_grad()
def main() -> None:
    expected = []

    def expect(name, picture, prompt, value):
        expected.append({"manifest": name, "picture": picture, "prompt": prompt, "value": float(value)})

    # CLIP
    clip_tokens = kept(MODELS / "clip/tokenizer.json", tokens.clip)
    end, start = clip_tokens.token_to_id("<|endoftext|>"), clip_tokens.token_to_id("<|startoftext|>")
    vision, text = toys.clip_vision(), toys.clip_text(clip_tokens.get_vocab_size(), end, start)
    image_embeds, text_embeds = Embedding(vision, "image_embeds").eval(), Embedding(text, "text_embeds").eval()
    one = ids(clip_tokens, "a cat", LENGTH, end)
    export(image_embeds, {"pixel_values": picture_tensor("clip224", PICTURES[0])}, "clip/vision.onnx", "image_embeds")
    export(text_embeds, {"input_ids": one[0]}, "clip/text.onnx", "text_embeds", True)
    for name, head in HEADS.items():
        save_file(head.state_dict(), MODELS / f"clip/{name}.safetensors")
    torch.save(HEADS["chain"].state_dict(), MODELS / "clip/chain.pth")
    save_file({k: v.to(torch.bfloat16 if "0" in k else torch.float16) for k, v in HEADS["chain"].state_dict().items()}, MODELS / "clip/chain-half.safetensors")
    small = {k: v.to(torch.bfloat16 if "0" in k else torch.float16).float() for k, v in HEADS["chain"].state_dict().items()}
    torch.save({k: v.t().contiguous().t() if v.ndim == 2 else v for k, v in HEADS["chain"].state_dict().items()}, MODELS / "clip/chain-strided.pth")

    def clip_picture(profile):
        return {"graph": file("clip/vision.onnx"), "input": "pixel_values", "layout": "nchw", "profile": profile, "output": "image_embeds"}

    chain = [{"linear": f"layers.{i}"} for i in (0, 2, 4, 6, 7)]
    residual = [{"linear": "up.1.long.0"}, {"leakyRelu": 0.1}, {"linear": "up.1.long.2"}, {"leakyRelu": 0.1}, {"linear": "up.1.long.4"}]
    city = [
        {"linear": "up.0"}, {"residual": residual}, "relu", {"linear": "down.0"}, {"linear": "down.1"}, {"leakyRelu": 0.01},
        {"linear": "down.4"}, {"linear": "down.5"}, "tanh", {"affine": [0.5, 0.5]},
    ]  # fmt: skip
    heads = {
        "toy-chain": ("clip224", "unit", ["clip/chain.safetensors"], chain, HEADS["chain"]),
        "toy-chain-pth": ("clip224", "unit", ["clip/chain.pth"], chain, HEADS["chain"]),
        "toy-chain-strided": ("clip224", "unit", ["clip/chain-strided.pth"], chain, HEADS["chain"]),
        "toy-linear": ("clip224", "unit", ["clip/linear.safetensors"], [{"linear": ""}], HEADS["linear"]),
        "toy-sac": ("sac224", "sqrt-dimension", ["clip/linear.safetensors"], [{"linear": ""}], HEADS["linear"]),
        "toy-waifu": ("clip224hf", "unit", ["clip/waifu.safetensors"], [{"linear": "fc1"}, "relu", {"linear": "fc2"}, "relu", {"linear": "fc3"}, "sigmoid"], HEADS["waifu"]),
        "toy-city": ("clip224hf", "none", ["clip/city.safetensors"], city, HEADS["city"]),
    }
    for name, (profile, normalise, files, layers, head) in heads.items():
        manifest(name, {"picture": clip_picture(profile), "head": {"kind": "layers", "normalise": normalise, "files": [file(f) for f in files], "layers": layers}})
        for number, picture in enumerate(PICTURES):
            e = image_embeds(picture_tensor(profile, picture))
            e = {"unit": e / e.norm(), "none": e, "sqrt-dimension": e / e.norm() * e.shape[1] ** 0.5}[normalise]
            expect(name, number, None, head(e))
    half = {"kind": "layers", "normalise": "unit", "files": [file("clip/chain-half.safetensors")], "layers": chain}
    manifest("toy-chain-half", {"picture": clip_picture("clip224"), "head": half})
    rounded = toys.seeded(type(HEADS["chain"])(), 0)
    rounded.load_state_dict(small)
    for number, picture in enumerate(PICTURES):
        e = image_embeds(picture_tensor("clip224", picture))
        expect("toy-chain-half", number, None, rounded(e / e.norm()))

    for name, profile, pad, padding, scale in [
        ("toy-clipscore", "clip224", end, "<|endoftext|>", 1),
        ("toy-pickscore", "clip224hf", None, None, 100),
        ("toy-hps", "hps224", 0, 0, 1),
    ]:
        manifest(
            name,
            {
                "picture": clip_picture(profile),
                "text": {
                    "graph": file("clip/text.onnx"), "output": "text_embeds", "ids": "input_ids", "mask": "attention_mask",
                    "tokenizer": {"kind": "clip", **file("clip/tokenizer.json"), "length": LENGTH, "pad": padding},
                },
                "head": {"kind": "cosine", "scale": scale},
            },
        )  # fmt: skip
        for number, picture in enumerate(PICTURES):
            for prompt, clean in PROMPTS:
                i = image_embeds(picture_tensor(profile, picture))
                t = text_embeds(ids(clip_tokens, clean, LENGTH, pad)[0])
                expect(name, number, prompt, scale * torch.nn.functional.cosine_similarity(i, t))

    # BLIP
    words = kept(MODELS / "blip/tokenizer.json", tokens.wordpiece)
    reward = toys.seeded(toys.ImageReward(words.get_vocab_size()), 3, 1.5)
    padding = words.token_to_id("[PAD]")
    one = ids(words, "a cat", REWARD_LENGTH, padding)
    feeds = {"pixel_values": picture_tensor("clip224", PICTURES[0]), "input_ids": one[0], "attention_mask": one[1]}
    export(reward, feeds, "blip/reward.onnx", "reward")
    manifest(
        "toy-reward",
        {
            "picture": {"graph": file("blip/reward.onnx"), "input": "pixel_values", "layout": "nchw", "profile": "clip224", "output": "reward"},
            "text": {"ids": "input_ids", "mask": "attention_mask", "tokenizer": {"kind": "wordpiece", **file("blip/tokenizer.json"), "length": REWARD_LENGTH, "pad": "[PAD]"}},
            "head": {"kind": "identity"},
        },
    )
    for number, picture in enumerate(PICTURES):
        for prompt, clean in PROMPTS:
            expect("toy-reward", number, prompt, reward(picture_tensor("clip224", picture), *ids(words, clean, REWARD_LENGTH, padding)))

    # Classifiers
    def classifier(name, model, profile, head, score, input="pixel_values", output="logits", layout="nchw"):
        graph = export(model, {input: picture_tensor(profile, PICTURES[0])}, f"{name}/model.onnx", output)
        manifest(f"toy-{name}", {"picture": {"graph": file(graph), "input": input, "layout": layout, "profile": profile, "output": output}, "head": head})
        for number, picture in enumerate(PICTURES):
            expect(f"toy-{name}", number, None, score(model(picture_tensor(profile, picture))))

    two = {"kind": "softmax", "labels": ["good", "bad"], "label": "good"}
    classifier("beit", toys.beit(), "beit384", two, lambda y: y.softmax(-1)[0, 0])
    classifier("shadow", toys.shadow(), "shadow1024v2", two, lambda y: y.softmax(-1)[0, 0])
    grades = ["worst", "low", "normal", "good", "great", "best", "masterpiece"]
    rank = lambda y: (y[0] * torch.arange(7)).sum()
    classifier("swin", toys.swin(), "dgh448", {"kind": "rank", "labels": grades}, rank, "input", "output")
    classifier("sky", toys.seeded(toys.Sky(), 7, 2), "sky768", {"kind": "identity"}, lambda y: y, "img", "score")

    # Half precision at both ends: what the graph takes and gives is converted.
    (MODELS / "half").mkdir(exist_ok=True)
    ends = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT16, s) for n, s in [("picture", [1, 3, 224, 224]), ("mean", [1, 3])]]
    nodes = [onnx.helper.make_node("GlobalAveragePool", ["picture"], ["pooled"]), onnx.helper.make_node("Flatten", ["pooled"], ["mean"])]
    graph = onnx.helper.make_graph(nodes, "half", ends[:1], ends[1:])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9), MODELS / "half/model.onnx")
    three = {"kind": "softmax", "labels": ["red", "green", "blue"], "label": "red"}
    manifest("toy-half", {"picture": {"graph": file("half/model.onnx"), "profile": "clip224"}, "head": three})
    for number, picture in enumerate(PICTURES):
        expect("toy-half", number, None, picture_tensor("clip224", picture).mean((2, 3)).softmax(-1)[0, 0])

    # Tags
    tagger = toys.seeded(toys.Tagger(len(TAGS)), 8, 3)
    graph = export(tagger, {"input": picture_tensor("wd448", PICTURES[0])}, "tagger/model.onnx", "output")
    rows = io.StringIO()
    write = csv.writer(rows, lineterminator="\n")
    write.writerow(["tag_id", "name", "category", "count"])
    for number, tag in enumerate(TAGS):
        write.writerow([number, tag, 9 if number < 2 else 4 if tag == "hatsune_miku" else 0, 1000 - number])
    (MODELS / "tagger/selected_tags.csv").write_text(rows.getvalue())
    manifest(
        "toy-tags",
        {
            "picture": {"graph": file(graph), "input": "input", "layout": "nhwc", "profile": "wd448", "output": "output"},
            "head": {"kind": "tags", **file("tagger/selected_tags.csv")},
        },
    )
    prompt = "(cat:1.5), green eyes, portrait, masterpiece, a unicorn, <lora:x:1>"
    for number, picture in enumerate(PICTURES):
        p = dict(zip(TAGS, tagger(picture_tensor("wd448", picture))[0].tolist()))
        recall = (1.5 * p["cat"] + p["green_eyes"] + p["portrait"]) / 3.5
        expected.append({"manifest": "toy-tags", "picture": number, "prompt": prompt, "negativePrompt": "blurry, worst quality, (film grain)", "value": max(0.0, min(1.0, recall - 0.5 * (p["blurry"] + p["film_grain"]) / 2))})

    texts = tokens.TEXTS + [clean for _, clean in PROMPTS]
    encoded = {
        "clip": [{"text": t, "ids": tokens.encode(clip_tokens, t, LENGTH, None)[0]} for t in texts],
        "wordpiece": [{"text": t, "ids": tokens.encode(words, t, REWARD_LENGTH, None)[0]} for t in texts],
    }
    (OUT / "tokens.json").write_text(json.dumps({"madeBy": versions(), **encoded}, ensure_ascii=True, separators=(",", ":")) + "\n")
    body = {"madeBy": versions(), "pictures": PICTURES, "prompts": [{"prompt": p, "clean": c} for p, c in PROMPTS], "expected": expected}
    (OUT / "expected.json").write_text(json.dumps(body, separators=(",", ":")) + "\n")


main()
