// The two journeys. Each branch is something a shopper may meet, with the outcome that the rules of the journeys give
// it.
#include <algorithm>
#include <array>
#include <string>

#include "tools/traffic/shopper.h"

namespace bellrock::traffic {
namespace {

// In milliseconds, whole or half, so that what is written is exact.
double half_ms(std::int64_t us) {
  const std::int64_t halves = us / 500;
  return static_cast<double>(halves) / 2;
}

constexpr auto kSearch = JourneyName::kSearch;
constexpr auto kCheckout = JourneyName::kCheckout;

std::string milliseconds(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string search_target(Random& random) {
  constexpr std::array<std::string_view, 6> kWords{"shoes", "red+shoes", "lamp", "caf%C3%A9", "bell", ""};
  const std::string target = "/search?q=" + std::string(random.pick(kWords));
  return random.chance(0.3) ? target + "&page=2" : target;
}

}  // namespace

// Says that the success beacon carried a client duration, a useless one, or none. Returns its attr.
std::string Shopper::clock_attr(JourneyName journey, std::string_view name, double ms) {
  Random& random = visitor_.random();
  AttemptTruth& attempt = ledger_.newest(journey);
  const double roll = random.unit();
  if (roll < 0.02) return {};
  if (roll < 0.04) {
    attempt.clock = ClientClock::kInvalid;
    ++visit_.bad_client_duration;
    constexpr std::array<std::string_view, 3> kUseless{"-5", "\"soon\"", "4000000"};
    return "\"" + std::string(name) + "\":" + std::string(random.pick(kUseless));
  }
  attempt.clock = ClientClock::kValid;
  attempt.client_ms = ms;
  return "\"" + std::string(name) + "\":" + milliseconds(ms);
}

void Shopper::search() {
  Random& random = visitor_.random();
  const Ask ask{.target = search_target(random), .route = Route::kSearch};
  const double roll = random.unit();
  if (roll < 0.03) {  // the shopper gives up while it loads
    const Done done = visitor_.abort(0, now_us_, ask, random.between(300'000, 9'000'000));
    ledger_.start(kSearch, Step::kQuery, done.request.last_us);
    ledger_.newest(kSearch).waited_ns = (done.response.first_us - done.request.last_us) * 1'000;
    ledger_.end(kSearch, Outcome::kAbandonedWaiting, done.response.first_us);
    now_us_ = done.response.first_us + 200'000;
  } else if (roll < 0.05) {  // the server goes away
    const Done done = visitor_.refuse(0, now_us_, ask, random.between(1'000, 2'000'000));
    ledger_.start(kSearch, Step::kQuery, done.request.last_us);
    ledger_.step(kSearch, Step::kBroken, done.response.first_us);
    ledger_.end(kSearch, Outcome::kFailedSystem, done.response.first_us);
    now_us_ = done.response.first_us + 300'000;
  } else {
    search_answered(ask);
  }
  think(5);
}

void Shopper::search_answered(const Ask& ask) {
  Random& random = visitor_.random();
  Answer answer = html(6'000, 110);
  if (random.chance(0.06)) answer.latency_us *= 8;
  const double roll = random.unit();
  if (roll < 0.04)
    answer.status = random.chance(0.5) ? 500 : 503;
  else if (roll < 0.08)
    answer.status = random.chance(0.5) ? 302 : 404;
  const unsigned status = answer.status;
  const std::int64_t asked = now_us_;
  const Done done = page(ask.target, Route::kSearch, std::move(answer));
  ledger_.start(kSearch, Step::kQuery, done.request.last_us);
  if (status >= 500) {
    ledger_.step(kSearch, Step::kBroken, done.response.first_us);
    ledger_.end(kSearch, Outcome::kFailedSystem, done.response.first_us);
    return;
  }
  if (status != 200) return;  // neither: it waits for its idle time, or for the next search
  ledger_.step(kSearch, Step::kPage, done.response.first_us);
  assets();
  now_us_ += std::max<std::int64_t>(5'000, random.log_normal(60'000, 0.8));
  const double shown = random.unit();
  if (shown < 0.03) return;  // no word about results: nobody knows
  if (shown < 0.07) {
    Saying saying = step("search.error", false);
    if (random.chance(0.5)) saying.type = BeaconType::kError;
    const std::int64_t at = say({saying});
    ledger_.step(kSearch, Step::kBroken, at);
    ledger_.end(kSearch, Outcome::kFailedSystem, at);
    return;
  }
  results_shown(half_ms(now_us_ - asked));
}

void Shopper::results_shown(double search_ms) {
  Random& random = visitor_.random();
  const std::string count = "\"result_count\":" + std::to_string(random.between(0, 400));
  const std::string clock = clock_attr(kSearch, "search_ms", search_ms);
  std::vector<Saying> sayings{step("search.results", true, clock.empty() ? count : count + "," + clock)};
  if (random.chance(0.4)) sayings.insert(sayings.begin(), vitals());
  const std::int64_t at = say(sayings);
  ledger_.step(kSearch, Step::kResults, at);
  ledger_.end(kSearch, Outcome::kSuccess, at);
  if (random.chance(0.02) && ledger_.pending(kSearch) == 0) {  // back and forward again
    now_us_ += 2'000'000;
    say({step("search.results", true, count)});
    ++visit_.duplicate_success;
  }
}

std::uint64_t Shopper::confirm_orphan() {
  page("/confirmation/1", Route::kConfirmation, html(2'500, 15));
  say({step("order.confirmed", true)});
  return 1;
}

void Shopper::checkout() {
  Random& random = visitor_.random();
  const int opened = random.chance(0.06) ? 2 : 1;  // a reload before anything was paid
  for (int i = 0; i < opened; ++i) {
    const Done done = page("/checkout", Route::kCheckout, html(4'000, 45));
    ledger_.start(kCheckout, Step::kOpen, done.request.last_us);
    if (i + 1 < opened) now_us_ += 700'000;
  }
  assets();
  for (auto left = random.weighted(std::array{0.2, 0.6, 0.2}); left > 0; --left) {
    think(4);
    ledger_.step(kCheckout, Step::kAddress, say({step("checkout.address", random.chance(0.9))}));
  }
  const bool pending = ledger_.pending(kCheckout) > 0;
  const double roll = random.unit();
  if (roll < 0.10) return;  // left before paying
  if (roll < 0.16 && !pending) {
    ledger_.step(kCheckout, Step::kLeft, say({step("checkout.cancel", true)}));
    ledger_.end(kCheckout, Outcome::kCancelled, last_activity_us_);
    return;
  }
  think(7);
  for (int tries = 0; tries < 3 && pay(tries > 0); ++tries) think(5);
  // A shopper whose order was never confirmed may go through it all again.
  if (ledger_.pending(kCheckout) == 1 && random.chance(0.3)) {
    think(15);
    checkout();
  }
}

Ask Shopper::payment() const {
  Ask ask{.method = "POST", .target = "/api/v1/payments", .route = Route::kPayments, .fetch = Fetch::kApi};
  ask.body = R"({"cart":"c-)" + sender_.sid + R"(","card":"tok_9f","amount":4999,"currency":"EUR"})";
  ask.content_type = "application/json";
  return ask;
}

// One payment. True: it failed in a way that the shopper tries again after.
bool Shopper::pay(bool again) {
  Random& random = visitor_.random();
  const Ask ask = payment();
  const auto intent = [&](std::int64_t at_us) {
    if (again)
      ledger_.retry(at_us);
    else
      ledger_.step(kCheckout, Step::kPay, at_us);
  };
  const bool alone = ledger_.pending(kCheckout) == 0;
  const bool tries_again = alone && random.chance(0.5);
  if (random.chance(options_.hang)) {
    const Done done = visitor_.hang(0, now_us_, ask);
    intent(done.request.last_us);
    ledger_.newest(kCheckout).forgotten_ns = (done.response.last_us + kConnectionIdleUs) * 1'000;
    return false;
  }
  const auto meets = random.weighted(std::array{0.86, 0.04, 0.02, 0.025, 0.015, 0.04});
  if (meets == 2 || meets == 3) {
    const bool refused = meets == 2;
    const std::int64_t waited = random.between(100'000, 8'000'000);
    const Done done = refused ? visitor_.refuse(0, now_us_, ask, waited) : visitor_.abort(0, now_us_, ask, waited);
    intent(done.request.last_us);
    now_us_ = done.response.first_us + 500'000;
    if (refused) ledger_.step(kCheckout, Step::kBroken, done.response.first_us);
    ledger_.newest(kCheckout).waited_ns = refused ? 0 : (done.response.first_us - done.request.last_us) * 1'000;
    ledger_.end(kCheckout, refused ? Outcome::kFailedSystem : Outcome::kAbandonedWaiting, done.response.first_us);
    return tries_again;
  }
  Answer answer{.body_bytes = 260,
                .content_type = "application/json",
                .latency_us = std::max<std::int64_t>(2'000, random.log_normal(260'000, 0.45))};
  if (random.chance(0.03)) answer.latency_us += random.between(700'000, 6'000'000);
  constexpr std::array<unsigned, 6> kStatuses{200, 503, 0, 0, 404, 402};
  answer.status = meets == 0 && random.chance(0.2) ? 201 : meets == 4 && random.chance(0.5) ? 302 : kStatuses[meets];
  const std::int64_t asked = now_us_;
  const Done done = visitor_.exchange(0, now_us_, ask, answer);
  now_us_ = done.response.last_us + visitor_.rtt_us();
  intent(done.request.last_us);
  if (meets == 1) {
    ledger_.step(kCheckout, Step::kBroken, done.response.first_us);
    ledger_.end(kCheckout, Outcome::kFailedSystem, done.response.first_us);
    if (!tries_again && alone && random.chance(0.3)) confirm_late();
    return tries_again;
  }
  if (meets == 4) return false;  // an answer that no step knows: nobody knows
  if (meets == 0) ledger_.step(kCheckout, Step::kPayOk, done.response.first_us);
  if (meets == 5 || random.chance(0.03)) {
    const std::int64_t at = say({step("payment.declined", false)});
    ledger_.step(kCheckout, Step::kDeclined, at);
    ledger_.end(kCheckout, Outcome::kFailedUser, at);
    return tries_again;
  }
  if (random.chance(0.96)) confirmed(asked);
  return false;
}

void Shopper::confirmed(std::int64_t paid_us) {
  Random& random = visitor_.random();
  page("/confirmation/" + std::to_string(random.between(100'000, 999'999)), Route::kConfirmation, html(2'500, 20));
  now_us_ += std::max<std::int64_t>(4'000, random.log_normal(120'000, 0.9));
  constexpr std::array<std::string_view, 4> kMethods{"card", "wallet", "invoice", "voucher"};
  const std::string method = "\"method\":\"" + std::string(random.pick(kMethods)) + "\"";
  const std::string clock = clock_attr(kCheckout, "pay_to_confirmed_ms", half_ms(now_us_ - paid_us));
  std::vector<Saying> sayings{step("order.confirmed", true, clock.empty() ? method : method + "," + clock)};
  if (random.chance(0.5)) sayings.push_back(vitals());
  const std::int64_t at = say(sayings);
  ledger_.step(kCheckout, Step::kConfirmed, at);
  ledger_.end(kCheckout, Outcome::kSuccess, at);
  if (random.chance(0.03) && ledger_.pending(kCheckout) == 0) {  // the page is loaded again
    now_us_ += 4'000'000;
    page(path_, Route::kConfirmation, html(2'500, 20));
    say({step("order.confirmed", true, method)});
    ++visit_.duplicate_success;
  }
}

// The order went through although the answer said it did not.
void Shopper::confirm_late() {
  now_us_ += 8'000'000;
  page("/confirmation/77", Route::kConfirmation, html(2'500, 20));
  say({step("order.confirmed", true)});
  ++visit_.late_success;
}

}  // namespace bellrock::traffic
