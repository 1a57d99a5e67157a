"""The wildcards of the fixtures: names, nesting, weights, and values that are templates."""
from pathlib import Path

FILES = {
    "colours.txt": "red\ngreen\nblue\n",
    "colours-warm.txt": "# warm ones\n\n  orange  \nred\n   # indented comment\nyellow\n",
    "one.txt": "single\n",
    "template.txt": "a {big|small} dog\na __colours__ cat\n",
    "frame.txt": "${x} frame\n",
    "frame-default.txt": "${x:plain} frame\n",
    "two-vars.txt": "${x} and ${y:none}\n",
    "hash.txt": "tall # not this\nshort\n",
    "weights-in-text.txt": "3::heavy\nlight\n",
    "sorting.txt": "b\nA\na\nB\n10\n9\né\nz\na\n",
    "dash-name.txt": "dash\n",
    "dot.name.txt": "dot\n",
    "with space.txt": "spaced\n",
    "a/one.txt": "a1\na2\n",
    "a/two.txt": "a2\na3\n",
    "a/b/deep.txt": "d1\nd2\n",
    "a/b/x.txt": "bx\n",
    "c/x.txt": "cx\n",
    "lora.txt": "<lora:style-a:0.7>\n(word:1.2), [from:to:0.5]\n",
    "assign.txt": "${q={1|2}}${q}${q}\n",
    "clothes.yaml": "upper:\n  shirts: [shirt, blouse]\n  coats:\n    - 2::coat\n    - 1::cape\n    - 0.5::cloak\nlower:\n  - skirt\n  - trousers\nsingle: hat\nnumbers: [1, two, 3.5]\nempty: []\nnothing:\n",
    "objects.yaml": "animals:\n  - {text: cat, weight: 3}\n  - {content: dog}\n  - text: bird\n    weight: 1\n",
    "flat-list.yaml": "- flat1\n- flat2\n- 7\n",
    "anchors.yaml": "base: &b [x1, x2]\nagain: *b\n",
    "nested/pantry.yaml": "fruit:\n  sweet: [apple, pear]\n  sour: [lemon]\n",
    "pantry.json": '{"metal": {"hard": ["iron", "steel"], "soft": ["lead"]}, "wood": ["oak", "2::pine"], "templates": ["{x|y} z", "__one__"]}\n',
    "json-list.json": '["j1", "j2", 5, "2::j3"]\n',
    "weighted.json": '{"w": ["5::common", "1::rare"], "zero": ["0::never", "always"], "same": ["2::p", "2::q"]}\n',
    ".hidden/secret.txt": "hidden\n",
    "a/.dot/secret.txt": "hidden\n",
    "other.md": "not a wildcard\n",
}


def write(folder: Path) -> None:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
