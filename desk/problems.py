"""A problem that a page tells in a sentence, with what to do."""


class Problem(Exception):
    """What hinders a page.

    Parameters
    ----------
    key : str
        Of the catalogue of words: `KEY` is the sentence, `KEY.do` what to do.
    status : int
        HTTP status of the answer.
    values
        What the sentences name; texts that are keys of the catalogue themselves are translated, too.
    """

    def __init__(self, key: str, status: int = 503, **values: object):
        super().__init__(key)
        self.key = key
        self.status = status
        self.values = values
