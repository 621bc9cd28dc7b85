# Sets `command`, the compiler with the options of all cases: -D compiler=.. -D standard=.. -D includes=..
set(ENV{LC_ALL} C) # plain quotes in messages
set(command ${compiler} ${standard})
foreach(folder IN LISTS includes)
  if(folder)
    list(APPEND command -I ${folder})
  endif()
endforeach()
