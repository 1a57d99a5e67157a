"""A vision model as judge for autombw, over any endpoint that speaks OpenAI's chat completions: 0 to 10."""

import argparse
import http.server
import json
import re
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import autombw_scorer as protocol  # noqa: E402
import chat_api  # noqa: E402

QUESTION = """You judge pictures made by an image generator. This one was asked for with the words between the lines:
---
%s
---
Judge how well it fits these words, how well it is composed, and whether anatomy, light and detail are free of errors.
Name the worst flaw in one sentence. Then end with one line of its own: "Score: N", where N is a number from 0 (useless)
to 10 (flawless), with one decimal."""


def load(options):
    key = chat_api.key_of(options)

    def score(request):
        return find_score(ask(options, key, QUESTION % request.plain_prompt(), request.read()))

    return options.model, score


def ask(options, key, question, picture):
    body = {
        "model": options.model,
        "messages": chat_api.messages(question, picture),
        # The same picture should get the same score.
        "temperature": 0,
        "max_tokens": options.max_tokens,
    }
    reply = chat_api.post(options.url.rstrip("/") + "/chat/completions", body, key, options.timeout)
    return reply["choices"][0]["message"]["content"] or ""


def find_score(text):
    """0 to 10 from the words of a judge: the last "score: 7.5", "7.5/10" or "7.5 out of 10", or nothing but a number."""
    text = re.sub(r"<think>.*?</think>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    number = r"(-?\d+(?:[.,]\d+)?)"
    share = r"(?:\s*(?:/|out of|of)\s*(\d+))?"
    for pattern in (
        r"(?:score|rating)\b[^\d\n-]{0,20}" + number + share,
        number + r"\s*(?:/|out of)\s*(\d+)",
        r"\A\W*?" + number + share + r"\W*\Z",
    ):
        found = re.findall(pattern, text, flags=re.IGNORECASE)
        if found:
            value, most = found[-1]
            value = float(value.replace(",", ".")) * (10 / float(most) if most and float(most) else 1)
            if 0 <= value <= 10:
                return value
            raise ValueError("the judge gave %g, which is not within 0 to 10" % value)
    raise ValueError("there is no score in the answer: %s" % " ".join(text.split())[:200])


def self_test():
    for text, wanted in [
        ("The hand has six fingers.\n\nScore: 6.5", 6.5),
        ("**Score:** 8/10", 8),
        ("Score is **7,5** out of 10.", 7.5),
        ("First score: 3. After a second look, final score: 4", 4),
        ("<think>Score: 1</think>Score: 9", 9),
        ("I would say 80/100.", 8),
        (" 7 ", 7),
        ("Rating: 0", 0),
    ]:
        protocol.expect(find_score(text), wanted)
    for text in ["", "two cats and 3 dogs", "Score: 11", "Score: -1", "Score: high"]:
        try:
            protocol.expect(find_score(text), "an error")
        except ValueError:
            pass
    asked = []

    class Judge(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((self.path, self.headers, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            reply = json.dumps({"choices": [{"message": {"content": "Fine.\nScore: 5.5"}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Judge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/v1/" % server.server_port
    options = argparse.Namespace(url=url, model="m", timeout=20, max_tokens=300)
    protocol.expect(find_score(ask(options, "k", "How is it?", b"\x89PNG")), 5.5)
    server.shutdown()
    path, headers, body = asked[0]
    protocol.expect((path, headers["Authorization"], body["model"]), ("/v1/chat/completions", "Bearer k", "m"))
    image = body["messages"][0]["content"][1]["image_url"]["url"]
    protocol.expect(image, "data:image/png;base64,iVBORw==")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    chat_api.add_endpoint(parser)
    parser.add_argument("--max-tokens", type=int, default=400, help="longest answer; reasoning models need thousands")
    if "--self-test" in sys.argv:
        self_test()
    protocol.run("vlm-judge", parser, load)
