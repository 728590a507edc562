// No message and no event takes memory: not while tables fill, nor when they are full, nor when all deadlines come up.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/unit/dataplane/journey/matcher_fixture.h"

namespace {
thread_local bool armed = false;
thread_local std::uint64_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  if (armed) ++allocations;
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Out of line, or the compiler sees memory of `new` go to `free`.
[[gnu::noinline]] void release(void* memory) { std::free(memory); }
}  // namespace

void* operator new(std::size_t size) { return allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new[](std::size_t size) { return allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t at) { return allocate(size, static_cast<std::size_t>(at)); }
void* operator new[](std::size_t size, std::align_val_t at) { return allocate(size, static_cast<std::size_t>(at)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace bellrock::journey {
namespace {

// All that an event may carry, and all that may be kept for a visitor, in tables that are soon full.
ShopBuilder crowded_shop() {
  ShopBuilder shop;
  shop.d.amounts = {{SourceKind::kQuery, 0, "a", ""}};
  shop.d.correlates = {{{{SourceKind::kQuery, 0, "a", ""}, {SourceKind::kBeaconAttr, 0, "method", ""}}}};
  Journey& checkout = shop.d.journeys[checkout::kId.index()];
  checkout.value = {1, StepId{checkout::kPay}, "EUR", 1};
  checkout.correlate = 1;
  checkout.per_session = true;
  checkout.objectives.push_back(make_consistency("steady", checkout::kPayLatency));
  shop.d.dimensions.push_back({"page", {SourceKind::kBeaconField, 0, "name", ""}, {}, {}, 3});
  checkout.dimensions.emplace_back(shop.d.dimensions.size() - 1);
  Effect effect;
  effect.of = ObjectiveId{checkout::kPayLatency};
  effect.outcomes = outcome_bit(Outcome::kAbandonedWaiting);
  effect.hazard = true;
  effect.strata = {0, Effect::kReturning};
  checkout.effects = {effect};
  shop.d.coverage = {.on = true, .identity = {}, .within = kMinute, .has_place = false, .place = {}, .split = true};
  shop.d.coverage_calls = {{TemplateId{2}, "order.confirmed"}};
  shop.d.limits.seen_pages_per_core = 40;
  shop.d.error_top = 3;
  shop.d.limits.sessions_per_core = 50;
  shop.d.limits.attempts_per_core = 60;
  return shop;
}

// Longer than 70 lines: one storm of all that an engine can be told.
TEST(JourneyEngine, AllocatesNothingAfterItWasMade) {
  const ShopBuilder shop = crowded_shop();
  Counters counters;
  Matcher matcher(shop.d, {kSessionKey}, kOwnerKey, counters);
  CountingCells cells;
  const TableMemory memory(shop.d.limits.sessions_per_core, shop.d.limits.attempts_per_core, 0, 0,
                           shop.d.limits.seen_pages_per_core);
  const auto record = std::make_unique<JournalRecord>();
  Journal journal(memory.span().data(), memory.span().size(), record.get());
  Tracker<CountingCells> tracker(shop.d, memory.span(), cells, journal, counters, memory.pages());

  std::vector<std::unique_ptr<TextRequest>> opens, pays, posts;
  for (int v = 0; v < 200; ++v) {
    const std::string cookie = "theme=dark; sid=visitor" + std::to_string(v);
    opens.push_back(std::make_unique<TextRequest>(Method::kGet, "GET", "/checkout", cookie));
    pays.push_back(std::make_unique<TextRequest>(Method::kPost, "POST", "/api/v2/payments?a=%20", cookie));
    posts.push_back(std::make_unique<TextRequest>(Method::kPost, "POST", "/rum", cookie));
  }
  Beacon beacon;
  beacon.name = "order.confirmed";
  beacon.page = "/checkout";
  beacon.dur = 100;
  beacon.attrs[0] = {"pay_to_confirmed_ms", Attr::Type::kNumber, {}, 812.25};
  beacon.attrs[1] = {"method", Attr::Type::kString, "card", 0};
  beacon.attr_count = 2;
  Beacon failing;
  failing.type = BeaconType::kError;
  std::vector<std::string> messages;  // more than a table of codes has room for
  for (int v = 0; v < 400; ++v) messages.push_back("something went wrong with order " + std::to_string(v));

  Transaction aborted;
  aborted.end = TransactionEnd::kAborted;
  Instant now = kDay;
  std::uint64_t events = 0, calls = 0;
  const auto apply = [&](Event& event) {
    event.time = now;
    tracker.on_event(event);
    journal.commit();
    ++events;
    const PageSight* sight = event.extras.sight();
    calls += sight != nullptr && sight->what == PageSight::What::kCall ? 1U : 0U;
  };
  const auto ask = [&](const TextRequest& text) {
    RequestTag tag = text.tag(matcher);
    matcher.on_request(text.request, tag, apply);
    return tag;
  };
  armed = true;
  for (int round = 0; round < 20; ++round) {
    for (std::size_t v = 0; v < opens.size(); ++v) {
      now = now + kSecond * static_cast<Duration>(1 + round % 7);
      ask(*opens[v]);
      const RequestTag tag = ask(*pays[v]);
      now = now + kMillisecond;
      if (v % 3 == 0) matcher.on_response({v % 2 == 0 ? 200u : 500u, now}, tag, apply);
      if (v % 5 == 0) matcher.on_transaction(aborted, tag, apply);
      if (v % 2 == 0) matcher.on_beacon(beacon, posts[v]->request, posts[v]->tag(matcher), apply);
      failing.msg = messages[v + (round % 2 == 0 ? 0 : opens.size())];
      matcher.on_beacon(failing, posts[v]->request, posts[v]->tag(matcher), apply);
    }
  }
  tracker.expire(now + 100 * kHour);
  armed = false;
  EXPECT_EQ(allocations, 0u);
  EXPECT_GT(events, 10'000u);
  EXPECT_GT(calls, 1'000u);
  EXPECT_TRUE(tracker.pages().empty());
  EXPECT_GT(counters.pending(counter::id(EventCount::kAttemptsFull)), 0u);
  EXPECT_EQ(counters.pending(counter::id(EventCount::kPageErrors)), 20u * opens.size());
  EXPECT_GT(tracker.outcomes(checkout::kId, Outcome::kSuccess), 0u);
  EXPECT_EQ(tracker.live(), 0u);
  EXPECT_TRUE(tracker.totals(checkout::kId).conserved());
}

}  // namespace
}  // namespace bellrock::journey
