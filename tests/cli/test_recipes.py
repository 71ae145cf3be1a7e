# SPDX-License-Identifier: MIT
"""jobs/recipes: the container recipe is built, installed and tested here, in a folder of its own. What the others do
with a program is done with the one that it installed, and all name the dependencies of jobs/dependencies.txt."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import types

import pytest

import nsr
import pages

RECIPES = pages.TOP / "jobs/recipes"
DEF = RECIPES / "nsrender-mpi.def"
SPACK = RECIPES / "spack_repo/nsrender/packages/nsrender_mpi/package.py"
EASYBUILD, = RECIPES.glob("*.eb")
VERSION = re.search(r"project\(nsrender-mpi VERSION (\S+)", (pages.TOP / "CMakeLists.txt").read_text())[1]
# The packages of Spack and EasyBuild for those of jobs/dependencies.txt. Their compilers come with C library and make
# program, EasyBuild's toolchain with MPI.
ELSEWHERE = {
    "gcc": ("c", None), "libc6-dev": (None, None), "cmake": ("cmake", "CMake"), "ninja-build": (None, "Ninja"),
    "pkg-config": ("pkgconfig", "pkgconf"), "openmpi-bin": ("mpi", None), "libopenmpi-dev": ("mpi", None),
    "libhdf5-openmpi-dev": ("hdf5", "HDF5"), "libpng-dev": ("libpng", "libpng"), "libavformat-dev": ("ffmpeg", "FFmpeg"),
    "libavcodec-dev": ("ffmpeg", "FFmpeg"), "libavutil-dev": ("ffmpeg", "FFmpeg"), "libx264-dev": ("x264", "x264"),
    "libdeflate-dev": ("libdeflate", "libdeflate"), "libzstd-dev": ("zstd", "zstd"), "liblz4-dev": ("lz4", "lz4"),
    "libblosc-dev": ("c-blosc", "Blosc"), "libisal-dev": ("isa-l", "ISA-L"), "libjansson-dev": ("jansson", "Jansson"),
    "libzip-dev": ("libzip", "libzip"), "libxxhash-dev": ("xxhash", "xxHash"), "libcairo2-dev": ("cairo", "cairo"),
}


def shell(script, environment, folder):
    done = subprocess.run(["sh", "-e"], input=script, cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


def sections():
    """{name: text} of the container recipe; what stands before the first one is its header."""
    parts = re.split(r"^%(\w+)\n", DEF.read_text(), flags=re.M)
    return dict(zip(["header", *parts[1::2]], parts[::2]))


def elsewhere(index):
    names = re.findall(r"^build (\S+)", (pages.TOP / "jobs/dependencies.txt").read_text(), re.M)
    return {ELSEWHERE[name][index] for name in names} - {None}


# --- tools of PyPI that only these tests need ---

@pytest.fixture(scope="module", name="tools")
def from_pypi(tmp_path_factory):
    """A function that installs packages into a folder of this test, and gives an environment with them."""
    def install(*packages):
        folder = tmp_path_factory.mktemp("tools")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile",
               "--root-user-action=ignore", "--retries=1", "--timeout=10", f"--target={folder}"]
        done = subprocess.run([*pip, *packages], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"{packages} cannot be had from PyPI")
        return dict(os.environ, PYTHONPATH=str(folder))
    return install


def python(program, environment, *words):
    done = subprocess.run([sys.executable, "-", *map(str, words)], input=program, env=environment, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- the container ---

@pytest.fixture(scope="module", name="prefix")
def built(tmp_path_factory):
    """What %files and %post leave behind, with other folders than those of a container. Compiled without optimisation,
    which takes a quarter of the time, and through ccache, if there is one."""
    top = tmp_path_factory.mktemp("container")
    places = {"/usr/src/": f"{top}/src/", "/usr/local": f"{top}/prefix", "/var/lib/apt/": f"{top}/apt/"}
    parts = sections()
    for old, new in places.items():
        parts = {name: text.replace(old, new) for name, text in parts.items()}
    for line in parts["files"].split("\n"):
        if line.strip():
            source, target = line.split()
            os.makedirs(target, exist_ok=True)
            subprocess.run(["cp", "-r", pages.TOP / source, target], check=True)
    presets = top / "src/nsrender-mpi/CMakePresets.json"
    presets.write_text(presets.read_text().replace("-O3", "-O0"))
    assert not re.search(rf"(?<![\w.])/(?!{str(top)[1:]})\w", parts["post"]), "a folder outside the test"
    environment = dict(os.environ, CMAKE_BUILD_PARALLEL_LEVEL="2", CCACHE_BASEDIR=str(top), CCACHE_NOHASHDIR="1")
    if shutil.which("ccache"):
        environment["CMAKE_C_COMPILER_LAUNCHER"] = "ccache"
    shell(parts["post"], environment, top)
    assert not (top / "src/nsrender-mpi").exists()
    return top / "prefix"


@pytest.fixture(name="path")
def with_program(prefix, tmp_path):
    return dict(nsr.ENV, PATH=f"{prefix}/bin:{os.environ['PATH']}", TMPDIR=str(tmp_path))


def test_container_sections():
    parts = sections()
    assert list(parts) == ["header", "labels", "help", "files", "environment", "post", "test", "runscript"]
    assert parts["header"].split("\n")[-4:-2] == ["Bootstrap: docker", "From: debian:12"]
    assert f".version {VERSION}\n" in parts["labels"]
    assert "srun --mpi=pmix apptainer exec nsrender-mpi.sif nsrender-mpi render" in parts["help"]


def test_container_scripts(tmp_path):
    for name in ("environment", "post", "test", "runscript"):
        script = tmp_path / f"{name}.sh"
        script.write_text("#!/bin/sh\n" + sections()[name])
        subprocess.run(["bash", "-n", script], check=True)
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout


def test_container_is_parsed(tools):
    seen = python("""
import json, sys
from spython.main.parse.parsers import get_parser
layer, = get_parser("singularity")(sys.argv[1]).recipe.values()
print(json.dumps(vars(layer)))
""", tools("spython==0.3.14"), DEF)
    layer = json.loads(seen)
    parts = sections()
    for name, field in (("files", "files"), ("labels", "labels"), ("post", "install")):
        lines = [line.strip() for line in parts[name].split("\n") if line.strip()]
        assert layer[field][:len(lines)] == lines, name
    assert layer["fromHeader"] == "debian:12" and layer["cmd"] == 'exec nsrender-mpi "$@"' and layer["test"]
    assert [f"    export {line}" for line in layer["environ"]] == re.findall("^ *export .*", parts["environment"], re.M)
    assert any("srun --mpi=pmix" in line for line in layer["comments"])


def test_container_works(prefix, path, tmp_path):
    parts = sections()
    assert f"nsrender-mpi {VERSION}\n" in shell(parts["environment"] + parts["test"], path, tmp_path)
    assert not list(tmp_path.iterdir())
    assert b".debug_info" not in (prefix / "bin/nsrender-mpi").read_bytes()
    script = parts["environment"] + 'set -- --version\n' + parts["runscript"]
    assert shell(script, path, tmp_path).startswith(f"nsrender-mpi {VERSION}\n")


def test_container_environment_suits_ranks(path, tmp_path):
    shell(sections()["environment"] + """
nsrender-mpi synth a.h5 --frames 100
nsrender-mpi render a.h5 -o one.nsr
mpirun -n 2 --bind-to none nsrender-mpi render a.h5 -o two.nsr
""", path, tmp_path)
    nsr.assert_same(tmp_path / "two.nsr", tmp_path / "one.nsr")


# --- Spack ---

class Package:
    """What Spack's CMakePackage is to the recipe."""

    @staticmethod
    def define(name, value):
        return f"-D{name}:BOOL={'ON' if value else 'OFF'}"


def spack_package(monkeypatch):
    """The class of the recipe, and its directives: [(directive, arguments)]."""
    said = []

    def directive(name):
        return lambda *words, **more: said.append((name, words, more))

    def which(path):
        def program(*words, output=None):
            assert output in (None, str.split)
            return subprocess.run([path, *words], env=nsr.ENV, capture_output=True, text=True, timeout=60, check=True).stdout
        return program

    cmake, package = types.ModuleType("cmake"), types.ModuleType("package")
    vars(cmake).update(CMakePackage=Package, generator=directive("generator"))
    vars(package).update({name: directive(name) for name in ("license", "version", "depends_on")},
                         which=which, join_path=os.path.join)
    for name in ("spack", "spack_repo", "spack_repo.builtin", "spack_repo.builtin.build_systems"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "spack_repo.builtin.build_systems.cmake", cmake)
    monkeypatch.setitem(sys.modules, "spack.package", package)
    scope = {"__file__": str(SPACK), "__name__": "package"}
    exec(compile(SPACK.read_text(), str(SPACK), "exec"), scope)  # pylint: disable=exec-used
    return scope["NsrenderMpi"], said


def test_spack_names_what_we_need(monkeypatch):
    package, said = spack_package(monkeypatch)
    needs = {re.split("[@+~]", words[0])[0] for name, words, _ in said if name == "depends_on"}
    assert needs == elsewhere(0)
    assert ("depends_on", ("hdf5+mpi",), {}) in said and ("version", ("main",), {"branch": "main"}) in said
    assert package.git == pages.TOP.as_uri()
    assert package().cmake_args() == ["-DNSR_TESTS:BOOL=OFF"]


def test_spack_tests_work(prefix, tmp_path, monkeypatch):
    package, _ = spack_package(monkeypatch)
    package.prefix = types.SimpleNamespace(bin=str(prefix / "bin"))
    monkeypatch.chdir(tmp_path)
    tests = [name for name in vars(package) if name.startswith("test_")]
    assert tests == ["test_version", "test_render"]
    for name in tests:
        getattr(package(), name)()


def test_spack_style(tools):
    python("""
import pycodestyle, sys
style = pycodestyle.StyleGuide(max_line_length=99, ignore=["E731", "W503", "F403", "F405"])
sys.exit(style.check_files(sys.argv[1:]).total_errors)
""", tools("pycodestyle"), SPACK)


# --- EasyBuild ---

def easyconfig():
    scope = {}
    exec(compile(EASYBUILD.read_text(), str(EASYBUILD), "exec"), scope)  # pylint: disable=exec-used
    return scope


def test_easybuild_names_what_we_need():
    config = easyconfig()
    assert {name for name, _ in config["dependencies"] + config["builddependencies"]} == elsewhere(1)
    assert config["version"] == VERSION
    toolchain = config["toolchain"]
    assert EASYBUILD.name == f"nsrender-mpi-{VERSION}-{toolchain['name']}-{toolchain['version']}.eb"


def test_easybuild_sanity_checks_work(prefix, path, tmp_path):
    config = easyconfig()
    for kind, there in (("files", pathlib.Path.is_file), ("dirs", pathlib.Path.is_dir)):
        assert all(there(prefix / name) for name in config["sanity_check_paths"][kind])
    shell("\n".join(config["sanity_check_commands"]), path, tmp_path)


def test_easybuild_reads_it(tools):
    """By EasyBuild's own parser, and by what `eb --check-style` calls; `eb` itself wants a modules tool."""
    seen = python("""
import sys
from easybuild.framework.easyconfig.default import DEFAULT_CONFIG
from easybuild.framework.easyconfig.easyconfig import MANDATORY_PARAMS
from easybuild.framework.easyconfig.parser import EasyConfigParser
from easybuild.framework.easyconfig.style import check_easyconfigs_style
config = EasyConfigParser(sys.argv[1]).get_config_dict()
print("lacking", set(MANDATORY_PARAMS) - set(config), "unknown", set(config) - set(DEFAULT_CONFIG) - {"configopts"})
print("faults", check_easyconfigs_style([sys.argv[1]]))
""", tools("easybuild-framework==5.4.1", "pycodestyle"), EASYBUILD)
    assert seen.split("\n")[-3:-1] == ["lacking set() unknown set()", "faults 0"]


# --- the module file ---

TCL = """
proc module-whatis {text} {puts "whatis $text"}
proc conflict {name} {puts "conflict $name"}
proc prepend-path {name value} {puts "$name $value"}
proc append-path {name value} {puts "end of $name:$value"}
proc setenv {name value} {puts "$name $value"}
source [lindex $argv 0]
"""


def test_module_file(prefix, tmp_path):
    tclsh = shutil.which("tclsh")
    if not tclsh:
        pytest.skip("no tclsh")
    (tmp_path / "module.tcl").write_text(TCL)
    done = subprocess.run([tclsh, tmp_path / "module.tcl", prefix / "share/modulefiles/nsrender-mpi" / VERSION],
                          capture_output=True, text=True, timeout=30, check=True)
    assert "end of MANPATH:\n" in done.stdout
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told["whatis"].startswith(f"nsrender-mpi {VERSION}: ") and told["conflict"] == "nsrender-mpi"
    assert told["PATH"] == str(prefix / "bin")
    assert pathlib.Path(told["MANPATH"], "man1/nsrender-mpi.1").is_file()
    assert pathlib.Path(told["PKG_CONFIG_PATH"], "nsrender.pc").is_file()
    assert pathlib.Path(told["NSR_JOBS"], "common.sh").is_file()
