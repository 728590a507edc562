// `bellrock journey test` where objectives count visits: `count: session`, and consistency. Each verdict that is
// expected passes, and every other one in its place fails.
#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/commands/journey.h"
#include "control/cli/exit_code.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {
namespace {

// Visits end after ten minutes, attempts after five.
const std::string kBooking = R"(apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}, {beacon: sid}], lifetime: {idle: 10m, max: 1h}}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: booking}
spec:
  identity: web
  attempt: {count: session, idle: 5m}
  steps:
    - {name: room, kind: start, match: {http: {at: request, path: /room}}}
    - {name: book, kind: commit, match: {http: {at: request, method: POST, path: /book}}}
    - {name: booked, kind: success, match: {beacon: {event: booked}}}
    - {name: full, kind: failure, class: system, match: {beacon: {event: full}}}
    - {name: left, kind: cancel, match: {beacon: {event: left}}}
  objectives:
    - {name: books, sli: success, count_from: book, target: 0.9, bad: [failed.system, abandoned], exclude: [cancelled]}
    - {name: quick, sli: latency, from: book, to: booked, clock: {client: beacon.dur}, op: lt, value: 2s, target: 0.9}
    - {name: steady, sli: consistency, of: quick, min_attempts: 2, target: 0.9}
  tests:
)";

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran run(const std::string& test) {
  const ScratchFiles scratch;
  std::ostringstream out, err;
  const JourneyTestOptions options{
      {scratch.write("booking.yaml", kBooking + "    - " + test + '\n')}, "", true, "table"};
  const int exit_code = run_journey_test(options, false, out, err);
  return {exit_code, out.str(), err.str()};
}

// A booking at `at`, which the browser says took so many milliseconds.
std::string booking(int at, int ms) {
  return '"' + std::to_string(at) + " room\", \"" + std::to_string(at + 1) + " book\", {at: " + std::to_string(at + 2) +
         ", step: booked, fields: {dur: " + std::to_string(ms) + "}}";
}
std::string room(int at) { return '"' + std::to_string(at) + " room\""; }
std::string ends(int at, const char* how) {
  return '"' + std::to_string(at) + " room\", \"" + std::to_string(at + 1) + " book\", \"" + std::to_string(at + 2) +
         ' ' + how + '"';
}

using Verdicts = std::vector<std::string>;
std::string listed(const Verdicts& verdicts) {
  std::string text;
  for (const std::string& verdict : verdicts) text += (text.empty() ? "" : ", ") + verdict;
  return '[' + text + ']';
}
std::string expecting(const std::string& events, const Verdicts& books, const Verdicts& steady) {
  return "{events: [" + events + "], expect: {objectives: {books: " + listed(books) + ", steady: " + listed(steady) +
         "}}}";
}

// `of` with each of its verdicts in turn another one, one less and one more.
std::vector<Verdicts> others(const Verdicts& of) {
  std::vector<Verdicts> all;
  for (std::size_t i = 0; i < of.size(); ++i) {
    for (const char* word : {"good", "bad", "unknown", "excluded", "funnel", "censored"}) {
      if (of[i] == word) continue;
      all.push_back(of);
      all.back()[i] = word;
    }
  }
  all.push_back(of);
  all.back().push_back(of.back());
  if (of.size() < 2) return all;
  all.push_back(of);
  all.back().pop_back();
  return all;
}

struct Visit {
  std::string name, events;
  Verdicts books, steady;
};
const std::vector<Visit> kVisits{
    {"the last attempt decides, and one that was slow is enough",
     booking(0, 900) + ", " + booking(10, 2'500),
     {"good"},
     {"bad"}},
    {"what failed at first is made good, but not steady", ends(0, "full") + ", " + booking(10, 900), {"good"}, {"bad"}},
    {"who only looks again takes nothing back", booking(0, 900) + ", " + room(10), {"good"}, {"excluded"}},
    {"who cancels at last is not counted, and for how long he waited nobody knows",
     booking(0, 900) + ", " + ends(10, "left"),
     {"excluded"},
     {"unknown"}},
    {"two quick ones are steady", booking(0, 1'999) + ", " + booking(10, 900), {"good"}, {"good"}},
    {"one that nobody has timed leaves it open", booking(0, 900) + ", " + ends(10, "booked"), {"good"}, {"unknown"}},
    {"who only looks is no visit that counts", room(0), {"funnel"}, {"excluded"}},
    {"a visit goes on at the end of its ten minutes", booking(0, 900) + ", " + ends(602, "full"), {"bad"}, {"bad"}},
    {"and is over behind it", booking(0, 900) + ", " + ends(603, "full"), {"good", "bad"}, {"excluded", "excluded"}},
    {"a signal of whatever kind keeps it going",
     booking(0, 900) + ", \"500 beacon\", " + ends(900, "full"),
     {"bad"},
     {"bad"}}};

TEST(JourneyTestOfVisits, PassesForWhatTheyAre) {
  for (const Visit& visit : kVisits) {
    const Ran ran = run(expecting(visit.events, visit.books, visit.steady));
    EXPECT_EQ(ran.exit_code, kDone) << visit.name << '\n' << ran.out << ran.err;
  }
}

TEST(JourneyTestOfVisits, FailsForWhatTheyAreNot) {
  for (const Visit& visit : kVisits) {
    for (const Verdicts& wrong : others(visit.books)) {
      EXPECT_EQ(run(expecting(visit.events, wrong, visit.steady)).exit_code, kDifferent)
          << visit.name << ": books " << listed(wrong);
    }
    for (const Verdicts& wrong : others(visit.steady)) {
      EXPECT_EQ(run(expecting(visit.events, visit.books, wrong)).exit_code, kDifferent)
          << visit.name << ": steady " << listed(wrong);
    }
  }
}

// Ten minutes after the last sign of the visitor, whatever comes next and when.
TEST(JourneyTestOfVisits, ShowsThemAtTheirEnd) {
  const Ran alone = run(expecting(booking(0, 900), {"bad"}, {"excluded"}));
  EXPECT_NE(alone.out.find("at 602 s, by time alone"), std::string::npos) << alone.out;
  EXPECT_NE(alone.out.find("\n  > 602 s  (time)  books: good; steady: excluded\n"), std::string::npos) << alone.out;
  const Ran another = run(expecting(booking(0, 900) + ", {at: 5, step: room, id: B}, " + ends(3'000, "full"),
                                    {"good", "funnel", "bad"}, {"excluded", "excluded", "excluded"}));
  EXPECT_EQ(another.exit_code, kDone) << another.out;
  std::size_t after = 0;
  for (const char* line : {"\n     602 s  (time)  books: good; steady: excluded\n",
                           "\n     605 s  (time)  books: funnel; steady: excluded\n", "\n    3000 s  room ",
                           "\n    3602 s  (time)  books: bad; steady: excluded\n"}) {
    const std::size_t at = another.out.find(line, after);
    ASSERT_NE(at, std::string::npos) << line << another.out;
    after = at;
  }
}

}  // namespace
}  // namespace bellrock::cli
