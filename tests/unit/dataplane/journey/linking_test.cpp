// Keys that come together are one visitor's: what follows from it, and its bounds.
#include "dataplane/journey/link_table.h"
#include "dataplane/journey/session_mover.h"
#include "tests/unit/dataplane/journey/matcher_fixture.h"
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

class Linking : public TrackerTest {
 protected:
  Linking() {
    definition_.identities[0].link = true;
    definition_.limits.links_per_core = 8;
  }
  // A beacon that is no step and carries these keys.
  void together(double second, std::initializer_list<std::uint64_t> keys) { play(with_keys(second, keys)); }
  static Event with_keys(double second, std::initializer_list<std::uint64_t> keys) {
    Event event = make_event(*keys.begin(), at_second(second), Channel::kBeacon);
    for (const auto* key = keys.begin() + 1; key != keys.end(); ++key) add_key(event, key_of(*key));
    return event;
  }
  void confirmed_by(double second, std::uint64_t key) {
    play(step(second, checkout::kConfirmed, Channel::kBeacon, key));
  }
  std::uint64_t ended(Outcome outcome) { return owner().tracker().outcomes(checkout::kId, outcome); }
  std::uint64_t counted(EventCount what) { return owner().counted(what); }
  void expect_conserved() { EXPECT_TRUE(owner().tracker().totals(checkout::kId).conserved()); }
};

TEST_F(Linking, HoldsFromThenOnWhicheverKeyAMessageHas) {
  open(0, 1);
  together(1, {1, 2});
  pay(2, 2);
  confirmed_by(3, 2);
  EXPECT_EQ(ended(Outcome::kSuccess), 1u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(counted(EventCount::kLinked), 2u);
}

TEST_F(Linking, DoesNotHoldBackwards) {
  open(0, 1);
  confirmed_by(1, 2);
  together(2, {1, 2});
  EXPECT_EQ(ended(Outcome::kSuccess), 0u);
  EXPECT_EQ(counted(EventCount::kOrphanSuccess), 1u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u);
}

TEST_F(Linking, KeepsTheOlderAttemptAndSupersedesTheNewerWhicheverKeyIsListedFirst) {
  for (const bool older_first : {true, false}) {
    owner_.reset();
    open(0, 1);
    open(5, 2);
    older_first ? together(6, {1, 2}) : together(6, {2, 1});
    confirmed_by(8, 2);
    ASSERT_EQ(owner().outcomes.size(), 2u);
    EXPECT_EQ(owner().outcomes[0].outcome, Outcome::kSuperseded);
    EXPECT_EQ(owner().outcomes[0].start, at_second(5));
    EXPECT_EQ(owner().outcomes[1].outcome, Outcome::kSuccess);
    EXPECT_EQ(owner().outcomes[1].start, at_second(0));
    EXPECT_EQ(owner().tracker().starts(checkout::kId), 2u);
    expect_conserved();
  }
}

TEST_F(Linking, LeavesAloneWhatIsUnderWayAtDifferentJourneys) {
  open(0, 1);
  Event query = make_event(2, at_second(1), Channel::kHttpRequest);
  add_match(query, search::kId, search::kQuery);
  play(query);
  together(2, {1, 2});
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u);
  EXPECT_EQ(owner().tracker().open(search::kId), 1u);
}

TEST_F(Linking, MovesAKeyThatComesWithANewPartner) {
  together(0, {1, 2});
  together(1, {3, 4});
  open(2, 3);
  together(3, {1, 3});
  EXPECT_EQ(counted(EventCount::kRelinked), 1u);
  confirmed_by(4, 3);
  EXPECT_EQ(ended(Outcome::kSuccess), 0u) << "what is under way stays with the key that it was left with";
  confirmed_by(5, 4);
  EXPECT_EQ(ended(Outcome::kSuccess), 1u);
  expect_conserved();
}

TEST_F(Linking, LeavesAFifthKeyOutUntilAnotherHasNotBeenSeenForAsLongAsAnAttemptLasts) {
  together(0, {1, 2, 3, 4});
  open(1, 1);
  together(2, {1, 5});
  EXPECT_EQ(counted(EventCount::kLinkFull), 1u);
  confirmed_by(3, 5);
  EXPECT_EQ(ended(Outcome::kSuccess), 0u);
  const double later = 4 * 3600 + 2;
  together(later, {1, 5});
  EXPECT_EQ(counted(EventCount::kLinksForgotten), 1u);
  open(later + 1, 1);
  confirmed_by(later + 2, 5);
  EXPECT_EQ(ended(Outcome::kSuccess), 1u);
}

TEST_F(Linking, AFloodOfPairsTakesNobodysLinkWhoHasSomethingUnderWay) {
  together(0, {1, 2});
  open(1, 1);
  for (std::uint64_t i = 0; i < 1'000; ++i) together(2 + 0.001 * static_cast<double>(i), {100 + 2 * i, 101 + 2 * i});
  EXPECT_EQ(counted(EventCount::kLinksForgotten), 2u * (1'000u - 7u));
  confirmed_by(10, 2);
  EXPECT_EQ(ended(Outcome::kSuccess), 1u);
}

TEST_F(Linking, WithoutRoomKeepsKeysApartAndCountsIt) {
  for (std::uint64_t i = 0; i < 8; ++i) {
    together(0, {10 + 2 * i, 11 + 2 * i});
    open(1, 10 + 2 * i);
  }
  together(2, {1, 2});
  EXPECT_EQ(counted(EventCount::kLinksFull), 1u);
  open(3, 1);
  confirmed_by(4, 2);
  EXPECT_EQ(ended(Outcome::kSuccess), 0u);
}

TEST_F(Linking, AGluedVisitorKeepsABoundedNumberOfRecords) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const double second = static_cast<double>(i);
    open(second, 100 + i);
    play(step(second + 0.1, checkout::kLeft, Channel::kBeacon, 100 + i));
    together(second + 0.2, {1, 100 + i});
    together(second + 0.3, {1 + i % 3, 500 + i});
  }
  const SessionTable table(owner().memory(), 64, 128, owner().journal());
  std::map<Slot, std::size_t> kept;
  for (Slot slot = 1; slot <= table.attempts_used(); ++slot) {
    if (table.attempt(slot).state != AttemptState::kFree) ++kept[table.attempt(slot).session];
  }
  for (const auto& [session, count] : kept) EXPECT_LE(count, kEndedKeptMax);
  expect_conserved();
}

TEST_F(Linking, SurvivesTheRotationOfKeysAndARestart) {
  open(0, 1);
  together(1, {1, 2});
  Event today = with_keys(2, {1});
  today.previous_key = today.key;
  today.key = visitor_key(1'001);
  play(today);
  owner().restart();
  Event answer = step(3, checkout::kAddress, Channel::kHttpResponse, 1);
  play(answer);
  Event last = step(4, checkout::kConfirmed, Channel::kBeacon, 1);
  last.key = visitor_key(1'001);
  play(last);
  EXPECT_EQ(ended(Outcome::kSuccess), 1u);
  ASSERT_EQ(owner().outcomes.size(), 1u);
  EXPECT_EQ(owner().outcomes[0].steps_seen,
            1u << checkout::kOpen | 1u << checkout::kAddress | 1u << checkout::kConfirmed);
}

TEST_F(Linking, AFilteredMessageLinksNobody) {
  open(0, 1);
  Event bot = with_keys(1, {1, 2});
  bot.filter = Filter::kBot;
  play(bot);
  confirmed_by(2, 2);
  EXPECT_EQ(ended(Outcome::kSuccess), 0u);
  EXPECT_EQ(counted(EventCount::kLinked), 0u);
}

TEST_F(Linking, IsNotDoneWhereNobodyAskedForIt) {
  definition_.identities[0].link = false;
  open(0, 1);
  together(1, {1, 2});
  confirmed_by(2, 2);
  EXPECT_EQ(ended(Outcome::kSuccess), 0u);
}

TEST_F(Linking, MovesToABoardWithAnotherNumberOfCores) {
  open(0, 1);
  together(1, {1, 2});
  together(2, {3, 4});
  Owner others[] = {Owner(definition_), Owner(definition_), Owner(definition_)};
  const Limits& limits = definition_.limits;
  std::vector<std::unique_ptr<SessionTable>> tables;
  std::vector<std::unique_ptr<LinkTable>> links;
  const auto core_of = [&](Owner& of) {
    tables.push_back(
        std::make_unique<SessionTable>(of.memory(), limits.sessions_per_core, limits.attempts_per_core, of.journal()));
    links.push_back(std::make_unique<LinkTable>(
        links_behind(of.memory(), limits.sessions_per_core, limits.attempts_per_core, limits.links_per_core),
        limits.links_per_core, of.journal()));
    return TableOfCore{tables.back().get(),      &of.journal(),      limits.sessions_per_core,
                       limits.attempts_per_core, links.back().get(), limits.links_per_core};
  };
  const TableOfCore from[] = {core_of(owner())};
  const TableOfCore to[] = {core_of(others[0]), core_of(others[1]), core_of(others[2])};
  ASSERT_TRUE(move_sessions(definition_, from, to).ok());
  for (Owner& other : others) other.restart();
  EXPECT_EQ(others[0].tracker().live(), 1u) << "the identity's index picks the core";
  others[0].apply(with_keys(3, {3, 5}));
  others[0].apply(step(4, checkout::kConfirmed, Channel::kBeacon, 2));
  EXPECT_EQ(others[0].tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
  EXPECT_EQ(others[0].counted(EventCount::kLinked), 1u) << "3 and 4 are known to be one";
}

// --- What a message carries.

TEST(LinkingMatcher, ReadsEveryKeyOfAMessageOnce) {
  ShopBuilder shop;
  shop.d.identities[0].keys.push_back({SourceKind::kHeader, static_cast<std::uint8_t>(Header::kOrigin), "origin", ""});
  for (const bool links : {true, false}) {
    shop.d.identities[0].link = links;
    Counters counters;
    Matcher matcher(shop.d, {kSessionKey, {}, false}, kOwnerKey, counters);
    const TextRequest carrier(Method::kPost, "POST", "/rum", "sid=v1");
    Beacon beacon;
    beacon.name = "x";
    std::vector<Event> events;
    const auto keep = [&events](Event& event) { events.push_back(event); };
    beacon.sid = "v2";
    matcher.on_beacon(beacon, carrier.request, RequestTag(), keep);
    beacon.sid = "v1";
    matcher.on_beacon(beacon, carrier.request, RequestTag(), keep);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].key, events[1].key);
    ASSERT_EQ(events[0].extras.more_keys().size(), links ? 1u : 0u);
    EXPECT_TRUE(events[1].extras.more_keys().empty()) << "one value is one key";
    for (const VisitorKey& more : events[0].extras.more_keys()) EXPECT_NE(more.key, events[0].key);
  }
}

}  // namespace
}  // namespace bellrock::journey
