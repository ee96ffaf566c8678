"""GET /models: what is true now, the versions side by side, and what the servers run."""

from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.models.confirmations import confirmations_of, ticket
from desk.models.figures import side_by_side
from desk.models.orders import Kind
from desk.models.sentence import true_now
from desk.models.servers import serving
from desk.models.standing import read_model
from desk.page import page


def overview(request: Request) -> Response:
    """The page; without a version it says how to get one."""
    person = demand(request, Right.figures)
    state = request.app.state
    model = read_model(state.settings.model_name)
    columns = side_by_side(model)
    asked = []
    if person.may(Right.govern):
        asked += confirmations_of(request, model, model.pending, Kind.approve) if model.pending else []
        asked += confirmations_of(request, model, model.previous, Kind.rollback) if model.previous else []
    return page(
        request,
        "models/overview.html.j2",
        sentences=true_now(model),
        columns=columns,
        others=[number for number in model.versions if number not in {each.number for each in columns}],
        serving=serving(state.server, model),
        confirmations=asked,
        actions=state.actions,
        ticket=ticket,
        wrong={},
        entered={},
    )
