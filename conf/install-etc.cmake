# Puts the configuration into etc/liaisond at the time of installing.  What an operator has changed
# there stays; the shipped file then comes beside it with the ending .new.
#
# Given: source, the folder of this file; sysconfdir, absolute or below the prefix.
if(IS_ABSOLUTE "${sysconfdir}")
  set(etc "${sysconfdir}/liaisond")
elseif(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(etc "/etc/liaisond") # as the Filesystem Hierarchy Standard has it
else()
  set(etc "${CMAKE_INSTALL_PREFIX}/${sysconfdir}/liaisond")
endif()

file(GLOB_RECURSE names RELATIVE "${source}" "${source}/templates/*")
list(APPEND names liaisond.conf offices.conf desks.conf partners.conf calendars.conf ladder.conf)
foreach(name IN LISTS names)
  set(there "$ENV{DESTDIR}${etc}/${name}")
  get_filename_component(folder "${etc}/${name}" DIRECTORY)
  get_filename_component(leaf "${name}" NAME)
  set(as "${leaf}")
  if(EXISTS "${there}")
    file(SHA256 "${there}" has)
    file(SHA256 "${source}/${name}" ships)
    if(NOT has STREQUAL ships)
      set(as "${leaf}.new")
    endif()
  endif()
  file(INSTALL DESTINATION "${folder}" TYPE FILE RENAME "${as}" FILES "${source}/${name}")
endforeach()
