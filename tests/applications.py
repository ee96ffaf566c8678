"""An application that every version decides: all fields of docs/requests/realistic.json, and no history."""

import json

from steps.tables.aggregation import history_meanings
from steps.tables.fields_page import request

FORM = json.loads(request("realistic"))["inputs"][0]
NO_HISTORY = dict.fromkeys(history_meanings())
COMPLETE = {**FORM, **NO_HISTORY}
