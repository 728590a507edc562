// A Sink that writes down every callback as a line of text, so that two runs can be compared, and a driver that feeds
// Connections the way the reassembler does.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/http/connections.h"

namespace bellrock::http::test {

struct Recorder {
  std::vector<std::string> lines;
  std::vector<Transaction> transactions;
  std::vector<std::string> bodies;
  std::vector<HttpError> errors;
  std::size_t requests = 0, responses = 0;
  bool want_bodies = true;
  std::size_t largest_body = 0;
  bool tags_returned = true;              // each tag came back with the request it was written for
  std::vector<std::array<bool, 3>> seen;  // by request: asked for a response, told a response, ended

  bool wants_body(ConnectionIndex, const HttpRequest&) const { return want_bodies; }

  void on_request(ConnectionIndex, const HttpRequest& request, RequestTag& tag) {
    tag.trace = ++requests;
    seen.push_back({true, false, false});
    largest_body = std::max(largest_body, request.body.size());
    bodies.emplace_back(text(request.body));
    std::string line = "request " + std::string(request.method_text) + " " + std::string(request.target) +
                       " path=" + std::string(request.path) + " query=" + std::string(request.query);
    for (std::size_t i = 0; i < request.headers->size(); ++i) {
      if ((*request.headers)[i].data() != nullptr) {
        line += " h" + std::to_string(i) + "=" + std::string((*request.headers)[i]);
      }
    }
    line += " bytes=" + std::to_string(request.body_bytes) + " first=" + std::to_string(request.first.ns) +
            " last=" + std::to_string(request.last.ns);
    if (request.body_error != BeaconReject::kCount) {
      line += " error=" + std::string(kBeaconRejectNames[static_cast<std::size_t>(request.body_error)]);
    }
    lines.push_back(line + " body=" + std::string(text(request.body)));
  }

  void on_response(ConnectionIndex, const HttpResponse& response, const RequestTag& tag) {
    ++responses;
    mark(tag, 1);
    lines.push_back("response " + std::to_string(response.status) + " to " + std::to_string(tag.trace) +
                    " first=" + std::to_string(response.first.ns));
  }

  void on_transaction(ConnectionIndex, const Transaction& t, const RequestTag& tag) {
    mark(tag, 2);
    transactions.push_back(t);
    constexpr std::array<const char*, 4> kEnds{"answered", "aborted", "unanswered", "unknown"};
    lines.push_back("transaction " + std::to_string(tag.trace) + " " + kEnds[static_cast<std::size_t>(t.end)] + " " +
                    std::to_string(t.status) + " interim=" + std::to_string(t.interim) +
                    " times=" + std::to_string(t.request_first.ns) + "," + std::to_string(t.request_last.ns) + "," +
                    std::to_string(t.response_first.ns) + "," + std::to_string(t.response_last.ns) +
                    " bytes=" + std::to_string(t.request_body_bytes) + "," + std::to_string(t.response_body_bytes) +
                    " closed=" + std::to_string(t.closed.ns));
  }

  void on_error(ConnectionIndex, Direction direction, HttpError error) {
    errors.push_back(error);
    lines.push_back(std::string("error ") + (direction == Direction::kToServer ? "client " : "server ") +
                    std::string(kHttpErrorNames[static_cast<std::size_t>(error)]));
  }

  [[nodiscard]] std::string text_of_all() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

 private:
  static std::string_view text(Bytes bytes) { return bellrock::text(bytes); }

  // Each request's tag must come back at most once as a response, exactly once as a transaction, in this order.
  void mark(const RequestTag& tag, std::size_t what) {
    if (tag.trace == 0 || tag.trace > seen.size()) {
      tags_returned = false;
      return;
    }
    std::array<bool, 3>& request = seen[tag.trace - 1];
    tags_returned = tags_returned && !request[what] && !request[2];
    request[what] = true;
  }
};

// One connection, driven by hand. Times are microseconds after a base, so that expectations are short.
class Wire {
 public:
  explicit Wire(HttpLimits limits = {.connections = 4}, std::vector<std::string> extra = {},
                const ScanKernel& kernel = best_kernel())
      : http(limits, extra, counters, kernel) {
    http.on_open(kIndex);
  }

  static Instant at(std::int64_t us) { return {us * kMicrosecond}; }

  void client(std::string_view data, std::int64_t us) { send(Direction::kToServer, data, us); }
  void server(std::string_view data, std::int64_t us) { send(Direction::kToClient, data, us); }
  void client_gap(std::uint64_t bytes) { http.on_gap(kIndex, Direction::kToServer, bytes, sink); }
  void server_gap(std::uint64_t bytes) { http.on_gap(kIndex, Direction::kToClient, bytes, sink); }
  void client_fin(std::int64_t us, bool both_captured = false) {
    http.on_end(kIndex, Direction::kToServer, both_captured, at(us), sink);
  }
  void server_fin(std::int64_t us) { http.on_end(kIndex, Direction::kToClient, true, at(us), sink); }
  void client_reset(std::int64_t us) { http.on_reset(kIndex, Direction::kToServer, at(us), sink); }
  void server_reset(std::int64_t us) { http.on_reset(kIndex, Direction::kToClient, at(us), sink); }
  void close(std::int64_t us) { http.on_close(kIndex, false, at(us), sink); }
  void idle(std::int64_t us) { http.on_close(kIndex, true, at(us), sink); }
  void open_mid_stream() { http.on_open(kIndex, true); }

  // Data is handed over in memory of exactly its size, so that a sanitizer sees a read past it.
  void send(Direction direction, std::string_view data, std::int64_t us) {
    const std::vector<std::uint8_t> exact(data.begin(), data.end());
    http.on_data(kIndex, direction, exact, at(us), sink);
  }

  [[nodiscard]] std::uint64_t count(StreamCount what) const { return counters.pending(counter::id(what)); }
  [[nodiscard]] std::uint64_t count(HttpError what) const { return counters.pending(counter::id(what)); }

  static constexpr ConnectionIndex kIndex = 1;
  Counters counters;
  Connections http;
  Recorder sink;
};

}  // namespace bellrock::http::test
