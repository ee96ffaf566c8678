"""The loan applications: application_train without its TARGET, which is drawn last."""

import numpy as np

from steps.sample.buildings import buildings
from steps.sample.clients import Clients
from steps.sample.columns import Columns
from steps.sample.person import person
from steps.sample.request import request
from steps.sample.scores import scores


def draw_application(rng: np.random.Generator, clients: Clients) -> Columns:
    """Draw the 121 columns of an application, each of shape (n,)."""
    applicant = person(rng, clients)
    return applicant | request(rng, clients, applicant) | scores(rng, clients, applicant) | buildings(rng, clients)
