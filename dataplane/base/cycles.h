// The time stamp counter, for what is measured around bursts and never for packets: 10-20 ns a read, constant rate on
// every x86-64 of this century's second decade. 0 where there is none; then nothing is measured.
#pragma once

#include <cstdint>

namespace bellrock {

inline std::uint64_t cycles_now() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}

}  // namespace bellrock
