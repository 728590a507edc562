#include "tests/system/clickhouse/server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <fstream>
#include <iostream>
#include <thread>

#include "control/net/http_client.h"

namespace bellrock::store {
namespace {

// Small: the tests' machine does other things besides.
constexpr const char* kUsers = R"xml(<yandex>
  <profiles><default><max_memory_usage>1000000000</max_memory_usage><max_threads>2</max_threads></default>
    <reading><readonly>2</readonly></reading></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
    <quota>default</quota></default>
    <reader><password></password><networks><ip>127.0.0.1</ip></networks><profile>reading</profile>
    <quota>default</quota></reader></users>
  <quotas><default/></quotas>
</yandex>
)xml";

}  // namespace

std::filesystem::path scratch_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "bellrock_clickhouse_XXXXXX").string();
  return ::mkdtemp(name.data());
}

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

ClickHouseServer::ClickHouseServer() : ClickHouseServer(scratch_folder()) {}

ClickHouseServer::ClickHouseServer(std::filesystem::path folder, std::optional<Keeper> keeper,
                                   std::filesystem::path log)
    : folder_(std::move(folder)),
      log_(log.empty() ? folder_ / "log" : std::move(log)),
      http_port_(free_port()),
      tcp_port_(free_port()),
      interserver_port_(free_port()),
      keeper_(keeper) {
  std::filesystem::create_directories(folder_);
  write_files();
  start();
}

ClickHouseServer::~ClickHouseServer() {
  kill();
  if (testing::Test::HasFailure()) print_complaints();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ClickHouseServer::write_files() const {
  std::ofstream(folder_ / "users.xml") << kUsers;
  std::ofstream config(folder_ / "config.xml");
  const auto set = [&](const char* key, const std::string& value) {
    config << "  <" << key << ">" << value << "</" << key << ">\n";
  };
  config << "<yandex>\n";
  set("logger", "<level>warning</level><log>" + log_.string() + "</log>");
  set("http_port", std::to_string(http_port_));
  set("tcp_port", std::to_string(tcp_port_));
  set("listen_host", "127.0.0.1");
  set("path", (folder_ / "data/").string());
  set("tmp_path", (folder_ / "tmp/").string());
  set("users_config", (folder_ / "users.xml").string());
  set("default_profile", "default");
  set("default_database", "default");
  set("mark_cache_size", "67108864");
  set("merge_tree", "<old_parts_lifetime>5</old_parts_lifetime>");
  if (keeper_) {
    set("zookeeper", "<node><host>127.0.0.1</host><port>" + std::to_string(keeper_->port) +
                         "</port></node><session_timeout_ms>" + std::to_string(keeper_->session.count()) +
                         "</session_timeout_ms>");
    set("interserver_http_host", "127.0.0.1");
    set("interserver_http_port", std::to_string(interserver_port_));
  }
  config << "</yandex>\n";
}

void ClickHouseServer::print_complaints() const {
  constexpr std::size_t kLines = 30, kShown = 400;
  std::deque<std::string> last;
  std::ifstream log(log_);
  for (std::string line; std::getline(log, line);) {
    if (line.find("broken") == std::string::npos && line.find("Exception") == std::string::npos) continue;
    last.push_back(line.substr(0, kShown));
    if (last.size() > kLines) last.pop_front();
  }
  for (const auto& line : last) std::cerr << "ClickHouse at " << url() << ": " << line << "\n";
}

void ClickHouseServer::run() const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (int descriptor : {0, 1, 2}) ::dup2(nothing, descriptor);
  ::execl("/usr/sbin/clickhouse-server", "clickhouse-server",
          ("--config-file=" + (folder_ / "config.xml").string()).c_str(), nullptr);
  ::_exit(127);
}

void ClickHouseServer::start() {
  if (!try_start()) FAIL() << "no ClickHouse server at " << url();
}

bool ClickHouseServer::try_start() {
  kill();
  process_ = ::fork();
  if (process_ == 0) run();
  constexpr int kTries = 6'000;
  for (int i = 0; i < kTries; ++i) {
    const auto reply = net::http_get(url() + "/ping");
    if (reply.ok() && reply->status == 200) return true;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill();
  return false;
}

void ClickHouseServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void ClickHouseServer::hang() const { ::kill(process_, SIGSTOP); }

void ClickHouseServer::go_on() const { ::kill(process_, SIGCONT); }

void ClickHouseServer::lose_disk() { std::filesystem::remove_all(folder_ / "data"); }

ClickHouseServer& ClickHouseServer::shared() {
  static ClickHouseServer server;
  return server;
}

}  // namespace bellrock::store
