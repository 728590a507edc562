// Beacon coverage and the split of page loads and calls against the rules read slowly, one page after another.
#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/dataplane/journey/coverage_case.h"

namespace bellrock::journey {
namespace {

class SlowReader {
 public:
  void on(const Seen& seen) {
    ++counts["seen"];
    pages_.push_back({seen});
  }
  void on(const Spoken& spoken) {
    Page* const page = find(spoken);
    if (page == nullptr) {
      ++counts[spoken.first ? "beacon/unseen" : "beacon/further"];
      if (spoken.ttfb_us != kNoPageTime) ++counts["split unmatched/no_page"];
      return;
    }
    ++counts[page->covered ? "beacon/further" : "covered"];
    if (!page->covered) page->view = spoken.view;
    page->covered = true;
    if (spoken.ttfb_us == kNoPageTime || page->timed) return;
    page->timed = true;
    ++counts["split server"];
    ++counts[spoken.ttfb_us < page->seen.server_us ? "split network/clamped" : "split network"];
    if (spoken.load_us != kNoPageTime) {
      ++counts[spoken.load_us < spoken.ttfb_us ? "split client/clamped" : "split client"];
    }
  }
  void on(const Called& called) { calls_.push_back({called}); }
  void on(const Told& told) {
    const Duration took = Duration{told.dur_us} * kMicrosecond;
    for (Call& call : calls_) {
      const Duration age = at_second(told.second) - at_second(call.called.second);
      const Duration since_sent = age + Duration{call.called.server_us} * kMicrosecond;
      const bool waits = call.called.visitor == told.visitor && !call.timed && age >= 0 && age <= kWithin;
      if (!waits || since_sent > took + kCallBeaconLagMax) continue;
      call.timed = true;
      ++counts["call server"];
      const std::uint32_t first_us = told.ttfb_us == kNoPageTime ? told.dur_us : told.ttfb_us;
      ++counts[first_us < call.called.server_us ? "call network/clamped" : "call network"];
      if (told.ttfb_us != kNoPageTime) ++counts[told.dur_us < told.ttfb_us ? "call client/clamped" : "call client"];
      return;
    }
    ++counts["call unmatched/no_page"];
  }
  void end() {
    for (const Call& call : calls_) {
      if (!call.timed) ++counts["call unmatched/no_timing"];
    }
    for (const Page& page : pages_) {
      if (!page.covered) ++counts["uncovered"];
      if (!page.timed) ++counts["split unmatched/no_timing"];
    }
  }
  Counts counts;

 private:
  struct Page {
    Seen seen;
    bool covered = false, timed = false;
    std::uint32_t view = 0;
  };
  struct Call {
    Called called;
    bool timed = false;
  };
  Page* find(const Spoken& spoken) {
    std::vector<Page*> meant;
    for (Page& page : pages_) {
      const bool same = page.seen.visitor == spoken.visitor && page.seen.path == spoken.path;
      const Duration age = at_second(spoken.second) - at_second(page.seen.second);
      if (same && age >= 0 && age <= kWithin) meant.push_back(&page);
    }
    for (Page* page : meant) {
      if (page->covered && spoken.view != 0 && page->view == spoken.view) return page;
    }
    for (Page* page : meant) {
      if (!page->covered) return page;
    }
    std::reverse(meant.begin(), meant.end());
    for (Page* page : meant) {
      if (spoken.view == 0 || page->view == 0) return page;
    }
    return nullptr;
  }
  std::vector<Page> pages_;
  std::vector<Call> calls_;
};

// The same messages on so many cores, each with its own visitors.
class Cores {
 public:
  Cores(const Definition& definition, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) owners_.push_back(std::make_unique<Owner>(definition));
  }
  void apply(const Event& event) {
    for (std::size_t i = 0; i < owners_.size(); ++i) {
      const bool mine = event.owner_hash % owners_.size() == i;
      mine ? owners_[i]->apply(event) : owners_[i]->roll_to(event.time);
    }
  }
  void restart(std::size_t seed) { owners_[seed % owners_.size()]->restart(); }
  void end(Instant now) {
    for (const auto& owner : owners_) owner->roll_to(now);
  }
  FakeCells::Windows windows() const {
    FakeCells::Windows all;
    for (const auto& owner : owners_) {
      for (const auto& [at, cell] : owner->cells.windows()) {
        FakeCells::Cell& sum = all[at];
        sum.count += cell.count;
        sum.values.insert(sum.values.end(), cell.values.begin(), cell.values.end());
        std::sort(sum.values.begin(), sum.values.end());
      }
    }
    return all;
  }
  Counts counts(CellScope scope) const {
    Counts sum;
    for (const auto& owner : owners_) count_cells(owner->cells, scope, sum);
    return sum;
  }

 private:
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST(Coverage, IsWhatASlowReaderOfTheRulesSaysOnAnyNumberOfCores) {
  const Definition definition = calling();
  std::set<std::string> met;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto upto = [&random](std::uint32_t n) { return static_cast<std::uint32_t>(random() % (n + 1)); };
    SlowReader reader;
    Cores one(definition, 1), two(definition, 2), four(definition, 4);
    double second = 0;
    for (int i = 0; i < 200; ++i) {
      second += upto(3) == 0 ? upto(70) : 0.25 * upto(20);
      const std::uint64_t visitor = 1 + upto(4);
      const auto path = static_cast<std::uint16_t>(1 + upto(1));
      Event event;
      if (const std::uint32_t what = upto(5); what == 0) {
        const Called called{second, visitor, upto(4) * 100'000};
        reader.on(called);
        event = event_of(called);
      } else if (what == 1) {
        Told told{.second = second, .visitor = visitor, .dur_us = upto(40) * 100'000};
        if (upto(1) == 0) told.ttfb_us = upto(8) * 100'000;
        reader.on(told);
        event = event_of(told);
      } else if (upto(2) == 0) {
        const Seen seen{second, visitor, path, upto(4) * 100'000};
        reader.on(seen);
        event = event_of(seen);
      } else {
        Spoken spoken{.second = second, .visitor = visitor, .path = path, .view = upto(3), .first = upto(1) == 0};
        if (upto(1) == 0) spoken.ttfb_us = upto(4) * 100'000;
        if (upto(1) == 0) spoken.load_us = upto(8) * 100'000;
        reader.on(spoken);
        event = event_of(spoken);
      }
      for (Cores* cores : {&one, &two, &four}) cores->apply(event);
      if (upto(9) == 0) two.restart(upto(1));
    }
    reader.end();
    for (Cores* cores : {&one, &two, &four}) cores->end(at_second(second + 100));
    ASSERT_EQ(one.counts(CellScope::kTotal), reader.counts) << "seed " << seed;
    ASSERT_EQ(one.counts(CellScope::kDimensioned), reader.counts) << "seed " << seed;
    ASSERT_TRUE(two.windows() == one.windows() && four.windows() == one.windows()) << "seed " << seed;
    for (const auto& [name, n] : reader.counts) met.insert(name);
  }
  EXPECT_EQ(met.size(), 5u + 7u + 7u) << "everything that can happen there did";
}

}  // namespace
}  // namespace bellrock::journey
