"""What the default clients of other languages send: heads as recorded from each, and how it frames a body.

Recorded over a bare socket: Java 17, Node 20, Go 1.19, PHP 8.2, curl 7.88, and Python 3.11 with requests 2.34,
aiohttp 3.14 and httpx 0.28. Hosts are replaced by localhost:5001 and lengths by that of the body. .NET was not at hand:
its head is what `HttpClient.PostAsJsonAsync` is documented to send, a `JsonContent` without a length, hence in chunks.
"""

from typing import NamedTuple


class Client(NamedTuple):
    """A client's head, without the empty line, and the bytes of its chunks before the last; none with a length."""

    head: str
    chunks: tuple[int, ...] = ()

    def request(self, body: bytes) -> bytes:
        """The request of this client with this body."""
        head = self.head.format(length=len(body)).replace("\n", "\r\n").encode() + b"\r\n\r\n"
        if "{length}" in self.head:
            return head + body
        pieces, start = [], 0
        for size in (*self.chunks, len(body)):
            pieces.append(body[start : start + size])
            start += size
        return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


JAVA_SETTINGS = "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\nUpgrade: h2c"

CLIENTS = {
    "Java, HttpClient": Client(f"""\
POST /invocations HTTP/1.1
Connection: Upgrade, HTTP2-Settings
Content-Length: {{length}}
Host: localhost:5001
{JAVA_SETTINGS}
User-Agent: Java-http-client/17.0.15
Content-Type: application/json"""),
    "Java, HttpClient with a stream": Client(f"""\
POST /invocations HTTP/1.1
Connection: Upgrade, HTTP2-Settings
Host: localhost:5001
{JAVA_SETTINGS.replace("Upgrade:", "Transfer-encoding: chunked" + chr(10) + "Upgrade:")}
User-Agent: Java-http-client/17.0.15
Content-Type: application/json"""),
    "Java, HttpClient with expectContinue": Client(f"""\
POST /invocations HTTP/1.1
Connection: Upgrade, HTTP2-Settings
Content-Length: {{length}}
Expect: 100-Continue
Host: localhost:5001
{JAVA_SETTINGS}
User-Agent: Java-http-client/17.0.15
Content-Type: application/json"""),
    "Java, HttpClient of version HTTP_1_1": Client("""\
POST /invocations HTTP/1.1
Content-Length: {length}
Host: localhost:5001
User-Agent: Java-http-client/17.0.15
Content-Type: application/json"""),
    "Java, HttpURLConnection": Client("""\
POST /invocations HTTP/1.1
Content-Type: application/json
User-Agent: Java/17.0.15
Host: localhost:5001
Accept: text/html, image/gif, image/jpeg, */*; q=0.2
Connection: keep-alive
Content-Length: {length}"""),
    "Java, HttpURLConnection in chunks": Client("""\
POST /invocations HTTP/1.1
Content-Type: application/json
User-Agent: Java/17.0.15
Host: localhost:5001
Accept: text/html, image/gif, image/jpeg, */*; q=0.2
Connection: keep-alive
Transfer-Encoding: chunked""", (4089,)),
    ".NET, PostAsJsonAsync": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
Transfer-Encoding: chunked
Content-Type: application/json; charset=utf-8"""),
    "Node, fetch": Client("""\
POST /invocations HTTP/1.1
host: localhost:5001
connection: keep-alive
Content-Type: application/json
accept: */*
accept-language: *
sec-fetch-mode: cors
user-agent: node
accept-encoding: gzip, deflate
content-length: {length}"""),
    "Node, fetch with a stream": Client("""\
POST /invocations HTTP/1.1
host: localhost:5001
connection: keep-alive
Content-Type: application/json
accept: */*
accept-language: *
sec-fetch-mode: cors
user-agent: node
accept-encoding: gzip, deflate
transfer-encoding: chunked""", (1000,)),
    "Node, http.request": Client("""\
POST /invocations HTTP/1.1
Content-Type: application/json
Host: localhost:5001
Connection: keep-alive
Content-Length: {length}"""),
    "Node, http.request with write": Client("""\
POST /invocations HTTP/1.1
Content-Type: application/json
Host: localhost:5001
Connection: keep-alive
Transfer-Encoding: chunked""", (1000,)),
    "Go, http.Post": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: Go-http-client/1.1
Content-Length: {length}
Content-Type: application/json
Accept-Encoding: gzip"""),
    "Go, http.Post of a pipe": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: Go-http-client/1.1
Transfer-Encoding: chunked
Content-Type: application/json
Accept-Encoding: gzip""", (1000,)),
    "PHP, curl": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
Accept: */*
Content-Type: application/json
Content-Length: {length}"""),
    "PHP, streams": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
Connection: close
Content-Length: {length}
Content-Type: application/json"""),
    "curl": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: curl/7.88.1
Accept: */*
Content-Type: application/json
Content-Length: {length}"""),
    "curl --http2": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: curl/7.88.1
Accept: */*
Connection: Upgrade, HTTP2-Settings
Upgrade: h2c
HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA
Content-Type: application/json
Content-Length: {length}"""),
    "curl with over 1 MB": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: curl/7.88.1
Accept: */*
Content-Type: application/json
Content-Length: {length}
Expect: 100-continue"""),
    "curl in chunks": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: curl/7.88.1
Accept: */*
Content-Type: application/json
Transfer-Encoding: chunked"""),
    "curl --http1.0": Client("""\
POST /invocations HTTP/1.0
Host: localhost:5001
User-Agent: curl/7.88.1
Accept: */*
Content-Type: application/json
Content-Length: {length}"""),
    "Python, requests": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: python-requests/2.34.2
Accept-Encoding: gzip, deflate
Accept: */*
Connection: keep-alive
Content-Length: {length}
Content-Type: application/json"""),
    "Python, requests with a generator": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
User-Agent: python-requests/2.34.2
Accept-Encoding: gzip, deflate
Accept: */*
Connection: keep-alive
Content-Type: application/json
Transfer-Encoding: chunked""", (1000,)),
    "Python, urllib": Client("""\
POST /invocations HTTP/1.1
Accept-Encoding: identity
Content-Length: {length}
Host: localhost:5001
User-Agent: Python-urllib/3.11
Content-Type: application/json
Connection: close"""),
    "Python, aiohttp with expect100": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
Content-Type: application/json
Accept: */*
Accept-Encoding: gzip, deflate
User-Agent: Python/3.11 aiohttp/3.14.5
Content-Length: {length}
Expect: 100-continue"""),
    "Python, httpx": Client("""\
POST /invocations HTTP/1.1
Host: localhost:5001
Accept: */*
Accept-Encoding: gzip, deflate
Connection: keep-alive
User-Agent: python-httpx/0.28.1
Content-Length: {length}
Content-Type: application/json"""),
}  # fmt: skip

# The start of `curl --http2-prior-knowledge`: the connection preface (RFC 9113, 3.4), SETTINGS, WINDOW_UPDATE.
HTTP2_WITH_PRIOR_KNOWLEDGE = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00d\x00\x04\x02\x00\x00\x00\x00\x02\x00\x00\x00\x00"
    b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x01\xff\x00\x01"
)
