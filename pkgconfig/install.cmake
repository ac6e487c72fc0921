# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` lays down, and the descriptions by which others find it. Nothing installed holds an absolute
# path of ours: the tree may be moved.
include(CMakePackageConfigHelpers)
set(AKR_DATADIR ${CMAKE_INSTALL_DATADIR}/akr)
set(AKR_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/akr)

# out = path `to` as seen from folder `from`, below ${variable}; both are install folders.
function(akr_relocatable out variable from to)
  file(RELATIVE_PATH relative ${from} ${to})
  string(REGEX REPLACE "/$" "" relative "${relative}")
  set(${out} "\${${variable}}/${relative}" PARENT_SCOPE)
endfunction()

# README.md as it lies among the installed pages: docs/ is where it is itself. More pairs FROM TO may follow.
function(akr_readme out header)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS README.md)
  file(READ README.md text)
  set(pairs "(docs/" "(" "(include/akr.h)" "(${header})" ${ARGN})
  while(pairs)
    list(POP_FRONT pairs from to)
    string(REPLACE "${from}" "${to}" text "${text}")
  endwhile()
  file(CONFIGURE OUTPUT ${out} CONTENT "@text@" @ONLY)
endfunction()

set(akr_pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
akr_relocatable(AKR_PC_PREFIX pcfiledir ${akr_pc_dir} ${CMAKE_INSTALL_PREFIX})
akr_relocatable(AKR_PC_LIBDIR prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
akr_relocatable(AKR_PC_INCLUDEDIR prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
akr_relocatable(AKR_PC_DATADIR prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_DATADIR}/akr)
configure_file(pkgconfig/akr.pc.in pkgconfig/akr.pc @ONLY)
configure_file(pkgconfig/akr-uninstalled.pc.in pkgconfig/akr-uninstalled.pc @ONLY)
file(RELATIVE_PATH AKR_CMAKEDIR_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/cmake/akr ${CMAKE_INSTALL_PREFIX})
configure_package_config_file(pkgconfig/akrConfig.cmake.in pkgconfig/akrConfig.cmake INSTALL_DESTINATION ${AKR_CMAKEDIR}
                              PATH_VARS AKR_DATADIR NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(pkgconfig/akrConfigVersion.cmake COMPATIBILITY SameMajorVersion)

if(AKR_INSTALL)
  install(TARGETS akr EXPORT akrTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
          NAMELINK_COMPONENT development)
  install(EXPORT akrTargets NAMESPACE akr:: DESTINATION ${AKR_CMAKEDIR} COMPONENT development)
  if(AKR_BUILD_STATIC)
    install(TARGETS akr_static EXPORT akrStaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
    install(EXPORT akrStaticTargets NAMESPACE akr:: DESTINATION ${AKR_CMAKEDIR} COMPONENT development)
  endif()
  install(FILES include/akr.h include/akr.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
  install(FILES include/akr.f90 DESTINATION ${AKR_DATADIR} COMPONENT development)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/akr.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/akrConfig.cmake ${PROJECT_BINARY_DIR}/pkgconfig/akrConfigVersion.cmake
          DESTINATION ${AKR_CMAKEDIR} COMPONENT development)

  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
  file(GLOB akr_man_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.[1-9])
  foreach(page ${akr_man_pages})
    string(REGEX MATCH "[1-9]$" section ${page})
    if(NOT section EQUAL 1)  # those come with the client
      install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT development)
    endif()
  endforeach()
  install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation FILES_MATCHING PATTERN "*.md" PATTERN "*.svg"
          PATTERN examples EXCLUDE PATTERN man EXCLUDE)
  install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation
          PATTERN __pycache__ EXCLUDE)
  file(RELATIVE_PATH akr_header ${CMAKE_INSTALL_FULL_DOCDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR}/akr.h)
  akr_readme(${PROJECT_BINARY_DIR}/pkgconfig/README.md ${akr_header})
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
endif()
