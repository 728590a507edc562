// A small disk: a tmpfs in a mount namespace of the thread that makes it, and of the processes and threads that this
// one starts afterwards. It goes with them. Needs root.
#pragma once

#include <cstdint>
#include <filesystem>

namespace bellrock::fleet {

class SmallDisk {
 public:
  // `folder` is made; throws where that or the mount fails.
  SmallDisk(std::filesystem::path folder, int megabytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::int64_t left() const;  // bytes
  void fill(std::int64_t left) const;       // it takes `left` more bytes, and then none
  void free() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bellrock::fleet
