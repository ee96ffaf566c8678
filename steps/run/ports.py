"""Ports of this machine for servers that start in a moment."""

import socket
import sys
import weakref


class ReservedPort:
    """A free port of 127.0.0.1 that no other program gets by asking for any, until `release` or the object's end.

    Between a question for a free port and the server's start lie seconds of imports: another server that got the same
    one would answer in its place. Linux reserves a port by a socket that is bound to it and does not listen; a server
    that sets SO_REUSEADDR, as uvicorn and nginx do, can listen there all the same. Other systems would not let it.
    """

    def __init__(self) -> None:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        self.number: int = holder.getsockname()[1]
        self.release = weakref.finalize(self, holder.close)
        if sys.platform != "linux":
            self.release()
