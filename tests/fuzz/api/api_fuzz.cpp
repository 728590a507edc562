// Any request to a whole centre with a store behind it: "METHOD TARGET CONTENT-TYPE", a line's end, the body. Each is
// answered once, with a status that the interface has, and JSON where it says so.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "control/plane/api.h"
#include "control/store/sqlite_store.h"
#include "dataplane/base/check.h"

namespace {

using namespace bellrock;

constexpr std::int64_t kNow = 1'700'006'500;
constexpr unsigned kWritesMax = 200;  // entries of the journal that a world is left with

journey::Definition definition() {
  journey::Definition all;
  for (const char* name : {"checkout", "search"}) {
    auto& journey = all.journeys.emplace_back();
    journey.name = name;
    for (const auto sli : {journey::Sli::kSuccess, journey::Sli::kLatency}) {
      auto& objective = journey.objectives.emplace_back();
      objective.name = sli == journey::Sli::kSuccess ? "success" : "fast";
      objective.sli = sli;
      objective.version = 7;
      objective.target_e9 = 992'000'000;
      objective.threshold = kSecond;
    }
  }
  return all;
}

control::DeltaFrame frame() {
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kNow * 1'000;
  for (std::int64_t minute = 0; minute < 100; ++minute) {
    auto& window = frame.windows[kNow - kNow % 60 - 60 * minute];
    for (const char* journey : {"checkout", "search"}) {
      for (const char* verdict : {"good", "bad", "unknown"}) {
        const std::uint64_t n = *verdict == 'g' ? 90 : 5;
        control::SeriesKey key{journey, 7, CellKind::kObjective, "success", verdict, CellScope::kTotal, {}};
        window[key].n = n;
        key.item = "fast";
        if (*verdict != 'u') window[key] = {n, n * 1'000, 1'000, 1'000, 0, 0, {{-10, n}}};
        key.scope = CellScope::kDimensioned;
        key.dimensions = {{"release", n == 5 ? "<b>\xc3\xa4" : "1.0"}};
        window[key].n = n;
      }
    }
  }
  for (const auto& [start, window] : frame.windows) {
    for (const auto& [key, histogram] : window) frame.recorded += histogram.n;
  }
  return frame;
}

class World {
 public:
  World() {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_fuzz_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    store_ = std::move(*store::open_sqlite(folder_ / "db"));
    const auto sent = frame();
    const store::ReceivedFrame received{&sent, {}, sent.sent_unix_ms};
    CHECK(store_->apply({&received, 1}).ok());
    watch_ = std::make_unique<plane::Watch>(*store_, catalog_);
    CHECK(watch_->run(kNow).ok());
    intake_ = std::make_unique<plane::Intake>(*store_, [] { return kNow * 1'000; });
    api_ = std::make_unique<plane::Api>(
        *store_, *intake_, catalog_, plane::Process{"1", "Fuzz", kNow}, [] { return kNow * 1'000; }, watch_.get());
  }
  ~World() {
    intake_->stop();
    std::filesystem::remove_all(folder_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  net::Response answer(net::Request request) {
    std::promise<net::Response> promise;
    auto future = promise.get_future();
    api_->handle(std::move(request), [&](net::Response response) { promise.set_value(std::move(response)); });
    auto response = future.get();
    writes_ += response.status == 201 || response.status == 422;
    return response;
  }
  [[nodiscard]] bool used_up() const { return writes_ >= kWritesMax; }

 private:
  std::filesystem::path folder_;
  plane::Catalog catalog_ = plane::make_catalog(definition());
  std::unique_ptr<store::SeriesStore> store_;
  std::unique_ptr<plane::Watch> watch_;
  std::unique_ptr<plane::Intake> intake_;
  std::unique_ptr<plane::Api> api_;
  unsigned writes_ = 0;
};

// Takes what stands before `end` off the front.
std::string take(std::string& from, char end) {
  const std::size_t at = from.find(end);
  std::string taken = from.substr(0, at);
  from.erase(0, at == std::string::npos ? at : at + 1);
  return taken;
}

void check(const net::Request& request, const net::Response& response) {
  // Neither 500 nor 503: nothing here is busy or broken.
  constexpr std::array<unsigned, 7> kStatuses{200, 201, 400, 404, 405, 415, 422};
  CHECK(std::find(kStatuses.begin(), kStatuses.end(), response.status) != kStatuses.end());
  if (response.content_type != "application/json") return;
  const auto json = plane::Json::parse(response.body, nullptr, false);
  CHECK(!json.is_discarded());
  CHECK(response.status < 400 || request.path == "/v1/frames" || (json.contains("error") && json.contains("message")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<World> world;
  if (!world || world->used_up()) {
    world.reset();
    world = std::make_unique<World>();
  }
  std::string rest(text(Bytes(data, size)));
  std::string head = take(rest, '\n');
  net::Request request;
  request.method = take(head, ' ');
  request.target = take(head, ' ');
  request.content_type = head;
  request.body = rest;
  // As net/http_session.cpp cuts it.
  std::string query = request.target;
  request.path = take(query, '?');
  request.query = query;
  check(request, world->answer(request));
  return 0;
}
