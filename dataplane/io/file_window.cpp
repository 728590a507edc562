#include "dataplane/io/file_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bellrock::io {

Result<FileWindow> FileWindow::open(const std::string& path) {
  FileWindow window;
  window.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (window.fd_ < 0) return Failure{Error{"cannot open the capture file, errno", errno}};
  struct stat status = {};
  if (fstat(window.fd_, &status) != 0) return Failure{Error{"cannot examine the capture file, errno", errno}};
  if (S_ISDIR(status.st_mode)) return Failure{Error{"the capture file is a directory, errno", EISDIR}};
  window.regular_ = S_ISREG(status.st_mode);
  if (window.regular_) posix_fadvise(window.fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  const auto bytes = window.regular_ ? static_cast<std::size_t>(status.st_size) : kWindowBytes;
  window.buffer_.resize(std::clamp(bytes, kWindowBytesMin, kWindowBytes));
  window.base_ = window.at_ = window.end_ = window.buffer_.data();
  return window;
}

FileWindow::~FileWindow() {
  if (fd_ >= 0) ::close(fd_);
}

void FileWindow::swap(FileWindow& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(regular_, other.regular_);
  std::swap(buffer_, other.buffer_);
  std::swap(base_, other.base_);
  std::swap(at_, other.at_);
  std::swap(end_, other.end_);
  std::swap(base_offset_, other.base_offset_);
  std::swap(held_, other.held_);
  std::swap(starved_, other.starved_);
  std::swap(at_end_, other.at_end_);
  std::swap(read_error_, other.read_error_);
}

// Moves what is left to the front of the buffer and reads until `count` bytes are there. No further, so that a live
// pipe never waits for more than the packet that was asked for.
bool FileWindow::fill(std::size_t count) {
  starved_ = held_ && !at_end_;
  if (at_end_ || held_) return false;
  const std::size_t kept = left();
  base_offset_ = offset();
  if (kept > 0) std::memmove(buffer_.data(), at_, kept);
  if (buffer_.size() < count) buffer_.resize(count);
  base_ = at_ = buffer_.data();
  end_ = base_ + kept;
  while (left() < count && !at_end_) {
    const std::size_t filled = left();
    const ssize_t got = ::read(fd_, buffer_.data() + filled, buffer_.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) read_error_ = errno;
    if (got <= 0) at_end_ = true;
    if (got > 0) end_ += got;
  }
  return left() >= count;
}

}  // namespace bellrock::io
