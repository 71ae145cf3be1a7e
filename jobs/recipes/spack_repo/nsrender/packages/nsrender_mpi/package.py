# SPDX-License-Identifier: MIT
import pathlib

from spack_repo.builtin.build_systems.cmake import CMakePackage, generator

from spack.package import *

SOURCE = pathlib.Path(__file__).resolve().parents[6]


class NsrenderMpi(CMakePackage):
    """Renders long recordings of spatial fields in parallel into an image stack for napari."""

    # The source that this recipe lies in. In a repository of a site: the address of a clone.
    git = SOURCE.as_uri()

    license("MIT")

    # A release will be a version with its sha256; until then there is only the branch.
    version("main", branch="main")

    generator("ninja")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5+mpi")
    depends_on("libpng")
    depends_on("ffmpeg")
    depends_on("x264")
    depends_on("libdeflate")
    depends_on("zstd")
    depends_on("lz4")
    depends_on("c-blosc")
    depends_on("isa-l")
    depends_on("jansson")
    depends_on("libzip")
    depends_on("xxhash")
    depends_on("cairo+png")

    def cmake_args(self):
        return [self.define("NSR_TESTS", False)]

    def test_version(self):
        """the program states its version"""
        program = which(join_path(self.prefix.bin, "nsrender-mpi"))
        assert program("--version", output=str.split).startswith("nsrender-mpi ")

    def test_render(self):
        """a made-up recording of 100 frames is rendered and verified"""
        program = which(join_path(self.prefix.bin, "nsrender-mpi"))
        program("synth", "made-up.h5", "--frames", "100")
        program("render", "made-up.h5", "-o", "made-up.nsr")
        program("verify", "made-up.nsr", "--against", "made-up.h5")
