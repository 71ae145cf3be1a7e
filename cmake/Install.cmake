# SPDX-License-Identifier: MIT
# Program, library, headers, pkg-config file, man page, completion (the program itself prints these two), job scripts,
# a file for `module load`.

include(GNUInstallDirs)

set(manual ${CMAKE_CURRENT_BINARY_DIR}/nsrender-mpi.1)
set(completion ${CMAKE_CURRENT_BINARY_DIR}/nsrender-mpi.bash)
set(run ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0 $<TARGET_FILE:nsrender-mpi>)
add_custom_command(OUTPUT ${manual} COMMAND ${run} --man > ${manual} DEPENDS nsrender-mpi VERBATIM)
add_custom_command(OUTPUT ${completion} COMMAND ${run} --completion bash > ${completion} DEPENDS nsrender-mpi VERBATIM)
add_custom_target(generated ALL DEPENDS ${manual} ${completion})

# The prefix is found from where the file lies, so that `cmake --install --prefix` may choose another one.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
           OUTPUT_VARIABLE pc_prefix)
# HDF5 has no pkg-config file that holds everywhere, so its libraries are named; MPI comes from mpicc.
list(JOIN nsr_modules " " pc_requires)
list(TRANSFORM HDF5_C_INCLUDE_DIRS PREPEND "-I" OUTPUT_VARIABLE pc_cflags)
list(JOIN pc_cflags " " pc_cflags)
list(JOIN HDF5_C_LIBRARIES " " pc_libs)
list(JOIN OpenMP_C_FLAGS " " pc_openmp)
configure_file(cmake/nsrender.pc.in nsrender.pc @ONLY)

install(TARGETS nsrender-mpi nsrender)
install(DIRECTORY include/nsrender DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nsrender.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME nsrender-mpi)
file(GLOB job_files jobs/*.sbatch jobs/*.pbs jobs/*.lsf)
list(APPEND job_files jobs/common.sh jobs/README.md)
install(FILES ${job_files} DESTINATION ${CMAKE_INSTALL_DATADIR}/nsrender-mpi/jobs)
install(PROGRAMS jobs/submit.sh jobs/chain.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/nsrender-mpi/jobs)

# Written at install time, with the prefix in full: sites copy this file to where their other modules are.
install(CODE "
  get_filename_component(root \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  set(PROJECT_VERSION ${PROJECT_VERSION})
  set(CMAKE_INSTALL_BINDIR ${CMAKE_INSTALL_BINDIR})
  set(CMAKE_INSTALL_DATADIR ${CMAKE_INSTALL_DATADIR})
  set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
  set(CMAKE_INSTALL_MANDIR ${CMAKE_INSTALL_MANDIR})
  configure_file([[${CMAKE_CURRENT_SOURCE_DIR}/cmake/modulefile.in]] [[${CMAKE_CURRENT_BINARY_DIR}/modulefile]] @ONLY)
  file(INSTALL [[${CMAKE_CURRENT_BINARY_DIR}/modulefile]] RENAME ${PROJECT_VERSION}
       DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/modulefiles/nsrender-mpi\")")
