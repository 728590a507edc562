#include "dataplane/io/file_window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bellrock::io {
namespace {

// Mapped pages are taken and given back in steps of this: rare enough that the calls cost nothing per packet, small
// enough that what is resident stays below a few of them.
constexpr std::size_t kStepBytes = 2 * 1024 * 1024;
constexpr std::size_t kStreamBytes = 1024 * 1024;

const std::uint8_t* never() { return reinterpret_cast<const std::uint8_t*>(UINTPTR_MAX); }

void populate(const std::uint8_t* at, const std::uint8_t* end) {
#ifdef MADV_POPULATE_READ
  // Saves a page fault each 64 KiB. An old kernel refuses, and then the faults do it.
  const auto bytes = std::min(kStepBytes, static_cast<std::size_t>(end - at));
  if (bytes > 0) madvise(const_cast<std::uint8_t*>(at), bytes, MADV_POPULATE_READ);
#else
  (void)at, (void)end;
#endif
}

}  // namespace

Result<FileWindow> FileWindow::open(const std::string& path) {
  FileWindow window;
  window.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (window.fd_ < 0) return Failure{Error{"cannot open the capture file, errno", errno}};
  struct stat status = {};
  if (fstat(window.fd_, &status) != 0) return Failure{Error{"cannot examine the capture file, errno", errno}};
  if (S_ISDIR(status.st_mode)) return Failure{Error{"the capture file is a directory, errno", EISDIR}};
  if (!S_ISREG(status.st_mode) || status.st_size == 0) return window;

  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* map = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, window.fd_, 0);
  if (map == MAP_FAILED) return Failure{Error{"cannot map the capture file, errno", errno}};
  ::close(std::exchange(window.fd_, -1));
  madvise(map, bytes, MADV_SEQUENTIAL);
  window.mapped_bytes_ = bytes;
  window.at_end_ = true;
  window.base_ = window.at_ = window.released_ = static_cast<const std::uint8_t*>(map);
  window.end_ = window.base_ + bytes;
  populate(window.base_, window.end_);
  window.release_at_ = bytes >= kStepBytes ? window.base_ + kStepBytes : never();
  return window;
}

FileWindow::~FileWindow() {
  if (mapped_bytes_ > 0) munmap(const_cast<std::uint8_t*>(base_), mapped_bytes_);
  if (fd_ >= 0) ::close(fd_);
}

void FileWindow::swap(FileWindow& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  std::swap(buffer_, other.buffer_);
  std::swap(base_, other.base_);
  std::swap(at_, other.at_);
  std::swap(end_, other.end_);
  std::swap(release_at_, other.release_at_);
  std::swap(released_, other.released_);
  std::swap(base_offset_, other.base_offset_);
  std::swap(held_, other.held_);
  std::swap(starved_, other.starved_);
  std::swap(at_end_, other.at_end_);
  std::swap(read_error_, other.read_error_);
}

// Streams: moves what is left to the front of the buffer and reads until `count` bytes are there. No further, so that a
// live pipe never waits for more than the packet that was asked for.
bool FileWindow::fill(std::size_t count) {
  starved_ = held_ && !at_end_;
  if (at_end_ || held_) return false;
  const std::size_t kept = left();
  base_offset_ = offset();
  if (kept > 0) std::memmove(buffer_.data(), at_, kept);
  if (buffer_.size() < count) buffer_.resize(std::max(count, kStreamBytes));
  base_ = at_ = buffer_.data();
  end_ = base_ + kept;
  release_at_ = never();
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

// The step before the current one is given back, so that a burst's packets need not be mapped anew.
void FileWindow::release_behind() {
  if (mapped_bytes_ == 0) return;
  const auto step = static_cast<std::size_t>(at_ - base_) / kStepBytes;
  const std::uint8_t* keep = base_ + (step - 1) * kStepBytes;
  if (keep > released_) {
    madvise(const_cast<std::uint8_t*>(released_), static_cast<std::size_t>(keep - released_), MADV_DONTNEED);
    released_ = keep;
  }
  const std::uint8_t* here = base_ + step * kStepBytes;
  populate(here, end_);
  const std::size_t next = (step + 1) * kStepBytes;
  release_at_ = next <= mapped_bytes_ ? base_ + next : never();
}

}  // namespace bellrock::io
