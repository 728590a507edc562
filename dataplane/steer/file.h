// A file descriptor with one owner. Any thread.
#pragma once

#include <unistd.h>

#include <utility>

namespace bellrock::steer {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    const File old(std::exchange(fd_, std::exchange(other.fd_, -1)));
    return *this;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace bellrock::steer
