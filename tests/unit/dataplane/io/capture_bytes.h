// Capture files byte by byte, in either byte order, written the slow and obvious way: the reader's oracle.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/time.h"

namespace bellrock::io {

class CaptureBytes {
 public:
  explicit CaptureBytes(bool big_endian) : big_endian_(big_endian) {}

  CaptureBytes& u8(unsigned value) { return put(value, 1); }
  CaptureBytes& u16(unsigned value) { return put(value, 2); }
  CaptureBytes& u32(std::uint64_t value) { return put(value, 4); }
  CaptureBytes& u64(std::uint64_t value) { return put(value, 8); }
  CaptureBytes& text(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  CaptureBytes& padding() {
    while (bytes_.size() % 4 != 0) bytes_ += '\xee';
    return *this;
  }

  CaptureBytes& pcap_header(bool nanoseconds, std::uint32_t link) {
    return u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(65'535).u32(link);
  }
  CaptureBytes& record(std::uint64_t seconds, std::uint64_t fraction, const std::string& data, std::uint64_t wire) {
    return u32(seconds).u32(fraction).u32(data.size()).u32(wire).text(data);
  }

  // pcapng. `body` is padded to 4 bytes.
  CaptureBytes& block(std::uint32_t type, CaptureBytes body) {
    body.padding();
    const std::size_t bytes = body.bytes_.size() + 12;
    return u32(type).u32(bytes).text(body.bytes_).u32(bytes);
  }
  CaptureBytes& section() {
    return block(0x0a0d0d0a, CaptureBytes(big_endian_).u32(0x1a2b3c4d).u16(1).u16(0).u64(~std::uint64_t{0}));
  }
  // `resolution` -1: no option.
  CaptureBytes& interface(unsigned link, std::uint32_t snap, int resolution, std::int64_t offset = 0) {
    CaptureBytes body(big_endian_);
    body.u16(link).u16(0).u32(snap);
    body.u16(2).u16(5).text("eth0").u8(0).padding();  // if_name, an option that is not read
    if (resolution >= 0) body.u16(9).u16(1).u8(static_cast<unsigned>(resolution)).padding();
    if (offset != 0) body.u16(14).u16(8).u64(static_cast<std::uint64_t>(offset));
    return block(1, body.u16(0).u16(0));
  }
  CaptureBytes& enhanced(std::uint32_t interface, std::uint64_t ticks, const std::string& data, std::uint64_t wire) {
    CaptureBytes body(big_endian_);
    body.u32(interface).u32(ticks >> 32).u32(ticks & 0xffff'ffff).u32(data.size()).u32(wire).text(data).padding();
    return block(6, body.u16(1).u16(2).text("hi").padding().u16(0).u16(0));  // a comment
  }
  CaptureBytes& obsolete(std::uint32_t interface, std::uint64_t ticks, const std::string& data, std::uint64_t wire) {
    CaptureBytes body(big_endian_);
    body.u16(interface).u16(3).u32(ticks >> 32).u32(ticks & 0xffff'ffff).u32(data.size()).u32(wire);
    return block(2, body.text(data));
  }
  CaptureBytes& simple(const std::string& data, std::uint64_t wire) {
    return block(3, CaptureBytes(big_endian_).u32(wire).text(data));
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  CaptureBytes& put(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      const std::size_t shift = 8 * (big_endian_ ? bytes - 1 - i : i);
      bytes_ += static_cast<char>(value >> shift & 0xff);
    }
    return *this;
  }

  bool big_endian_;
  std::string bytes_;
};

// A file of its own that is gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes) {
    char path[] = "/tmp/bellrock_test_XXXXXX";
    const int fd = mkstemp(path);
    CHECK(fd >= 0);
    path_ = path;
    std::size_t written = 0;
    while (written < bytes.size()) {
      const ssize_t n = ::write(fd, bytes.data() + written, bytes.size() - written);
      CHECK(n > 0);
      written += static_cast<std::size_t>(n);
    }
    close(fd);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace bellrock::io
