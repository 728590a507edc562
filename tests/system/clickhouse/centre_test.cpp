// Two centres, as real processes, on one ClickHouse server: neither keeps anything itself. Frames go to either, as
// agents send them, while both are killed at any moment.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "control/net/http_client.h"
#include "control/proto/frame_codec.h"
#include "tests/system/clickhouse/server.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

class Centre {
 public:
  Centre(const ScratchFolder& folder, const char* name, const ClickHouseServer& database)
      : config_(folder.file(name)), url_("http://127.0.0.1:" + std::to_string(free_port())) {
    std::ofstream(config_) << "apiVersion: bellrock/v1\nkind: Central\nspec:\n  listen: " << url_.substr(7)
                           << "\n  retention: 10000d  # frames are of 2023\n  store: {clickhouse: {url: \""
                           << database.url() << "\", database: centres}}\n";
    start();
  }
  ~Centre() { kill(); }
  Centre(const Centre&) = delete;
  Centre& operator=(const Centre&) = delete;

  void start() {
    process_ = ::fork();
    if (process_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execl(BELLROCK_BIN "/bellrock-central", "bellrock-central", "--config", config_.c_str(), nullptr);
    ::_exit(127);
  }
  void kill() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  [[nodiscard]] bool answers() const {
    const auto reply = net::http_get(url_ + "/readyz");
    return reply.ok() && reply->status == 200;
  }
  [[nodiscard]] bool takes(const std::string& frame) const {
    const auto reply = net::http_post(url_ + "/v1/frames", "application/x-protobuf", frame);
    EXPECT_TRUE(!reply.ok() || reply->status == 200 || reply->status == 503 || reply->status == 429) << reply->status;
    return reply.ok() && reply->status == 200;
  }

 private:
  std::string config_, url_;
  pid_t process_ = -1;
};

bool answers_soon(const Centre& centre) {
  for (int i = 0; i < 600; ++i) {
    if (centre.answers()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

// One node: every frame until a centre has taken it, sometimes once more; the next try goes to the other centre.
std::uint64_t send_until(const std::atomic<bool>& stopping, const std::string& node,
                         const Centre* const (&centres)[2]) {
  std::uint64_t seq = 0;
  for (auto turn = static_cast<std::size_t>(static_cast<unsigned char>(node.back())); !stopping;) {
    const std::string frame(text(proto::encode(any_frame(++seq, 41, node))));
    while (!centres[++turn % 2]->takes(frame)) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (seq % 3 == 0) (void)centres[++turn % 2]->takes(frame);
  }
  return seq;
}

TEST(TwoCentres, TakeEachFrameOnceWhicheverIsKilledWhen) {
  const ScratchFolder folder;
  const ClickHouseServer database;
  Centre first(folder, "first.yaml", database);
  ASSERT_TRUE(answers_soon(first));
  Centre second(folder, "second.yaml", database);
  ASSERT_TRUE(answers_soon(second));
  const Centre* const centres[] = {&first, &second};
  std::atomic<bool> stopping = false;
  const char* const nodes[] = {"edge-a", "edge-b", "edge-c"};
  std::uint64_t sent[3] = {};
  std::vector<std::thread> senders;
  for (std::size_t i = 0; i < 3; ++i) {
    senders.emplace_back([&, i] { sent[i] = send_until(stopping, nodes[i], centres); });
  }
  std::mt19937_64 random(41);
  for (int round = 0; round < 8; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    Centre& one = round % 2 ? first : second;
    one.kill();
    one.start();
    EXPECT_TRUE(answers_soon(one));
  }
  stopping = true;
  for (auto& sender : senders) sender.join();

  Model model;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(sent[i], 3u);
    for (std::uint64_t seq = 1; seq <= sent[i]; ++seq) add(model, any_frame(seq, 41, nodes[i]));
  }
  const auto store = open_clickhouse(database.options("centres"));
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ(sums(**store), model);
  const auto snapshot = (*store)->snapshot();
  const auto sources = (*snapshot)->sources();
  ASSERT_EQ(sources->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sources->at(i).applied, sent[i]);
    EXPECT_EQ(sources->at(i).unexplained, 0u);
  }
  const auto all = (*snapshot)->conservation();
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
}

}  // namespace
}  // namespace bellrock::store
