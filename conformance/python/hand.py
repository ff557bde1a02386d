"""A person at a hand-written client of the calling protocol (docs/spec/calling-protocol.md): enough of it to be rung, to answer
and to ring. No media."""

import asyncio
import json
import ssl
import uuid

import aiohttp

PATIENCE_S = 15


class Hand:
    """One session."""

    @classmethod
    async def open(cls, info, token):
        """Opens a session with a user's token."""
        hand = cls()
        hand.session = aiohttp.ClientSession()
        trust = ssl.create_default_context(cafile=info["ca_certificate"])
        url = info["endpoint"].replace("https", "wss", 1) + "calling/v1/socket"
        hand.socket = await hand.session.ws_connect(url, ssl=trust)
        hand.frames, hand.next_id = [], 0
        client = {"name": "hand", "version": "1", "platform": "x", "browser": "x"}
        await hand.socket.send_json({"type": "hello", "version": 1, "token": token, "client": client})
        await hand.frame(lambda frame: frame["type"] == "welcome")
        return hand

    async def frame(self, fits):
        """The next frame that fits and was not taken yet."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for frame in self.frames:
                    if fits(frame):
                        self.frames.remove(frame)
                        return frame
                self.frames.append(json.loads((await self.socket.receive()).data))

    async def ask(self, kind, **fields):
        """Asks and gives the result."""
        self.next_id += 1
        own = self.next_id
        await self.socket.send_json({"id": own, "type": kind, **fields})
        answer = await self.frame(lambda frame: frame["type"] in ("reply", "error") and frame["id"] == own)
        assert answer["type"] == "reply", answer
        return answer["result"]

    async def accept(self, name):
        """Takes the call that rings."""
        incoming = await self.frame(lambda frame: frame["type"] == "incoming")
        await self.ask("accept", leg=str(uuid.uuid4()), ring=incoming["ring"], displayName=name, muted=False)

    async def start(self, callee, name):
        """Rings somebody."""
        await self.ask("start", leg=str(uuid.uuid4()), callees=[callee], displayName=name, muted=False)

    async def join_group(self, group, name):
        """Sits in a group call."""
        return await self.ask("join", leg=str(uuid.uuid4()), locator={"groupId": group}, displayName=name, muted=False)

    async def ended(self):
        """The end of the call for this person."""
        return await self.frame(lambda frame: frame["type"] == "ended")

    async def close(self):
        """Hangs up the socket."""
        await self.socket.close()
        await self.session.close()
