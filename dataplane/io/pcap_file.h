// Reads captures: pcap (µs and ns, either byte order) and pcapng (any number of sections and interfaces, their own
// clocks; enhanced, simple and obsolete packet blocks; other blocks are skipped). A Port; also next() by single
// packets. One thread. Nothing is copied: packets of a burst, or the one of next(), are borrowed until the next call.
// Allocates only at opening, at a pcapng interface, and where a block needs a longer buffer than the ones before it.
// Times never go back: a time before its predecessor's is raised to it and counted. Simple packet blocks have no time
// and take their predecessor's. Times at or before the epoch become 1 ns, because 0 means "not seen".
#pragma once

#include <array>
#include <string>

#include "dataplane/io/file_window.h"
#include "dataplane/io/pcapng.h"
#include "dataplane/io/port.h"

namespace bellrock::io {

class PcapFile {
 public:
  // `shift` is added to every time (for --rebase-to-now). Errors say errno, or the byte offset of what cannot be.
  static Result<PcapFile> open(const std::string& path, Duration shift = 0);

  // False: the end. An error is final and comes after everything that was readable before it: a last record that was
  // cut, a length that cannot be. It is repeated by further calls and stays in error().
  Result<bool> next(Packet& packet);

  // Passes over packets until `ordinal` is the next one; times are clamped as if they had been read. Past the end: the
  // file has ended.
  Status<> seek(std::uint64_t ordinal);

  // Port. After the last burst ended() is true and error() tells whether it was a good end.
  std::span<const Packet> rx_burst(Instant);
  void release(std::span<const Packet>) {}
  [[nodiscard]] bool ended() const { return ended_; }

  [[nodiscard]] const Error* error() const { return failed_ ? &error_ : nullptr; }
  [[nodiscard]] std::uint64_t ordinal() const { return ordinal_; }                // of the next packet
  [[nodiscard]] std::uint64_t time_backwards() const { return time_backwards_; }  // since opening or seek()
  [[nodiscard]] std::uint64_t offset() const { return window_.offset(); }
  [[nodiscard]] bool is_regular() const { return window_.is_regular(); }

 private:
  enum class Step : std::uint8_t { kPacket, kSkipped, kEnd, kHeld, kFailed };

  explicit PcapFile(FileWindow window, Duration shift) : window_(std::move(window)), shift_(shift) {}
  Status<> read_file_header();
  Step step(Packet& packet);
  Step step_record(Packet& packet);
  Step step_block(Packet& packet);
  Step on_block(std::uint32_t type, Bytes body, Packet& packet);
  Step on_simple_packet(Bytes body, Packet& packet);
  Step on_packet_block(Bytes body, std::uint32_t interface, Packet& packet);
  Step start_section(std::size_t block_bytes);
  Step end_or_cut();
  Step fail(const char* what);
  [[nodiscard]] std::int64_t shifted(std::int64_t time_ns) const;
  Step give(Packet& packet, Bytes data, std::uint32_t wire_bytes, LinkType link, std::int64_t time_ns);

  FileWindow window_;
  Duration shift_;
  bool pcapng_ = false, ended_ = false, failed_ = false;
  pcap::Order order_;
  std::int64_t fraction_ns_ = 1'000;  // of one unit of a pcap record's fraction
  LinkType link_ = LinkType::kOther;
  PcapngSection section_;
  std::int64_t last_ns_ = 0;
  std::uint64_t ordinal_ = 0, time_backwards_ = 0;
  Error error_;
  std::array<Packet, kBurstMax> burst_{};
};
static_assert(Port<PcapFile>);

// What a whole regular file holds, by reading through it once: how `--rebase-to-now` learns the last packet's time.
struct PcapExtent {
  std::uint64_t packets = 0, captured_bytes = 0, wire_bytes = 0;
  Instant first, last;
};
Result<PcapExtent> measure_pcap(const std::string& path);

// What tells a capture from another: its first packet's time, length and bytes. Never 0; 1 for an empty one, and for
// what can be read only once.
Result<std::uint64_t> capture_mark(const std::string& path);

}  // namespace bellrock::io
