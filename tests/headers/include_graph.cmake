# A header includes headers of its own room and of rooms on lower floors, and so there is no circle between rooms.
# Rooms on one floor do not know each other. ROOM/detail belongs to its room. cmake -D include=FOLDER -P include_graph.cmake
set(floors
    "core"
    "io"
    "vectors data loss optim"
    "backend"
    "backend/cpu backend/device"
    "backend/cuda cluster"
    "backend/default.hpp" # chooses one of them
    "model"
    "eval serve"
    "train"
    "transfer"
    "." # graft.hpp and the like, which include all
)
set(floor 0)
foreach(rooms IN LISTS floors)
  math(EXPR floor "${floor} + 1")
  separate_arguments(rooms)
  foreach(room IN LISTS rooms)
    set("floor_${room}" ${floor})
  endforeach()
endforeach()

# The room of graft/HEADER, which must be on a floor.
function(room_of header result)
  set(room ${header})
  if(NOT DEFINED "floor_${room}")
    get_filename_component(room ${header} DIRECTORY)
    string(REGEX REPLACE "(^|/)detail$" "" room "${room}")
    if(room STREQUAL "")
      set(room .)
    endif()
  endif()
  if(NOT DEFINED "floor_${room}")
    message(FATAL_ERROR "graft/${header}: the room ${room} is on no floor; give it one in include_graph.cmake")
  endif()
  set(${result} ${room} PARENT_SCOPE)
endfunction()

# Headers open the inline namespace of graft's version, so that two versions in one program are two libraries.
file(STRINGS ${include}/graft/core/version.hpp version REGEX "define GRAFT_VERSION_(MAJOR|MINOR) [0-9]+")
list(TRANSFORM version REPLACE "[^0-9]+" "")
list(JOIN version "_" version)
set(namespace "namespace graft::inline v${version}")

file(GLOB_RECURSE headers RELATIVE ${include}/graft ${include}/graft/*.hpp)
set(includes 0)
set(wrong)
foreach(header IN LISTS headers)
  room_of(${header} room)
  file(STRINGS ${include}/graft/${header} lines REGEX "^[ \t]*(inline )?namespace graft")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^${namespace}(::detail)? {")
      list(APPEND wrong "  graft/${header}: ${line}: it must be ${namespace}")
    endif()
  endforeach()
  file(STRINGS ${include}/graft/${header} lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    if(line MATCHES "\"")
      list(APPEND wrong "  graft/${header}: ${line}: name it from graft/ on, in angle brackets")
    elseif(line MATCHES "<graft/([^>]*)>")
      math(EXPR includes "${includes} + 1")
      set(included ${CMAKE_MATCH_1})
      room_of(${included} other)
      if(NOT room STREQUAL other AND NOT "${floor_${other}}" LESS "${floor_${room}}")
        list(APPEND wrong "  graft/${header} includes graft/${included}, but ${other} is not below ${room}")
      endif()
    endif()
  endforeach()
endforeach()
if(includes EQUAL 0)
  message(FATAL_ERROR "no header in ${include} includes another; is it the right folder?")
endif()
if(wrong)
  list(JOIN wrong "\n" wrong)
  message(FATAL_ERROR "the rooms are not in order:\n${wrong}")
endif()
