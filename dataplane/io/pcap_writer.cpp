#include "dataplane/io/pcap_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "dataplane/io/pcap_format.h"

namespace bellrock::io {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;

}  // namespace

Result<PcapWriter> PcapWriter::create(const std::string& path, LinkType link) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Failure{Error{"cannot create the capture file, errno", errno}};
  PcapWriter writer(fd);
  writer.buffer_.reserve(kBufferBytes + pcap::kRecordHeaderBytes + pcap::kRecordBytesMax);
  writer.put(pcap::kMagicNano);
  writer.put(4 << 16 | 2);  // version 2.4, as two 16-bit numbers of a little-endian machine
  writer.put(0);
  writer.put(0);
  writer.put(pcap::kRecordBytesMax);
  writer.put(pcap::code_of(link));
  return writer;
}

PcapWriter::PcapWriter(PcapWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), packets_(other.packets_) {}

PcapWriter::~PcapWriter() { (void)close(); }

void PcapWriter::put(std::uint32_t value) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(&value);
  buffer_.insert(buffer_.end(), at, at + sizeof value);
}

Status<> PcapWriter::write(Instant time, Bytes data, std::uint32_t wire_bytes) {
  const std::int64_t seconds = time.ns / kSecond;
  if (time.ns < 0 || seconds > std::numeric_limits<std::uint32_t>::max()) {
    return Failure{Error{"a time that a pcap record cannot hold, in seconds", seconds}};
  }
  if (data.size() > pcap::kRecordBytesMax) {
    return Failure{Error{"a packet that a pcap record cannot hold, in bytes", static_cast<std::int64_t>(data.size())}};
  }
  const auto captured = static_cast<std::uint32_t>(data.size());
  put(static_cast<std::uint32_t>(seconds));
  put(static_cast<std::uint32_t>(time.ns % kSecond));
  put(captured);
  put(std::max(wire_bytes, captured));
  buffer_.insert(buffer_.end(), data.begin(), data.end());
  ++packets_;
  return buffer_.size() < kBufferBytes ? Status<>(Done{}) : flush();
}

Status<> PcapWriter::flush() {
  std::size_t written = 0;
  while (written < buffer_.size()) {
    const ssize_t n = ::write(fd_, buffer_.data() + written, buffer_.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failure{Error{"cannot write the capture file, errno", errno}};
    written += static_cast<std::size_t>(n);
  }
  buffer_.clear();
  return Done{};
}

Status<> PcapWriter::close() {
  if (fd_ < 0) return Done{};
  Status<> status = flush();
  if (::close(std::exchange(fd_, -1)) != 0 && status.ok()) {
    status = Failure{Error{"cannot close the capture file, errno", errno}};
  }
  return status;
}

}  // namespace bellrock::io
