"""Clients that publish events continuously, and a ledger of the answers."""

import http.client
import json
import threading
import time

ACCEPTED = ("indexed", "duplicate", "spooled", "dead_lettered")
VALUES = [("pageview", "homepage"), ("pageview", "about"), ("pageview", "checkout"),
          ("engagement", "click"), ("engagement", "scroll"), ("engagement", "hover")]


class Request:
    """A request of a client, until it is answered or abandoned."""

    __slots__ = ("client", "numbers", "began", "ended", "attempts", "outcomes")

    def __init__(self, client, numbers):
        self.client = client
        self.numbers = numbers
        self.began = time.monotonic()
        self.ended = None
        self.attempts = 0
        self.outcomes = {}  # outcome of each event by its number; a missing event was not accepted

    def accepted(self):
        return [n for n, outcome in self.outcomes.items() if outcome in ACCEPTED]


class Client(threading.Thread):
    """Sends requests with `size` events at `rate` requests per second.

    A careful client adds an Idempotency-Key to each request and repeats it until every event is accepted. Any
    other client sends it once, as the page does, and accepts any answer.
    """

    def __init__(self, name, port, size, rate, careful, path="/v1/events"):
        super().__init__(name=name, daemon=True)
        self.port = port
        self.size = size
        self.pause = 1 / rate
        self.careful = careful
        self.path = path
        self.requests = []
        self.stopping = threading.Event()
        self.connection = None

    def run(self):
        due = time.monotonic()
        sequence = 0
        while not self.stopping.is_set():
            sequence += 1
            numbers = [f"{self.name}-{sequence}-{i}" for i in range(self.size)]
            request = Request(self, numbers)
            self.requests.append(request)
            self.publish(request, f"{self.name}-{sequence}")
            request.ended = time.monotonic()
            due = max(due + self.pause, time.monotonic())
            self.stopping.wait(due - time.monotonic())
        self.disconnect()

    def publish(self, request, key):
        events = []
        for i, number in enumerate(request.numbers):
            kind, value = VALUES[(hash(number) + i) % len(VALUES)]
            events.append({"eventType": kind, "eventValue": value, "number": number})
        body = json.dumps(events if self.size > 1 else events[0])
        headers = {"Content-Type": "application/json"}
        if self.careful:
            headers["Idempotency-Key"] = key
        while True:
            request.attempts += 1
            answer = self.exchange(body, headers)
            for number, outcome in zip(request.numbers, answer):
                if request.outcomes.get(number) not in ACCEPTED:
                    request.outcomes[number] = outcome
            if not self.careful or len(request.accepted()) == self.size:
                return
            time.sleep(0.2)
            if self.stopping.is_set() and time.monotonic() - request.began > 60:
                return

    def exchange(self, body, headers):
        """Returns the outcome of each event, or an empty list without a valid answer."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request("POST", self.path, body=body, headers=headers)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.will_close:
                self.disconnect()
        except (OSError, http.client.HTTPException):
            self.disconnect()
            return []
        try:
            return outcomes(json.loads(text))
        except ValueError:
            return []

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def outcomes(answer):
    if isinstance(answer, dict) and "results" in answer:
        return [result["outcome"] for result in answer["results"]]
    results = answer if isinstance(answer, list) else [answer]  # the format of the Python service
    names = {"created": "indexed", "spooled": "spooled"}
    return [names.get(result.get("result"), "refused") for result in results]


class Load:
    """All clients."""

    def __init__(self, port):
        self.clients = [
            Client("careful-a", port, 1, 25, True),
            Client("careful-b", port, 1, 25, True),
            Client("careful-c", port, 1, 25, True),
            Client("careful-batch", port, 50, 4, True),
            Client("plain-a", port, 1, 25, False),
            Client("plain-b", port, 1, 25, False),
            Client("plain-batch", port, 20, 3, False),
            Client("page", port, 3, 5, False, "/"),
        ]

    def start(self):
        for client in self.clients:
            client.start()

    def stop(self):
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join(120)

    def is_alive(self):
        return any(client.is_alive() for client in self.clients)

    def indexed_since(self, began):
        """Returns whether a later request was answered at the first attempt with all of its events indexed."""
        return any(set(request.outcomes.values()) == {"indexed"}
                   for client in self.clients for request in client.requests[-5:]
                   if request.began > began and request.ended and request.attempts == 1)

    def requests(self):
        return [request for client in self.clients for request in list(client.requests)]
