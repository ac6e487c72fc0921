# SPDX-License-Identifier: BSD-3-Clause
# akr_client: the command-line client without its main(), for the client and the fuzzers of its file formats.
set(akr_client_folder ${CMAKE_CURRENT_LIST_DIR})
file(GLOB akr_client_sources CONFIGURE_DEPENDS ${akr_client_folder}/*.cpp)
# The completion scripts are made where the client is built.
list(REMOVE_ITEM akr_client_sources ${akr_client_folder}/main.cpp ${akr_client_folder}/completion.cpp)
add_library(akr_client STATIC EXCLUDE_FROM_ALL ${akr_client_sources})
target_include_directories(akr_client PUBLIC ${akr_client_folder})
target_link_libraries(akr_client PUBLIC akr)
target_compile_options(akr_client PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wdouble-promotion
                       $<$<BOOL:${AKR_WERROR}>:-Werror> -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
find_package(ZLIB)
if(ZLIB_FOUND)
  target_compile_definitions(akr_client PRIVATE AKR_CLI_HAVE_ZLIB=1)
  target_link_libraries(akr_client PUBLIC ZLIB::ZLIB)
endif()
