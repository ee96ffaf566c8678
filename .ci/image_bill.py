"""Print the bill of materials of an image, in CycloneDX 1.5: Python, its packages and Debian's, as they are in it.

Example: python .ci/image_bill.py credit-scoring:0.1.0
"""

import json
import subprocess
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot5
from packageurl import PackageURL

# Runs in the image, which has no shell.
INVENTORY = """
import importlib.metadata, json, pathlib, platform
records = [path.read_text() for path in sorted(pathlib.Path("/var/lib/dpkg/status.d").iterdir())]
fields = [[line.split(": ", 1) for line in each.splitlines() if line[0] != " " and ": " in line] for each in records]
print(json.dumps({
    "python": platform.python_version(),
    "packages": sorted({(each.name, each.version) for each in importlib.metadata.distributions()}),
    "debian": [(each["Package"], each["Version"], each["Architecture"]) for each in map(dict, fields)],
}))
"""


def inventory(image: str) -> dict:
    """What the image has: Python's version, (name, version) of its packages, and Debian's with their architecture."""
    command = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python3", image, "-c", INVENTORY]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def bill(image: str, found: dict) -> Bom:
    """The bill of an image's inventory; its root is the image itself."""
    bom = Bom()
    name, _, version = image.rpartition(":")
    bom.metadata.component = Component(name=name, version=version, type=ComponentType.CONTAINER, bom_ref=image)
    python = PackageURL("generic", None, "python", found["python"])
    packages = [
        PackageURL("pypi", None, name.lower().replace("_", "-"), version) for name, version in found["packages"]
    ]
    debian = [
        PackageURL("deb", "debian", name, version, {"arch": architecture})
        for name, version, architecture in found["debian"]
    ]
    for url in (python, *packages, *debian):
        kind = ComponentType.PLATFORM if url is python else ComponentType.LIBRARY
        bom.components.add(Component(name=url.name, version=url.version, type=kind, purl=url, bom_ref=url.to_string()))
    bom.register_dependency(bom.metadata.component, bom.components)
    return bom


def main() -> None:
    """Print the bill."""
    print(JsonV1Dot5(bill(sys.argv[1], inventory(sys.argv[1]))).output_as_string(indent=2))


if __name__ == "__main__":
    main()
