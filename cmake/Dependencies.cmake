# SPDX-License-Identifier: MIT
# What we link: one interface target, nsr_dependencies. Each thing that is missing is named with its Debian package
# (jobs/dependencies.txt has them all; jobs/install-dependencies.sh installs them).

function(nsr_missing what package)
  message(FATAL_ERROR "${what} was not found. On Debian: apt install ${package}, or all at once: "
                      "jobs/install-dependencies.sh build")
endfunction()

find_package(MPI QUIET COMPONENTS C)
if(NOT MPI_C_FOUND)
  nsr_missing("MPI" libopenmpi-dev)
endif()

find_package(OpenMP QUIET COMPONENTS C)
if(NOT OpenMP_C_FOUND)
  nsr_missing("OpenMP for ${CMAKE_C_COMPILER}" "libomp-dev (clang; gcc has it)")
endif()

find_package(PNG QUIET)
if(NOT PNG_FOUND)
  nsr_missing("libpng" libpng-dev)
endif()

set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 QUIET COMPONENTS C)
if(NOT HDF5_FOUND)
  nsr_missing("HDF5" libhdf5-openmpi-dev)
elseif(NOT HDF5_IS_PARALLEL AND NOT HDF5_PROVIDES_PARALLEL) # the second name: HDF5 2, by its own CMake package
  message(FATAL_ERROR "The HDF5 that was found (${HDF5_VERSION}, ${HDF5_C_LIBRARIES}) is the serial one; the parallel one "
                      "is needed. On Debian: apt install libhdf5-openmpi-dev. Elsewhere: load the module of parallel "
                      "HDF5, or set HDF5_ROOT to where it is.")
endif()

find_package(PkgConfig QUIET)
if(NOT PKG_CONFIG_FOUND)
  nsr_missing("pkg-config" pkg-config)
endif()

# nsrender.pc asks for the same.
set(nsr_modules libavformat libavcodec libavutil x264 libdeflate libzstd liblz4 blosc libisal jansson libzip libxxhash cairo)
foreach(module IN LISTS nsr_modules)
  pkg_check_modules(NSR_${module} QUIET IMPORTED_TARGET ${module})
  if(NOT NSR_${module}_FOUND)
    string(REGEX REPLACE "^(lib)?(.*)$" "lib\\2-dev" package ${module})
    string(REPLACE libcairo-dev libcairo2-dev package ${package})
    nsr_missing("${module}" ${package})
  endif()
endforeach()

# System headers: their warnings are not ours.
add_library(nsr_dependencies INTERFACE)
target_include_directories(nsr_dependencies SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(nsr_dependencies INTERFACE ${HDF5_C_LIBRARIES} MPI::MPI_C OpenMP::OpenMP_C PNG::PNG m)
foreach(module IN LISTS nsr_modules)
  target_link_libraries(nsr_dependencies INTERFACE PkgConfig::NSR_${module})
endforeach()
