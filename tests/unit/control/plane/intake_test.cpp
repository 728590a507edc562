#include "control/plane/intake.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include "bellrock/v1/frame.pb.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

using control::DeltaFrame;
using proto::ReplyResult;
using store::Applied;
using store::StoreError;

TEST(Intake, AppliesAFrameOnceAndSaysWhatBecameOfIt) {
  const Centre centre;
  const auto first = centre.send(shop_frame(1));
  EXPECT_EQ(first.status, 200u);
  EXPECT_EQ(result_of(first), ReplyResult::kApplied);
  const auto again = centre.send(shop_frame(1));
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(result_of(again), ReplyResult::kRepeated);
  DeltaFrame clone = shop_frame(1);
  clone.counters["packets"] = 5;
  const auto conflict = centre.send(clone);
  EXPECT_EQ(conflict.status, 409u);
  EXPECT_EQ(result_of(conflict), ReplyResult::kConflict);
  EXPECT_EQ(centre.json("/api/v1/status")["recorded"]["recorded"], shop_frame(1).recorded);
}

TEST(Intake, EveryVerdictSaysWhenTheFrameCameAndWhenItWasAnswered) {
  Centre centre;
  DeltaFrame clone = shop_frame(1);
  clone.counters["packets"] = 5;
  for (const auto& answer :
       {centre.send(shop_frame(1)), centre.send(shop_frame(1)), centre.send(clone), centre.post("this is not zstd")}) {
    const auto reply = proto::decode_reply(bytes(answer.body));
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->received_unix_ms, centre.now * 1'000) << answer.status;
    EXPECT_EQ(reply->answered_unix_ms, centre.now * 1'000) << answer.status;
  }
}

TEST(Intake, RefusesWhatIsNoFrameByNameAndGoesOn) {
  const Centre centre;
  const auto refused = centre.post("this is not zstd");
  EXPECT_EQ(refused.status, 422u);
  EXPECT_EQ(result_of(refused), ReplyResult::kRefused);
  EXPECT_EQ(proto::decode_reply(bytes(refused.body))->reason, "not_zstd");
  EXPECT_EQ(centre.send(shop_frame(1)).status, 200u);
  Json status;
  for (int i = 0; i < 200; ++i) {  // it is kept aside after the answer
    status = centre.json("/api/v1/status");
    if (status["frames"]["kept_aside"] == 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(status["frames"]["kept_aside"], 1);
  EXPECT_EQ(status["frames"]["refused"], 1);
  EXPECT_FALSE(status["healthy"].get<bool>());
}

// An agent that was upgraded before its centre: two cells of a kind that this version does not know.
std::string newer_body(std::uint64_t seq) {
  const auto bytes = proto::encode(shop_frame(seq));
  std::string text(ZSTD_getFrameContentSize(bytes.data(), bytes.size()), '\0');
  EXPECT_EQ(ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size()), text.size());
  v1::DeltaFrame message;
  EXPECT_TRUE(message.ParseFromString(text));
  message.set_schema(proto::kSchema + 1);
  for (const std::uint64_t n : {30u, 12u}) {
    auto& series = *message.mutable_windows(0)->add_series();
    series.set_kind(static_cast<v1::Kind>(v1::Kind_MAX + 1));
    series.set_n(n);
    message.set_recorded(message.recorded() + n);
  }
  text = message.SerializeAsString();
  std::string body(ZSTD_compressBound(text.size()), '\0');
  body.resize(ZSTD_compress(body.data(), body.size(), text.data(), text.size(), 1));
  return body;
}

TEST(Intake, CountsWhatItKnowsOfFramesOfANewerVersionAndSaysWhatItLeftOut) {
  const Centre centre;
  const std::string body = newer_body(1);
  EXPECT_EQ(result_of(centre.post(body)), ReplyResult::kApplied);
  EXPECT_EQ(result_of(centre.post(body)), ReplyResult::kRepeated);  // which leaves nothing out again
  const Json status = centre.json("/api/v1/status");
  EXPECT_EQ(status["recorded"]["recorded"], shop_frame(1).recorded);
  EXPECT_EQ(status["recorded"]["kept"], shop_frame(1).recorded);
  EXPECT_TRUE(status["recorded"]["balanced"].get<bool>());
  EXPECT_NE(status["problems"].dump().find("2 series with 42 counts left out"), std::string::npos);
  const std::string metrics = centre.get("/metrics").body;
  EXPECT_NE(metrics.find("bellrock_central_unknown_series_total 2\n"), std::string::npos);
  EXPECT_NE(metrics.find("bellrock_central_unknown_recorded_total 42\n"), std::string::npos);
  EXPECT_EQ(result_of(centre.send(shop_frame(1))), ReplyResult::kConflict);  // other bytes under the same number
}

// What the store refuses is shown as what cannot be read is.
TEST(Intake, AFrameThatTheStoreRefusesIsKeptAsideAndIsAProblem) {
  const Centre centre;
  DeltaFrame frame = shop_frame(1);
  for (std::uint8_t boot = 1; boot <= store::SeriesLimits{}.node_boots_a_day; ++boot) {
    frame.boot[0] = boot;
    ASSERT_EQ(centre.send(frame).status, 200u);
  }
  frame.boot[0] = 255;
  const auto refused = centre.send(frame);
  EXPECT_EQ(refused.status, 422u);
  EXPECT_EQ(result_of(refused), ReplyResult::kRefused);
  const std::string problem = "1 frames refused, the last at ";
  Json status;
  for (int i = 0; i < 500; ++i) {
    status = centre.json("/api/v1/status");
    if (status["frames"]["kept_aside"] == 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(status["frames"]["refused"], 1);
  EXPECT_EQ(status["frames"]["kept_aside"], 1);
  EXPECT_NE(status["problems"].dump().find(problem), std::string::npos) << status["problems"];
  EXPECT_NE(status["problems"].dump().find("of node " + frame.node + ": too many boots in a day"), std::string::npos);
}

TEST(Intake, TakesFramesOfManyNodesAtOnce) {
  const Centre centre;
  std::vector<std::thread> threads;
  std::uint64_t recorded = 0;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&centre, t] {
      for (std::uint64_t seq = 1; seq <= 10; ++seq) {
        DeltaFrame frame = shop_frame(seq);
        frame.node = "edge-" + std::to_string(t);
        EXPECT_EQ(centre.send(frame).status, 200u);
        if (seq % 3 == 0) {
          EXPECT_EQ(result_of(centre.send(frame)), ReplyResult::kRepeated);
        }
        if (seq % 4 == 0) (void)centre.json("/api/v1/slos");
      }
    });
    for (std::uint64_t seq = 1; seq <= 10; ++seq) recorded += shop_frame(seq).recorded;
  }
  for (auto& thread : threads) thread.join();
  const Json status = centre.json("/api/v1/status");
  EXPECT_EQ(status["recorded"]["recorded"], recorded);
  EXPECT_EQ(status["recorded"]["kept"], recorded);
  EXPECT_EQ(status["frames"]["applied"], 60);
  EXPECT_EQ(status["nodes"]["total"], 6);
}

// A store that waits until it is let go, and fails for chosen sequence numbers.
class SlowStore : public store::SeriesStore {
 public:
  Result<std::vector<Applied>, StoreError> apply(std::span<const store::ReceivedFrame> frames) override {
    std::unique_lock lock(mutex_);
    ++calls_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    for (const auto& frame : frames) {
      if (frame.frame->seq == poison) return Failure{StoreError{"disk full", false}};
    }
    return std::vector<Applied>(frames.size(), Applied::kApplied);
  }
  Status<StoreError> keep_aside(const store::RefusedFrame&) override { return Done{}; }
  Status<StoreError> trim(const store::Retention&) override { return Done{}; }
  Result<std::int64_t, StoreError> write_journal(const store::JournalEntry&) override { return 0; }
  std::optional<std::int64_t> take_oldest_touched() override { return std::nullopt; }
  Result<std::unique_ptr<store::StoreSnapshot>, StoreError> snapshot() override {
    return Failure{StoreError{"no snapshots here", false}};
  }
  void wait_for_call() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return calls_ > 0; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  std::uint64_t poison = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int calls_ = 0;
  bool open_ = false;
};

struct Answers {
  void submit(Intake& intake, const DeltaFrame& frame) {
    auto promise = std::make_shared<std::promise<net::Response>>();
    futures.push_back(promise->get_future());
    intake.submit(std::string(bellrock::text(proto::encode(frame))),
                  [promise](net::Response response) { promise->set_value(std::move(response)); });
  }
  std::vector<std::future<net::Response>> futures;
};

std::string retry_after(const net::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Retry-After") return value;
  }
  return "";
}

DeltaFrame of_node(const char* node, std::uint64_t seq) {
  DeltaFrame frame = shop_frame(seq);
  frame.node = node;
  return frame;
}

TEST(Intake, TellsNodesToWaitWhenItsQueueIsFull) {
  SlowStore store;
  Intake intake(store, [] { return kNow * 1'000; }, {.queue_frames_max = 3, .node_frames_max = 2});
  Answers answers;
  answers.submit(intake, of_node("a", 1));
  store.wait_for_call();  // the first is being written, the queue is empty
  answers.submit(intake, of_node("a", 2));
  answers.submit(intake, of_node("a", 3));
  answers.submit(intake, of_node("a", 4));  // a third of this node
  answers.submit(intake, of_node("b", 1));
  answers.submit(intake, of_node("c", 1));  // a fourth in all
  const auto node_full = answers.futures[3].get(), full = answers.futures[5].get();
  EXPECT_EQ(node_full.status, 429u);
  EXPECT_EQ(retry_after(node_full), "1");
  EXPECT_EQ(full.status, 503u);
  EXPECT_EQ(retry_after(full), "1");
  store.let_go();
  for (const std::size_t i : {0u, 1u, 2u, 4u}) EXPECT_EQ(answers.futures[i].get().status, 200u) << i;
  EXPECT_EQ(intake.counts().busy, 2u);
  EXPECT_EQ(intake.counts().applied, 4u);
}

TEST(Intake, OneFrameThatTheStoreCannotTakeHoldsUpNoOther) {
  SlowStore store;
  store.poison = 3;
  Intake intake(store, [] { return kNow * 1'000; });
  Answers answers;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) answers.submit(intake, of_node("a", seq));
  store.let_go();
  for (std::size_t i = 0; i < 5; ++i) {
    const auto response = answers.futures[i].get();
    EXPECT_EQ(response.status, i == 2 ? 503u : 200u) << i;
    if (i == 2) {
      EXPECT_EQ(retry_after(response), "5");
    }
  }
  EXPECT_EQ(intake.counts().store_failures, 1u);
  EXPECT_EQ(intake.last_store_error(), "disk full");
}

TEST(Intake, ForgetsThatTheStoreFailedWhenItHasTakenAllThatCameForAWhile) {
  SlowStore store;
  store.let_go();
  store.poison = 1;
  std::atomic<std::int64_t> now = kNow * 1'000;
  Intake intake(store, [&] { return now.load(); });
  Answers answers;
  const auto send = [&](std::uint64_t seq) {
    answers.submit(intake, of_node("a", seq));
    return answers.futures.back().get().status;
  };
  EXPECT_EQ(send(1), 503u);
  now += 60'000;
  EXPECT_EQ(intake.last_store_error(), "disk full");  // nothing has come since
  EXPECT_EQ(send(2), 200u);
  EXPECT_EQ(intake.last_store_error(), "");
  EXPECT_EQ(send(1), 503u);
  EXPECT_EQ(send(3), 200u);
  now += 5'000;
  EXPECT_EQ(intake.last_store_error(), "disk full");  // it may take some and not others
  now += 10'000;
  EXPECT_EQ(intake.last_store_error(), "");
}

TEST(Intake, AnswersWhatItHasBeforeItStops) {
  SlowStore store;
  Intake intake(store, [] { return kNow * 1'000; });
  Answers answers;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) answers.submit(intake, of_node("a", seq));
  store.let_go();
  intake.stop();
  for (auto& future : answers.futures) EXPECT_EQ(future.get().status, 200u);
  answers.submit(intake, of_node("a", 4));
  EXPECT_EQ(answers.futures.back().get().status, 503u);
}

// Who may say what of which node is the certificate's to say.
TEST(Intake, TakesFramesOfTheNodesOnlyThatACertificateNames) {
  const store::ScratchFolder folder;
  const auto store = std::move(*store::open_sqlite(folder.file("db")));
  std::atomic<std::int64_t> now = kNow * 1'000;
  Intake intake(*store, [&now] { return now.load(); });
  intake.require_certificates();
  EXPECT_FALSE(intake.strangers_lately());
  const auto send = [&](const std::string& node, const std::vector<std::string>& names) {
    auto frame = store::any_frame(1, 1);
    frame.node = node;
    std::promise<net::Response> answered;
    intake.submit(
        std::string(text(proto::encode(frame))), [&](net::Response r) { answered.set_value(std::move(r)); }, names);
    return answered.get_future().get();
  };
  EXPECT_EQ(send("edge-1", {"edge-2", "edge-1"}).status, 200u);
  const auto other = send("edge-3", {"edge-2", "edge-1"});
  EXPECT_EQ(other.status, 403u);
  EXPECT_EQ(other.body, "the certificate is not for the node of this frame\n");
  EXPECT_EQ(send("edge-1", {}).status, 403u);
  EXPECT_EQ(send("EDGE-1", {"edge-1"}).status, 403u);
  EXPECT_EQ(intake.counts().strangers, 3u);
  EXPECT_TRUE(intake.strangers_lately());
  now += 120'000;
  EXPECT_FALSE(intake.strangers_lately());
  // What nobody sent is not even looked at: it would be kept aside.
  std::promise<net::Response> answered;
  intake.submit("no frame", [&](net::Response r) { answered.set_value(std::move(r)); });
  EXPECT_EQ(answered.get_future().get().status, 403u);
  intake.stop();
  EXPECT_EQ((*store->snapshot())->aside()->refused, 0u);
  const auto sources = (*store->snapshot())->sources();
  ASSERT_EQ(sources->size(), 1u);
  EXPECT_EQ(sources->at(0).node, "edge-1");
}

}  // namespace
}  // namespace bellrock::plane
