# SPDX-License-Identifier: BSD-3-Clause
# At installation: `file`, compressed, becomes `gz`.
get_filename_component(folder "${gz}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND gzip -9nc "${file}" OUTPUT_FILE "${gz}" COMMAND_ERROR_IS_FATAL ANY)
file(CHMOD "${gz}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
message(STATUS "Installing: ${gz}")
