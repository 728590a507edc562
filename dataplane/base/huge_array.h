// A fixed number of T in memory that asks for huge pages. Tables that are read at random cost a page walk an access
// otherwise: with 30,000 connections that is as much as all the rest of the look-up. Memory is taken, and touched, at
// construction; where huge pages are not to be had, and for what is smaller than one, ordinary ones serve.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>

#include "dataplane/base/check.h"

namespace bellrock {

template <typename T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 64);

 public:
  explicit HugeArray(std::size_t size, const T& value = T{}) : size_(size) {
    if (size == 0) return;
    const std::size_t bytes = size * sizeof(T);
    items_ = static_cast<T*>(bytes < kHugePage ? take_small(bytes) : take_huge(bytes));
    std::uninitialized_fill_n(items_, size, value);
  }
  ~HugeArray() {
    if (mapped_ != 0) {
      munmap(map_, mapped_);
    } else {
      std::free(map_);
    }
  }
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;

  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kLine = 64;
  void* take_small(std::size_t bytes) {
    map_ = std::aligned_alloc(kLine, (bytes + kLine - 1) / kLine * kLine);
    CHECK(map_ != nullptr);
    return map_;
  }
  // One huge page more than needed, so that the array can begin at the boundary of one.
  void* take_huge(std::size_t bytes) {
    mapped_ = (bytes + 2 * kHugePage - 1) / kHugePage * kHugePage;
    map_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map_ != MAP_FAILED);
    madvise(map_, mapped_, MADV_HUGEPAGE);
    const auto address = reinterpret_cast<std::uintptr_t>(map_);
    return reinterpret_cast<void*>((address + kHugePage - 1) / kHugePage * kHugePage);
  }

  std::size_t size_;
  std::size_t mapped_ = 0;  // 0: allocated
  void* map_ = nullptr;
  T* items_ = nullptr;
};

}  // namespace bellrock
