#include <algorithm>

#include "tools/traffic/shopper.h"

namespace bellrock::traffic {

Visit robot_visit(const Options& options, std::uint64_t seed, Place place, std::int64_t now_us) {
  Visitor visitor(options, seed, place);
  Random& random = visitor.random();
  visitor.speaker.browser = &pick_robot(random);
  const bool old = random.chance(0.3);
  const Ask robots{.target = "/robots.txt", .http10 = old};
  visitor.exchange(0, now_us, robots,
                   {.status = random.chance(0.8) ? 200u : 404u,
                    .body_bytes = 120,
                    .content_type = "text/plain",
                    .until_close = old,
                    .latency_us = 400});
  now_us = std::max(now_us + 80'000, visitor.ready_us(0));
  for (auto left = random.between(2, 8); left > 0; --left) {
    Ask ask{.target = "/product/" + std::to_string(random.between(1, 9'999)), .route = Route::kProduct};
    if (random.chance(0.2))
      ask = {.method = "HEAD", .target = "/", .route = Route::kHome};
    else if (random.chance(0.1))
      ask = {.target = "/search?q=all", .route = Route::kSearch};
    Answer answer{.body_bytes = static_cast<std::uint64_t>(random.log_normal(5'000, 0.4)),
                  .latency_us = std::max<std::int64_t>(200, random.log_normal(30'000, 0.6))};
    if (random.chance(0.05)) answer.status = 404;
    const Done done = visitor.exchange(0, now_us, ask, answer);
    now_us = done.response.last_us + random.between(100'000, 3'000'000);
  }
  Visit visit;
  visit.transactions = visitor.transactions();
  visit.connections = visitor.leave(now_us);
  return visit;
}

}  // namespace bellrock::traffic
