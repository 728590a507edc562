// The text of requests and responses as browsers and nginx write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/traffic/random.h"
#include "tools/traffic/truth.h"

namespace bellrock::traffic {

// What a browser says about itself on every request.
struct Browser {
  std::string_view user_agent;
  std::string_view hints;  // client hint lines; empty where the browser sends none
  std::string_view device;
};
const Browser& pick_browser(Random& random);
const Browser& pick_robot(Random& random);

enum class Fetch : std::uint8_t { kNavigate, kStatic, kApi, kBeacon };

struct Ask {
  std::string_view method = "GET";
  std::string target = {};
  Route route = Route::kOther;
  Fetch fetch = Fetch::kNavigate;
  std::string body = {}, content_type = {};
  std::string extra = {};  // further header lines, each with its line end
  bool chunked = false, expect_continue = false, http10 = false;
};

struct Answer {
  unsigned status = 200;
  std::uint64_t body_bytes = 0;
  std::string_view content_type = "text/html; charset=utf-8";
  std::string extra = {};
  bool chunked = false, gzip = false, until_close = false, early_hints = false, close = false;
  std::int64_t latency_us = 1'000;
};

struct Speaker {
  const Browser* browser = nullptr;
  std::string host, cookie, referer;  // cookie: the whole header value, empty for none
};

std::string request_head(const Ask& ask, const Speaker& speaker);
// The body with its framing; `content_bytes` is what of it is content.
std::string framed_body(std::string_view body, bool chunked, Random& random);
// A whole response to `method`; `content_bytes` gets the length of its content on the wire.
std::string response_text(const Answer& answer, std::string_view method, std::int64_t time_us, Random& random,
                          std::uint64_t& content_bytes);

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
inline constexpr std::string_view kEarlyHints =
    "HTTP/1.1 103 Early Hints\r\nLink: </static/app.css>; rel=preload; as=style\r\n\r\n";

}  // namespace bellrock::traffic
