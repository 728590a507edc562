// What two readers found in the bytes of one connection.
#pragma once

#include <cstdlib>
#include <istream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/dataplane/server/harness.h"

namespace bellrock::server::test {

struct Found {
  std::string method, target, body;
  bool whole = false;
};

// Node's: an error code, or "-".
struct Reading {
  std::vector<Found> requests;
  std::string error = "-";
};

inline std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 1; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16));
  return out;
}

inline bool read_next(std::istream& in, Reading& reading) {
  reading = {};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string what, method, target, body, whole;
    words >> what >> method;
    if (what == "end") {
      reading.error = method;
      return true;
    }
    words >> target >> body >> whole;
    reading.requests.push_back({from_hex(method), from_hex(target), from_hex(body), whole == "whole"});
  }
  return false;
}

// Ours: every head that was taken, with the body of those that the sink was given; why a request was refused and the
// connection closed.
struct OurReading {
  std::vector<Found> requests;
  std::string error = "-";
  bool http_error = false;  // it is not HTTP
  bool closed = false;      // the rest, if there is one, was not read
  bool in_body = false;     // it ended in the body of the last request
  std::size_t begin = 0;    // of the request in which it ended
  std::size_t end = 0;      // behind the byte at which it ended
};

struct HeadsSink {
  std::vector<Found> requests;
  static bool is_beacon_path(std::string_view, std::string_view) { return true; }
  void on_head(ConnectionIndex, const HttpRequest& request) {
    requests.push_back({std::string(request.method_text), std::string(request.target), "", false});
  }
  bool on_request(ConnectionIndex, const HttpRequest& request) {
    requests.back().body = std::string(text(request.body));
    requests.back().whole = request.body_error == BeaconReject::kCount;
    return true;
  }
};

class OurReader {
 public:
  OurReader() { server_.set_time(Instant{kSecond}); }

  OurReading read(std::string_view all) {
    counters_.take_each([](CounterId, std::uint64_t) {});
    sink_.requests.clear();
    FakeStack stack(table_);
    server_.on_open(stack, 1, Flow{});
    OurReading reading;
    std::size_t answered = 0;
    for (; reading.end < all.size() && !stack.closed; ++reading.end) {
      server_.on_data(stack, 1, bytes(all.substr(reading.end, 1)));
      if (stack.waiting.size() == answered || stack.closed) continue;
      answered = stack.waiting.size();
      reading.begin = reading.end + 1;
    }
    reading.closed = stack.closed;
    reading.in_body = sink_.requests.size() > answered - interim(stack);
    if (!stack.closed) server_.on_half_close(stack, 1);
    stack.acknowledge();
    server_.on_closed(1, responder::CloseReason::kFinished);
    reading.requests = sink_.requests;
    note_reason(reading);
    return reading;
  }

 private:
  std::size_t interim(const FakeStack& stack) const {
    return static_cast<std::size_t>(
        std::count_if(stack.waiting.begin(), stack.waiting.end(),
                      [&](responder::ReplyId id) { return text(table_.bytes(id)).starts_with("HTTP/1.1 100"); }));
  }
  void note_reason(OurReading& reading) {
    for (std::size_t i = 0; i < kRefusalNames.size(); ++i) {
      const bool closes = reading.closed && counters_.pending(counter::id(static_cast<Refusal>(i))) > 0;
      if (closes) reading.error = kRefusalNames[i];
    }
    for (std::size_t i = 0; i < kHttpErrorNames.size(); ++i) {
      if (counters_.pending(counter::id(static_cast<HttpError>(i))) > 0) {
        reading.error = kHttpErrorNames[i];
        reading.http_error = true;
      }
    }
  }

  responder::ReplyTable table_;
  Counters counters_;
  HeadsSink sink_;
  HttpServer<HeadsSink> server_{small_config(), {}, table_, counters_, sink_};
};

}  // namespace bellrock::server::test
