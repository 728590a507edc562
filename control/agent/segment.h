// One append-only file of spool records. Not thread-safe. Bounds nothing: the spool does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/agent/files.h"
#include "control/agent/spool_record.h"

namespace bellrock::agent {

class Segment {
 public:
  static std::string path_of(const std::string& directory, std::uint64_t number);

  // A new, empty file, durably in its directory.
  static Result<Segment, FileError> create(const std::string& directory, std::uint64_t number);
  // Reads all whole records of an old one. What follows the last whole record was torn off by a power cut or damaged:
  // it is cut off, and `damaged` is set when that was more than nothing.
  using OnRecord = std::function<void(const ReadRecord&)>;
  static Result<Segment, FileError> open(const std::string& path, const OnRecord& on_record, bool& damaged);

  // Appends and waits until it is on the disk. On failure the file is as before. Returns the offset.
  Result<std::uint64_t, FileError> append(std::string_view record);
  [[nodiscard]] Result<std::vector<std::uint8_t>, FileError> read(std::uint64_t offset, std::size_t size) const;
  void remove();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  Segment(std::string path, FileDescriptor file, std::uint64_t bytes)
      : path_(std::move(path)), file_(std::move(file)), bytes_(bytes) {}
  std::string path_;
  FileDescriptor file_;
  std::uint64_t bytes_ = 0;
};

}  // namespace bellrock::agent
