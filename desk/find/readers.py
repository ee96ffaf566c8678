"""Who may read past decisions: in figures alone, or with the client's data."""

from starlette.requests import Request

from desk.access.people import Person, Right, demand


def reader_of(request: Request) -> Person:
    """The person, who may see figures or clients' data; raises `Problem` for one who may see neither."""
    person: Person = request.state.person
    return person if person.may(Right.figures) else demand(request, Right.personal_data)
