# SPDX-License-Identifier: BSD-3-Clause
# One object library an instruction set. The files include nothing but <cstdint>, so that no inline function of the
# standard library is compiled for a processor that may not be there (the linker keeps only one copy of such functions).
function(akr_add_instruction_set name)
  file(GLOB kernel_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/simd/kernels/*.cpp)
  add_library(akr_simd_${name} OBJECT ${kernel_sources})
  set_target_properties(akr_simd_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(akr_simd_${name} PRIVATE akr_flags)
  target_compile_definitions(akr_simd_${name} PRIVATE AKR_SIMD_NAME=${name})
  target_compile_options(akr_simd_${name} PRIVATE -O3 -Wno-psabi ${ARGN})
  set_property(GLOBAL APPEND PROPERTY AKR_SIMD_TARGETS akr_simd_${name})
endfunction()

set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/simd/kernels/pair_kernels.cpp PROPERTIES COMPILE_OPTIONS
                            -ffp-contract=off)

akr_add_instruction_set(generic -DAKR_SIMD_BYTES=16)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  akr_add_instruction_set(avx2 -DAKR_SIMD_BYTES=32 -mavx2 -mfma -mf16c)
  akr_add_instruction_set(avx512 -DAKR_SIMD_BYTES=64 -mavx512f -mavx512dq -mavx512vl -mavx512bw -mavx2 -mfma
                          -mprefer-vector-width=512)
  target_compile_definitions(akr_core PRIVATE AKR_HAVE_AVX=1)
endif()
