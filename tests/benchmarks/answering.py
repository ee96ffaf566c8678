"""A server for the load generators: the same answer to any request, at once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@contextmanager
def a_server(answer: bytes, then_ends: bool = False) -> Iterator[tuple[str, list, list[bytes]]]:
    """A server with one answer: its URL, its connections and the bytes that they sent.

    With `then_ends` it closes each connection after its first answer.
    """
    loop = asyncio.new_event_loop()
    connected, received = [], []

    class Answering(asyncio.Protocol):
        def connection_made(self, transport):
            connected.append(transport)
            self.transport = transport

        def data_received(self, data):
            received.append(data)
            # In two pieces, as the network may deliver it.
            self.transport.write(answer[:20])
            loop.call_later(0.001, self.finish)

        def finish(self):
            self.transport.write(answer[20:])
            if then_ends:
                self.transport.close()

    server = loop.run_until_complete(loop.create_server(Answering, "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", connected, received
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()
