#include "dataplane/io/pcapng.h"

#include <algorithm>

#include "dataplane/base/time.h"

namespace bellrock::io {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t kInterfaceFixedBytes = 8;
constexpr std::uint8_t kMicroseconds = 6;  // if_tsresol when it is absent

constexpr std::uint64_t power_of_10(unsigned exponent) {
  std::uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

// Whole seconds as nanoseconds; offsets that no clock has come out as the nearest that fits.
std::int64_t offset_from(std::uint64_t raw_seconds) {
  constexpr std::int64_t kSecondsMax = TickScale::kTimeMaxNs / kSecond;
  return std::clamp(static_cast<std::int64_t>(raw_seconds), -kSecondsMax, kSecondsMax) * kSecond;
}

}  // namespace

std::optional<TickScale> TickScale::from_resolution(std::uint8_t resolution) {
  const unsigned exponent = resolution & 0x7f;
  if ((resolution & 0x80) != 0) {
    if (exponent > 63) return std::nullopt;
    return TickScale(static_cast<std::uint64_t>(kSecond), 1, exponent);
  }
  if (exponent <= 9) return TickScale(power_of_10(9 - exponent), 1, 0);
  if (exponent > 9 + 19) return std::nullopt;
  return TickScale(1, power_of_10(exponent - 9), 0);
}

std::int64_t TickScale::to_ns_slowly(std::uint64_t ticks) const {
  const Wide ns = (static_cast<Wide>(ticks) * multiply_ >> shift_) / divide_;
  return ns > static_cast<Wide>(kTimeMaxNs) ? kTimeMaxNs : static_cast<std::int64_t>(ns);
}

void PcapngSection::start(pcap::Order order) {
  order_ = order;
  interfaces_.clear();
  interfaces_.reserve(64);
}

Result<Done, const char*> PcapngSection::add_interface(Bytes body) {
  if (body.size() < kInterfaceFixedBytes)
    return Failure{"the capture has an interface block that is too short, at byte"};
  if (interfaces_.size() == kInterfacesMax) return Failure{"the capture has more than 4096 interfaces, at byte"};
  auto scale = TickScale::from_resolution(kMicroseconds);
  std::int64_t offset_ns = 0;
  Bytes options = body.subspan(kInterfaceFixedBytes);
  while (options.size() >= 4) {
    const std::uint16_t code = order_.u16(options.data());
    const std::size_t bytes = order_.u16(options.data() + 2);
    if (code == pcap::kOptionEnd) break;
    options = options.subspan(4);
    if (bytes > options.size()) return Failure{"the capture has an interface option that is too long, at byte"};
    if (code == pcap::kOptionTsResolution && bytes == 1) scale = TickScale::from_resolution(options[0]);
    if (code == pcap::kOptionTsOffset && bytes == 8) offset_ns = offset_from(order_.u64(options.data()));
    options = options.subspan(std::min((bytes + 3) & ~std::size_t{3}, options.size()));
  }
  if (!scale) return Failure{"the capture has an interface with an impossible clock resolution, at byte"};
  interfaces_.push_back({pcap::link_of(order_.u16(body.data())), order_.u32(body.data() + 4), *scale, offset_ns});
  return Done{};
}

}  // namespace bellrock::io
