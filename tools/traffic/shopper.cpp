#include "tools/traffic/shopper.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bellrock::traffic {
namespace {

std::string make_sid(Random& random) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%016llx%06llx", static_cast<unsigned long long>(random.next()),
                static_cast<unsigned long long>(random.next() & 0xffffff));
  return text.data();
}

}  // namespace

Shopper::Shopper(const Options& options, std::uint64_t seed, Place place, std::int64_t now_us)
    : options_(options), visitor_(options, seed, place), ledger_({}, {}), now_us_(now_us) {
  Random& random = visitor_.random();
  const Browser& browser = pick_browser(random);
  visitor_.speaker.browser = &browser;
  sender_.sid = make_sid(random);
  sender_.host = options.host;
  ledger_ = Ledger(sender_.sid, browser.device);
  // Chance of its own, so that nothing else about the shopper changes with it.
  const std::int64_t skew_ms = options.clock_skew_s * 1'000;
  if (skew_ms != 0) skew_ms_ = Random(seed ^ 0x5c10c4).between(-skew_ms, skew_ms);
  const bool known = random.chance(0.6);  // others get their cookie with the first answer
  if (known) visitor_.speaker.cookie = "_ga=GA1.1.1873.1717; sid=" + sender_.sid + "; theme=dark";
}

Visit Shopper::visit() {
  Random& random = visitor_.random();
  home();
  if (random.chance(0.01)) visit_.orphan_success += confirm_orphan();
  const auto searches = random.weighted(std::array{0.35, 0.4, 0.2, 0.05});
  for (std::size_t i = 0; i < searches; ++i) {
    search();
    if (random.chance(0.7)) product();
  }
  if (random.chance(0.5)) product();
  if (random.chance(options_.invalid_beacons * 12)) say_invalid();
  if (random.chance(0.6)) {
    add_to_cart();
    if (random.chance(0.85)) checkout();
  }
  if (random.chance(0.1)) feedback();
  // The page's last words when it is left. They are the last sign of life of every shopper.
  now_us_ += random.between(200'000, 20'000'000);
  last_activity_us_ = say({vitals()});
  visit_.attempts = ledger_.leave(last_activity_us_);
  visit_.transactions = visitor_.transactions();
  visit_.connections = visitor_.leave(now_us_ + random.between(0, 5'000'000));
  return std::move(visit_);
}

void Shopper::think(double median_s) {
  now_us_ += std::clamp<std::int64_t>(visitor_.random().log_normal(median_s * 1e6, 0.7), 50'000, 60'000'000);
}

Answer Shopper::html(double median_bytes, double latency_ms) {
  Random& random = visitor_.random();
  Answer answer{.body_bytes = static_cast<std::uint64_t>(random.log_normal(median_bytes, 0.4)),
                .latency_us = std::max<std::int64_t>(80, random.log_normal(latency_ms * 1'000, 0.6))};
  answer.chunked = random.chance(options_.chunked);
  answer.gzip = random.chance(options_.gzip);
  return answer;
}

void Shopper::show(std::string path, Route route) {
  path_ = std::move(path);
  route_ = route;
  page_started_us_ = now_us_;
  sender_.page_view = visitor_.random().next();
}

// Asks for a page and shows it; `now` is then when the page is there.
Done Shopper::page(std::string target, Route route, Answer answer) {
  const std::string path = target.substr(0, target.find('?'));
  const Ask ask{.target = std::move(target), .route = route};
  visitor_.speaker.referer = path_;
  const std::int64_t asked = now_us_;
  const Done done = visitor_.exchange(0, now_us_, ask, std::move(answer));
  show(path, route);
  page_started_us_ = asked;
  visitor_.speaker.referer = path_;
  now_us_ = std::max(now_us_, done.response.last_us + visitor_.rtt_us());
  return done;
}

void Shopper::assets() {
  Random& random = visitor_.random();
  const auto one = [&](std::vector<Ask>& asks, std::vector<Answer>& answers) {
    constexpr std::array<std::string_view, 6> kNames{"app.js",   "app.css", "hero.webp",
                                                     "logo.svg", "cart.js", "font.woff2"};
    asks.push_back(
        {.target = "/static/" + std::string(random.pick(kNames)), .route = Route::kStatic, .fetch = Fetch::kStatic});
    Answer answer{.content_type = "text/javascript",
                  .latency_us = std::max<std::int64_t>(40, random.log_normal(350, 0.7))};
    answer.body_bytes = static_cast<std::uint64_t>(std::min<std::int64_t>(random.log_normal(3'400, 0.9), 60'000));
    if (random.chance(0.5)) answer.status = 304;
    answer.chunked = random.chance(options_.chunked / 4);
    answers.push_back(std::move(answer));
  };
  const auto count = static_cast<std::size_t>(random.between(1, 5));
  std::vector<Ask> asks;
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < count; ++i) one(asks, answers);
  if (count > 1 && random.chance(options_.pipeline)) {
    visitor_.pipeline(1, now_us_, asks, answers);
  } else {
    for (std::size_t i = 0; i < count; ++i) visitor_.exchange(i % 2, now_us_, asks[i], answers[i]);
  }
  if (random.chance(0.01)) {
    Answer large{.body_bytes = 40'000, .content_type = "image/webp", .latency_us = 900};
    visitor_.cut_response(1, now_us_, {.target = "/static/video.bin", .route = Route::kStatic, .fetch = Fetch::kStatic},
                          large);
  }
  now_us_ = std::max({now_us_, visitor_.ready_us(0), visitor_.ready_us(1)});
}

void Shopper::home() {
  Random& random = visitor_.random();
  Answer answer = html(6'500, 25);
  answer.early_hints = random.chance(0.05);
  const bool new_cookie = visitor_.speaker.cookie.empty();
  if (new_cookie) answer.extra = "Set-Cookie: sid=" + sender_.sid + "; Path=/; SameSite=Lax\r\n";
  page("/", Route::kHome, std::move(answer));
  if (new_cookie) visitor_.speaker.cookie = "sid=" + sender_.sid;
  assets();
  if (random.chance(0.2)) {
    visitor_.exchange(1, now_us_, {.target = "/favicon.ico", .fetch = Fetch::kStatic},
                      {.status = 404, .body_bytes = 150, .latency_us = 300});
  }
  say({vitals()});
  think(6);
}

void Shopper::product() {
  Random& random = visitor_.random();
  Answer answer = html(6'500, 40);
  if (random.chance(0.03))
    answer.status = 404;
  else if (random.chance(0.01))
    answer.status = 500;
  page("/product/" + std::to_string(random.between(1, 9'999)), Route::kProduct, std::move(answer));
  assets();
  std::vector<Saying> sayings{vitals()};
  if (random.chance(0.3)) sayings.push_back({.type = BeaconType::kClick, .page = path_, .route = route_});
  if (random.chance(0.2)) {
    sayings.push_back({.type = BeaconType::kAction, .name = "gallery", .page = path_, .route = route_, .dur_ms = 30});
  }
  if (random.chance(0.05))
    sayings.push_back({.type = BeaconType::kError, .name = "TypeError", .page = path_, .route = route_});
  say(std::move(sayings));
  think(8);
}

void Shopper::add_to_cart() {
  Random& random = visitor_.random();
  Ask ask{.method = "POST", .target = "/api/cart", .route = Route::kCart, .fetch = Fetch::kApi};
  ask.body = R"({"sku":)" + std::to_string(random.between(1, 9'999)) + R"(,"qty":1})";
  ask.content_type = "application/json";
  ask.expect_continue = random.chance(0.05);
  Answer answer{.body_bytes = 180,
                .content_type = "application/json",
                .latency_us = std::max<std::int64_t>(200, random.log_normal(18'000, 0.6))};
  if (random.chance(0.3))
    answer.status = 204;
  else if (random.chance(0.01))
    answer.status = 500;
  const Done done = visitor_.exchange(0, now_us_, ask, answer);
  now_us_ = done.response.last_us + visitor_.rtt_us();
  if (random.chance(0.5)) page("/cart", Route::kCartPage, html(3'000, 20));
  say({step("cart", true)});
  think(4);
}

void Shopper::feedback() {
  now_us_ += 3'000'000;
  say({{.type = BeaconType::kFeedback, .page = path_, .route = route_}});
}

Saying Shopper::vitals() const { return {.type = BeaconType::kVitals, .page = path_, .route = route_}; }

Saying Shopper::step(std::string name, bool ok, std::string attrs) {
  return {.type = BeaconType::kStep,
          .name = std::move(name),
          .page = path_,
          .route = route_,
          .ok = ok,
          .dur_ms = static_cast<double>(visitor_.random().log_normal(400, 0.6)),
          .attrs = std::move(attrs)};
}

// Returns when the beacon was complete at the edge.
std::int64_t Shopper::say(const std::vector<Saying>& sayings) {
  Random& random = visitor_.random();
  sender_.wall_ms = now_us_ / 1'000 + skew_ms_;
  sender_.monotonic_ms = static_cast<double>(now_us_ - page_started_us_) / 1'000;
  Carrier carrier = carry(sayings, sender_, options_.gzip, options_.chunked, random);
  const Done done = visitor_.exchange(0, now_us_, carrier.ask, {.status = 204, .latency_us = random.between(60, 400)},
                                      std::move(carrier.beacons));
  now_us_ = std::max(now_us_, done.request.last_us + 1'000);
  last_activity_us_ = done.request.last_us;
  return done.request.last_us;
}

void Shopper::say_invalid() {
  bool cut_short = false;
  Carrier carrier = carry_invalid(sender_, visitor_.random(), cut_short);
  if (cut_short) {
    const Done done = visitor_.cut_request(1, now_us_, carrier.ask, std::move(carrier.beacons));
    now_us_ = std::max(now_us_, done.request.last_us + 20'000);
    return;
  }
  const bool large = carrier.ask.body.size() > 65'536;
  const Done done =
      visitor_.exchange(0, now_us_, carrier.ask, {.status = large ? 413u : 204u, .body_bytes = 170, .latency_us = 150},
                        std::move(carrier.beacons));
  now_us_ = std::max(now_us_, done.request.last_us + 20'000);
}

}  // namespace bellrock::traffic
