# SPDX-License-Identifier: BSD-3-Clause
# libakr.a hides what libakr.so hides: all objects, and the private copy of FFTW where there is one, become one object,
# and in it every symbol that akr.map does not name is made local. So a program may link libakr.a beside another FFTW.
#
# --force-group-allocation dissolves COMDAT groups: a local symbol in a group that the linker later drops in favour of
# another object's group of the same name would be left without its section.
set(akr_map ${CMAKE_CURRENT_SOURCE_DIR}/akr.map)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${akr_map})
file(READ ${akr_map} akr_map_text)
string(REGEX MATCHALL "akr_[a-z0-9_]+" akr_global_symbols "${akr_map_text}")
list(JOIN akr_global_symbols "\n" akr_global_symbols)
set(akr_global_list ${CMAKE_CURRENT_BINARY_DIR}/global_symbols.txt)
file(CONFIGURE OUTPUT ${akr_global_list} CONTENT "${akr_global_symbols}\n")

set(akr_private_archives "")
if(AKR_FFTW STREQUAL "static")
  set(akr_private_archives ${AKR_FFTW3_LIBRARY} ${AKR_FFTW3F_LIBRARY})
endif()

# GNU's linker and objcopy, whatever the compiler brought: LLVM's of Debian 12 do not know these options.
find_program(AKR_LD NAMES ${CMAKE_LIBRARY_ARCHITECTURE}-ld.bfd ld.bfd ld REQUIRED)
find_program(AKR_OBJCOPY NAMES ${CMAKE_LIBRARY_ARCHITECTURE}-objcopy objcopy REQUIRED)

set(akr_one_object ${CMAKE_CURRENT_BINARY_DIR}/akr_all.o)
add_custom_command(
  OUTPUT ${akr_one_object}
  COMMAND ${AKR_LD} -r --force-group-allocation -o ${akr_one_object}.open ${akr_all_objects}
          ${akr_private_archives}
  COMMAND ${AKR_OBJCOPY} --keep-global-symbols=${akr_global_list} ${akr_one_object}.open ${akr_one_object}
  COMMAND ${CMAKE_COMMAND} -E rm ${akr_one_object}.open
  DEPENDS ${akr_all_objects} ${akr_private_archives} ${akr_global_list}
  COMMENT "Joining the objects of libakr.a and hiding all but akr_*"
  COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${akr_one_object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)

add_library(akr_static STATIC ${akr_one_object})
add_library(akr::akr_static ALIAS akr_static)
set_target_properties(akr_static PROPERTIES OUTPUT_NAME akr LINKER_LANGUAGE CXX EXPORT_NAME akr_static)
target_include_directories(akr_static INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# The C++ run time is named as a library, so that a project in C alone can link it. The numerical libraries are named by
# akrConfig.cmake once installed, for the machine where it is used.
target_link_libraries(akr_static INTERFACE $<BUILD_INTERFACE:akr_blas> Threads::Threads stdc++ m)
if(AKR_FFTW STREQUAL "shared")
  target_link_libraries(akr_static INTERFACE $<BUILD_INTERFACE:akr_fftw>)
endif()
