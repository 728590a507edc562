// Counts what a piece of a test allocates on its thread. Link allocation_guard.cpp into the test's program once.
#pragma once

#include <cstdint>

namespace bellrock::test {

class AllocationGuard {
 public:
  AllocationGuard();
  ~AllocationGuard();
  AllocationGuard(const AllocationGuard&) = delete;
  AllocationGuard& operator=(const AllocationGuard&) = delete;
  [[nodiscard]] std::uint64_t count() const;  // since it was made; guards may nest

 private:
  std::uint64_t before_;
};

}  // namespace bellrock::test
