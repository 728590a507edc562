// Bytes that end where readable memory ends: a read past them is a crash, not luck.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"

namespace bellrock {

class EdgeBuffer {
 public:
  explicit EdgeBuffer(Bytes content) : EdgeBuffer() {
    if (content.size() > readable_) std::abort();
    bytes_ = Bytes(start_ + readable_ - content.size(), content.size());
    if (!content.empty()) std::memcpy(start_ + readable_ - content.size(), content.data(), content.size());
  }
  ~EdgeBuffer() { munmap(start_, readable_ + page_); }
  EdgeBuffer(const EdgeBuffer&) = delete;
  EdgeBuffer& operator=(const EdgeBuffer&) = delete;

  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  EdgeBuffer() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), readable_(16 * page_) {
    void* at = mmap(nullptr, readable_ + page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) std::abort();
    start_ = static_cast<std::uint8_t*>(at);
    if (mprotect(start_ + readable_, page_, PROT_NONE) != 0) std::abort();
  }

  std::size_t page_;
  std::size_t readable_;
  std::uint8_t* start_ = nullptr;
  Bytes bytes_;
};

// Bytes written as numbers, for headers in tests.
inline std::vector<std::uint8_t> raw(std::initializer_list<int> values) {
  std::vector<std::uint8_t> out;
  for (const int value : values) out.push_back(static_cast<std::uint8_t>(value));
  return out;
}
inline std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> a, const std::vector<std::uint8_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace bellrock
