# Flags that every target shares, and the functions that declare libraries, programs, tests, fuzzers and benches.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O3 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O3 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
set(BELLROCK_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
set(BELLROCK_PROFILE "" CACHE STRING "generate: programs count their branches into BELLROCK_PROFILE_DIR; use: built by these counts")
set(BELLROCK_PROFILE_DIR "${CMAKE_BINARY_DIR}/profile" CACHE PATH "Counts of branches (tools/optimize)")
option(BELLROCK_FUZZ "Build the libFuzzer targets (needs clang)" OFF)

find_program(BELLROCK_CCACHE ccache)
if(BELLROCK_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${BELLROCK_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BELLROCK_CCACHE})
endif()
# g++'s optimization of whole programs needs GNU's.
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  set(BELLROCK_LINKER bfd)
  add_link_options(-Wno-stringop-overflow)  # of inlined std::string, which it cannot follow
else()
  set(BELLROCK_LINKER lld)
endif()
add_link_options(-fuse-ld=${BELLROCK_LINKER})

# Programs only, no shared libraries: a function may be inlined into its own file and called without a table.
add_compile_options(-fPIE)
add_link_options(-pie)

# The board is read and written as 8-byte words whatever the field types are (base/journal.h).
add_compile_options(-fno-strict-aliasing -fstack-protector-strong)
if(BELLROCK_SANITIZE)
  add_compile_options(-fsanitize=${BELLROCK_SANITIZE} -fno-sanitize-recover=all)
  # g++ 12 warns of its own std::regex and std::function when it instruments them.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${BELLROCK_SANITIZE})
endif()
if(BELLROCK_SANITIZE MATCHES "thread")
  add_compile_options(-Wno-tsan)  # g++ cannot follow the fences in Boost.Asio, which order what its mutexes order anyway
endif()
# Code that the counts do not know of is built as without them; counts of code that has changed since are left aside.
if(BELLROCK_PROFILE STREQUAL generate)
  add_compile_options(-fprofile-generate -fprofile-update=prefer-atomic -fprofile-dir=${BELLROCK_PROFILE_DIR})
  add_link_options(-fprofile-generate)
elseif(BELLROCK_PROFILE STREQUAL use)
  add_compile_options(-fprofile-use=${BELLROCK_PROFILE_DIR} -fprofile-partial-training -Wno-missing-profile
                      -Wno-coverage-mismatch)
endif()
if(BELLROCK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(BELLROCK_COPY_INLINE -mmemset-strategy=unrolled_loop:512:noalign,libcall:-1:noalign
                           -mmemcpy-strategy=unrolled_loop:512:noalign,libcall:-1:noalign)
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    add_link_options(${BELLROCK_COPY_INLINE})  # the code is made there, and nothing of this is kept till then
  endif()
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(bellrock_warnings target)
  # GCC 12 sees overlapping copies in plain string concatenation (GCC bug 105651): -Wno-restrict.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror
                                           $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endfunction()

# bellrock_library(name DIRECTORY dir SOURCES … HEADERS … LINK … LINK_PRIVATE … [DATAPLANE])
# One library for one folder. LINK are the folders on lower floors it may include. DATAPLANE: no exceptions, no RTTI.
function(bellrock_library name)
  cmake_parse_arguments(arg "DATAPLANE" "" "SOURCES;HEADERS;LINK;LINK_PRIVATE" ${ARGN})
  if(arg_SOURCES)
    add_library(bellrock_${name} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    bellrock_warnings(bellrock_${name})
    target_link_libraries(bellrock_${name} PRIVATE ${arg_LINK_PRIVATE})
    if(arg_DATAPLANE)
      # g++ sets and copies some hundred bytes by `rep stos` and `rep movs`, whose start costs more than the copy.
      target_compile_options(bellrock_${name} PRIVATE -fno-exceptions -fno-rtti ${BELLROCK_COPY_INLINE})
    endif()
  else()
    add_library(bellrock_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_sources(bellrock_${name} ${scope} FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR} FILES ${arg_HEADERS})
  target_link_libraries(bellrock_${name} ${scope} ${arg_LINK})
endfunction()

# bellrock_program(name SOURCES … LINK …)
function(bellrock_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  bellrock_warnings(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  target_compile_definitions(${name} PRIVATE BELLROCK_VERSION="${PROJECT_VERSION}")  # for --version
endfunction()

# bellrock_test(name SOURCES … LINK … [LABEL unit] [TIMEOUT s]): one binary for one folder of tests.
function(bellrock_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  bellrock_warnings(${name})
  target_compile_definitions(${name} PRIVATE BELLROCK_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
                                             BELLROCK_SOURCE="${CMAKE_SOURCE_DIR}"
                                             BELLROCK_BIN="${CMAKE_BINARY_DIR}/bin")
  # Their own code runs for an instant and compiles for minutes.
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/unit/control" AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    if(BELLROCK_SANITIZE)
      target_compile_options(${name} PRIVATE -O0)
    else()
      target_compile_options(${name} PRIVATE -O1)
    endif()
  endif()
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest GTest::gtest_main Threads::Threads)
  add_test(NAME ${name} COMMAND ${name})
  if(BELLROCK_SANITIZE)
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")  # everything is several times slower there
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
  if(arg_LABEL STREQUAL unit)
    if(NOT TARGET unit_tests)
      add_custom_target(unit_tests)
    endif()
    add_dependencies(unit_tests ${name})
  endif()
endfunction()

# bellrock_fuzzer(name SOURCES … LINK …): a libFuzzer binary where clang builds, and everywhere a test that runs the
# stored inputs of tests/fuzz/corpus/<name> once.
function(bellrock_fuzzer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(fuzz_${name} ${arg_SOURCES})
  bellrock_warnings(fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK})
  if(BELLROCK_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/run_corpus.cpp)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
endfunction()

# bellrock_bench(name SOURCES … LINK …): Google Benchmark; also runs for an instant as a test, so that none rots.
function(bellrock_bench name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  bellrock_warnings(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINK} benchmark::benchmark benchmark::benchmark_main)
  add_test(NAME ${name}_smoke COMMAND ${name} --benchmark_min_time=0.01)
  set_tests_properties(${name}_smoke PROPERTIES LABELS bench-smoke TIMEOUT 120)
endfunction()

# bellrock_bpf(name): compiles name.bpf.c of this folder for the kernel and makes bellrock_bpf_<name>, whose one header
# <name>.skel.h holds the object's bytes and opens them. Always clang 14, whatever compiles the rest: g++ 12 has no BTF
# for maps.
function(bellrock_bpf name)
  find_program(BELLROCK_BPF_CLANG NAMES clang-14 REQUIRED)
  find_program(BELLROCK_BPFTOOL NAMES bpftool PATHS /usr/sbin /usr/local/sbin REQUIRED)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${BELLROCK_BPF_CLANG} -O2 -g -Wall -Wextra -Werror -target bpf -mcpu=v3 -I${CMAKE_SOURCE_DIR}
            -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
            -MD -MF ${object}.d -MT ${object} -c ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c -o ${object}
    DEPFILE ${object}.d
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND sh -c "\"$1\" gen skeleton \"$2\" name \"$3\" > \"$4\"" skeleton ${BELLROCK_BPFTOOL} ${object} ${name} ${skeleton}
    DEPENDS ${object} VERBATIM)
  add_custom_target(bellrock_bpf_${name}_made DEPENDS ${skeleton})
  add_library(bellrock_bpf_${name} INTERFACE)
  add_dependencies(bellrock_bpf_${name} bellrock_bpf_${name}_made)
  target_include_directories(bellrock_bpf_${name} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
