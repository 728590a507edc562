// A ClickHouse server as an ordinary process in a folder of its own, at ports of 127.0.0.1 that were free. It ends with
// the process that started it, however that ends. When a test has failed, what its log complains of is printed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "control/store/clickhouse_store.h"

namespace bellrock::store {

std::uint16_t free_port();  // of 127.0.0.1
std::filesystem::path scratch_folder();

// How servers that hold copies of tables agree: at a port of 127.0.0.1, in sessions that end so long after the last
// sign of life.
struct Keeper {
  std::uint16_t port = 0;
  std::chrono::milliseconds session{30'000};
};

class ClickHouseServer {
 public:
  ClickHouseServer();
  // The folder is made, and deleted at the end. `log`: a file elsewhere, where the folder is on a disk that gets full.
  explicit ClickHouseServer(std::filesystem::path folder, std::optional<Keeper> keeper = std::nullopt,
                            std::filesystem::path log = {});
  ~ClickHouseServer();
  ClickHouseServer(const ClickHouseServer&) = delete;
  ClickHouseServer& operator=(const ClickHouseServer&) = delete;

  void start();                    // until it answers
  [[nodiscard]] bool try_start();  // false: it does not within a minute, or ended
  void kill();                     // SIGKILL
  void hang() const;               // SIGSTOP: it takes connections, and nothing that it is asked
  void go_on() const;              // SIGCONT
  void lose_disk();                // while it does not run

  // Where it keeps what tables are.
  [[nodiscard]] std::filesystem::path metadata(const std::string& database) const {
    return folder_ / "data" / "metadata" / database;
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(http_port_); }
  // What a roll-up replaced is deleted by the next one, however soon that comes.
  [[nodiscard]] ClickHouseOptions options(const std::string& database) const {
    ClickHouseOptions options{{url()}, database};
    options.settle = std::chrono::seconds(0);
    return options;
  }

  // The one that all tests of this process share, each with databases of its own.
  static ClickHouseServer& shared();

 private:
  void write_files() const;
  void print_complaints() const;
  [[noreturn]] void run() const;

  std::filesystem::path folder_, log_;
  std::uint16_t http_port_, tcp_port_, interserver_port_;
  std::optional<Keeper> keeper_;
  pid_t process_ = -1;
};

}  // namespace bellrock::store
