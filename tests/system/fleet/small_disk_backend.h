// bellrock-central as a process, with its store on a small disk: a tmpfs in a mount namespace that goes with this
// process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "tests/system/fleet/backend.h"
#include "tests/system/fleet/small_disk.h"

namespace bellrock::fleet {

class SmallDiskBackend : public Backend {
 public:
  ~SmallDiskBackend() override;
  SmallDiskBackend(const SmallDiskBackend&) = delete;
  SmallDiskBackend& operator=(const SmallDiskBackend&) = delete;

  [[nodiscard]] std::string url() const override { return "http://127.0.0.1:" + std::to_string(port_); }
  bool start(std::string& why) override;
  void kill() override { end(9); }
  void stop() override { end(15); }
  void fill_disk(std::int64_t left) override { disk_->fill(left); }
  void free_disk() override { disk_->free(); }

 protected:
  // Needs root, and to be made before the process has threads. `shop` is the configuration besides kind Central; the
  // disk has `megabytes`.
  SmallDiskBackend(std::string central, const std::string& shop, int megabytes);
  // Before the first start: `store` are lines of the centre's document.
  void write_document(const std::string& store) const;
  [[nodiscard]] const std::filesystem::path& disk() const { return disk_->folder(); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }  // on an ordinary disk

 private:
  void end(int signal);
  [[nodiscard]] std::string log() const;

  std::string central_;
  std::filesystem::path folder_;
  std::optional<SmallDisk> disk_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace bellrock::fleet
