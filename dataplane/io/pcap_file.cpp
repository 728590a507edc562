#include "dataplane/io/pcap_file.h"

#include <algorithm>

#include "dataplane/base/siphash.h"

namespace bellrock::io {

using pcap::Order;

Result<PcapFile> PcapFile::open(const std::string& path, Duration shift) {
  TRY_ASSIGN(FileWindow window, FileWindow::open(path));
  PcapFile file(std::move(window), shift);
  TRY(file.read_file_header());
  return file;
}

Status<> PcapFile::read_file_header() {
  constexpr Error kNotACapture{"not a capture file (neither pcap nor pcapng), at byte", 0};
  const std::uint8_t* at = window_.peek(4);
  if (at == nullptr && window_.read_error() != 0) {
    return Failure{Error{"cannot read the capture file, errno", window_.read_error()}};
  }
  if (at == nullptr) return Failure{kNotACapture};
  const std::uint32_t magic = Order{}.u32(at);
  if (magic == pcap::kSectionHeader) {
    pcapng_ = true;
    Packet unused;
    return step_block(unused) == Step::kSkipped ? Status<>(Done{}) : Failure{error_};
  }
  order_.swapped = magic == __builtin_bswap32(pcap::kMagicMicro) || magic == __builtin_bswap32(pcap::kMagicNano);
  const std::uint32_t native = order_.u32(at);
  if (native != pcap::kMagicMicro && native != pcap::kMagicNano) return Failure{kNotACapture};
  if (native == pcap::kMagicNano) fraction_ns_ = 1;
  at = window_.peek(pcap::kFileHeaderBytes);
  if (at == nullptr) return Failure{Error{"the capture file's header is cut, at byte", 0}};
  if (order_.u16(at + 4) != 2) return Failure{Error{"the capture is of an unknown pcap version", order_.u16(at + 4)}};
  link_ = pcap::link_of(order_.u32(at + 20) & 0x03ff'ffff);  // above: length of a frame check sequence
  window_.advance(pcap::kFileHeaderBytes);
  return Done{};
}

Result<bool> PcapFile::next(Packet& packet) {
  window_.hold(false);
  Step got = Step::kEnd;
  if (!ended_) {
    do {
      got = step(packet);
    } while (got == Step::kSkipped);
  }
  if (got == Step::kPacket) return true;
  ended_ = true;
  if (failed_) return Failure{error_};
  return false;
}

Status<> PcapFile::seek(std::uint64_t ordinal) {
  Packet packet;
  while (ordinal_ < ordinal) {
    TRY_ASSIGN(const bool more, next(packet));
    if (!more) break;
  }
  time_backwards_ = 0;
  return Done{};
}

std::span<const Packet> PcapFile::rx_burst(Instant) {
  std::size_t count = 0;
  while (!ended_ && count < burst_.size()) {
    window_.hold(count > 0);
    const Step got = step(burst_[count]);
    if (got == Step::kPacket) ++count;
    if (got == Step::kHeld) break;
    if (got == Step::kEnd || got == Step::kFailed) ended_ = true;
  }
  return {burst_.data(), count};
}

inline PcapFile::Step PcapFile::step(Packet& packet) { return pcapng_ ? step_block(packet) : step_record(packet); }

// Nothing more could be peeked: a good end only between records.
PcapFile::Step PcapFile::end_or_cut() {
  if (window_.starved()) return Step::kHeld;
  if (window_.read_error() != 0) {
    failed_ = true;
    error_ = {"cannot read the capture file, errno", window_.read_error()};
    return Step::kFailed;
  }
  return window_.left() == 0 ? Step::kEnd : fail("the capture ends inside the record at byte");
}

PcapFile::Step PcapFile::fail(const char* what) {
  failed_ = true;
  error_ = {what, static_cast<std::int64_t>(window_.offset())};
  return Step::kFailed;
}

// Rebased, and never before the epoch's first nanosecond.
inline std::int64_t PcapFile::shifted(std::int64_t time_ns) const {
  std::int64_t moved = 0;
  if (__builtin_add_overflow(time_ns, shift_, &moved)) moved = shift_ < 0 ? 1 : TickScale::kTimeMaxNs;
  return std::clamp<std::int64_t>(moved, 1, TickScale::kTimeMaxNs);
}

inline PcapFile::Step PcapFile::give(Packet& packet, Bytes data, std::uint32_t wire_bytes, LinkType link,
                                     std::int64_t time_ns) {
  if (time_ns < last_ns_) {
    ++time_backwards_;
    time_ns = last_ns_;
  }
  last_ns_ = time_ns;
  packet.data = data;
  packet.wire_bytes = std::max(wire_bytes, static_cast<std::uint32_t>(data.size()));
  packet.link = link;
  packet.time = Instant{time_ns};
  packet.ordinal = ordinal_++;
  packet.buffer = nullptr;
  return Step::kPacket;
}

inline PcapFile::Step PcapFile::step_record(Packet& packet) {
  const std::uint8_t* at = window_.peek(pcap::kRecordHeaderBytes);
  if (at == nullptr) return end_or_cut();
  const std::uint32_t captured = order_.u32(at + 8);
  if (captured > pcap::kRecordBytesMax) return fail("the capture has a record of impossible length, at byte");
  at = window_.peek(pcap::kRecordHeaderBytes + captured);
  if (at == nullptr) return end_or_cut();
  const std::int64_t time_ns = static_cast<std::int64_t>(order_.u32(at)) * kSecond +
                               static_cast<std::int64_t>(order_.u32(at + 4)) * fraction_ns_;
  const Bytes data(at + pcap::kRecordHeaderBytes, captured);
  give(packet, data, order_.u32(at + 12), link_, shifted(time_ns));
  window_.advance(pcap::kRecordHeaderBytes + captured);
  return Step::kPacket;
}

PcapFile::Step PcapFile::step_block(Packet& packet) {
  const std::uint8_t* at = window_.peek(pcap::kBlockBytesMin);
  if (at == nullptr) return end_or_cut();
  const bool section = Order{}.u32(at) == pcap::kSectionHeader;
  if (section) {
    const std::uint32_t magic = Order{}.u32(at + 8);
    if (magic != pcap::kByteOrderMagic && magic != __builtin_bswap32(pcap::kByteOrderMagic)) {
      return fail("the capture has a section header without byte order, at byte");
    }
    section_.start({magic != pcap::kByteOrderMagic});
  }
  const Order order = section_.order();
  const std::uint32_t type = order.u32(at);
  const std::uint32_t block_bytes = order.u32(at + 4);
  if (block_bytes < pcap::kBlockBytesMin || block_bytes > pcap::kBlockBytesMax || block_bytes % 4 != 0) {
    return fail("the capture has a block of impossible length, at byte");
  }
  at = window_.peek(block_bytes);
  if (at == nullptr) return end_or_cut();
  if (order.u32(at + block_bytes - 4) != block_bytes) {
    return fail("the capture has a block whose two lengths differ, at byte");
  }
  const Step got = section ? start_section(block_bytes) : on_block(type, Bytes(at + 8, block_bytes - 12), packet);
  if (got != Step::kFailed) window_.advance(block_bytes);
  return got;
}

PcapFile::Step PcapFile::start_section(std::size_t block_bytes) {
  constexpr std::size_t kSectionBytesMin = 28;
  if (block_bytes < kSectionBytesMin) return fail("the capture has a section header that is too short, at byte");
  const std::uint8_t* at = window_.peek(block_bytes);
  if (section_.order().u16(at + 12) != 1) return fail("the capture has a section of an unknown version, at byte");
  return Step::kSkipped;
}

PcapFile::Step PcapFile::on_block(std::uint32_t type, Bytes body, Packet& packet) {
  const Order order = section_.order();
  switch (type) {
    case pcap::kEnhancedPacketBlock:
      if (body.size() < 20) return fail("the capture has a packet block that is too short, at byte");
      return on_packet_block(body, order.u32(body.data()), packet);
    case pcap::kObsoletePacketBlock:  // same layout, but the interface has 16 bits and a drop count follows it
      if (body.size() < 20) return fail("the capture has a packet block that is too short, at byte");
      return on_packet_block(body, order.u16(body.data()), packet);
    case pcap::kSimplePacketBlock:
      return on_simple_packet(body, packet);
    case pcap::kInterfaceBlock: {
      const auto added = section_.add_interface(body);
      return added.ok() ? Step::kSkipped : fail(added.error());
    }
    default:
      return Step::kSkipped;
  }
}

PcapFile::Step PcapFile::on_packet_block(Bytes body, std::uint32_t index, Packet& packet) {
  constexpr std::size_t kFixedBytes = 20;
  const Order order = section_.order();
  const PcapngInterface* interface = section_.interface(index);
  if (interface == nullptr) return fail("the capture has a packet of an undeclared interface, at byte");
  const std::uint32_t captured = order.u32(body.data() + 12);
  if (captured > body.size() - kFixedBytes) return fail("the capture has a packet longer than its block, at byte");
  const std::uint64_t ticks = std::uint64_t{order.u32(body.data() + 4)} << 32 | order.u32(body.data() + 8);
  const std::int64_t time_ns = interface->scale.to_ns(ticks) + interface->offset_ns;  // each at most 2^62
  return give(packet, body.subspan(kFixedBytes, captured), order.u32(body.data() + 16), interface->link,
              shifted(time_ns));
}

PcapFile::Step PcapFile::on_simple_packet(Bytes body, Packet& packet) {
  const PcapngInterface* interface = section_.interface(0);
  if (interface == nullptr) return fail("the capture has a packet of an undeclared interface, at byte");
  if (body.size() < 4) return fail("the capture has a packet block that is too short, at byte");
  const std::uint32_t wire_bytes = section_.order().u32(body.data());
  std::size_t captured = std::min<std::size_t>(wire_bytes, body.size() - 4);
  if (interface->snap_bytes > 0) captured = std::min<std::size_t>(captured, interface->snap_bytes);
  return give(packet, body.subspan(4, captured), wire_bytes, interface->link, std::max<std::int64_t>(last_ns_, 1));
}

Result<PcapExtent> measure_pcap(const std::string& path) {
  TRY_ASSIGN(PcapFile file, PcapFile::open(path));
  if (!file.is_regular()) return Failure{Error{"only a regular capture file can be measured before it is read", 0}};
  PcapExtent extent;
  while (!file.ended()) {
    for (const Packet& packet : file.rx_burst({})) {
      if (extent.packets++ == 0) extent.first = packet.time;
      extent.captured_bytes += packet.data.size();
      extent.wire_bytes += packet.wire_bytes;
      extent.last = packet.time;
    }
  }
  return extent;  // a cut end does not matter here: whoever reads the file reports it
}

Result<std::uint64_t> capture_mark(const std::string& path) {
  TRY_ASSIGN(PcapFile file, PcapFile::open(path));
  if (!file.is_regular()) return std::uint64_t{1};
  Packet first;
  TRY_ASSIGN(const bool any, file.next(first));
  if (!any) return std::uint64_t{1};
  const SipKey times{static_cast<std::uint64_t>(first.time.ns), first.wire_bytes};
  return std::max<std::uint64_t>(siphash64(times, first.data), 1);
}

}  // namespace bellrock::io
