"""Database URLs in settings, messages and logs: read whole or refused, and shown without their secrets."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

# None of these sentences has a part of the URL: where it cannot be told what is the password, any part may be.
EXPECTED = "expected a URL such as sqlite:////folder/file.db or postgresql://host/name"
ESCAPE = (
    "expected a URL with one @ at most, between user:password and the host; in a user name or password write @ as %40, "
    ": as %3A, / as %2F, ? as %3F, # as %23, % as %25, [ as %5B, ] as %5D"
)
FILE = "expected a file: an in-memory database is lost with the process"
HIGHEST_PORT = 65_535
SQLITE = re.compile(r"sqlite(\+\w+)?:")
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")  # that MLflow can be on
STORES = ("sqlite", "postgresql")
WEB = ("http", "https")
PASSWORD = re.compile(r"//[^/@]+:[^@]*@")
USER_PASSWORD = re.compile(r"([^:/@]*)(?::([^@]*))?@")  # as SQLAlchemy reads them
CREDENTIALS = re.compile(r"//\S*@")
LOGIN = re.compile(r"\s*[a-z][\w+.-]*://(?:[^/?#]*|[^/@]+:[^@]*)@", re.IGNORECASE)
# A value of the query that is a secret: of a driver (password, sslpassword), or of whoever signed the address.
SECRET = r"[?&;][\w.%-]*(?:passw|pwd|passphrase|token|secret|credential|signature|api_?key|\bsig\b)[\w.%-]*="
QUERY_SECRET = re.compile(rf"({SECRET})[^&;#\s]+", re.IGNORECASE)
TORN_SECRET = re.compile(rf"//\S*{SECRET}\S*@\S*", re.IGNORECASE)  # with an @ in it, by which it has no one end
CONTAINER = re.compile(r"\s*(?:abfs|wasb)s?://[^/@:]+@", re.IGNORECASE)  # Azure's, where others have a user


def read_url(text: str) -> URL:
    """The URL of a database; raises `ValueError` for one that cannot be told apart into its parts.

    SQLAlchemy ends a password at the first @, and takes what follows for host, port, database or query: parts that
    messages show. For the same reason the driver's own error may repeat what it was given as a host.
    """
    text = text.strip()
    is_file = SQLITE.match(text) is not None
    if not is_file and _is_ambiguous(text):
        raise ValueError(ESCAPE)
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError(EXPECTED) from None
    except ValueError:  # of a port that is no number, perhaps as the host is missing and this is a password
        raise ValueError(f"{EXPECTED}, with a number as the port; {ESCAPE}") from None
    if is_file and (url.host or url.username or url.password or url.port):
        raise ValueError("expected a file, such as sqlite:////folder/file.db, without a host, user or password")
    if url.port is not None and not 0 < url.port <= HIGHEST_PORT:
        raise ValueError(f"{EXPECTED}, with a port of at most {HIGHEST_PORT:,}; {ESCAPE}")
    return url


def check_address(address: str) -> None:
    """Raise `ValueError` for the address of a database or a web server, as MLflow takes it, that has no one reading.

    Addresses of other kinds, such as paths and models:/, have no password.
    """
    scheme = address.partition(":")[0].lower()
    if scheme.split("+")[0] in DATABASES:
        read_url(address)
        is_torn = not _can_be_split(address)  # as MLflow does
    elif scheme in WEB:
        is_torn = _is_ambiguous_on_the_web(address)
    else:
        is_torn = PASSWORD.search(address) is not None and _is_ambiguous(address)
    if is_torn:
        raise ValueError(ESCAPE)


def _is_ambiguous(address: str) -> bool:
    """Whether user, password and host cannot be told apart."""
    rest = address.partition("://")[2]
    credentials = USER_PASSWORD.match(rest)
    if credentials is None:
        name = rest.partition("?")[0]
        return "@" in name or ("@" in rest and ":" in name)
    user, password = credentials.groups(default="")
    # A query before the @ means that the @ is in one of its values, such as ?password=.
    is_query = re.search(r"[?#]", user) or re.search(r"[?&]\w+=", password)
    return rest.count("@") > 1 or is_query is not None


def _is_ambiguous_on_the_web(address: str) -> bool:
    """The same for a web server, whose user and password end at the first /, ? or #."""
    rest = address.partition("://")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    is_torn = "@" in rest[len(authority) :] or re.search(r"\s", rest) is not None
    return is_torn or _is_ambiguous(address) or not _can_be_split(address)


def _can_be_split(address: str) -> bool:
    """Whether the standard library can read it; its error for brackets, ports and Unicode repeats the password."""
    try:
        parts = urlsplit(address)
        if parts.scheme in WEB:
            parts.port  # noqa: B018  # is read on access
    except ValueError:
        return False
    return True


def _database(value: object) -> URL:
    """The URL of a store: SQLite or PostgreSQL, on which its promises hold, with a driver that is installed."""
    if isinstance(value, URL):
        return value
    url = read_url(str(value))
    try:
        dialect = url.get_dialect()
        dialect.import_dbapi()
    except NoSuchModuleError:
        raise ValueError(f"SQLAlchemy has no {url.drivername}: expected sqlite or postgresql") from None
    except ModuleNotFoundError as error:
        raise ValueError(f"the driver of {url.drivername} is not installed: {error.name}") from None
    except ImportError as error:
        raise ValueError(f"the driver of {url.drivername} cannot be loaded: {error}") from None
    if dialect.name not in STORES:
        raise ValueError(f"expected SQLite or PostgreSQL, got {url.get_backend_name()}")
    if dialect.is_async:
        raise ValueError(f"expected a synchronous driver, got {url.drivername}")
    if dialect.name == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError(FILE)
    return url


Database = Annotated[URL, BeforeValidator(_database)]


def display_url(url: URL) -> str:
    """The URL for a message or a log: the password masked, the query left out, as it may hold one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def has_secret(url: URL) -> bool:
    """Whether the URL has a password, in its place or in the query."""
    return url.password is not None or any("password" in name for name in url.query)


def has_login(address: str) -> bool:
    """Whether the address of a model or file has a user, who may be a token, or a password, or seems to have one.

    A secret in the query, such as ?password= or ?token=, is one, too.
    """
    if address.strip().partition(":")[0].lower() in WEB and _is_ambiguous_on_the_web(address.strip()):
        return True
    if "://" in address and QUERY_SECRET.search(address) is not None:
        return True
    return LOGIN.match(address) is not None and CONTAINER.match(address) is None


def without_credentials(text: object) -> str:
    """A text whose URLs have no user, password or secret in the query; of two @, the credentials end at the last."""
    whole = TORN_SECRET.sub("//***", str(text))
    return QUERY_SECRET.sub(r"\1***", CREDENTIALS.sub("//***@", whole))


def driver_message(error: BaseException) -> str:
    """The first line of the driver's message, or of the error's own where there is none; without any, its type."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return without_credentials(lines[0]) if lines else type(error).__name__
