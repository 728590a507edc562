// The bytes of a file from front to back. A regular file is mapped, and pages that were passed are given back, so that
// memory does not grow with the file; anything else (a pipe, a FIFO, /dev/stdin) is read through a buffer that grows to
// the largest single request. One thread. A mapped file that somebody truncates meanwhile kills the process (SIGBUS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/result.h"

namespace bellrock::io {

class FileWindow {
 public:
  static Result<FileWindow> open(const std::string& path);
  FileWindow(FileWindow&& other) noexcept { swap(other); }
  FileWindow& operator=(FileWindow&& other) noexcept {
    swap(other);
    return *this;
  }
  ~FileWindow();

  // The next `count` bytes, not consumed; nullptr if the file ends before, or if bytes would have to move while `held`.
  const std::uint8_t* peek(std::size_t count) {
    if (left() >= count) [[likely]]
      return at_;
    return fill(count) ? at_ : nullptr;
  }
  void advance(std::size_t count) {
    at_ += count;
    if (at_ >= release_at_) [[unlikely]]
      release_behind();
  }
  void rewind_to(const std::uint8_t* at) { at_ = at; }

  // While bytes are held, everything peeked stays where it is: peek fails rather than move or read.
  void hold(bool held) { held_ = held; }
  [[nodiscard]] bool starved() const { return starved_; }  // the last peek failed only because of the hold

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] std::uint64_t offset() const { return base_offset_ + static_cast<std::uint64_t>(at_ - base_); }
  // errno of a failed read; 0: none. To peek it looks like the end of the file.
  [[nodiscard]] int read_error() const { return read_error_; }
  [[nodiscard]] bool mapped() const { return mapped_bytes_ > 0; }

 private:
  FileWindow() = default;
  void swap(FileWindow& other) noexcept;
  bool fill(std::size_t count);
  void release_behind();

  int fd_ = -1;  // streams only
  std::size_t mapped_bytes_ = 0;
  std::vector<std::uint8_t> buffer_;  // streams only
  const std::uint8_t* base_ = nullptr;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  const std::uint8_t* release_at_ = nullptr;
  const std::uint8_t* released_ = nullptr;
  std::uint64_t base_offset_ = 0;
  bool held_ = false, starved_ = false, at_end_ = false;
  int read_error_ = 0;
};

}  // namespace bellrock::io
