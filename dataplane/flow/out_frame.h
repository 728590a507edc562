// A frame that waits to be sent, in a buffer that a port lent. Plain struct; used by the worker's thread.
#pragma once

#include <cstdint>

namespace bellrock {

// Empty while `bytes` is 0. How much room there is at `data` is the lender's word.
struct OutFrame {
  std::uint8_t* data = nullptr;
  std::uint32_t bytes = 0;
  void* buffer = nullptr;  // the port's own handle
};

}  // namespace bellrock
