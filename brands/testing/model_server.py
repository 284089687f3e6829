"""A local server in the shape of OpenAI's API, in a thread on a port of its own; a test says what it answers."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = {
    "category": "cooking",
    "name": "Tasty Thai Food",
    "brand_type": "blog",
    "emoji": "🍜",
    "tagline": "Thai dinners in half an hour",
    "target_audience": "People who cook after work",
    "purpose": "A blog of Thai recipes that work in an ordinary kitchen.",
    "industry": "Food and drink",
    "region": "Worldwide",
    "strategy": "Publish ten recipes that were cooked twice. Then answer what readers ask.",
    "strengths": ["It says what it is about."],
    "risks": ["It has two hyphens."],
    "score": 71,
    "score_reasons": ["Plain words, and a suffix that is known everywhere."],
}


def completion(content, *, finish_reason="stop", refusal=None):
    """What OpenAI's API answers, with `content` as the model's words."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "small", "choices": [choice]}


def saying(**changes):
    return json.dumps(completion(json.dumps({**GOOD, **changes})))


class Model:
    """What the server was asked, and how it answers: each answer is (status, body), the last one again and again."""

    def __init__(self):
        self.asked, self.keys = [], []
        self.answers = [(200, saying())]
        self.seconds = 0.0
        self.is_asked = threading.Event()

    def answer(self, *answers):
        """Each is a body, or (status, body)."""
        self.answers = [answer if isinstance(answer, tuple) else (200, answer) for answer in answers]

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextlib.contextmanager
def running_model():
    """The model of a running server, and its base address."""
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            model.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            model.keys.append(self.headers["Authorization"])
            status, body = model.next_answer()
            model.is_asked.set()
            time.sleep(model.seconds)
            with contextlib.suppress(ConnectionError):
                self.say(status, body.encode())

        def say(self, status, body):
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield model, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
