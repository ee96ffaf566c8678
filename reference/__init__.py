"""The reference pages of the documents, written from the code: `python -m reference`."""
