# SPDX-License-Identifier: BSD-3-Clause
# Debian packages, by `cpack` in any build folder: libakr1 (the shared library), libakr-dev (what programs are built
# with), akr (the client). Each is an install component of its own name that lays files down where Debian wants them:
# below /usr, libraries in the folder of the architecture, documents by package and compressed. So it is of no account
# which CMAKE_INSTALL_PREFIX the build was configured with, nothing is compiled anew, and `cmake --install` without
# --component takes no part. tests/consumer/run.sh deb makes and tries the packages.
#
# lintian has neither errors nor warnings. What `lintian -I` says, and why it stays:
#   hardening-no-fortify-functions, hardening-no-bindnow   flags are the builder's: give CMake those of dpkg-buildflags
#   no-symbols-control-file   the shlibs file serves: each new function raises the version that it asks for
set(AKR_DEB_REVISION 0akr1)  # below 1, which would be the first revision of Debian's own; 0akr1 again with each version
set(AKR_DEB_DATE "Fri, 27 Nov 2026 08:00:00 +0000")  # of that revision, not of the build: equal sources, equal packages

# Somebody must be written to, and that is who passes the packages on: Debian's own tools ask these two variables.
set(akr_maintainer "libakr authors <libakr@example.org>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(akr_maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(AKR_DEB_MAINTAINER "${akr_maintainer}" CACHE STRING "The Maintainer of Debian packages: Name <address>")

set(AKR_DEB_LIBDIR lib)
if(CMAKE_LIBRARY_ARCHITECTURE)
  set(AKR_DEB_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE})
endif()
set(akr_deb_folder ${PROJECT_BINARY_DIR}/pkgconfig/debian)
set(akr_deb_packages libakr1 libakr-dev)
if(TARGET akr_cli)
  list(APPEND akr_deb_packages akr)
endif()

# Install rules of a package. EXCLUDE_FROM_ALL: for --component alone.
function(akr_deb_files package destination)
  install(FILES ${ARGN} DESTINATION ${destination} COMPONENT ${package} EXCLUDE_FROM_ALL)
endfunction()

# Compressed when it is installed; without name and time in it, so that all architectures get the same bytes.
function(akr_deb_gzip package file destination)
  install(CODE "set(file [[${file}]])\nset(gz \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${destination}.gz\")\n"
          COMPONENT ${package} EXCLUDE_FROM_ALL)
  install(SCRIPT ${PROJECT_SOURCE_DIR}/pkgconfig/debian/gzip.cmake COMPONENT ${package} EXCLUDE_FROM_ALL)
endfunction()

# As Debian's dh_strip does it.
function(akr_deb_strip package file)
  install(CODE "execute_process(COMMAND [[${CMAKE_STRIP}]] ${ARGN} --remove-section=.comment
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${file}\" COMMAND_ERROR_IS_FATAL ANY)"
          COMPONENT ${package} EXCLUDE_FROM_ALL)
endfunction()

# libakr1
install(TARGETS akr EXPORT akrDebianTargets
        LIBRARY DESTINATION ${AKR_DEB_LIBDIR} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
        COMPONENT libakr1 NAMELINK_COMPONENT libakr-dev EXCLUDE_FROM_ALL)
akr_deb_strip(libakr1 ${AKR_DEB_LIBDIR}/libakr.so.1 --strip-unneeded)

# libakr-dev. Its akr.pc names /usr itself: pkg-config then leaves out the folders that compilers search anyway, and
# PKG_CONFIG_SYSROOT_DIR works.
install(EXPORT akrDebianTargets FILE akrTargets.cmake NAMESPACE akr:: DESTINATION ${AKR_DEB_LIBDIR}/cmake/akr
        COMPONENT libakr-dev EXCLUDE_FROM_ALL)
if(AKR_BUILD_STATIC)
  install(TARGETS akr_static EXPORT akrDebianStaticTargets ARCHIVE DESTINATION ${AKR_DEB_LIBDIR}
          PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ COMPONENT libakr-dev EXCLUDE_FROM_ALL)
  akr_deb_strip(libakr-dev ${AKR_DEB_LIBDIR}/libakr.a --strip-debug --enable-deterministic-archives)
  install(EXPORT akrDebianStaticTargets FILE akrStaticTargets.cmake NAMESPACE akr::
          DESTINATION ${AKR_DEB_LIBDIR}/cmake/akr COMPONENT libakr-dev EXCLUDE_FROM_ALL)
endif()
akr_deb_files(libakr-dev include include/akr.h include/akr.hpp)
akr_deb_files(libakr-dev share/akr include/akr.f90)
function(akr_deb_descriptions)
  set(AKR_PC_PREFIX /usr)
  set(AKR_PC_LIBDIR "\${prefix}/${AKR_DEB_LIBDIR}")
  set(AKR_PC_INCLUDEDIR "\${prefix}/include")
  set(AKR_PC_DATADIR "\${prefix}/share/akr")
  set(AKR_DATADIR share/akr)
  file(RELATIVE_PATH AKR_CMAKEDIR_TO_PREFIX /usr/${AKR_DEB_LIBDIR}/cmake/akr /usr)
  configure_file(pkgconfig/akr.pc.in ${akr_deb_folder}/akr.pc @ONLY)
  configure_package_config_file(
    pkgconfig/akrConfig.cmake.in ${akr_deb_folder}/akrConfig.cmake INSTALL_PREFIX /usr PATH_VARS AKR_DATADIR
    INSTALL_DESTINATION ${AKR_DEB_LIBDIR}/cmake/akr NO_CHECK_REQUIRED_COMPONENTS_MACRO)
endfunction()
akr_deb_descriptions()
akr_deb_files(libakr-dev ${AKR_DEB_LIBDIR}/pkgconfig ${akr_deb_folder}/akr.pc)
akr_deb_files(libakr-dev ${AKR_DEB_LIBDIR}/cmake/akr ${akr_deb_folder}/akrConfig.cmake
              ${PROJECT_BINARY_DIR}/pkgconfig/akrConfigVersion.cmake)
# Licence and changes are where Debian has them.
akr_readme(${akr_deb_folder}/README.md ../../../include/akr.h
           "(LICENSE)" "(copyright)" "(CHANGELOG.md)" "(changelog.gz)")
akr_deb_files(libakr-dev share/doc/libakr-dev ${akr_deb_folder}/README.md)
install(DIRECTORY docs/ DESTINATION share/doc/libakr-dev COMPONENT libakr-dev EXCLUDE_FROM_ALL
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
        FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN CHANGELOG.md EXCLUDE
        PATTERN examples EXCLUDE PATTERN man EXCLUDE PATTERN tools EXCLUDE)
install(DIRECTORY docs/examples DESTINATION share/doc/libakr-dev COMPONENT libakr-dev EXCLUDE_FROM_ALL
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ PATTERN __pycache__ EXCLUDE)

# akr. The library is where the loader looks: no run path is needed, and Debian wants none.
if(TARGET akr_cli)
  install(TARGETS akr_cli RUNTIME DESTINATION bin COMPONENT akr EXCLUDE_FROM_ALL)
  install(CODE "file(RPATH_REMOVE FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/akr\")"
          COMPONENT akr EXCLUDE_FROM_ALL)
  akr_deb_strip(akr bin/akr)
  install(FILES capi/cli/completion/akr.bash DESTINATION share/bash-completion/completions RENAME akr
          COMPONENT akr EXCLUDE_FROM_ALL)
  install(FILES capi/cli/completion/akr.zsh DESTINATION share/zsh/vendor-completions RENAME _akr
          COMPONENT akr EXCLUDE_FROM_ALL)
  install(FILES capi/cli/completion/akr.fish DESTINATION share/fish/vendor_completions.d
          COMPONENT akr EXCLUDE_FROM_ALL)
endif()

# Manual pages: commands to the client, all others to who writes programs.
foreach(page ${akr_man_pages})
  get_filename_component(name ${page} NAME)
  if(name MATCHES "\\.1$")
    akr_deb_gzip(akr ${page} share/man/man1/${name})
  elseif(name MATCHES "\\.([2-9])$")
    akr_deb_gzip(libakr-dev ${page} share/man/man${CMAKE_MATCH_1}/${name})
  endif()
endforeach()

# Copyright and changes, for each package. Licence texts come from LICENSE, in the form of that file of Debian's.
file(READ LICENSE AKR_DEB_LICENSE)
string(REGEX REPLACE "^.*\n(Redistribution .*[^\n])\n*$" "\\1" AKR_DEB_LICENSE "${AKR_DEB_LICENSE}")
string(REPLACE "\n\n" "\n.\n" AKR_DEB_LICENSE "${AKR_DEB_LICENSE}")
string(REPLACE "\n" "\n " AKR_DEB_LICENSE " ${AKR_DEB_LICENSE}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS LICENSE)
set(AKR_DEB_FFTW "")
if(AKR_FFTW STREQUAL "static")
  file(READ pkgconfig/debian/copyright.fftw AKR_DEB_FFTW)
endif()
configure_file(pkgconfig/debian/copyright.in ${akr_deb_folder}/copyright @ONLY)
configure_file(pkgconfig/debian/changelog.in ${akr_deb_folder}/changelog @ONLY)
foreach(package ${akr_deb_packages})
  akr_deb_files(${package} share/doc/${package} ${akr_deb_folder}/copyright)
  akr_deb_gzip(${package} ${akr_deb_folder}/changelog share/doc/${package}/changelog.Debian)
  akr_deb_gzip(${package} ${PROJECT_SOURCE_DIR}/docs/CHANGELOG.md share/doc/${package}/changelog)
endforeach()

# The library's control files. A program built with this version needs this version or a later one: functions are added.
file(CONFIGURE OUTPUT ${akr_deb_folder}/shlibs CONTENT "libakr 1 libakr1 (>= @PROJECT_VERSION@)\n" @ONLY)
file(CONFIGURE OUTPUT ${akr_deb_folder}/triggers CONTENT "activate-noawait ldconfig\n")

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES TRUE)
set(CPACK_PACKAGE_NAME libakr)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # it would become the first line of each package's description
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL ${akr_deb_packages})
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL TRUE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SOURCE libakr)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${AKR_DEB_REVISION})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${AKR_DEB_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
# It finds the packages that libakr1 and akr depend on.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/pkgconfig/debian/staged.cmake)
set(CPACK_AKR_LIBDIR /usr/${AKR_DEB_LIBDIR})
set(CPACK_AKR_SHLIBS ${akr_deb_folder}/shlibs)

# akr_deb_package(PACKAGE SECTION MULTI-ARCH DESCRIPTION)
function(akr_deb_package package section multiarch description)
  string(TOUPPER CPACK_DEBIAN_${package} variables)
  set(${variables}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(${variables}_DESCRIPTION "${description}" PARENT_SCOPE)
  # CPack knows the field Multi-Arch since CMake 3.31. Before, it follows another field, on a line of its own.
  if(CMAKE_VERSION VERSION_LESS 3.31)
    string(APPEND section "\nMulti-Arch: ${multiarch}")
  endif()
  set(${variables}_PACKAGE_SECTION "${section}" PARENT_SCOPE)
  set(${variables}_PACKAGE_MULTIARCH ${multiarch} PARENT_SCOPE)
endfunction()

set(akr_about "libakr solves linear least-squares and ridge problems with many more
equations than unknowns by sketching and preconditioning, for dense and sparse
matrices, operators and rows read on demand, in single and double precision.
Every answer is checked against the matrix given: status 0 promises a backward
error as small as that of a good Householder QR. Also solved are Gram powers,
Gram exponentials and regression with attention kernels.")
akr_deb_package(libakr1 libs same "certified regression against tall matrices and kernels
${akr_about}

This package holds the shared library.")
set(CPACK_DEBIAN_LIBAKR1_PACKAGE_CONTROL_EXTRA ${akr_deb_folder}/shlibs ${akr_deb_folder}/triggers)

akr_deb_package(libakr-dev libdevel same "certified regression, development files
${akr_about}

This package holds what programs are built with: headers for C and C++, a
Fortran module as source, the static library, descriptions for pkg-config and
CMake, the guide, and examples in several languages.")
set(CPACK_DEBIAN_LIBAKR-DEV_PACKAGE_DEPENDS "libakr1 (= ${PROJECT_VERSION}-${AKR_DEB_REVISION})")
if(AKR_BUILD_STATIC)  # what Libs.private names
  string(APPEND CPACK_DEBIAN_LIBAKR-DEV_PACKAGE_DEPENDS ", liblapacke-dev, libopenblas-dev")
  if(AKR_FFTW STREQUAL "shared")
    string(APPEND CPACK_DEBIAN_LIBAKR-DEV_PACKAGE_DEPENDS ", libfftw3-dev")
  endif()
endif()

akr_deb_package(akr math foreign "certified regression from the command line
akr solves linear least-squares and ridge problems with many more equations
than unknowns, Gram powers and exponentials, and regression with attention
kernels. It reads NumPy arrays, Matrix Market and CSV files, and says of every
answer how good it is: residual, backward error, condition and rank.

It is the client of libakr.")

include(CPack)
