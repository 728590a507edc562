#include "control/agent/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dataplane/base/check.h"

namespace bellrock::agent {

namespace {

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

FileError file_error(std::string_view what, std::string_view path) {
  const int error = errno;
  return {std::string(what) + " " + std::string(path) + ": " + std::strerror(error), error};
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Status<FileError> replace_file(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  {
    const FileDescriptor file(::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
    if (!file.valid() || !write_all(file.get(), content) || ::fsync(file.get()) != 0) {
      return Failure{file_error("cannot write", temporary)};
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Failure{file_error("cannot replace", path)};
  return sync_directory(std::filesystem::path(path).parent_path().string());
}

Result<std::optional<std::string>, FileError> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return Failure{file_error("cannot read", path)};
  }
  std::string content((std::istreambuf_iterator<char>(file)), {});
  if (file.bad()) return Failure{file_error("cannot read", path)};
  return std::optional(std::move(content));
}

Status<FileError> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    errno = error.value();
    return Failure{file_error("cannot create", path)};
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return Failure{file_error("cannot use", path)};
  return Done{};
}

Status<FileError> sync_directory(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return Failure{file_error("cannot sync", path)};
  return Done{};
}

Result<FileDescriptor, FileError> lock_file(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return Failure{file_error("cannot lock", path)};
  return file;
}

std::string to_hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

void fill_random(void* to, std::size_t bytes) { CHECK(::getrandom(to, bytes, 0) == static_cast<ssize_t>(bytes)); }

std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace bellrock::agent
