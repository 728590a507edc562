// bellrock-central over SQLite, on a small disk of its own: a tmpfs in a mount namespace that goes with this process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

#include "tests/system/fleet/backend.h"

namespace bellrock::fleet {

class SqliteBackend : public Backend {
 public:
  // Needs root, and to be made before the process has threads. `shop` is the configuration besides kind Central.
  SqliteBackend(const std::string& central, const std::string& shop);
  ~SqliteBackend() override;
  SqliteBackend(const SqliteBackend&) = delete;
  SqliteBackend& operator=(const SqliteBackend&) = delete;

  [[nodiscard]] std::string url() const override { return "http://127.0.0.1:" + std::to_string(port_); }
  bool start(std::string& why) override;
  void kill() override { end(9); }
  void stop() override { end(15); }
  void fill_disk(std::int64_t left) override;
  void free_disk() override;
  std::unique_ptr<store::SeriesStore> open() override;

 private:
  void end(int signal);
  [[nodiscard]] std::string log() const;

  std::string central_;
  std::filesystem::path folder_, disk_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace bellrock::fleet
