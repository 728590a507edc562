// A fixed number of T in memory that asks for huge pages. Tables that are read at random cost a page walk an access
// otherwise: with 30,000 connections that is as much as all the rest of the look-up. Memory is taken, and touched, at
// construction; where huge pages are not to be had, ordinary ones serve.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "dataplane/base/check.h"

namespace bellrock {

template <typename T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  explicit HugeArray(std::size_t size, const T& value = T{}) : size_(size), mapped_(round_up(size * sizeof(T))) {
    if (size == 0) return;
    // One huge page more than needed, so that the array can begin at the boundary of one.
    void* at = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    map_ = at;
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    items_ = reinterpret_cast<T*>((address + kHugePage - 1) / kHugePage * kHugePage);
    if (size * sizeof(T) >= kHugePage / 2) madvise(map_, mapped_, MADV_HUGEPAGE);
    std::uninitialized_fill_n(items_, size, value);
  }
  ~HugeArray() {
    if (map_ != nullptr) munmap(map_, mapped_);
  }
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;

  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t round_up(std::size_t bytes) {
    return (bytes + 2 * kHugePage - 1) / kHugePage * kHugePage;
  }

  std::size_t size_;
  std::size_t mapped_;
  void* map_ = nullptr;
  T* items_ = nullptr;
};

}  // namespace bellrock
