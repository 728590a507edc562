// Small files that must survive a kill and a power cut, and the exclusive use of a directory. Blocking; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace bellrock::agent {

// A failed system call, for a person, and its errno.
struct FileError {
  std::string message;
  int error = 0;
};
FileError file_error(std::string_view what, std::string_view path);  // with the current errno

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The file has the old or the new content, whenever the machine stops.
Status<FileError> replace_file(const std::string& path, std::string_view content);
// None: there is no such file.
Result<std::optional<std::string>, FileError> read_file(const std::string& path);
Status<FileError> make_directory(const std::string& path);
Status<FileError> sync_directory(const std::string& path);
// Held as long as the descriptor; error EWOULDBLOCK: another process has it.
Result<FileDescriptor, FileError> lock_file(const std::string& path);

std::string to_hex(Bytes bytes);
void fill_random(void* to, std::size_t bytes);
std::int64_t unix_ms();

}  // namespace bellrock::agent
