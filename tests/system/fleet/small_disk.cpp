#include "tests/system/fleet/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace bellrock::fleet {
namespace {

void need(bool held, const char* what) {
  if (!held) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

SmallDisk::SmallDisk(std::filesystem::path folder, int megabytes) : folder_(std::move(folder)) {
  need(::unshare(CLONE_NEWNS) == 0, "unshare (root?)");
  need(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount private");
  std::filesystem::create_directory(folder_);
  const std::string size = "size=" + std::to_string(megabytes) + "m";
  need(::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) == 0, "mount tmpfs");
}

SmallDisk::~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }

std::int64_t SmallDisk::left() const {
  struct statfs now {};
  need(::statfs(folder_.c_str(), &now) == 0, "statfs");
  return static_cast<std::int64_t>(now.f_bavail) * static_cast<std::int64_t>(now.f_bsize);
}

void SmallDisk::fill(std::int64_t left) const {
  const std::int64_t bytes = this->left() - left;
  const int fd = ::open((folder_ / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;  // full already
  // Others may be writing meanwhile: what does not go in one piece goes in smaller ones.
  std::int64_t at = 0;
  for (std::int64_t piece = std::max<std::int64_t>(bytes, 0); piece >= 4'096; piece /= 2) {
    while (at < bytes && ::fallocate(fd, 0, at, std::min(piece, bytes - at)) == 0) at += std::min(piece, bytes - at);
  }
  ::close(fd);
}

void SmallDisk::free() const { std::filesystem::remove(folder_ / "filler"); }

}  // namespace bellrock::fleet
