"""Why a server does not take the version that its alias points to; each message is one clause, without secrets."""


class Refused(Exception):
    """The version itself is at fault: it is tried again when the alias moves."""


class Unreachable(Exception):
    """Something else may be at fault, the artifact store or a store of the server's: it is tried again later."""
