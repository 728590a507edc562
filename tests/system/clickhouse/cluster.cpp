#include "tests/system/clickhouse/cluster.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace bellrock::store {
namespace {

// It takes connections before it answers, and forgets some of them.
bool answers(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const timeval patience{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string said;
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(descriptor, "srvr", 4, MSG_NOSIGNAL) == 4) {
    char some[4'096];
    for (ssize_t size; (size = ::recv(descriptor, some, sizeof some, 0)) > 0;) {
      said.append(some, static_cast<std::size_t>(size));
    }
  }
  ::close(descriptor);
  return said.find("Mode: standalone") != std::string::npos;
}

}  // namespace

ZooKeeper::ZooKeeper() : folder_(scratch_folder()), port_(free_port()) {
  std::ofstream(folder_ / "zoo.cfg") << "tickTime=500\nmaxSessionTimeout=30000\nadmin.enableServer=false\n"
                                     << "maxClientCnxns=1000\nclientPortAddress=127.0.0.1\nclientPort=" << port_
                                     << "\ndataDir=" << (folder_ / "data").string() << "\n";
  start();
}

ZooKeeper::~ZooKeeper() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

// Little memory, and no waiting for the disk: it is killed, but its machine is not.
void ZooKeeper::run() const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (int descriptor : {0, 1, 2}) ::dup2(nothing, descriptor);
  ::execl("/usr/bin/java", "java", "-Xms16m", "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
          "-Dzookeeper.forceSync=no", "-Dzookeeper.preAllocSize=1024", "-cp", "/usr/share/java/zookeeper.jar",
          "org.apache.zookeeper.server.quorum.QuorumPeerMain", (folder_ / "zoo.cfg").c_str(), nullptr);
  ::_exit(127);
}

void ZooKeeper::start() {
  kill();
  process_ = ::fork();
  if (process_ == 0) run();
  constexpr int kTries = 6'000;
  for (int i = 0; i < kTries; ++i) {
    if (answers(port_)) return;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "no ZooKeeper at port " << port_;
}

void ZooKeeper::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

Cluster::Cluster(std::chrono::milliseconds session) {
  const Keeper keeper{zookeeper_.port(), session};
  for (auto& server : servers_) server = std::make_unique<ClickHouseServer>(scratch_folder(), keeper);
}

ClickHouseOptions Cluster::options(const std::string& database, std::size_t first) const {
  ClickHouseOptions options;
  options.database = database;
  options.settle = std::chrono::seconds(0);
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    auto& urls = options.shards.emplace_back();
    for (std::size_t i = 0; i < kReplicas; ++i) {
      urls.push_back(servers_[shard * kReplicas + (first + i) % kReplicas]->url());
    }
  }
  return options;
}

std::string Cluster::document(const std::string& database, std::size_t first) const {
  std::string shards;
  for (const auto& urls : options(database, first).shards) {
    std::string list;
    for (const auto& url : urls) list += (list.empty() ? "\"" : ", \"") + url + "\"";
    shards += (shards.empty() ? "[" : ", [") + list + "]";
  }
  return "store: {clickhouse: {cluster: {shards: [" + shards + "]}, database: " + database + "}}";
}

Cluster& Cluster::shared(std::chrono::milliseconds session) {
  static Cluster cluster(session);
  return cluster;
}

}  // namespace bellrock::store
