# SPDX-License-Identifier: BSD-3-Clause
# Debian's cross compiler for aarch64, libraries from the folder in the environment variable AKR_SYSROOT, programs run by
# user-mode emulation. The compiler knows where its own C and C++ libraries are; the sysroot holds the others.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(akr_sysroot $ENV{AKR_SYSROOT})
set(akr_libraries ${akr_sysroot}/usr/lib/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${akr_sysroot} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${akr_libraries}/openblas-pthread/pkgconfig:${akr_libraries}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${akr_sysroot})

# Libraries of libraries (LAPACKE needs OpenBLAS, OpenBLAS needs Fortran's) are looked for there too. Debian's links
# liblapack.so.3 and libblas.so.3 are made by its alternatives, which an unpacked package has not run.
string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT
       " -Wl,-rpath-link,${akr_libraries}/openblas-pthread -Wl,-rpath-link,${akr_libraries}")
string(APPEND CMAKE_SHARED_LINKER_FLAGS_INIT
       " -Wl,-rpath-link,${akr_libraries}/openblas-pthread -Wl,-rpath-link,${akr_libraries}")
set(CMAKE_CROSSCOMPILING_EMULATOR
    qemu-aarch64;-L;${akr_sysroot};-E;LD_LIBRARY_PATH=${akr_libraries}/openblas-pthread:${akr_libraries})
