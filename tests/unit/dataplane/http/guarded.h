// A buffer that ends at an unreadable page: a read past it is a crash, under every compiler.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"

namespace bellrock::http::test {

class Guarded {
 public:
  explicit Guarded(std::size_t room) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    size_ = (room + page - 1) / page * page + page;
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    begin_ = static_cast<std::uint8_t*>(memory);
    end_ = begin_ + size_ - page;
    CHECK(mprotect(end_, page, PROT_NONE) == 0);
  }
  ~Guarded() { munmap(begin_, size_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  Bytes put(std::string_view data) {
    CHECK(data.size() <= static_cast<std::size_t>(end_ - begin_));
    std::uint8_t* const at = end_ - data.size();
    if (!data.empty()) std::memcpy(at, data.data(), data.size());
    return {at, data.size()};
  }

 private:
  std::size_t size_ = 0;
  std::uint8_t* begin_ = nullptr;
  std::uint8_t* end_ = nullptr;
};

}  // namespace bellrock::http::test
