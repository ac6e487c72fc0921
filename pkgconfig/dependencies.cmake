# SPDX-License-Identifier: BSD-3-Clause
# The packages libakr is built on. Each becomes one interface target. AKR_LIBS_PRIVATE collects what a program that
# links the static library must name besides, for akr.pc.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
set(AKR_LIBS_PRIVATE "")

# -l flags, with -L for folders that the linker would not search by itself.
function(akr_link_flags out)
  set(flags "")
  foreach(library ${ARGN})
    get_filename_component(folder ${library} DIRECTORY)
    get_filename_component(name ${library} NAME_WE)
    string(REGEX REPLACE "^lib" "" name ${name})
    if(NOT folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
      string(APPEND flags " -L${folder}")
    endif()
    string(APPEND flags " -l${name}")
  endforeach()
  set(${out} "${${out}}${flags}" PARENT_SCOPE)
endfunction()

# Debian's OpenBLAS carries no LAPACKE; it comes from its own package and finds LAPACK through OpenBLAS.
pkg_check_modules(OPENBLAS REQUIRED openblas)
find_library(AKR_LAPACKE_LIBRARY lapacke REQUIRED)
find_library(AKR_OPENBLAS_LIBRARY openblas REQUIRED PATHS ${OPENBLAS_LIBRARY_DIRS})
add_library(akr_blas INTERFACE)
target_include_directories(akr_blas SYSTEM INTERFACE ${OPENBLAS_INCLUDE_DIRS})
target_link_libraries(akr_blas INTERFACE ${AKR_LAPACKE_LIBRARY} ${AKR_OPENBLAS_LIBRARY})
akr_link_flags(AKR_LIBS_PRIVATE ${AKR_LAPACKE_LIBRARY} ${AKR_OPENBLAS_LIBRARY})

# Looked up anew when AKR_FFTW changes: the cache would keep the other kind.
if(NOT "${AKR_FFTW}" STREQUAL "${AKR_FFTW_FOUND}")
  unset(AKR_FFTW3_LIBRARY CACHE)
  unset(AKR_FFTW3F_LIBRARY CACHE)
  set(AKR_FFTW_FOUND ${AKR_FFTW} CACHE INTERNAL "The AKR_FFTW that the libraries in this cache were found for")
endif()
add_library(akr_fftw INTERFACE)
if(AKR_FFTW STREQUAL "static")
  find_library(AKR_FFTW3_LIBRARY libfftw3.a REQUIRED)
  find_library(AKR_FFTW3F_LIBRARY libfftw3f.a REQUIRED)
elseif(AKR_FFTW STREQUAL "shared")
  find_library(AKR_FFTW3_LIBRARY fftw3 REQUIRED)
  find_library(AKR_FFTW3F_LIBRARY fftw3f REQUIRED)
  akr_link_flags(AKR_LIBS_PRIVATE ${AKR_FFTW3_LIBRARY} ${AKR_FFTW3F_LIBRARY})
elseif(NOT AKR_FFTW STREQUAL "off")
  message(FATAL_ERROR "AKR_FFTW = ${AKR_FFTW}: must be static, shared or off")
endif()
if(NOT AKR_FFTW STREQUAL "off")
  target_link_libraries(akr_fftw INTERFACE ${AKR_FFTW3_LIBRARY} ${AKR_FFTW3F_LIBRARY} m)
  target_compile_definitions(akr_fftw INTERFACE AKR_HAVE_FFTW=1)
endif()
string(APPEND AKR_LIBS_PRIVATE " -lstdc++ -lm -pthread")
string(STRIP "${AKR_LIBS_PRIVATE}" AKR_LIBS_PRIVATE)

# Random123 is headers only.
find_path(AKR_RANDOM123_INCLUDE Random123/philox.h REQUIRED)
