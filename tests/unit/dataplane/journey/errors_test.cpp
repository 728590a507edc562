// Errors that pages tell of: counted once for each beacon, by page and code, whoever's they are. The codes that are
// told apart and __other__ add up to all, however many codes and cores there are; and each that came is in a cell or
// dropped.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

class PageErrors : public MatcherTest {
 protected:
  PageErrors() {
    shop_.d.error_pages = {TemplateId{3}, TemplateId{1}};
    shop_.d.error_top = 3;
  }
  static Beacon error(std::string_view code, std::string_view page = "/search", std::string_view sid = "v1") {
    Beacon b = named({}, sid);
    b.type = BeaconType::kError;
    b.page = page;
    b.code = code;
    return b;
  }
  void make_owners(std::size_t cores = 1) {
    owners_.clear();
    for (std::size_t i = 0; i < cores; ++i) owners_.push_back(std::make_unique<Owner>(shop_.d));
  }
  // Sent, and applied where the visitor is owned.
  void send(const Beacon& b, const char* agent = "Mozilla/5.0", double second = 1) {
    if (owners_.empty()) make_owners();
    for (const Event& event : beacon(b, TextRequest(Method::kPost, "POST", "/rum", "", "shop.example", agent))) {
      Event timed = event;
      timed.time = at_second(second);
      owners_[owner_core(false, timed.identity, timed.owner_hash, owners_.size())]->apply(timed);
    }
  }
  using Counts = std::map<std::pair<int, std::string>, std::uint64_t>;  // by page and code
  // The texts that seats have now.
  Counts counts(CellScope scope) {
    Counts counts;
    for (const auto& owner : owners_) {
      for (const auto& [at, cell] : owner->cells.windows()) {
        const CellKey& key = at.second;
        if (key.kind != CellKind::kError || key.scope != scope || cell.count == 0) continue;
        counts[{key.journey.value, code_of(*owner, key.values[0])}] += cell.count;
      }
    }
    return counts;
  }
  static std::string code_of(const Owner& owner, std::uint8_t seat) {
    TopEntry entry;
    const TopTable& table = SessionTable::top_table(owner.memory(), kErrorTable);
    return seat == 0 ? "__other__" : std::string(read_seat_text(table, seat, entry));
  }
  static std::uint64_t sum(const Counts& counts) {
    std::uint64_t sum = 0;
    for (const auto& [of, n] : counts) sum += n;
    return sum;
  }
  std::uint64_t at_owners(EventCount what) const {
    std::uint64_t sum = 0;
    for (const auto& owner : owners_) sum += owner->counted(what);
    return sum;
  }

  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST_F(PageErrors, AreCountedByPageAndCode) {
  send(error("R1"));
  send(error("R1"));
  send(error("E42", "/checkout"));
  send(error("R1", "/elsewhere"));
  Beacon silent = error({});
  silent.name = {};
  send(silent);
  EXPECT_EQ(counts(CellScope::kTotal), (Counts{{{1, "__other__"}, 3}, {{2, "__other__"}, 1}, {{0, "__other__"}, 1}}));
  EXPECT_EQ(counts(CellScope::kDimensioned),
            (Counts{{{1, "R1"}, 2}, {{2, "E42"}, 1}, {{0, "R1"}, 1}, {{1, "__other__"}, 1}}));
  EXPECT_EQ(counted(EventCount::kPageErrors), 5u);
}

TEST_F(PageErrors, OfNobodyWeKnowCountAndOfSeveralIdentitiesOnce) {
  send(error("R1", "/search", ""));
  EXPECT_EQ(sum(counts(CellScope::kTotal)), 1u);
  shop_.d.identities.push_back({"other", {{SourceKind::kBeaconField, 0, "sid", ""}}});
  shop_.d.journeys[search::kId.index()].identity = IdentityId{1};
  matcher_.reset();
  send(error("R1"));
  EXPECT_EQ(sum(counts(CellScope::kTotal)), 2u);
  EXPECT_EQ(counts(CellScope::kDimensioned), (Counts{{{1, "R1"}, 2}}));
}

TEST_F(PageErrors, AreNotLookedAtWhereNoSiteAsks) {
  shop_.d.error_pages.clear();
  shop_.d.error_top = 0;
  send(error("R1"));
  EXPECT_EQ(counted(EventCount::kPageErrors), 0u);
  EXPECT_TRUE(counts(CellScope::kTotal).empty());
}

TEST_F(PageErrors, OfAllPagesAreTogetherWhereNoneIsListed) {
  shop_.d.error_pages.clear();
  send(error("R1"));
  send(error("R1", "/checkout"));
  EXPECT_EQ(counts(CellScope::kDimensioned), (Counts{{{0, "R1"}, 2}}));
}

TEST_F(PageErrors, DoNotTakeSeatsOfJourneysDimensionsNorMoveTheirValues) {
  shop_.d.dimensions.push_back({"code", {SourceKind::kBeaconField, 0, "code", ""}, {}, {}, 2});
  shop_.d.journeys[search::kId.index()].dimensions = {DimensionId{2u}};
  for (const char* const code : {"A", "B", "C"}) send(error(code));
  EXPECT_EQ(counts(CellScope::kDimensioned), (Counts{{{1, "A"}, 1}, {{1, "B"}, 1}, {{1, "C"}, 1}}));
  EXPECT_EQ(top_table_of(shop_.d, DimensionId{2u}), 1u);
}

TEST_F(PageErrors, OfCodesThatCameTooLateAreOthersUntilOneIsMoreFrequent) {
  for (const char* const code : {"A", "B", "C"}) send(error(code));
  for (int i = 0; i < 10; ++i) send(error("D"));
  EXPECT_EQ(counts(CellScope::kDimensioned)[std::pair(1, "__other__")], 10u) << "three seats";
  Owner& owner = *owners_.front();
  for (std::uint64_t bank = 2; bank <= 4; ++bank) {  // what was counted has been taken away twice
    owner.tracker().enter_bank(bank);
    owner.tracker().refresh_values(at_second(10 * static_cast<double>(bank)));
    owner.journal().commit();
  }
  send(error("D"), "Mozilla/5.0", 50);
  EXPECT_EQ(counts(CellScope::kDimensioned)[std::pair(1, "D")], 1u + 1u) << "and what its seat's holder had before";
}

TEST_F(PageErrors, GoOnUnderTheSameCodesAfterARestart) {
  for (const char* const code : {"A", "B", "C", "D"}) send(error(code));
  const Counts before = counts(CellScope::kDimensioned);
  owners_.front()->restart();
  EXPECT_EQ(counts(CellScope::kDimensioned), before);
  for (const char* const code : {"D", "C", "B", "A"}) send(error(code));
  Counts twice = before;
  for (auto& [of, n] : twice) n *= 2;
  EXPECT_EQ(counts(CellScope::kDimensioned), twice);
}

// Errors that came = those in cells + those dropped; and those of all codes, the others among them, are those in total.
TEST_F(PageErrors, AreAllInACellOrDroppedWhateverTheNumberOfCodesAndCores) {
  constexpr std::uint64_t kSent = 4'000;
  Counts totals;
  for (const std::size_t cores : {1u, 2u, 4u}) {
    std::mt19937_64 random(17);
    matcher_.reset();
    make_owners(cores);
    const std::uint64_t came_before = counted(EventCount::kPageErrors);
    // An attempt of v1 is open, so that his numbers are known.
    Event open = beacon(named("checkout.address"), TextRequest(Method::kPost, "POST", "/rum", "")).at(0);
    open.time = at_second(1);
    open.match_count = 0;
    add_match(open, checkout::kId, checkout::kOpen);
    owners_[owner_core(false, open.identity, open.owner_hash, cores)]->apply(open);
    const char* const kPages[] = {"/search", "/checkout", "/elsewhere"};
    const char* const kVisitors[] = {"v1", "v2", "v3", "v4", "v5", ""};
    for (std::uint64_t i = 0; i < kSent; ++i) {
      const std::string code = "code" + std::to_string(random() % 1'000), message = code + " happened";
      Beacon b = error(random() % 3 == 0 ? std::string_view{} : code, kPages[random() % 3], kVisitors[random() % 6]);
      if (random() % 2 == 0) b.msg = message;
      if (random() % 2 == 0) b.n = static_cast<double>(random() % 64);
      send(b, random() % 4 == 0 ? "a bot" : "");
    }
    const Counts all = counts(CellScope::kTotal);
    EXPECT_EQ(counted(EventCount::kPageErrors) - came_before, kSent);
    EXPECT_EQ(kSent, sum(all) + at_owners(EventCount::kPageErrorsDropped)) << cores;
    Counts by_code;
    for (const auto& [of, n] : counts(CellScope::kDimensioned)) by_code[{of.first, "__other__"}] += n;
    EXPECT_EQ(by_code, all) << cores;
    EXPECT_GT(at_owners(EventCount::kDuplicateBeacon), 0u);
    EXPECT_GT(at_owners(EventCount::kFilteredBot), 0u);
    if (cores == 1) totals = all;
    EXPECT_EQ(all, totals) << "the same on " << cores << " cores";
  }
}

}  // namespace
}  // namespace bellrock::journey
