// Two shards of two ClickHouse servers each and the ZooKeeper by which they agree, as ordinary processes on 127.0.0.1
// in folders of their own. They end with the process that started them, however that ends; start them on a thread that
// lives as long.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/system/clickhouse/server.h"

namespace bellrock::store {

class ZooKeeper {
 public:
  ZooKeeper();
  ~ZooKeeper();
  ZooKeeper(const ZooKeeper&) = delete;
  ZooKeeper& operator=(const ZooKeeper&) = delete;

  void start();  // until it answers
  void kill();   // SIGKILL
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  [[noreturn]] void run() const;

  std::filesystem::path folder_;
  std::uint16_t port_;
  pid_t process_ = -1;
};

class Cluster {
 public:
  static constexpr std::size_t kShards = 2, kReplicas = 2;

  // Where servers are killed short sessions save waiting; where none is, long ones bear a busy machine.
  explicit Cluster(std::chrono::milliseconds session);

  ZooKeeper& zookeeper() { return zookeeper_; }
  ClickHouseServer& server(std::size_t shard, std::size_t replica) { return *servers_[shard * kReplicas + replica]; }
  // `first`: which of the servers of each shard is named, and so asked, first.
  [[nodiscard]] ClickHouseOptions options(const std::string& database, std::size_t first = 0) const;
  [[nodiscard]] std::string document(const std::string& database, std::size_t first) const;  // `store` of kind Central

  // The one that all tests of this process share, each with databases of its own. The first call says what it is.
  static Cluster& shared(std::chrono::milliseconds session = std::chrono::milliseconds(30'000));

 private:
  ZooKeeper zookeeper_;
  std::array<std::unique_ptr<ClickHouseServer>, kShards * kReplicas> servers_;
};

}  // namespace bellrock::store
