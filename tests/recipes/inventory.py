"""Which test runs each command of the documents, what it changes in them, and which commands no test runs.

A journey is a list of commands that a reader runs in this order, in one shell. The commands run as they stand, except
for IN_PLACE_OF, PORTS and the GATE. `data=sample` is a sample of fewer clients and fewer tables, which is in its folder
already; a model has few trees. The first tutorial has all tables.
"""

JOURNEYS: dict[str, list[str]] = {
    "first_hour": ["README.md: Two commands 1"],
    "governance": [
        "docs/governance.md: Who decides, and since when 1",
        "docs/governance.md: Costs change without training 1",
        "docs/governance.md: Through the gate, and by a second person 1",
        "docs/governance.md: Through the gate, and by a second person 2",
        "docs/governance.md: Through the gate, and by a second person 3",
        "docs/governance.md: Back in one command 1",
        "docs/governance.md: Is the ledger whole? 1",
    ],
    "entry_points": ["docs/training.md: Entry points 2", "docs/report.md: The report 1"],
    "another_policy": [
        "docs/training.md: Another policy, without training 1",
        "docs/training.md: Another policy, without training 2",
    ],
    "portfolio": [f"docs/score.md: {each} 1" for each in ("Score a portfolio", "On record", "On Spark")],
    "points": ["docs/api.md: The score 1"],
    "review": ["docs/governance.md: A person decides 1"],
    "tuning": ["docs/training.md: Tune 1", "docs/training.md: Tune 2"],
    "serving": [
        "docs/serving.md: Start 1",
        "docs/api.md: Request a decision 1",
        "docs/fields.md: A realistic request 1",
        "docs/api.md: Alternatives 1",
        "docs/api.md: Errors 1",
        "docs/api.md: Asking again 1",
        "docs/serving.md: Readiness and metrics 1",
        "docs/serving.md: Readiness and metrics 2",
        "docs/serving.md: The decision log 1",
        *(f"docs/governance.md: A person decides {number}" for number in (2, 3, 4, 5)),
        "docs/replay.md: Replay 1",
        "docs/monitoring.md: Watch a window 1",
        "docs/monitoring.md: Outcomes 1",
        "docs/monitoring.md: Outcomes 2",
        "docs/desk.md: The desk 1",
        "docs/serving.md: Backups of an SQLite log 1",
        "docs/serving.md: Backups of an SQLite log 2",
    ],
    "following": ["docs/serving.md: Following the champion 1"],
    "mlflows_own_server": ["docs/serving.md: Start 2"],
    "postgresql": [
        "docs/serving.md: PostgreSQL 1",
        "docs/serving.md: PostgreSQL 2",
        "docs/serving.md: PostgreSQL 3",
    ],
    "nginx": [
        "SECURITY.md: Authentication and TLS: nginx 2",
        "SECURITY.md: Authentication and TLS: nginx 3",
        "SECURITY.md: Authentication and TLS: nginx 4",
    ],
    "from_kaggles_zip": [
        "docs/tutorials/home-credit.md: Unpack the tables 1",
        *(f"docs/tutorials/home-credit.md: Train and promote {number}" for number in (1, 2)),
        *(f"docs/tutorials/home-credit.md: Serve it {number}" for number in (1, 2)),
        *(f"docs/tutorials/home-credit.md: Decide about a client {number}" for number in (1, 2)),
        *(f"docs/tutorials/home-credit.md: Watch it {number}" for number in (1, 2)),
    ],
    "from_a_lenders_file": [
        "docs/tutorials/lenders-file.md: From a lender's own file to a served champion 1",
        "docs/tutorials/lenders-file.md: The file 1",
        *(f"docs/tutorials/lenders-file.md: Describe it {number}" for number in (1, 2)),
        "docs/tutorials/lenders-file.md: Train and promote 1",
        *(f"docs/tutorials/lenders-file.md: Serve it {number}" for number in (1, 2)),
    ],
    "an_auditor": [
        "docs/how-to/auditor.md: The decision as it was 1",
        "docs/how-to/auditor.md: Who let the version decide 1",
        "docs/how-to/auditor.md: A period 1",
    ],
    "an_erasure": ["docs/how-to/erase.md: Erase a client 1", "docs/how-to/erase.md: Erase a client 2"],
    "explanations": [
        "docs/explanation/threshold.md: A worked example 1",
        "docs/explanation/calibration.md: Why no class weights 1",
        "docs/explanation/reasons.md: A worked example 1",
        "docs/explanation/alarms.md: Many comparisons 1",
    ],
    "a_flat_file": ["data/README.md: Any lender's file 3"],
    "a_sample": ["data/README.md: A sample of another size 1"],
}

# A command that another page has, too, word for word: it is run there.
SAME = {
    "docs/how-to/auditor.md: Who let the version decide 2": "docs/governance.md: Is the ledger whole? 1",
    "docs/how-to/auditor.md: Would it be decided so again 1": "docs/replay.md: Replay 1",
    "data/README.md: Home Credit's own files 1": "docs/tutorials/home-credit.md: Train and promote 1",
    "data/README.md: Any lender's file 1": "docs/tutorials/lenders-file.md: Describe it 1",
    "data/README.md: Any lender's file 2": "docs/tutorials/lenders-file.md: Train and promote 1",
}

# A text of a command, and what the test runs in its place.
IN_PLACE_OF = {
    "trials=100": "trials=2",  # minutes
    "--clients 50000": "--clients 500",
    "20_000": "4_000",
    "version=7": "version=1",
    "families=logistic-regression,lightgbm": "families=logistic-regression,lightgbm -P clients=1000",
    "runs:/RUN_ID/": "runs:/$RUN_ID/",  # the reader's own: the output of the command before has it
}
# Ports that the test replaces by free ones, in commands; PostgreSQL's 5432 by its server's.
PORTS = ("5001", "8443", "8502")
PROXY_PORTS = ("5001", "8443")  # those of docs/nginx.conf

# The copy's gate in policy.yaml: a sample small enough for a test does not pass the project's own.
GATE = {
    "least_clients": 100,
    "least_defaults": 10,
    "worst_calibration_error": 0.2,
    "least_business_score": -1.0,
    "worst_cost_increase": 1.0,
    "worst_auc_decrease": 0.5,
    "worst_threshold_cost": 1.0,
    "worst_segment_cost_increase": 1.0,
    "worst_approval_ratio_decrease": 0.9,
}

NO_ENGINE = "needs Docker's engine; tests/image has"
NO_REGISTRY = "needs a registry of images; tests/project/test_deploy.py has each file with the tool that reads it"
NO_CLUSTER = "needs a cluster; tests/project/test_deploy.py has the manifests with Kubernetes' schemas"
EXCEPTIONS = {
    "README.md: Two commands 2": "runs the tests themselves",
    "docs/training.md: Entry points 1": "downloads an environment; tests/project/test_whole_path.py runs it",
    "docs/serving.md: Start 3": NO_ENGINE,
    "SECURITY.md: Authentication and TLS: nginx 1": "installs packages, as root and from the network",
    "docs/RESULTS.md: Quality 1": "takes hours; tests/benchmarks runs each section on few clients",
    **{f"docs/deploy.md: Compose {number}": NO_REGISTRY for number in range(1, 6)},
    **{f"docs/deploy.md: Kubernetes {number}": NO_CLUSTER for number in (1, 2)},
    "docs/monitoring.md: How often a drift is found 1": "takes minutes; tests/benchmarks/drift simulates fewer windows",
    "docs/desk.md: Who may enter 1": "asks for a password; tests/desk/test_proxy.py has nginx with this file",
    "docs/gate.md: How many pass 1": "takes half an hour; tests/benchmarks/gate simulates fewer holdouts",
    "docs/governance.md: From staging to production 1": "needs a second registry; tests/project/test_transfer.py has",
    "docs/monitoring.md: How soon wrong probabilities show 1": "takes ten minutes; tests/benchmarks has fewer windows",
    "docs/monitoring.md: By the day 1": "goes on until it is interrupted; tests/project/test_monitor.py has",
    "docs/replay.md: A challenger in the shadow 1": "goes on until it is interrupted; tests/project/test_replay.py has",
    **{f"docs/serving.md: The image {number}": NO_ENGINE for number in (1, 2, 3)},
    **{f"docs/serving.md: MLflow's image {number}": NO_ENGINE for number in (1, 2)},
    "docs/how-to/spark.md: Use Spark 1": "takes a minute; tests/project/test_engines.py builds and compares",
    **{
        f"docs/score.md: Speed and memory {number}": "takes many minutes; tests/benchmarks/test_batch.py has its parts"
        for number in (1, 2)
    },
    "docs/tuning-benchmark.md: Tuning speed 1": "takes half an hour; tests/benchmarks/tuning has its parts",
}
