// A whole centre in this process, at a port of its own and with a clock that the test sets; and frames to send to it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "control/net/http_client.h"
#include "control/plane/api.h"
#include "control/proto/frame_codec.h"
#include "control/store/sqlite_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::plane {

inline constexpr std::int64_t kNow = store::kStart + 2 * 3'600 + 100;

inline const char* const kShop = R"yaml(
apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {hosts: any, beacon_paths: [/rum], templates: [/checkout, /pay]}
---
apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}], lifetime: {idle: 30m, max: 4h, rotate: 24h}}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: checkout, owner: payments}
spec:
  identity: web
  attempt: {count: attempt, restart: supersede, idle: 30m}
  steps:
    - {name: open, kind: start, match: {http: {at: request, method: GET, path: /checkout}}}
    - {name: pay, kind: commit, match: {http: {at: request, method: POST, path: /pay}}}
    - {name: paid, kind: success, match: {http: {at: response, path: /pay, status: 2xx}}}
    - {name: broken, kind: failure, class: system, match: {http: {at: response, path: /pay, status: [5xx, none]}}}
  objectives:
    - {name: success, sli: success, count_from: pay, target: 0.992, strict: true, bad: [failed.system], exclude: [cancelled, abandoned.waiting]}
    - {name: fast, sli: latency, from: pay, to: paid, clock: {both_http: edge}, op: lt, value: 1s, target: 0.95, failed: bad}
  dimensions: {device: {set: [phone, tablet, desktop]}}
  correlate_with: [{cause: {step: paid, latency: true}, effect: [abandoned], strata: [device]}]
  feedback: {questions: [ces, nps], latency: paid}
  distinct_sessions: true
  recovery: {within: 10m}
)yaml";

inline const journey::Definition& shop() {
  static const config::Loaded loaded = [] {
    const config::SourceText text{"shop.yaml", kShop};
    auto all = config::load_texts({&text, 1});
    for (const auto& one : all.diagnostics) ADD_FAILURE() << config::to_line(one);
    return all;
  }();
  return loaded.definition;
}

struct Centre {
  explicit Centre(IntakeLimits limits = {})
      : catalog(make_catalog(shop())),
        store(std::move(*store::open_sqlite(folder.file("db")))),
        clock([this] { return now.load() * 1'000; }),
        intake(*store, clock, limits),
        watch(*store, catalog),
        api(*store, intake, catalog, {"1.2.3", "Test", kNow - 60}, clock, &watch) {
    auto started = net::HttpServer::start(
        {}, [this](net::Request request, const net::Respond& respond) { api.handle(std::move(request), respond); });
    server = std::move(*started);
  }
  ~Centre() { server->stop(); }

  [[nodiscard]] std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + path;
  }
  // Sanitizers take their time.
  static net::HttpOptions patient() {
    net::HttpOptions options;
    options.timeout = std::chrono::seconds(60);
    return options;
  }
  [[nodiscard]] net::HttpReply get(const std::string& path) const {
    auto reply = net::http_get(url(path), patient());
    EXPECT_TRUE(reply.ok());
    return std::move(*reply);
  }
  [[nodiscard]] Json json(const std::string& path) const {
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 200u) << path << ": " << reply.body;
    return Json::parse(reply.body);
  }
  [[nodiscard]] net::HttpReply post(const std::string& body) const {
    auto reply = net::http_post(url("/v1/frames"), "application/x-protobuf", body);
    EXPECT_TRUE(reply.ok());
    return std::move(*reply);
  }
  [[nodiscard]] net::HttpReply post_json(const std::string& path, const Json& body) const {
    auto reply = net::http_post(url(path), "application/json", body.dump(), patient());
    EXPECT_TRUE(reply.ok());
    return std::move(*reply);
  }
  // What the main thread does every few seconds.
  void look() {
    auto news = watch.run(now);
    ASSERT_TRUE(news.ok()) << news.error().message;
    for (const auto& incident : news->incidents) ASSERT_TRUE(store->write_journal(to_entry(incident)).ok());
  }
  [[nodiscard]] net::HttpReply send(const control::DeltaFrame& frame) const {
    return post(std::string(bellrock::text(proto::encode(frame))));
  }

  store::ScratchFolder folder;
  std::atomic<std::int64_t> now = kNow;
  Catalog catalog;
  std::unique_ptr<store::SeriesStore> store;
  UnixMs clock;
  Intake intake;
  Watch watch;
  Api api;
  std::unique_ptr<net::HttpServer> server;
};

inline proto::ReplyResult result_of(const net::HttpReply& reply) {
  const auto decoded = proto::decode_reply(bytes(reply.body));
  EXPECT_TRUE(decoded.ok()) << reply.body;
  return decoded->result;
}

inline control::SeriesKey series(CellKind kind, const char* item, const char* detail = "", std::uint64_t version = 0) {
  if (kind != CellKind::kObjective) version = shop().journeys[0].version;
  for (const auto& objective : shop().journeys[0].objectives) {
    if (version == 0 && objective.name == item) version = objective.version;
  }
  return {"checkout", version, kind, item, detail, CellScope::kTotal, {}};
}

inline void add_latency(control::Histogram& h, std::int32_t bucket, std::uint64_t n) {
  const auto ns = static_cast<std::uint64_t>(control::bucket_upper_ns(bucket));
  h.min_ns = h.n == 0 ? ns : std::min(h.min_ns, ns);
  h.max_ns = std::max(h.max_ns, ns);
  h.sum_ns += ns * n;
  h.n += n;
  h.buckets[bucket] += n;
}

// 100 attempts: 80 fast, 10 slow, 3 failed, 2 unknown, 5 never paid; and one still open. All in one window.
inline control::DeltaFrame shop_frame(std::uint64_t seq, std::int64_t window = store::kStart) {
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 9;
  frame.seq = frame.oldest_seq_held = seq;
  frame.sent_unix_ms = kNow * 1'000;
  auto& cells = frame.windows[window];
  cells[series(CellKind::kStart, "")].n = seq == 1 ? 101 : 100;
  cells[series(CellKind::kStep, "pay")].n = 95;
  cells[series(CellKind::kOutcome, "success")].n = 90;
  cells[series(CellKind::kOutcome, "failed.system")].n = 3;
  cells[series(CellKind::kOutcome, "abandoned")].n = 5;
  cells[series(CellKind::kOutcome, "unknown")].n = 2;
  cells[series(CellKind::kObjective, "success", "good")].n = 90;
  cells[series(CellKind::kObjective, "success", "bad")].n = 3;
  cells[series(CellKind::kObjective, "success", "unknown")].n = 2;
  cells[series(CellKind::kObjective, "success", "funnel")].n = 5;
  add_latency(cells[series(CellKind::kObjective, "fast", "good")], -64, 60);  // 0.505 s
  add_latency(cells[series(CellKind::kObjective, "fast", "good")], -10, 20);  // 0.907 s
  add_latency(cells[series(CellKind::kObjective, "fast", "bad")], 63, 10);    // 2 s
  cells[series(CellKind::kObjective, "fast", "bad.failed")].n = 3;
  auto phone = series(CellKind::kObjective, "success", "bad");
  phone.scope = CellScope::kDimensioned;
  phone.dimensions = {{"device", "phone"}};
  cells[phone].n = 3;
  auto desktop = series(CellKind::kObjective, "success", "good");
  desktop.scope = CellScope::kDimensioned;
  desktop.dimensions = {{"device", "desktop"}};
  cells[desktop].n = 90;
  for (const auto& [key, histogram] : cells) frame.recorded += histogram.n;
  frame.open = {{"checkout", 1}};
  frame.counters = {{"packets", 1'000}, {"passed", 990}};
  return frame;
}

}  // namespace bellrock::plane
