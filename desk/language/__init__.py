"""The two languages: the catalogue of words, and how numbers, times and sentences of reasons are written in each."""
