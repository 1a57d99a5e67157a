"""A local reward or vision model as judge for autombw, less what it is unsure of: mean - k * sigma.

For any server that speaks OpenAI's API, such as vLLM. As a program it speaks the scorer protocol; with --serve it is a
server for the scorer http.
"""

import argparse
import base64
import http.server
import json
import math
import re
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import autombw_scorer as protocol  # noqa: E402
import chat_api  # noqa: E402

QUESTION = """An image generator was asked for the words between the lines:
---
{prompt}
---
How good is this picture, both as an answer to these words and by itself (composition, anatomy, light, detail)?
"""
ENDINGS = {
    "logprobs": "Answer with one digit from 0 (useless) to 9 (flawless), and nothing else.",
    "samples": 'Think shortly, then end with a line of its own: "Score: N", where N is from 0 (useless) to 10 (flawless).',
    "pooling": "",
}
HIGHEST = 10.0


def measure(options, key, request):
    """Mean and standard deviation of what the model thinks of a picture."""
    question = options.question.replace("{prompt}", request.plain_prompt()) + ENDINGS[options.mode]
    body = {"model": options.model, "messages": chat_api.messages(question, request.read())}
    return MODES[options.mode](options, key, body, request.seed)


def by_logprobs(options, key, body, _):
    """One pass: the probabilities of all digits as the first word of the answer."""
    more = {"temperature": 0, "max_tokens": 1, "logprobs": True, "top_logprobs": options.top}
    choice = chat(options, key, {**body, **more})["choices"][0]
    words = ((choice.get("logprobs") or {}).get("content") or [{}])[0].get("top_logprobs") or []
    shares = {}
    for word in words:
        digit = word["token"].strip().strip("\u2581\u0120")
        if re.fullmatch("[0-9]", digit):
            shares[int(digit)] = shares.get(int(digit), 0) + math.exp(word["logprob"])
    total = sum(shares.values())
    if total < 0.5:
        raise ValueError("the model does not answer with a digit (%.0f %% of its first word)" % (100 * total))
    mean = sum(digit * share for digit, share in shares.items()) / total
    variance = sum((digit - mean) ** 2 * share for digit, share in shares.items()) / total
    return mean * HIGHEST / 9, math.sqrt(variance) * HIGHEST / 9


def by_samples(options, key, body, seed):
    """Several answers to the same question: for models that have to think first."""
    more = {"temperature": options.temperature, "max_tokens": options.max_tokens, "n": options.samples, "seed": seed or 0}
    choices = chat(options, key, {**body, **more})["choices"]
    values = [find_score(choice["message"]["content"] or "", options) for choice in choices]
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean, 0.0
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def by_pooling(options, key, body, _):
    """A reward model by vLLM's /pooling: its number, and the standard deviation if it gives two."""
    url = options.url.rstrip("/")
    url = url[: -len("/v1")] if url.endswith("/v1") else url
    numbers = chat_api.post(url + "/pooling", body, key, options.timeout)["data"][0]["data"]
    mean, sigma = (*numbers, 0.0)[:2] if isinstance(numbers, list) else (numbers, 0.0)
    return float(mean), float(sigma)


MODES = {"logprobs": by_logprobs, "samples": by_samples, "pooling": by_pooling}


def chat(options, key, body):
    return chat_api.post(options.url.rstrip("/") + "/chat/completions", body, key, options.timeout)


def find_score(text, options):
    text = re.sub(r"<think>.*?</think>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    found = re.findall(options.pattern, text, flags=re.IGNORECASE)
    if not found:
        raise ValueError("there is no score in the answer: %s" % " ".join(text.split())[:200])
    value = float(found[-1]) * HIGHEST / options.highest
    if 0 <= value <= HIGHEST:
        return value
    raise ValueError("the model gave %s, which is not within 0 to %g" % (found[-1], options.highest))


def penalised(options, mean, sigma):
    """What is told: within the same bounds, so that limits of the scorer hold. A reward of /pooling has none."""
    score = mean - options.penalty * sigma
    return score if options.mode == "pooling" else min(HIGHEST, max(0.0, score))


def load(options):
    key = chat_api.key_of(options)

    def score(request):
        mean, sigma = measure(options, key, request)
        return penalised(options, mean, sigma), {"mean": mean, "sigma": sigma}

    return "%s-%s-k%g" % (options.model, options.mode, options.penalty), score


def make_server(options, port):
    """Takes what the scorer http sends by itself: {"image": base64, "prompt": ..., "negative_prompt": ...}."""
    _, score = load(options)

    class Bridge(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            try:
                message = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                request = protocol.Request(message, "base64")
            except (ValueError, KeyError, TypeError, AttributeError):
                return self.answer(400, {"error": 'send JSON with "image" in base64, and "prompt"'})
            try:
                value, parts = score(request)
            except (ValueError, KeyError, IndexError, TypeError) as error:
                # The model said something else: asking again at once would not help.
                return self.answer(422, {"error": protocol.describe(error)})
            except (RuntimeError, OSError) as error:
                return self.answer(502, {"error": protocol.describe(error)})
            return self.answer(200, {"score": value, **parts})

        def answer(self, code, value):
            text = json.dumps(value, allow_nan=False).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Bridge)


def parser():
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chat_api.add_endpoint(made)
    made.add_argument("--mode", choices=list(MODES), default="logprobs", help="where the number comes from (README.md)")
    made.add_argument("--penalty", type=float, default=0.5, help="k: how many standard deviations are taken off")
    made.add_argument("--question", default=QUESTION, help="in place of the question; {prompt} is the prompt")
    made.add_argument("--top", type=int, default=20, help="logprobs: words whose probability is asked for; vLLM allows 20")
    made.add_argument("--samples", type=int, default=4, help="samples: how many answers")
    made.add_argument("--temperature", type=float, default=0.7, help="samples: how different they may be")
    made.add_argument("--max-tokens", type=int, default=400, help="samples: longest answer")
    made.add_argument("--pattern", default=r"score\W{0,5}(\d+(?:\.\d+)?)", help="samples: regular expression, the score in its group")
    made.add_argument("--highest", type=float, default=HIGHEST, help="samples: the best score of the question")
    made.add_argument("--serve", type=int, metavar="PORT", help="be a server for the scorer http, on this machine only")
    return made


def self_test():
    asked = []
    words = [("8", 0.5), (" 6", 0.25), ("7", 0.15), ("good", 0.1)]
    top = [{"token": token, "logprob": math.log(share)} for token, share in words]

    class Model(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers.get("Authorization"), body))
            choice = {"message": {"content": "8"}, "logprobs": {"content": [{"top_logprobs": top}]}}
            texts = ["Fine. Score: 6", "**Score:** 8.5", "<think>Score: 1</think> score 8", "Score: 7.5"]
            several = [{"message": {"content": text}} for text in texts]
            reply = {"choices": several if body.get("n") else [choice], "data": [{"data": [3.5, 2.0]}]}
            text = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    model = http.server.HTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/v1" % model.server_port
    picture = {"image": base64.b64encode(b"\x89PNG").decode(), "prompt": "(a cat:1.2)", "seed": 3}
    request = protocol.Request(picture, "base64")

    def told(*arguments):
        score, parts = load(parser().parse_args(["--url", url, "--model", "m", *arguments]))[1](request)
        return tuple(round(number, 6) for number in (score, parts["mean"], parts["sigma"]))

    mean = (8 * 0.5 + 6 * 0.25 + 7 * 0.15) / 0.9
    sigma = math.sqrt(((8 - mean) ** 2 * 0.5 + (6 - mean) ** 2 * 0.25 + (7 - mean) ** 2 * 0.15) / 0.9)
    scaled = [number * 10 / 9 for number in (mean - 0.5 * sigma, mean, sigma)]
    protocol.expect(told(), tuple(round(number, 6) for number in scaled))
    protocol.expect(asked[-1][0], "/v1/chat/completions")
    protocol.expect(asked[-1][2]["top_logprobs"], 20)
    protocol.expect("a cat" in asked[-1][2]["messages"][0]["content"][0]["text"], True)
    protocol.expect(told("--mode", "samples"), (6.959938, 7.5, 1.080123))
    protocol.expect((asked[-1][2]["n"], asked[-1][2]["seed"]), (4, 3))
    protocol.expect(told("--mode", "pooling", "--penalty", "2"), (-0.5, 3.5, 2.0))
    protocol.expect(asked[-1][0], "/pooling")
    top[:] = top[-1:]
    try:
        protocol.expect(told(), "an error")
    except ValueError as error:
        protocol.expect(str(error), "the model does not answer with a digit (0 % of its first word)")
    model.shutdown()


if __name__ == "__main__":
    arguments = parser()
    if "--self-test" in sys.argv:
        self_test()
    elif any(word.split("=")[0] == "--serve" for word in sys.argv):
        given = arguments.parse_args()
        server = make_server(given, given.serve)
        print("http://127.0.0.1:%d" % server.server_port, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)
    protocol.run("reward-model", arguments, load)
