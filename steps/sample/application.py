"""The loan applications: application_train but for its TARGET, which is drawn last of all."""

import numpy as np

from steps.sample.buildings import buildings
from steps.sample.clients import Clients
from steps.sample.person import Columns, person
from steps.sample.request import request
from steps.sample.scores import scores


def draw_application(rng: np.random.Generator, clients: Clients) -> Columns:
    """Draw the 121 columns that are known when the client applies, each of shape (n,)."""
    applicant = person(rng, clients)
    return applicant | request(rng, clients, applicant) | scores(rng, clients, applicant) | buildings(rng, clients)
