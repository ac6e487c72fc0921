# SPDX-License-Identifier: BSD-3-Clause
# CPack runs this when the files of all packages are laid down.
set(stage ${CPACK_TEMPORARY_DIRECTORY})

# Folders are Debian's whatever the umask; CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS does not reach those above files.
file(GLOB_RECURSE paths LIST_DIRECTORIES true ${stage}/*)
foreach(path ${paths})
  if(IS_DIRECTORY ${path} AND NOT IS_SYMLINK ${path})
    file(CHMOD ${path} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
         WORLD_READ WORLD_EXECUTE)
  endif()
endforeach()

# dpkg-shlibdeps knows which packages bring the libraries that ours need. CPack would ask it too, and would then add
# scripts that call ldconfig, which is the trigger's task. The client's need of libakr1 is read from libakr1's own
# shlibs file. The tool wants to stand beside debian/control, and DEBIAN where the root of a package is.
set(scratch ${CPACK_TOPLEVEL_DIRECTORY}/shlibdeps)
file(WRITE ${scratch}/debian/control "")
foreach(package libakr1 akr)
  set(root ${stage}/${package})
  file(GLOB binaries ${root}/usr/bin/* ${root}${CPACK_AKR_LIBDIR}/libakr.so.*.*)
  if(binaries)
    file(MAKE_DIRECTORY ${root}/DEBIAN)
    execute_process(COMMAND dpkg-shlibdeps -O -L${CPACK_AKR_SHLIBS} -l${stage}/libakr1${CPACK_AKR_LIBDIR} ${binaries}
                    WORKING_DIRECTORY ${scratch} OUTPUT_VARIABLE depends COMMAND_ERROR_IS_FATAL ANY)
    file(REMOVE_RECURSE ${root}/DEBIAN)
    string(REGEX REPLACE "^shlibs:Depends=|\n" "" depends "${depends}")
    string(TOUPPER CPACK_DEBIAN_${package}_PACKAGE_DEPENDS variable)
    set(${variable} "${depends}")
  endif()
endforeach()
