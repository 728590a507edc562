#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "control/net/http_client.h"
#include "control/net/http_server.h"
#include "dataplane/board/board.h"
#include "tests/unit/control/agent/agent_fixture.h"

namespace bellrock::agent {
namespace {

using namespace std::chrono_literals;

// A child process that is killed and started again.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) : arguments_(std::move(arguments)) { start(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { kill(SIGKILL); }
  void start() {
    std::vector<char*> argv;
    for (std::string& argument : arguments_) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = ::vfork();
    if (pid_ == 0) {
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  int kill(int signal) {
    if (pid_ <= 0) return 0;
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }
  void signal(int number) const { ::kill(pid_, number); }
  void restart() {
    kill(SIGKILL);
    start();
  }

 private:
  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
};

class KillTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = net::HttpServer::start({}, [this](const net::Request& request, const net::Respond& respond) {
      const Bytes frame = bytes(request.body);
      switch (random_word() % 50) {
        case 0:
          return respond({503, "text/plain", "busy", {{"Retry-After", "0"}}});
        case 1:
          centre_.take(frame);  // and the answer is of no use
          return respond({502, "text/plain", "bad gateway", {}});
        default:
          const auto result = centre_.take(frame);
          const unsigned status = result == proto::ReplyResult::kRefused    ? 422u
                                  : result == proto::ReplyResult::kConflict ? 409u
                                                                            : 200u;
          respond({status, "application/x-protobuf", proto::encode_reply({result, ""}), {}});
      }
    });
    ASSERT_TRUE(server.ok());
    server_ = std::move(*server);
    std::ofstream(directory_.file("agent.yaml"))
        << "apiVersion: bellrock/v1\nkind: Edge\nspec:\n  workers: 2\n  port: {pcap: /none.pcap}\n"
        << "  limits: {cells_per_core: 256, pages_per_bank: 256, sessions_per_core: 16, attempts_per_core: 16}\n"
        << "---\napiVersion: bellrock/v1\nkind: Agent\nspec:\n  node: node\n  board: " << board_path()
        << "\n  state_directory: " << directory_.file("state") << "\n  central: http://127.0.0.1:" << server_->port()
        << "\n  listen: 127.0.0.1:0\n  harvest_interval: 20ms\n";
  }
  [[nodiscard]] std::string board_path() const { return directory_.file("board"); }
  std::uint64_t random_word() {
    const std::lock_guard lock(random_mutex_);
    return random_();
  }
  // What the board itself says was counted, read when nobody runs.
  std::pair<std::uint64_t, std::uint64_t> counted() {
    auto board = board::Board::attach(board_path().c_str());
    CHECK(board.ok());
    std::uint64_t started = 0, ended = 0;
    for (std::uint32_t i = 0; i < board->workers(); ++i) {
      started += board->core(i).control.position;
      ended += board->core(i).control.events_done;
    }
    return {started, ended};
  }

  TestDirectory directory_;
  Centre centre_;
  std::mutex random_mutex_;
  std::mt19937_64 random_{std::random_device{}()};
  std::unique_ptr<net::HttpServer> server_;
};

// Edge and agent are killed at random moments, each alone and both together, and the edge is stopped for a while; the
// centre loses answers. In the end it has every attempt that was committed, exactly once.
TEST_F(KillTest, NothingIsLostAndNothingIsDoubledWhoeverIsKilledWhen) {
  const std::uint64_t seed = random_word();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  const char* chosen = std::getenv("BELLROCK_KILLS");
  const int kills = chosen != nullptr ? std::atoi(chosen) : 40;
  std::mt19937_64 random(seed);
  const std::string program = BELLROCK_BIN "/bellrock-agent", shop = BELLROCK_SOURCE "/config/shop";
  Process agent({program, "--config", shop, "--config", directory_.file("agent.yaml")});
  Process edge({BELLROCK_BIN "/counting_edge", board_path(), "2"});
  for (int i = 0; i < kills; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 120'000));
    switch (random() % 4) {
      case 0:
        edge.restart();
        break;
      case 1:
        agent.restart();
        break;
      case 2:
        agent.kill(SIGKILL);
        edge.restart();
        agent.start();
        break;
      default:
        edge.signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
        edge.signal(SIGCONT);
    }
  }
  edge.kill(SIGKILL);
  std::pair<std::uint64_t, std::uint64_t> truth;
  for (int i = 0; i < 4'000; ++i) {
    std::this_thread::sleep_for(10ms);
    truth = counted();
    if (centre_.n(CellKind::kStart) == truth.first && centre_.n(CellKind::kOutcome) == truth.second) break;
  }
  const int status = agent.kill(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  truth = counted();
  EXPECT_GT(truth.first, 1'000u);
  EXPECT_EQ(centre_.n(CellKind::kStart), truth.first);
  EXPECT_EQ(centre_.n(CellKind::kOutcome), truth.second);
  EXPECT_EQ(centre_.open(), truth.first - truth.second);
  EXPECT_EQ(centre_.board_lost(), 0u);
  EXPECT_EQ(centre_.last().counters.at("packets"),
            centre_.last().counters.at("passed") + centre_.last().counters.at("drops.not_tcp"));
}

}  // namespace
}  // namespace bellrock::agent
