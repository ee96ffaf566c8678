"""What is removed from packages, and how a file of the system comes into the image with its links."""

import os

from steps.container.assemble import UNUSED, UNUSED_OF_PYTHON, copy_with_links, remove


def test_tests_headers_and_unused_packages_are_removed_and_modules_stay(tmp_path):
    kept = ["numpy/core.py", "scipy/version.py", "scipy/sparse/_csr.py", "pyarrow/libarrow.so.25", "testing.py"]
    removed = ["numpy/a/tests/x.py", "numpy/core.pyi", "scipy/stats/x.py", "scipy/sparse/linalg/x.so", "bin/uvicorn"]
    removed += ["pyarrow/_flight.so", "pyarrow/include/x.h", "pyarrow/libarrow_python.so.25.0.1"]
    for name in kept + removed:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")

    remove(tmp_path, UNUSED)

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)


def test_of_pythons_library_installers_and_tests_go(tmp_path):
    for name in ("json/decoder.py", "test/x.py", "ensurepip/x.py", "site-packages/pip/x.py", "lib-dynload/_ssl.so"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")

    remove(tmp_path, UNUSED_OF_PYTHON)

    assert {path.name for path in tmp_path.iterdir()} == {"json", "lib-dynload"}


def test_a_link_is_copied_with_what_it_leads_to(tmp_path):
    library = tmp_path / "lib"
    library.mkdir()
    (library / "libx.so.1.2").write_text("code", "utf-8")
    (library / "libx.so.1").symlink_to("libx.so.1.2")
    image = tmp_path / "image"

    copy_with_links(library / "libx.so.1", image)

    copied = image / (library / "libx.so.1").relative_to("/")
    assert os.readlink(copied) == "libx.so.1.2"
    assert copied.read_text("utf-8") == "code"
