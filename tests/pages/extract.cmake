# Writes the ```cpp blocks of pages as C++, with the page and line of each:
#   cmake -D root=FOLDER -D "pages=README.md;.." -D out=FOLDER -P extract.cmake
# A block with main is a program, out/first_program.cpp; there is one. The blocks of a page, one after the other, are the
# body of a member function of a class that is derived from pages::world (world.hpp), all in out/blocks.cpp.
cmake_minimum_required(VERSION 3.22)
set(programs 0)
set(classes)
set(calls)
foreach(page IN LISTS pages)
  file(READ ${root}/${page} rest)
  set(line 1)
  set(body)
  while(TRUE)
    string(FIND "${rest}" "```cpp\n" at)
    if(at EQUAL -1)
      break()
    endif()
    math(EXPR at "${at} + 7")
    string(SUBSTRING "${rest}" 0 ${at} before)
    string(SUBSTRING "${rest}" ${at} -1 rest)
    string(FIND "${rest}" "```\n" end)
    if(end EQUAL -1)
      message(FATAL_ERROR "${page}: a block has no end")
    endif()
    string(SUBSTRING "${rest}" 0 ${end} block)
    string(SUBSTRING "${rest}" ${end} -1 rest)
    string(REGEX MATCHALL "\n" newlines "${before}")
    list(LENGTH newlines count)
    math(EXPR line "${line} + ${count}")
    if(block MATCHES "int main\\(")
      math(EXPR programs "${programs} + 1")
      file(CONFIGURE OUTPUT ${out}/first_program.cpp CONTENT "#line ${line} \"${page}\"\n@block@" @ONLY)
    else()
      string(APPEND body "        at(${line});\n#line ${line} \"${page}\"\n${block}")
    endif()
    string(REGEX MATCHALL "\n" newlines "${block}")
    list(LENGTH newlines count)
    math(EXPR line "${line} + ${count}")
  endwhile()
  if(NOT body STREQUAL "")
    string(MAKE_C_IDENTIFIER "page_${page}" name)
    string(APPEND classes "struct ${name} : pages::world {\n    using world::world;\n    void run() {\n${body}    }\n};\n")
    string(APPEND calls "    failed += pages::run<${name}>(\"${page}\", argv[1]);\n")
  endif()
endforeach()
if(NOT programs EQUAL 1)
  message(FATAL_ERROR "${programs} blocks of the pages have a main; there must be one, the first program")
endif()
file(CONFIGURE OUTPUT ${out}/blocks.cpp CONTENT [[
#include <pages/world.hpp>

@classes@
int main(int, char** argv) {
    int failed = 0;
@calls@    return failed;
}
]] @ONLY)
