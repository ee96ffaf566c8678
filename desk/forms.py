"""The form of a request."""

from starlette.requests import Request


async def read_form(request: Request) -> dict[str, str]:
    """The texts of a form by name, the last of each; a file among them counts for nothing."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
