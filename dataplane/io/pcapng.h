// What a pcapng section says about its interfaces: link types and clocks. Used by PcapFile, one thread.
// Bounds: kInterfacesMax interfaces a section. Source: draft-ietf-opsawg-pcapng.
#pragma once

#include <optional>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/io/pcap_format.h"

namespace bellrock::io {

// One unit of an interface's clock in nanoseconds, as a fraction: (multiply / divide) or (multiply >> shift).
class TickScale {
 public:
  // if_tsresol: a power of 10, or of 2 when its highest bit is set. Nothing if no clock is that fine.
  static std::optional<TickScale> from_resolution(std::uint8_t resolution);
  // Times past the year 2116 come out as kTimeMaxNs.
  [[nodiscard]] std::int64_t to_ns(std::uint64_t ticks) const {
    if (divide_ == 1 && shift_ == 0 && ticks <= ticks_max_) return static_cast<std::int64_t>(ticks * multiply_);
    return to_ns_slowly(ticks);
  }

  static constexpr std::int64_t kTimeMaxNs = std::int64_t{1} << 62;

 private:
  TickScale(std::uint64_t multiply, std::uint64_t divide, unsigned shift)
      : multiply_(multiply), divide_(divide), shift_(shift), ticks_max_(kTimeMaxNs / multiply) {}
  [[nodiscard]] std::int64_t to_ns_slowly(std::uint64_t ticks) const;

  std::uint64_t multiply_, divide_;
  unsigned shift_;
  std::uint64_t ticks_max_;
};

struct PcapngInterface {
  LinkType link = LinkType::kOther;
  std::uint32_t snap_bytes = 0;  // 0: no limit
  TickScale scale;
  std::int64_t offset_ns = 0;
};

class PcapngSection {
 public:
  static constexpr std::size_t kInterfacesMax = 4'096;

  void start(pcap::Order order);
  // `body` is an interface description block without its 8 leading and 4 trailing bytes. The error is what is wrong.
  Result<Done, const char*> add_interface(Bytes body);
  [[nodiscard]] const PcapngInterface* interface(std::uint32_t index) const {
    return index < interfaces_.size() ? &interfaces_[index] : nullptr;
  }
  [[nodiscard]] pcap::Order order() const { return order_; }

 private:
  pcap::Order order_;
  std::vector<PcapngInterface> interfaces_;
};

}  // namespace bellrock::io
