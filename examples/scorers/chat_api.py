"""Calls of a server that speaks OpenAI's API, for the scorers beside it. Standard library only."""

import base64
import json
import os
import time
import urllib.error
import urllib.request


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key must not follow a redirect to another host."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def key_of(options):
    """Only from the environment: a command line can be read by everybody on the machine."""
    return os.environ.get(options.key_variable, "")


def messages(question, picture):
    """One message of a user: the question, and the picture after it."""
    kind = "jpeg" if picture[:2] == b"\xff\xd8" else "webp" if picture[:4] == b"RIFF" else "png"
    url = "data:image/%s;base64,%s" % (kind, base64.b64encode(picture).decode())
    content = [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": content}]


def post(url, body, key, timeout):
    """The answer, which must be JSON. Asked again after 1 and 5 seconds when the server is too busy."""
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + key} if key else {})}
    call = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    for pause in (1, 5, None):
        try:
            with OPENER.open(call, timeout=timeout) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            if pause is None or error.code not in (429, 502, 503, 504):
                said = error.read(200).decode("utf-8", "replace")
                raise RuntimeError("%s answered %d: %s" % (url, error.code, said)) from None
        time.sleep(pause)


def add_endpoint(parser, timeout=100):
    parser.add_argument("--url", default="http://127.0.0.1:8000/v1", help="base address, up to /v1")
    parser.add_argument("--model", default="default", help="name of the model there")
    parser.add_argument("--key-variable", default="OPENAI_API_KEY", help="environment variable with the key, if any")
    parser.add_argument("--timeout", type=float, default=timeout, help="seconds for one answer")
