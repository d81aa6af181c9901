"""A client of an API with a history: it reconnects, misses nothing, and hands over each message once, in order. Python 3.11 or later."""
import asyncio, json, random, secrets

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

FAILURES = (OSError, TimeoutError, WebSocketException)


class BroadcastClient:
    def __init__(self, url, on_message, on_gap=lambda: None, place=None):
        self.url, self.on_message, self.on_gap = url, on_message, on_gap
        self.place = place  # {"epoch": …, "position": …}: keep it, and a later run goes on from there
        self.session = secrets.token_urlsafe(24)  # with it, a message that is sent again stays one message
        self.answers, self.is_open, self.is_behind, self.tries, self.early = {}, asyncio.Event(), asyncio.Event(), 0, float("inf")

    async def run(self):
        while True:
            try:
                async with connect(self.url) as self.socket, asyncio.TaskGroup() as tasks:
                    tasks.create_task(self.catch_up())
                    tasks.create_task(self.ping())
                    async for text in self.socket:
                        self.receive(json.loads(text))
                    raise ConnectionError("closed")
            except* FAILURES:
                self.is_open.clear()
                for answer in self.answers.values():
                    answer.done() or answer.set_exception(ConnectionError("lost"))
            self.tries += 1
            await asyncio.sleep(random.uniform(1, min(30, 2 ** (1 + self.tries))))  # or all clients come back at once

    async def ping(self):
        while True:  # a connection that is idle for ten minutes is closed
            await self.socket.send('{"action":"ping"}')
            await asyncio.sleep(540)

    def receive(self, frame):
        kind = frame.get("type")
        if frame.get("ref") in self.answers:
            self.answers[frame["ref"]].set_result(frame)
        elif "history" in frame.get("layers", []):  # the answer to the first ping: nothing else is sent before it
            self.is_behind.set()
            self.tries = 0
        elif frame.get("code") == "kicked":
            raise RuntimeError("the server has ended this connection for good")
        for message in frame["messages"] if kind == "messages" else [frame] if kind == "message" else []:
            if self.place and message["position"] == self.place["position"] + 1:
                self.hand_over(message)
                continue
            self.is_behind.set()  # something before it has not come, and the history has both
            if not self.place:
                self.early = min(self.early, message["position"] - 1)

    def hand_over(self, message):
        if message["position"] > self.place["position"]:
            self.place["position"] = message["position"]
            self.on_message(message)

    async def catch_up(self):
        while await self.is_behind.wait():
            self.is_behind.clear()
            since = {"since": self.place["position"], "epoch": self.place["epoch"]} if self.place else {"limit": 1}
            page = await self.ask("history", **since)
            if self.place and page["recovered"]:
                for message in page["messages"]:
                    self.hand_over(message)
                self.place["position"] = max(self.place["position"], page["position"])
            else:  # where to begin: what has come since the connection was there is handed over
                if self.place:
                    self.on_gap()
                self.place, self.early = {"epoch": page["epoch"], "position": min(page["position"], self.early)}, float("inf")
            self.is_open.set()
            if page["more"]:
                self.is_behind.set()
                await asyncio.sleep(page.get("wait", 0) / 1000)

    async def ask(self, action, **members):
        members.setdefault("ref", secrets.token_hex(8))
        answer = self.answers[members["ref"]] = asyncio.get_running_loop().create_future()
        try:
            await self.socket.send(json.dumps({"action": action, **members}))
            answer = await asyncio.wait_for(answer, 30)
        finally:
            del self.answers[members["ref"]]
        if answer["type"] == "error":
            is_passing = answer["code"] in ("unavailable", "rate_exceeded")
            raise (ConnectionError if is_passing else ValueError)(f"{answer['code']}: {answer['message']}")
        return answer

    async def send(self, message):
        """Returns once the server has the message, as {"id": …, "position": …}."""
        members = {"message": message, "session": self.session, "ref": secrets.token_hex(8)}
        while await self.is_open.wait():
            try:
                return await self.ask("publish", **members)
            except FAILURES:
                members["again"] = True  # it may have arrived
                await asyncio.sleep(1)
