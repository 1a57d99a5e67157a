"""The scorer protocol of autombw, version 1 (docs/scorers-protocol.md), for scorers in Python 3.9 or newer.

It uses only the standard library. A scorer is two functions: `load(options)` loads the model and returns its version and
the second function, `score(request)`, which returns a number, or a number and a dict of further numbers, or raises Unscorable.
Run directly, this file is a scorer without a model, for trying things out.
"""

import argparse
import base64
import io
import json
import math
import os
import re
import signal
import sys
import traceback
import zlib

PROTOCOL = 1


class Unscorable(Exception):
    """The image cannot be judged (no face, empty, broken): it gets no score and is not sent again."""


class Request:
    """One image and its prompt."""

    def __init__(self, message, image_mode):
        self.prompt = message.get("prompt", "")
        self.negative_prompt = message.get("negative_prompt", "")
        self.seed = message.get("seed")
        self.payload = message.get("payload", "")
        self.width = message.get("width")
        self.height = message.get("height")
        self._image = message["image"]
        self._image_mode = image_mode

    def read(self):
        """The encoded image file (PNG, JPEG or WebP)."""
        if self._image_mode == "base64":
            return base64.b64decode(self._image)
        with open(self._image, "rb") as file:
            return file.read()

    def open(self):
        """The image as an RGB image of Pillow."""
        from PIL import Image

        return Image.open(io.BytesIO(self.read())).convert("RGB")

    def plain_prompt(self):
        """The prompt without WebUI syntax, which reward models would read literally."""
        return plain_prompt(self.prompt)


def plain_prompt(text):
    """`(a cat:1.2), [dog] <lora:x:1> BREAK \\(sitting\\)` is `a cat, dog, (sitting)` to a reader."""
    text = re.sub(r"<[^<>]*>", " ", text)
    text = re.sub(r"\b(BREAK|AND)\b", ",", text)
    text = text.replace(r"\(", "\x01").replace(r"\)", "\x02")
    text = re.sub(r":\s*[-+]?\d*\.?\d+\s*(?=[)\]])", "", text)
    text = re.sub(r"[()\[\]]", "", text).replace("\x01", "(").replace("\x02", ")")
    parts = (" ".join(part.split()) for part in text.split(","))
    return ", ".join(part for part in parts if part)


def serve(name, load, lines, write):
    """Answers until bye or the end of the lines. `load` is called once autombw has said hello."""
    image_mode, score = "path", None
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "hello":
            if message.get("version") != PROTOCOL:
                write({"error": "this scorer speaks version %d of the protocol" % PROTOCOL})
                return 1
            image_mode = message.get("image", "path")
            try:
                version, score = load()
            except Exception as error:
                traceback.print_exc()
                write({"error": describe(error)})
                return 1
            write({"type": "ready", "name": name, "version": str(version)})
        elif kind == "score" and score is not None:
            write({"id": message["id"], **answer(score, message, image_mode)})
        elif kind == "bye":
            break
    return 0


def answer(score, message, image_mode):
    try:
        result = score(Request(message, image_mode))
        value, parts = result if isinstance(result, tuple) else (result, {})
        value = float(value)
        if not math.isfinite(value):
            return {"error": "the model gave %r" % value}
        numbers = {key: float(part) for key, part in parts.items() if math.isfinite(float(part))}
        return {"score": value, **({"parts": numbers} if numbers else {})}
    except Unscorable as reason:
        return {"invalid": str(reason)}
    except Exception as error:
        traceback.print_exc()
        return {"error": describe(error)}


def describe(error):
    return "%s: %s" % (type(error).__name__, error)


def run(name, parser, load):
    """The command line of a scorer: the loop, or with --self-test a check of the loop, without the model."""
    parser.add_argument("--self-test", action="store_true", help="check the protocol with a stub, without the model")
    options = parser.parse_args()
    if options.self_test:
        self_test(name)
        print("%s: self-test passed" % name)
        return
    # Whatever libraries print must not come between the messages: from here on stdout is stderr for them.
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # Ctrl-C is meant for autombw, which says bye in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def write(message):
        # json writes pure ASCII here, so that no code page matters.
        output.write(json.dumps(message, allow_nan=False).encode("ascii") + b"\n")

    try:
        code = serve(name, lambda: load(options), iter(sys.stdin.buffer.readline, b""), write)
    except BrokenPipeError:
        code = 1
    # Threads of libraries must not keep the process alive.
    sys.stderr.flush()
    os._exit(code)


def torch_device(wanted):
    """`auto` uses the graphics card if there is one."""
    if wanted != "auto":
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load_stub():
    """A number from the bytes of the image, 0 to 1; the prompts `unscorable` and `fail` cause these outcomes."""

    def score(request):
        if request.prompt == "unscorable":
            raise Unscorable("there is nothing in it")
        if request.prompt == "fail":
            raise RuntimeError("asked to fail")
        if request.prompt == "nan":
            return float("nan")
        print("stub: looking at %s" % request.seed)
        return zlib.crc32(request.read()) / 2**32, {"bytes": len(request.read())}

    return "1", score


def self_test(name):
    picture = base64.b64encode(b"a picture").decode()
    lines = [{"type": "hello", "version": PROTOCOL, "image": "base64"}]
    prompts = ["a cat", "unscorable", "fail", "nan"]
    lines += [
        {"type": "score", "id": n, "image": picture, "prompt": prompt, "seed": n} for n, prompt in enumerate(prompts)
    ]
    text = [json.dumps(line) for line in lines] + ["no JSON", "[1]", json.dumps({"type": "bye"}), json.dumps(lines[1])]
    said, shown = [], (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = io.StringIO()
    try:
        code = serve(name, load_stub, text, said.append)
        broken = []
        failed = serve(name, lambda: 1 / 0, text, broken.append)
    finally:
        sys.stdout, sys.stderr = shown
    expect(code, 0)
    expect(said[0], {"type": "ready", "name": name, "version": "1"})
    expect(said[1], {"id": 0, "score": zlib.crc32(b"a picture") / 2**32, "parts": {"bytes": 9.0}})
    expect(said[2], {"id": 1, "invalid": "there is nothing in it"})
    expect(said[3], {"id": 2, "error": "RuntimeError: asked to fail"})
    expect(said[4], {"id": 3, "error": "the model gave nan"})
    expect(len(said), 5)
    expect((failed, broken), (1, [{"error": "ZeroDivisionError: division by zero"}]))
    expect(
        plain_prompt(r"(a cat:1.2), [dog]  <lora:x:0.5> BREAK ((big)), \(sitting\), 3:4"),
        "a cat, dog, big, (sitting), 3:4",
    )


def expect(seen, wanted):
    if seen != wanted:
        raise SystemExit("self-test failed: %r instead of %r" % (seen, wanted))


if __name__ == "__main__":
    run("stub", argparse.ArgumentParser(description="A scorer without a model."), lambda options: load_stub())
