"""Open loop: requests at a steady rate, whether or not the server has answered those before."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from time import perf_counter

from tqdm import tqdm

from benchmarks.load.connection import Answer, Connection, connect

TICK = 0.002  # seconds between two batches of requests
LAST_ANSWERS = 30.0  # seconds that they may take


@dataclass
class Arrivals:
    """The fate of requests at a steady rate: seconds to each decision and to each rejection.

    A rejection is a 503 with Retry-After; `wrong` has any other answer, and "no answer". `unsent`
    requests found no free connection: they never left the client, and do not count.
    """

    decided: list[float] = field(default_factory=list)
    rejected: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unsent: int = 0

    @property
    def sent(self) -> int:
        return len(self.decided) + len(self.rejected) + len(self.wrong)

    def count(self, answer: Answer) -> None:
        if answer.status == 200:
            self.decided.append(answer.seconds)
        elif answer.status == 503 and b"\r\nretry-after:" in answer.head:
            self.rejected.append(answer.seconds)
        else:
            self.wrong.append(answer.received[:300].decode(errors="replace"))


class OpenLoop:
    """Sends one request again and again at a steady rate, each time over a free connection."""

    def __init__(self, request: bytes, rate: float, seconds: float):
        self.request = request
        self.rate = rate
        self.seconds = seconds
        self.arrivals = Arrivals()
        self.free: deque[Connection] = deque()
        self.busy: set[Connection] = set()

    async def run(self, url: str, connections: int) -> None:
        """Send for so many seconds over at most so many connections, and await the last answers."""
        self.free.extend([await connect(url, self.answered, self.lost) for _ in range(connections)])
        start, sent, seconds = perf_counter(), 0, 0
        with tqdm(total=round(self.seconds), desc="  overload", unit="s") as bar:
            while (passed := perf_counter() - start) < self.seconds:
                due = int(passed * self.rate) - sent
                for _ in range(due):
                    self.send()
                sent += due
                bar.update(int(passed) - seconds)
                seconds = int(passed)
                await asyncio.sleep(TICK)
            bar.update(round(self.seconds) - seconds)
        await self.last_answers()
        for connection in self.free:
            connection.close()

    def send(self) -> None:
        while self.free:
            connection = self.free.popleft()
            if connection.is_open:  # a server may close one that was idle for long
                self.busy.add(connection)
                connection.send(self.request)
                return
        self.arrivals.unsent += 1

    def answered(self, connection: Connection, answer: Answer) -> None:
        self.busy.remove(connection)
        self.free.append(connection)
        self.arrivals.count(answer)

    def lost(self, connection: Connection, error: Exception) -> None:
        self.busy.remove(connection)
        self.arrivals.wrong.append(str(error))

    async def last_answers(self) -> None:
        deadline = perf_counter() + LAST_ANSWERS
        while self.busy and perf_counter() < deadline:
            await asyncio.sleep(0.01)
        self.arrivals.wrong += ["no answer"] * len(self.busy)
