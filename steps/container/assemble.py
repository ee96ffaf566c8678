"""What the image has of Python, of its packages and of Debian; runs inside the build, with Python's library alone.

`python assemble.py PACKAGES OUT` writes two folders, each a layer: OUT/system and OUT/packages.
"""

import compileall
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

USER = 10001  # a number, so that Kubernetes can see that it is not root
# Of the packages: what no module that serving imports needs. tests/image asks a server without it for all it can do.
UNUSED = (
    "**/tests", "**/*.pyi", "**/*.pyx", "**/*.pxd", "**/*.pxi", "**/*.c", "**/*.h", "**/*.hpp", "**/*.cc", "**/*.a",
    "bin", "share", "numpy/_core/include", "numpy/distutils",
    # LightGBM imports scipy.sparse, and of that no solver.
    "scipy.libs", "scipy/sparse/linalg", "scipy/sparse/csgraph",
    *(f"scipy/{name}" for name in (
        "cluster", "constants", "datasets", "differentiate", "fft", "fftpack", "integrate", "interpolate", "io",
        "linalg", "misc", "ndimage", "odr", "optimize", "signal", "spatial", "special", "stats",
    )),
    "pyarrow/include", "pyarrow/src", "pyarrow/*flight*", "pyarrow/libarrow_python*.so", "pyarrow/*.so.*.*.*",
    "databricks/sdk",  # MLflow asks which packages are in its parent
    "mlflow/assistant", "mlflow/cli", "mlflow/server", "sqlalchemy/testing", "alembic/testing",
    "sqlalchemy/dialects/mssql", "sqlalchemy/dialects/mysql", "sqlalchemy/dialects/oracle",
)  # fmt: skip
# Of Python's own library: tests, installers, editors, documentation.
UNUSED_OF_PYTHON = (
    "site-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "pydoc_data", "config-*",
    "turtle.py", "lib-dynload/_tkinter*", "lib-dynload/_test*", "lib-dynload/xxlimited*", "**/tests", "**/__pycache__",
)  # fmt: skip
PROGRAMS = ("/usr/bin/tini",)
DLOPENED = ("libgcc_s.so.1", "libnss_dns.so.2", "libnss_files.so.2")  # by glibc, by name
FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/nsswitch.conf", "/etc/debian_version", "/etc/os-release")
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}  # as in Debian


def main(packages: Path, out: Path) -> None:
    """Write both layers; raise `RuntimeError` where a library that a file links to is missing."""
    system, layer = out / "system", out / "packages"
    library = Path(os.__file__).parent
    site = layer / library.relative_to("/") / "site-packages"
    site.parent.mkdir(parents=True)
    shutil.move(packages, site)
    remove(site, UNUSED)
    own = system / library.relative_to("/")
    shutil.copytree(library, own, symlinks=True)
    remove(own, UNUSED_OF_PYTHON)
    copy_python(system)
    for name, target in LINKS.items():
        (system / target).mkdir(parents=True, exist_ok=True)
        (system / name).symlink_to(target)
    programs = [Path(sys.executable).resolve(), *map(Path, PROGRAMS)]
    libraries = linked([*programs, *own.rglob("*.so*"), *site.rglob("*.so*")])
    for file in sorted({*libraries, *map(Path, PROGRAMS), *(Path(name) for name in FILES if Path(name).exists())}):
        copy_with_links(file, system)
    strip([*(system / "usr/local").rglob("*.so*"), *site.rglob("*.so*")])
    configure_linker(system)
    record_packages(libraries, system)
    write_user(system)
    for folder in (own, site):
        compile_modules(folder, out)


def remove(root: Path, patterns: Iterable[str]) -> None:
    """Remove what these patterns name below the folder."""
    for pattern in patterns:
        for path in list(root.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def copy_python(system: Path) -> None:
    """Python's program, its own shared library, and its usual names."""
    program = Path(sys.executable).resolve()
    folder = system / program.parent.relative_to("/")
    folder.mkdir(parents=True)
    shutil.copy2(program, folder)
    for name in ("python3", "python"):
        (folder / name).symlink_to(program.name)


def strip(files: Iterable[Path]) -> None:
    """Remove debugging symbols from shared libraries, but those that auditwheel has rewritten beside their packages."""
    names = [str(file) for file in files if not file.is_symlink() and not file.parent.name.endswith(".libs")]
    subprocess.run(["strip", "--strip-debug", *names], check=True)


def configure_linker(system: Path) -> None:
    """Let the linker find Python's own library, which is in no folder that it knows by itself."""
    (system / "etc").mkdir(exist_ok=True)
    (system / "etc/ld.so.conf").write_text("/usr/local/lib\n", "utf-8")
    subprocess.run(["ldconfig", "-r", str(system)], check=True)


def linked(files: Iterable[Path]) -> set[Path]:
    """The system's libraries that these files link to, and theirs; those beside a package's file are its own."""
    names = [str(file) for file in files if not file.is_symlink()]
    output = subprocess.run(["ldd", *names], capture_output=True, text=True, check=False).stdout
    missing = sorted(set(re.findall(r"(\S+) => not found", output)))
    if missing:
        raise RuntimeError(f"libraries that are linked to, and not there: {', '.join(missing)}")
    found = {Path(path) for path in re.findall(r"(?:=> )?(/\S+) \(0x", output)}
    folders = {path.parent for path in found if path.name == "libc.so.6"}
    found |= {folder / name for folder in folders for name in DLOPENED if (folder / name).exists()}
    return {path for path in found if path.parts[1] in ("lib", "lib64", "usr")}


def copy_with_links(file: Path, system: Path) -> None:
    """The file under its own name, and what its links lead to. Folders such as /lib lead to /usr/lib."""
    file = Path(os.path.realpath(file.parent), file.name)
    target = system / file.relative_to("/")
    if target.exists() or target.is_symlink():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target, follow_symlinks=False)
    if file.is_symlink():
        copy_with_links(Path(os.path.normpath(file.parent / os.readlink(file))), system)


def record_packages(libraries: Iterable[Path], system: Path) -> None:
    """Debian's records of the packages whose files are here, where scanners of images look for them."""
    names = {str(path) for file in libraries for path in (file, Path(os.path.realpath(file)))}
    names |= {name.removeprefix("/usr") for name in names} | set(PROGRAMS) | set(FILES)
    owners = subprocess.run(["dpkg-query", "-S", *sorted(names)], capture_output=True, text=True, check=False).stdout
    folder = system / "var/lib/dpkg/status.d"
    folder.mkdir(parents=True)
    for package in sorted({line.split(": ")[0] for line in owners.splitlines()}):
        record = subprocess.run(["dpkg-query", "-s", package], capture_output=True, text=True, check=True).stdout
        (folder / package.split(":")[0]).write_text(record, "utf-8")


def write_user(system: Path) -> None:
    """A user without rights, its folder for a log in a file, and a folder for temporary files."""
    etc = system / "etc"
    etc.mkdir(exist_ok=True)
    (etc / "passwd").write_text(
        f"root:x:0:0:root:/:/nonexistent\nscoring:x:{USER}:{USER}::/tmp:/nonexistent\n", "utf-8"
    )
    (etc / "group").write_text(f"root:x:0:\nscoring:x:{USER}:\n", "utf-8")
    (system / "log").mkdir(mode=0o750)
    os.chown(system / "log", USER, USER)
    (system / "tmp").mkdir()
    (system / "tmp").chmod(0o1777)


def compile_modules(folder: Path, out: Path) -> None:
    """Bytecode beside each module, which is not compared with its source again: nobody can change that."""
    prefix = next(each for each in folder.parents if each.parent == out)
    compileall.compile_dir(
        folder, quiet=2, stripdir=str(prefix), prependdir="/", invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )


def sizes(out: Path) -> Iterator[str]:
    """The bytes of each layer."""
    for layer in sorted(out.iterdir()):
        files = [path for path in layer.rglob("*") if path.is_file() and not path.is_symlink()]
        yield f"{layer.name}: {sum(path.stat().st_size for path in files) / 1e6:.0f} MB"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(sizes(Path(sys.argv[2]))))
