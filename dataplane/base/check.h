// CHECK (always on) and DCHECK (debug builds) are for our own mistakes. No byte from outside may reach one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace bellrock::internal {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "bellrock: %s:%d: internal error: %s\n", file, line, condition);
  std::abort();
}

}  // namespace bellrock::internal

#define CHECK(condition) \
  (__builtin_expect(!!(condition), 1) ? void() : ::bellrock::internal::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) ((void)sizeof(!(condition)))
#else
#define DCHECK(condition) CHECK(condition)
#endif
