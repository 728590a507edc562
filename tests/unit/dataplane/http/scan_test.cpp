// The kernels against the scalar reference, which in turn is held against the definitions.
#include "dataplane/http/scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "dataplane/http/char_class.h"
#include "tests/unit/dataplane/http/guarded.h"

using namespace std::string_view_literals;

namespace bellrock::http {
namespace {

// Lines of every length around the block sizes, with everything that can go wrong in them now and then.
std::string random_head(std::mt19937_64& random) {
  constexpr std::string_view kCommon = "abcXYZ019-_: ;,/?%\t\"()#\x80\xff";
  constexpr std::string_view kSpoilers = "\r\n\r\n\0\x01\x1f\x7f\x0b "sv;
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  std::string head;
  const std::size_t lines = pick(20) == 0 ? 100 + pick(60) : pick(12);
  for (std::size_t i = 0; i <= lines; ++i) {
    const std::size_t bytes = pick(8) == 0 ? pick(300) : pick(40);
    for (std::size_t j = 0; j < bytes; ++j) head += kCommon[pick(kCommon.size())];
    head += "\r\n";
  }
  if (pick(4) != 0) head += "\r\n";
  if (pick(2) == 0) head += std::string(pick(100), static_cast<char>(pick(256)));
  for (std::size_t spoiled = pick(3) == 0 ? pick(3) : 0; spoiled > 0 && !head.empty(); --spoiled) {
    head[pick(head.size())] = kSpoilers[pick(kSpoilers.size())];
  }
  return head;
}

void expect_equal_scans(const ScanKernel& kernel, Bytes head) {
  LineIndex expected, lines;
  const HeadScan reference = kScalarKernel.scan_head(head.data(), head.size(), expected);
  const HeadScan scan = kernel.scan_head(head.data(), head.size(), lines);
  ASSERT_EQ(scan.state, reference.state) << kernel.name;
  if (scan.state == ScanState::kTooManyLines) {
    ASSERT_GT(lines.count, kLinesMax);
    expected.count = lines.count = kLinesMax;
  } else {
    ASSERT_EQ(scan.bytes, reference.bytes) << kernel.name;
  }
  ASSERT_EQ(lines.count, expected.count);
  for (std::size_t i = 0; i < lines.count; ++i) ASSERT_EQ(lines.ends[i], expected.ends[i]) << kernel.name;
  const std::size_t named = kernel.scan_names(head.data(), head.size(), lines, lines.count);
  ASSERT_EQ(named, kScalarKernel.scan_names(head.data(), head.size(), expected, lines.count)) << kernel.name;
  for (std::size_t i = 1; i < std::min(named + 1, lines.count); ++i) {
    ASSERT_EQ(lines.name_bytes[i], expected.name_bytes[i]) << kernel.name;
  }
}

TEST(Scan, KernelsAgreeWithTheReferenceOnRandomHeads) {
  std::mt19937_64 random(1);
  test::Guarded buffer(64 * 1024);
  for (int i = 0; i < 20'000; ++i) {
    const Bytes head = buffer.put(random_head(random));
    for (const ScanKernel* kernel : supported_kernels()) ASSERT_NO_FATAL_FAILURE(expect_equal_scans(*kernel, head));
  }
}

TEST(Scan, KernelsAgreeAtEveryLengthAndOnEveryByte) {
  test::Guarded buffer(4'096);
  for (std::size_t length = 0; length < 200; ++length) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string head(length, 'x');
      if (length > 0) head[length * 7 % length] = static_cast<char>(byte);
      head += "\r\n\r\n";
      if (length > 0) head[(length * 31 + byte) % length] = static_cast<char>(byte);
      const Bytes bytes = buffer.put(head);
      for (const ScanKernel* kernel : supported_kernels()) ASSERT_NO_FATAL_FAILURE(expect_equal_scans(*kernel, bytes));
    }
  }
}

TEST(Scan, KernelsAgreeAtTheHeadBound) {
  test::Guarded buffer(64 * 1024);
  for (const std::size_t bytes : {kHeadBytesMax - 5, kHeadBytesMax - 4, kHeadBytesMax - 3, kHeadBytesMax}) {
    const Bytes head = buffer.put(std::string(bytes, 'x') + "\r\n\r\n");
    for (const ScanKernel* kernel : supported_kernels()) ASSERT_NO_FATAL_FAILURE(expect_equal_scans(*kernel, head));
  }
}

TEST(Scan, FindsTheLinesOfAHead) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n";
  for (const ScanKernel* kernel : supported_kernels()) {
    LineIndex lines;
    const HeadScan scan = kernel->scan_head(bytes(head).data(), head.size(), lines);
    EXPECT_EQ(scan.state, ScanState::kComplete);
    EXPECT_EQ(scan.bytes, 27u);
    ASSERT_EQ(lines.count, 2u);
    EXPECT_EQ(lines.ends[0], 14u);
    EXPECT_EQ(lines.begin(1), 16u);
    EXPECT_EQ(lines.ends[1], 23u);
  }
}

TEST(Scan, StopsAtEveryByteThatMayNotBeThere) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string head = std::string("GET / HTTP/1.1\r\na: ") + static_cast<char>(byte) + "x\r\n\r\n";
    for (const ScanKernel* kernel : supported_kernels()) {
      LineIndex lines;
      const HeadScan scan = kernel->scan_head(bytes(head).data(), head.size(), lines);
      EXPECT_EQ(scan.state == ScanState::kComplete, !is_control(static_cast<std::uint8_t>(byte))) << byte;
    }
  }
}

TEST(Scan, KernelsFindTheSameControlByteAndTargetEnd) {
  std::mt19937_64 random(2);
  test::Guarded buffer(4'096);
  for (int i = 0; i < 50'000; ++i) {
    std::string data(random() % 200, 'a');
    for (char& c : data) c = static_cast<char>(random() % 40 == 0 ? random() % 256 : 'a' + random() % 26);
    const Bytes bytes = buffer.put(data);
    std::size_t control = 0, valid = 0;
    while (control < data.size() && !is_control(bytes[control])) ++control;
    while (valid < data.size() && is_target(bytes[valid])) ++valid;
    const std::size_t question = std::string_view(data).substr(0, valid).find('?');
    for (const ScanKernel* kernel : supported_kernels()) {
      ASSERT_EQ(kernel->find_control(bytes.data(), bytes.size()), control) << kernel->name;
      const TargetScan target = kernel->scan_target(bytes.data(), bytes.size(), bytes.size());
      ASSERT_EQ(target.valid_bytes, valid) << kernel->name;
      ASSERT_EQ(target.path_bytes, question == std::string_view::npos ? data.size() : question) << kernel->name;
    }
  }
}

TEST(Scan, ChoosesTheLastSupportedKernel) {
  ASSERT_FALSE(supported_kernels().empty());
  EXPECT_EQ(supported_kernels()[0], &kScalarKernel);
  EXPECT_EQ(&best_kernel(), supported_kernels().back());
}

}  // namespace
}  // namespace bellrock::http
