"""Start an image as docs/serving.md says, ask it for a decision, and stop it; fail where there is none.

Example: python .ci/ask_image.py credit-scoring:0.1.0
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import requests

PROJECT = Path(__file__).resolve().parent.parent
REQUEST = PROJECT / "docs" / "requests" / "realistic.json"
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
PATIENCE = 120.0  # seconds until it is ready


def docker(*arguments: str) -> str:
    """The output of a command of the engine."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def answered(image: str) -> dict:
    """The decision of a container of the image; raise `RuntimeError` with its log where it is not ready in time."""
    container = docker("run", "--detach", *HARDENED, "--publish", "127.0.0.1::8080", image)
    try:
        url = f"http://{docker('port', container, '8080/tcp').splitlines()[0]}"
        _wait(f"{url}/ready", container)
        # Another sample's model may require other fields; a simulation may lack any.
        body = {**json.loads(REQUEST.read_text("utf-8")), "params": {"simulate": True}}
        answer = requests.post(f"{url}/invocations", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["predictions"][0]
    finally:
        docker("rm", "--force", "--volumes", container)


def _wait(url: str, container: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError(f"not ready within {PATIENCE:.0f} s:\n{docker('logs', '--tail', '50', container)}")


def main() -> None:
    """Print the decision."""
    decision = answered(sys.argv[1])
    print(f"  {sys.argv[1]} answers: {decision['decision']} at {decision['probability_of_default']:.1%}")


if __name__ == "__main__":
    main()
