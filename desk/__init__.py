"""The desk: web pages for people, to decide, find, watch and govern."""
