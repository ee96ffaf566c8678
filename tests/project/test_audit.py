"""The audit asks about every locked package, and passes over a vulnerability only by name, with a date and a reason."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from packaging.requirements import Requirement

from steps.run.settings import PROJECT

FOUND = "GHSA-0000-0000-0000"


class Vulnerabilities(BaseHTTPRequestHandler):
    """A service of vulnerabilities in OSV's form, which knows one: of jinja2."""

    asked: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = query["package"]["name"]
        self.asked.add(name)
        found = [{"id": FOUND, "modified": "2026-01-01T00:00:00Z", "affected": []}] if name == "jinja2" else []
        body = json.dumps({"vulns": found} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not to the tests' output."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Vulnerabilities) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def audited(service: str, folder: Path, ignored: str) -> subprocess.CompletedProcess[str]:
    """The audit of a copy of the project's lock, with these lines in .ci/audit_ignored."""
    shutil.copytree(PROJECT / ".ci", folder / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(PROJECT / name, folder)
    (folder / ".ci" / "audit_ignored").write_text(ignored, "utf-8")
    command = [folder / ".ci" / "audit", "--vulnerability-service", "osv", "--osv-url", service]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def locked() -> set[str]:
    """The packages of the lock that this system and interpreter install."""
    options = ("--all-groups", "--no-emit-project", "--no-hashes", "--no-header", "--no-annotate")
    command = ["uv", "export", "--frozen", *options]
    exported = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    requirements = map(Requirement, exported.splitlines())
    return {each.name for each in requirements if each.marker is None or each.marker.evaluate()}


def test_a_known_vulnerability_of_a_locked_package_fails_and_all_are_asked_about(service, tmp_path):
    audit = audited(service, tmp_path, "")

    assert audit.returncode == 1
    assert [line.split()[0] for line in audit.stdout.splitlines() if FOUND in line] == ["jinja2"]
    assert len(locked()) > 200
    assert locked() - Vulnerabilities.asked == set()


def test_one_that_is_ignored_until_a_day_to_come_for_a_reason_passes(service, tmp_path):
    audit = audited(service, tmp_path, f"# why\n{FOUND} 9999-12-31 no template comes from outside\n")

    assert audit.returncode == 0, audit.stderr
    assert f"ignored until 9999-12-31: {FOUND}, no template comes from outside" in audit.stdout


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (f"{FOUND} 2026-01-01 no template comes from outside", "was ignored until 2026-01-01"),
        (f"{FOUND} 9999-12-31", "expected ID DATE REASON"),
        (f"{FOUND} no template comes from outside", "expected ID DATE REASON"),
    ],
)
def test_one_whose_day_is_past_or_that_has_no_day_or_reason_fails(service, tmp_path, line, error):
    audit = audited(service, tmp_path, f"{line}\n")

    assert audit.returncode == 2
    assert error in audit.stderr


def test_a_service_that_does_not_answer_is_no_audit(tmp_path):
    audit = audited("http://127.0.0.1:9/v1/query", tmp_path, "")

    assert audit.returncode != 0


def test_the_projects_own_list_is_of_the_form():
    for line in (PROJECT / ".ci" / "audit_ignored").read_text("utf-8").splitlines():
        assert line.startswith("#") or len(line.split(maxsplit=2)) == 3
