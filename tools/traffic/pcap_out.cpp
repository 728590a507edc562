#include "tools/traffic/pcap_out.h"

#include <array>
#include <cstring>

namespace bellrock::traffic {
namespace {
constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::uint32_t kSnapLength = 262'144;
}  // namespace

bool PcapOut::open(const std::string& path, Link link, bool microseconds) {
  file_ = std::fopen(path.c_str(), "wb");
  if (file_ == nullptr) return false;
  microseconds_ = microseconds;
  buffer_.reserve(kBufferBytes + 4'096);
  const std::uint32_t link_type = link == Link::kEthernet ? 1 : link == Link::kCooked ? 113 : 101;
  const std::array<std::uint32_t, 6> head{
      microseconds ? 0xa1b2c3d4 : 0xa1b23c4d, 2 | 4 << 16, 0, 0, kSnapLength, link_type};
  buffer_.resize(sizeof head);
  std::memcpy(buffer_.data(), head.data(), sizeof head);
  return true;
}

void PcapOut::write(std::int64_t time_us, const std::uint8_t* frame, std::size_t bytes) {
  const auto fraction = static_cast<std::uint32_t>(time_us % 1'000'000);
  const auto length = static_cast<std::uint32_t>(bytes);
  const std::array<std::uint32_t, 4> head{static_cast<std::uint32_t>(time_us / 1'000'000),
                                          microseconds_ ? fraction : fraction * 1'000, length, length};
  const std::size_t at = buffer_.size();
  buffer_.resize(at + sizeof head + bytes);
  std::memcpy(buffer_.data() + at, head.data(), sizeof head);
  std::memcpy(buffer_.data() + at + sizeof head, frame, bytes);
  if (buffer_.size() >= kBufferBytes) flush();
}

void PcapOut::flush() {
  failed_ |= std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size();
  buffer_.clear();
}

bool PcapOut::close() {
  if (file_ == nullptr) return false;
  flush();
  failed_ |= std::fclose(file_) != 0;
  file_ = nullptr;
  return !failed_;
}

}  // namespace bellrock::traffic
