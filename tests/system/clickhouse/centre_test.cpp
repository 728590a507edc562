// Centres, as real processes, on one ClickHouse server, and on a cluster: none keeps anything itself. Frames go
// to either, as agents send them, while both are killed at any moment, and servers of the cluster.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <fstream>
#include <mutex>
#include <thread>

#include "control/net/http_client.h"
#include "control/proto/frame_codec.h"
#include "tests/support/in_the_end.h"
#include "tests/system/clickhouse/cluster.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

class Centre {
 public:
  // `store` is that of kind Central, `more` are other documents.
  Centre(const ScratchFolder& folder, const char* name, const std::string& store, const char* more = "")
      : config_(folder.file(name)), url_("http://127.0.0.1:" + std::to_string(free_port())) {
    std::ofstream(config_) << "apiVersion: bellrock/v1\nkind: Central\nspec:\n  listen: " << url_.substr(7)
                           << "\n  retention: 10000d  # frames are of 2023\n  " << store << "\n"
                           << more;
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
  [[nodiscard]] bool ended() const { return ::waitpid(process_, nullptr, WNOHANG) == process_; }
  [[nodiscard]] bool answers() const {
    const auto reply = net::http_get(url_ + "/readyz");
    return reply.ok() && reply->status == 200;
  }
  [[nodiscard]] std::string body(const char* path) const {
    const auto reply = net::http_get(url_ + path);
    return reply.ok() && reply->status == 200 ? reply->body : "";
  }
  // The status of an answer within `wait`; 0: none.
  [[nodiscard]] unsigned status(const char* path, std::chrono::milliseconds wait) const {
    net::HttpOptions options;
    options.timeout = wait;
    const auto reply = net::http_get(url_ + path, options);
    return reply.ok() ? reply->status : 0;
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

// A centre ends where its store cannot be used; `again`: it is then started again, as whoever supervises it does.
bool answers_soon(Centre& centre, bool again = false) {
  for (int i = 0; i < 600; ++i) {
    if (centre.answers()) return true;
    if (again && centre.ended()) centre.start();
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

// `disturb` is called while a centre is dead, and says whether the store may have been away.
template <typename Disturb>
void expect_each_frame_once(const std::string& first_store, const std::string& second_store,
                            const ClickHouseOptions& options, int rounds, const Disturb& disturb) {
  const ScratchFolder folder;
  Centre first(folder, "first.yaml", first_store);
  ASSERT_TRUE(answers_soon(first));
  Centre second(folder, "second.yaml", second_store);
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
  for (int round = 0; round < rounds; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    Centre& one = round % 2 ? first : second;
    one.kill();
    const bool disturbed = disturb(random);
    one.start();
    EXPECT_TRUE(answers_soon(one, disturbed));
  }
  stopping = true;
  for (auto& sender : senders) sender.join();

  Model model;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(sent[i], 3u);
    for (std::uint64_t seq = 1; seq <= sent[i]; ++seq) add(model, any_frame(seq, 41, nodes[i]));
  }
  const auto store = open_clickhouse(options);
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

TEST(TwoCentres, TakeEachFrameOnceWhicheverIsKilledWhen) {
  const ClickHouseServer database;
  const std::string store = "store: {clickhouse: {url: \"" + database.url() + "\", database: centres}}";
  expect_each_frame_once(store, store, database.options("centres"), 8, [](auto&) { return false; });
}

TEST(TwoCentres, TakeEachFrameOnceOnAClusterWhicheverOfItsServersIsKilledToo) {
  Cluster cluster(std::chrono::milliseconds(4'000));
  expect_each_frame_once(cluster.document("centres", 0), cluster.document("centres", 1), cluster.options("centres"), 4,
                         [&](std::mt19937_64& random) {
                           ClickHouseServer& server = cluster.server(random() % 2, random() % 2);
                           server.kill();
                           std::this_thread::sleep_for(std::chrono::milliseconds(random() % 2'000));
                           server.start();
                           return true;
                         });
}

// More questions than there are threads for them hang on the server; agents and whoever watches the centre do not.
TEST(OneCentre, IsAliveWhileItsServerHangsAndGoesOnWhereItWasAfterwards) {
  constexpr std::chrono::seconds kLong{120}, kShort{10};
  ClickHouseServer database;
  const ScratchFolder folder;
  Centre centre(folder, "centre.yaml", "store: {clickhouse: {url: \"" + database.url() + "\", database: hung}}");
  ASSERT_TRUE(answers_soon(centre));
  const auto frame = [](std::uint64_t seq) { return std::string(text(proto::encode(any_frame(seq, 42)))); };
  ASSERT_TRUE(centre.takes(frame(1)));
  database.hang();
  std::vector<std::thread> askers;
  for (int i = 0; i < 12; ++i) askers.emplace_back([&] { (void)centre.status("/api/v1/nodes", kLong); });
  std::atomic<bool> taken = false;
  std::thread agent([&] {
    while (!centre.takes(frame(2))) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    taken = true;
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(centre.status("/healthz", kShort), 200u) << i;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_FALSE(taken);
  database.go_on();
  for (auto& asker : askers) asker.join();
  agent.join();
  EXPECT_TRUE(answers_soon(centre));
  const auto store = open_clickhouse(database.options("hung"));
  ASSERT_TRUE(store.ok()) << store.error().message;
  Model model;
  for (std::uint64_t seq = 1; seq <= 2; ++seq) add(model, any_frame(seq, 42));
  EXPECT_EQ(sums(**store), model);
}

constexpr const char* kShop = R"yaml(---
apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {hosts: any, beacon_paths: [/rum], templates: [/pay]}
---
apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}], lifetime: {idle: 30m, max: 4h, rotate: 24h}}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: checkout}
spec:
  identity: web
  attempt: {count: attempt, restart: supersede, idle: 30m}
  steps:
    - {name: pay, kind: start, match: {http: {at: request, method: POST, path: /pay}}}
    - {name: paid, kind: success, match: {http: {at: response, path: /pay, status: 2xx}}}
  dimensions: {release: {top: 6}}
)yaml";

TEST(OneCentre, MarksTheReleaseThatCameBeforeItStarted) {
  const ClickHouseServer database;
  const ScratchFolder folder;
  Centre centre(folder, "centre.yaml", "store: {clickhouse: {url: \"" + database.url() + "\", database: releases}}",
                kShop);
  ASSERT_TRUE(answers_soon(centre));
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = 1;
  const std::int64_t now = ::time(nullptr) / 60 * 60;
  frame.sent_unix_ms = now * 1'000;
  for (const auto& [release, at] : {std::pair{"2.4.0", now - 30 * 3'600}, {"2.4.1", now - 600}}) {
    frame
        .windows[at]
                [{"checkout", 1, CellKind::kOutcome, "success", "", CellScope::kDimensioned, {{"release", release}}}]
        .n = 500;
    frame.recorded += 500;
  }
  ASSERT_TRUE(centre.takes(std::string(text(proto::encode(frame)))));
  centre.kill();
  centre.start();
  ASSERT_TRUE(answers_soon(centre));
  EXPECT_TRUE(in_the_end([&] {
    const std::string changes = centre.body("/api/v1/changes?verdicts=false");
    return changes.find("\"version\":\"2.4.1\"") != std::string::npos &&
           changes.find("\"at_unix_s\":" + std::to_string(now - 600)) != std::string::npos;
  }));
  EXPECT_EQ(centre.body("/api/v1/changes?verdicts=false").find("2.4.0"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::store
