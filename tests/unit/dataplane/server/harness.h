// A server without TCP: bytes in, bytes out. The stack in its place keeps what was answered, and takes only as many
// replies at a time as it is told.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/server/http_server.h"

namespace bellrock::server::test {

// Remembers what it was given, as text.
class RecordingSink {
 public:
  std::vector<std::string> beacon_paths{"/rum"};
  bool every_path = false;
  bool full = false;                // takes nothing
  std::vector<std::string> taken;   // "POST /rum?q=1 body=…" and what is wrong with it
  std::vector<std::string> looked;  // paths that were asked for, repeated ones once
  Instant first, last;

  bool is_beacon_path(std::string_view, std::string_view path) {
    looked.emplace_back(path);
    if (every_path) return true;
    return std::find(beacon_paths.begin(), beacon_paths.end(), path) != beacon_paths.end();
  }
  bool on_request(ConnectionIndex, const HttpRequest& request) {
    std::string line(request.method_text);
    line += " " + std::string(request.target) + " body=" + std::string(text(request.body));
    if (request.body_error != BeaconReject::kCount) {
      line += " error=" + std::string(kBeaconRejectNames[static_cast<std::size_t>(request.body_error)]);
    }
    if (!full) taken.push_back(line);
    first = request.first;
    last = request.last;
    return !full;
  }
};

struct FakeStack {
  explicit FakeStack(responder::ReplyTable& table) : replies(table) {}

  responder::ReplyTable& replies;
  std::size_t room = SIZE_MAX;  // replies that may wait
  std::vector<responder::ReplyId> waiting;
  std::string out;  // all that was ever answered
  bool closed = false;
  bool has_deadline = false;
  Duration deadline = 0;

  [[nodiscard]] bool can_respond(ConnectionIndex) const { return !closed && waiting.size() < room; }
  bool respond(ConnectionIndex c, responder::ReplyId id, responder::After after) {
    if (!can_respond(c)) return false;
    replies.use(id);
    waiting.push_back(id);
    out += text(replies.bytes(id));
    if (after == responder::After::kClose) closed = true;
    return true;
  }
  void close(ConnectionIndex) { closed = true; }
  void set_deadline(ConnectionIndex, Duration from_now) {
    has_deadline = true;
    deadline = from_now;
  }
  void clear_deadline(ConnectionIndex) { has_deadline = false; }
  void acknowledge() {
    for (const responder::ReplyId id : waiting) replies.unuse(id);
    waiting.clear();
  }
};

inline Config small_config() {
  Config config;
  config.connections = 8;
  config.pool_blocks = 512;
  config.sources = 64;
  config.cors_answers = 64;
  config.cors_preflights = 16;
  return config;
}

class Harness {
 public:
  explicit Harness(const Config& config = small_config())
      : table_(std::make_unique<responder::ReplyTable>()),
        counters_(std::make_unique<Counters>()),
        stack_(std::make_unique<FakeStack>(*table_)),
        server_(std::make_unique<HttpServer<RecordingSink>>(config, std::span<const std::string>{}, *table_, *counters_,
                                                            sink)) {
    server_->set_time(now);
  }

  RecordingSink sink;
  Instant now{1'700'000'000 * kSecond};
  static constexpr ConnectionIndex kConnection = 3;

  FakeStack& stack() { return *stack_; }
  HttpServer<RecordingSink>& server() { return *server_; }
  responder::ReplyTable& table() { return *table_; }

  void open(const Flow& flow = {}) {
    stack_->acknowledge();
    stack_->out.clear();
    stack_->closed = stack_->has_deadline = false;
    unread_.clear();
    server_->on_open(*stack_, kConnection, flow);
  }
  void close() { server_->on_closed(kConnection, responder::CloseReason::kFinished); }
  // Each piece lies at the end of an allocation; what is not taken is offered again, with what comes behind it.
  void send(std::string_view bytes) {
    if (stack_->closed) return;
    unread_ += bytes;
    offer();
  }
  void send_in_pieces(std::string_view bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) send(bytes.substr(at, piece));
  }
  void offer() {
    if (unread_.empty()) return;
    const auto exact = std::make_unique<std::uint8_t[]>(unread_.size());
    std::copy(unread_.begin(), unread_.end(), exact.get());
    unread_.erase(0, server_->on_data(*stack_, kConnection, {exact.get(), unread_.size()}));
  }
  void acknowledge() {
    stack_->acknowledge();
    offer();
  }
  void half_close() { server_->on_half_close(*stack_, kConnection); }
  void pass(Duration time) {
    now = now + time;
    server_->set_time(now);
    if (!stack_->has_deadline || stack_->closed) return;
    if ((stack_->deadline -= time) > 0) return;
    stack_->has_deadline = false;
    server_->on_deadline(*stack_, kConnection);
  }
  [[nodiscard]] const std::string& out() const { return stack_->out; }
  [[nodiscard]] std::size_t unread() const { return unread_.size(); }

  template <typename E>
  [[nodiscard]] std::uint64_t count(E what) const {
    return counters_->pending(counter::id(what));
  }
  [[nodiscard]] std::uint64_t count_status(unsigned status) const {
    return counters_->pending(counter::status(status));
  }
  // Every refusal and error that was counted, with how often.
  [[nodiscard]] std::map<std::string, std::uint64_t> reasons() const {
    std::map<std::string, std::uint64_t> all;
    for (std::size_t i = 0; i < kRefusalNames.size(); ++i) add(all, kRefusalNames[i], count(static_cast<Refusal>(i)));
    for (std::size_t i = 0; i < kHttpErrorNames.size(); ++i)
      add(all, kHttpErrorNames[i], count(static_cast<HttpError>(i)));
    return all;
  }
  void forget_counts() {
    counters_->take_each([](CounterId, std::uint64_t) {});
  }

 private:
  static void add(std::map<std::string, std::uint64_t>& all, std::string_view name, std::uint64_t count) {
    if (count > 0) all[std::string(name)] = count;
  }

  std::unique_ptr<responder::ReplyTable> table_;
  std::unique_ptr<Counters> counters_;
  std::unique_ptr<FakeStack> stack_;
  std::unique_ptr<HttpServer<RecordingSink>> server_;
  std::string unread_;
};

}  // namespace bellrock::server::test
