#include "dataplane/base/bytes.h"

#include <gtest/gtest.h>

#include <vector>

namespace bellrock {
namespace {

TEST(CopyShort, CopiesEveryLengthAndNotAByteMore) {
  constexpr std::size_t kAround = 16, kLongest = 400;
  std::vector<std::uint8_t> from(kLongest);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint8_t>(1 + i % 251);
  for (std::size_t bytes = 0; bytes <= kLongest; ++bytes) {
    std::vector<std::uint8_t> to(kAround + kLongest + kAround), wanted(to.size());
    copy_short(to.data() + kAround, from.data(), bytes);
    for (std::size_t i = 0; i < bytes; ++i) wanted[kAround + i] = from[i];
    ASSERT_EQ(to, wanted) << bytes << " bytes";
  }
}

}  // namespace
}  // namespace bellrock
