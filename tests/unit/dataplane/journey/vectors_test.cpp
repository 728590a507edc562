// Journeys as lines of text, each with the outcomes it must have: every way an attempt can end. Each goes through the
// tracker and through the reference that the tracker is compared with.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/journey/player.h"

namespace bellrock::journey {
namespace {

const Vector kCheckoutVectors[] = {
    {"open 0, pay 5, ok 6, confirmed 7", "success 7"},
    {"open 0, pay 5, 5xx 6", "failed.system 6"},
    {"open 0, pay 5, ok 6", "unknown 1806"},
    {"open 0, pay 5, ok 6, http 20, http 60", "unknown 1860"},
    {"open 0, pay 5, ok 6, beacon 20, beacon 60", "silent_failure 36"},
    {"open 0, pay 5, ok 6, beacon 90", "silent_failure 36"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#3 20, beacon#4 60", "unknown 36"},
    {"open 0, pay 5, ok 6, beacon 24, open 25, pay 30, ok 31, confirmed 33", "success 8, silent_failure 36"},
    {"open 0, pay 5, ok 6, beacon 20, confirmed 50", "silent_failure 36"},
    // The window includes its end; so does the time after which a beacon without number shows that beacons come.
    {"open 0, pay 5, ok 6, beacon 20, confirmed 36", "success 36"},
    {"open 0, pay 5, ok 6, beacon 20, confirmed 36.000001", "silent_failure 36"},
    {"open 0, pay 5, ok 6, beacon 7.999999", "unknown 1807.999999"},
    {"open 0, pay 5, ok 6, beacon 8", "silent_failure 36"},
    {"open 0, pay 5, ok 6, beacon 6, beacon 6.5", "unknown 1806.5"},
    // What ends an attempt after an undecided window goes first, though it comes on the channel that was waited for.
    {"open 0, pay 5, ok 6, declined 50", "failed.user 50"},
    // So does what comes in the same packet as the beacon that shows the silence, whatever stands first.
    {"open 0, pay 5, ok 6, beacon 90, confirmed 90", "success 90"},
    {"open 0, pay 5, ok 6, confirmed 90, beacon 90", "success 90"},
    {"open 0, pay 5, ok 6, beacon 90, declined 90", "failed.user 90"},
    {"open 0, pay 5, ok 6, beacon 90, confirmed 90.000001", "silent_failure 36"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#2 90, beacon#3 90, confirmed#4 90", "success 90"},
    {"open 0, pay 5, ok 6, left 50", "cancelled 50"},
    {"open 0, pay 5, ok 6, open 50, beacon 60, confirmed 70", "silent_failure 36, success 20"},
    {"open 0, pay 5, ok 6, open 25, pay 30, ok 31, confirmed 40", "silent_failure 36, success 15"},
    {"open 0, pay 5, ok 6, ok 30, beacon 33", "silent_failure 36"},
    {"open 0, pay 5, beacon 20, beacon 60", "unknown 1860"},
    {"open 0, ok@3 6, beacon 20", "silent_failure 36"},
    // Numbers: what is above the last before the ack shows that beacons come; what is missing may have been it.
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#2 6.1", "silent_failure 36"},
    {"open 0, beacon#3 1, pay 5, ok 6, beacon#2 20, beacon#1 21", "unknown 1821"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#3 20, beacon#2 25", "silent_failure 36"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#3 20, beacon#2 36.000001", "unknown 36"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#3 50", "unknown 36"},
    {"open 0, beacon#1 1, beacon#4 2, pay 5, ok 6, beacon#5 20", "silent_failure 36"},
    {"open 0, pay 5, ok 6, beacon#3 20, beacon#5 21", "silent_failure 36"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#2 7, beacon#40 20, beacon#41 21", "unknown 36"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon 20", "silent_failure 36"},
    // A page view may go on with the numbers of the one before, or begin its own.
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:6 6.5", "silent_failure 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:7 20", "unknown 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:7 20, beacon#1:6 21", "silent_failure 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:0 6.5", "unknown 1806.5"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:0 6.5, beacon#2:1 9", "silent_failure 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:1 6.5, beacon#2:2 9", "silent_failure 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:2 9", "unknown 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:1 9, beacon#1:7 9, beacon#3:0 10, beacon#1:6 12", "unknown 36"},
    {"open 0, beacon#1:5 1, pay 5, ok 6, beacon#2:1 9, beacon#1:7 9, beacon#1:6 12", "silent_failure 36"},
    // The same number twice on one page view is one beacon.
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#1 20", "unknown 1806"},
    {"open 0, open#1 1, open#1 2, left#2 3", "superseded 1, cancelled 2"},
    {"open 0, left#1:1 1, open 2, left#1:1 3", "cancelled 1, abandoned 1800"},
    {"open 0, left#1:1 1, open 2, left#2:1 3", "cancelled 1, cancelled 1"},
    {"open 0, pay 5, 5xx 6, open 10, pay 12, ok 13, confirmed 14", "failed.system 6, success 4"},
    {"open 0, beacon 20", "abandoned 1820"},
    {"open 0, left 9", "cancelled 9"},
    {"open 0, open 0.4, pay 1, ok 2, confirmed 3", "superseded 0.4, success 2.6"},
    {"open 0, pay 5, ok 6, confirmed 50", "success 50"},
    {"open 0, pay 5, closes 17", "abandoned.waiting 17"},
    {"confirmed 7", ""},
    // After a commit a new start leaves the old attempt pending; a success is the newest commit's.
    {"open 0, pay 5, ok 6, open 25, pay 30, ok 31, confirmed 33", "success 8, silent_failure 36"},
    {"open 0, pay 5, open 25, confirmed 33", "success 33, abandoned 1808"},
    // Without commit or ack a success is a success.
    {"open 0, confirmed 3", "success 3"},
    {"open 0, pay 5, confirmed 6", "success 6"},
    // All deadlines include their end.
    {"open 0, pay 1800, ok 3600, confirmed 5400", "success 5400"},
    {"open 0, pay 1800.000001", "abandoned 1800, unknown 1800"},
    {"open 0, pay 5, confirmed 1805.000001", "unknown 1805"},
    // Steady activity does not outlive `max` (4 h).
    {"open 0, every 600 until 20000", "abandoned 14400"},
    {"open 0, pay 5, every 600 until 20000", "unknown 14400"},
    // A retry: a commit within `idle` after a failed or abandoned attempt. It starts with its commit.
    {"open 0, pay 5, 5xx 6, pay 20, ok 21, confirmed 22", "failed.system 6, success 2"},
    {"open 0, pay 5, 5xx 6, pay 1806, confirmed 1807", "failed.system 6, success 1"},
    {"open 0, pay 5, 5xx 6, pay 1806.1, confirmed 1807", "failed.system 6"},
    {"open 0, pay 5, closes 7, pay 8, confirmed 9", "abandoned.waiting 7, success 1"},
    {"open 0, pay 5, confirmed 6, pay 8", "success 6"},
    {"open 0, left 6, pay 8", "cancelled 6"},
    // A repeated commit belongs to the attempt that is pending.
    {"open 0, pay 5, pay 6, confirmed 7", "success 7"},
    // The client leaves: only where its commit waits for an answer.
    {"open 0, closes_open 3", "abandoned 1800"},
    {"open 0, pay 5, none 9", "failed.system 9"},
    // Four may pend; a fifth commit gives up the oldest.
    {"open 0, pay 1, open 10, pay 11, open 20, pay 21, open 30, pay 31, open 40, pay 41",
     "unknown 41, unknown 1831, unknown 1821, unknown 1811, unknown 1801"},
    // A failure told by a beacon is the newest commit's.
    {"open 0, pay 1, open 10, pay 11, declined 12", "failed.user 2, unknown 1812"},
    {"open 0, declined 2", "failed.user 2"},
};

const Vector kSearchVectors[] = {
    {"query 0, page 0.2, results 1", "success 1"},
    {"query 0, query 0.5, results 1", "superseded 0.5, success 0.5"},
    {"query 0, page 0.2", "unknown 300.2"},
    {"query 0", "abandoned 300"},
    {"query 0, page 0.2, beacon 5", "silent_failure 10.2"},
    {"query 0, beacon#1 0.1, page 0.2, beacon#2 0.3", "silent_failure 10.2"},
    {"query 0, page 0.2, query 5, page 5.1, beacon 8", "silent_failure 10.2, silent_failure 10.1"},
    {"query 0, page 0.2, query 5, page 5.1, results 6", "success 1, silent_failure 10.2"},
    // An answer to a search that was replaced says nothing about the one that replaced it.
    {"query 0, query 0.5, page@0 0.6, closes@0.5 2", "superseded 0.5, abandoned.waiting 1.5"},
    {"query 0, query 0.5, broken@0 0.6, results 1", "superseded 0.5, success 0.5"},
    {"query 0, broken 2", "failed.system 2"},
    // Without a commit step the start is what the client may have been waiting for, until the ack.
    {"query 0, closes 4", "abandoned.waiting 4"},
    {"query 0, page 1, closes 4", "unknown 301"},
};

// A checkout that tells attempts apart by what the message carries: `name=v`.
const Vector kCartVectors[] = {
    {"open 0, pay=a 5, open 10, pay=b 12, confirmed=a 20", "success 20, unknown 1810"},
    {"open 0, pay=a 5, open 10, pay=b 12, confirmed=b 20", "success 10, unknown 1820"},
    {"open 0, pay=a 5, open 10, pay=b 12, declined=a 20", "failed.user 20, unknown 1810"},
    {"open 0, pay=a 5, open 10, pay=b 12, left=a 20", "cancelled 20, unknown 1810"},
    // Whose value nobody carries is the committed attempt's if there is one only.
    {"open 0, pay=a 5, confirmed=c 20", "success 20"},
    {"open 0, pay=a 5, confirmed 20", "success 20"},
    {"open 0, pay=a 5, open 10, confirmed=c 20", "success 20, abandoned 1810"},
    {"open 0, pay=a 5, open 10, pay=b 12, confirmed=c 20", "unknown 1820, unknown 1810"},
    {"open 0, pay=a 5, open 10, pay=b 12, confirmed 20", "unknown 1820, unknown 1810"},
    {"open 0, pay=a 5, open 10, pay=b 12, left 20", "cancelled 10, unknown 1820"},
    {"open 0, pay=a 5, open 10, pay=b 12, left=c 20", "cancelled 10, unknown 1820"},
    {"open 0, confirmed=c 3", "success 3"},
    // The value of an attempt that has ended is nobody else's.
    {"open 0, pay=a 5, open 10, pay=b 12, left=a 20, confirmed=a 21", "cancelled 20, unknown 1811"},
    {"open 0, pay=a 5, declined=a 6, open 10, pay=b 12, confirmed=a 21", "failed.user 6, unknown 1811"},
    // It is the attempt's up to its commit, and the last one counts; later ones only where there was none.
    {"open=a 0, pay=b 5, open 10, pay=c 12, confirmed=b 20", "success 20, unknown 1810"},
    {"open=a 0, pay 5, open 10, pay=c 12, confirmed=a 20", "success 20, unknown 1810"},
    {"open 0, pay=a 5, address=b 6, open 10, pay=c 12, confirmed=b 20", "unknown 1820, unknown 1810"},
    {"open 0, pay 5, address=b 6, open 10, pay=c 12, confirmed=b 20", "success 20, unknown 1810"},
    // A commit with another value than the one that waits repeats nothing; after a failure it is the retry.
    {"open 0, pay=a 5, pay=b 6, confirmed=b 7", "success 7"},
    {"open 0, pay=a 5, open 10, pay=b 12, declined=b 13, pay=b 14, confirmed=a 20, confirmed=b 21",
     "failed.user 3, success 20, success 7"},
    // Answers are their requests', whatever they carry; those of no attempt's request are the value's.
    {"open 0, pay=a 5, open 10, pay=b 12, 5xx@5 20, confirmed 21", "failed.system 20, success 11"},
    {"open 0, pay=a 5, open 10, pay=b 12, 5xx=b@5 20, confirmed 21", "failed.system 20, success 11"},
    {"open 0, pay=a 5, open 10, pay=b 12, 5xx=b@11 20, confirmed 21", "failed.system 10, success 21"},
};

Definition with_carts() {
  Definition d = make_definition();
  d.correlates = {{}};
  d.journeys[checkout::kId.index()].correlate = 1;
  return d;
}

// What a success is that no attempt waited for.
TEST(Vectors, ASuccessThatNobodyWaitedForIsCountedApart) {
  struct Stray {
    const char* events;
    EventCount counted;
  };
  for (const Stray& stray :
       {Stray{"open 0, pay 5, ok 6, beacon 20, confirmed 50", EventCount::kLateSuccess},
        Stray{"open 0, beacon#1 1, pay 5, ok 6, beacon#3 20, confirmed 50", EventCount::kLateSuccess},
        Stray{"open 0, pay 5, ok 6, confirmed 7, confirmed 8", EventCount::kDuplicateSuccess},
        Stray{"confirmed 7", EventCount::kOrphanSuccess}}) {
    Player player(checkout::kId);
    player.play_all(stray.events);
    EXPECT_EQ(player.owner().counted(stray.counted), 1u) << stray.events;
    EXPECT_EQ(player.reference().counts.at(stray.counted), 1u) << stray.events;
  }
}

// What attempts were worth, by outcome: pay$1999 says 1999 cents, pay$- something that is no number of cents.
TEST(Vectors, AnAttemptIsWorthWhatItsLastCommitSaidHoweverItEnds) {
  struct Worth {
    const char* events;
    const char* sums;  // "outcome cents, …"
    std::uint64_t bad = 0;
  };
  for (const Worth& v : {
           Worth{"open 0, pay$1999 5, ok 6, confirmed 7", "success 1999"},
           Worth{"open 0, pay$1999 5, 5xx 6", "failed.system 1999"},
           Worth{"open 0, pay$1999 5, ok 6, beacon 20, beacon 60", "silent_failure 1999"},
           Worth{"open 0, pay$0 5, confirmed 7", "success 0"},
           Worth{"open 0, pay$1999 5, closes 17", "abandoned.waiting 1999"},
           Worth{"open 0, pay$1999 5, 5xx 6, pay$2999 8, confirmed 9", "success 2999, failed.system 1999"},
           Worth{"open 0, pay$1999 5, open 6, pay$1 7, confirmed 8", "success 1, unknown 1999"},
           Worth{"open 0, pay$1999 5, pay$2999 6, confirmed 7", "success 2999"},
           Worth{"open 0, pay$1999 5, pay 6, confirmed 7", "success 1999"},
           Worth{"open 0, pay$1999 5, pay$- 6, confirmed 7", "success 1999", 1},
           Worth{"open 0, pay$- 5, confirmed 7", "", 1},
           Worth{"open 0, pay 5, confirmed$1999 7", ""},
           Worth{"open$1999 0, left 7", ""},
           Worth{"pay$- 5, confirmed 7", ""},
       }) {
    Definition d = make_definition_with_value();
    d.journeys[checkout::kId.index()].steps[checkout::kPay].repeatable = true;
    Player player(checkout::kId, d);
    player.play_all(v.events);
    EXPECT_EQ(player.worth(player.owner().cells.windows()), v.sums) << v.events;
    EXPECT_EQ(player.worth(player.reference().cells), v.sums) << v.events;
    EXPECT_EQ(player.owner().counted(EventCount::kBadAmount), v.bad) << v.events;
    EXPECT_EQ(player.reference().counts[EventCount::kBadAmount], v.bad) << v.events;
  }
}

void expect_vector(JourneyId journey, const Vector& v, const Definition& definition = make_definition()) {
  Player player(journey, definition);
  player.play_all(v.events);
  EXPECT_EQ(player.tracked(), v.outcomes) << v.events;
  EXPECT_EQ(player.by_reference(), v.outcomes) << v.events;
  EXPECT_TRUE(player.owner().tracker().totals(journey).conserved()) << v.events;
  EXPECT_EQ(player.owner().tracker().live(), 0u) << v.events;
}

TEST(Vectors, CheckoutEndsAsTheRulesSay) {
  for (const Vector& v : kCheckoutVectors) expect_vector(checkout::kId, v);
}

TEST(Vectors, AttemptsAreToldApartByWhatTheirStepsCarry) {
  for (const Vector& v : kCartVectors) expect_vector(checkout::kId, v, with_carts());
}

TEST(Vectors, ASuccessThatCouldBeSeveralAttemptsIsNobodys) {
  for (const auto& [events, counted] :
       {std::pair{"open 0, pay=a 5, open 10, pay=b 12, confirmed 20", EventCount::kOrphanSuccess},
        std::pair{"open 0, pay=a 5, open 10, pay=b 12, left=a 20, confirmed=a 21", EventCount::kLateSuccess},
        std::pair{"open 0, pay=a 5, confirmed=a 6, open 10, pay=b 12, confirmed=a 21",
                  EventCount::kDuplicateSuccess}}) {
    Player player(checkout::kId, with_carts());
    player.play_all(events);
    EXPECT_EQ(player.owner().counted(counted), 1u) << events;
    EXPECT_EQ(player.reference().counts.at(counted), 1u) << events;
  }
}

TEST(Vectors, SearchWithoutCommitStepEndsAsTheRulesSay) {
  for (const Vector& v : kSearchVectors) expect_vector(search::kId, v);
}

}  // namespace
}  // namespace bellrock::journey
