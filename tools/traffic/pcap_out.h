// Writes a pcap file through one large buffer. An error while writing is remembered and reported by close().
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tools/traffic/options.h"

namespace bellrock::traffic {

class PcapOut {
 public:
  PcapOut() = default;
  PcapOut(const PcapOut&) = delete;
  PcapOut& operator=(const PcapOut&) = delete;
  ~PcapOut() {
    if (file_ != nullptr) std::fclose(file_);
  }
  bool open(const std::string& path, Link link, bool microseconds);
  void write(std::int64_t time_us, const std::uint8_t* frame, std::size_t bytes);
  bool close();

 private:
  void flush();
  std::FILE* file_ = nullptr;
  bool failed_ = false;
  bool microseconds_ = false;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace bellrock::traffic
