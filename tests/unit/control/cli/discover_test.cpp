// `bellrock journey discover`: from what visitors did to configuration that counts it.
#include "control/cli/commands/discover.h"

#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/discover/paths.h"
#include "control/cli/discover/propose.h"
#include "control/cli/discover/yaml.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"
#include "control/cli/replay/report.h"
#include "control/cli/replay/run.h"
#include "control/cli/replay/text.h"
#include "control/config/loader.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {
namespace {

const std::string kCapture = BELLROCK_TEST_DATA "/shop.pcap";

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran run(const DiscoverOptions& options) {
  std::ostringstream out, err;
  const int exit_code = run_discover(options, false, out, err);
  return {exit_code, out.str(), err.str()};
}

config::Loaded load(const std::string& text) {
  const config::SourceText source{"proposed.yaml", text};
  return config::load_texts({&source, 1});
}

std::string lines(const config::Loaded& loaded) {
  std::string text;
  for (const auto& one : loaded.diagnostics) text += to_line(one) + '\n';
  return text;
}

TEST(Discover, ProposesFromACaptureWhatValidatesAndCounts) {
  const Ran ran = run({.pcap = kCapture});
  ASSERT_EQ(ran.exit_code, kDone) << ran.err;
  const config::Loaded loaded = load(ran.out);
  EXPECT_TRUE(loaded.diagnostics.empty()) << lines(loaded) << ran.out;
  ASSERT_GE(loaded.definition.journeys.size(), 2u) << ran.out;
  ReplayOptions options;
  options.pcap = kCapture;
  const auto replayed = replay(loaded.definition, options);
  ASSERT_TRUE(replayed.ok());
  const auto counted = report(loaded.definition, *replayed)["journeys"];
  for (const auto& [name, journey] : counted.items()) {
    EXPECT_GE(journey["starts"].get<int>(), 3) << name;
    EXPECT_GE(journey["outcomes"]["success"].get<int>(), 3) << name << journey;
    int ended = journey["open"].get<int>();
    for (const auto& [outcome, n] : journey["outcomes"].items()) ended += n.get<int>();
    EXPECT_EQ(ended, journey["starts"]) << name;
  }
}

TEST(Discover, FindsTheShopsPaymentAndItsConfirmation) {
  const Json json = Json::parse(run({.pcap = kCapture, .output = "json"}).out);
  EXPECT_EQ(json["cookie"], "sid");
  const auto& journeys = json["journeys"];
  const auto payments = std::find_if(journeys.begin(), journeys.end(),
                                     [](const Json& one) { return one["commit"] == "POST /api/v1/payments"; });
  ASSERT_NE(payments, journeys.end()) << json["journeys"];
  EXPECT_EQ((*payments)["start"], "/checkout");
  EXPECT_EQ((*payments)["success"], "/confirmation/{id}");
  const auto searches =
      std::find_if(journeys.begin(), journeys.end(), [](const Json& one) { return one["start"] == "/search"; });
  ASSERT_NE(searches, journeys.end()) << json["journeys"];
  EXPECT_EQ((*searches)["parameter"], "q");
}

TEST(Discover, ProposesFromTransactionsToo) {
  const ScratchFiles scratch;
  std::string text;
  const auto add = [&text](int client, int second, const char* method, const char* target, int status) {
    const std::int64_t at = (1'764'000'000LL + 100 * client + second) * 1'000'000'000;
    text += Json{{"client", "192.0.2." + std::to_string(client) + ":4000"},
                 {"method", method},
                 {"target", target},
                 {"status", status},
                 {"request_first_ns", at},
                 {"request_last_ns", at},
                 {"response_first_ns", status == 0 ? 0 : at + 80'000'000},
                 {"aborted", status == 0}}
                .dump() +
            '\n';
  };
  for (int client = 1; client <= 6; ++client) {
    add(client, 0, "GET", "/cart", 200);
    add(client, 1, "GET", "/style.css", 200);
    add(client, 2, "POST", "/rum", 204);
    add(client, 3, "POST", "/order", client == 5 ? 503 : client == 6 ? 0 : 303);
    if (client < 5) add(client, 4, "GET", ("/thanks/" + std::to_string(1'000 + client)).c_str(), 200);
  }
  const Ran ran = run({.transactions = scratch.write("t.jsonl", text)});
  EXPECT_EQ(ran.exit_code, kDone) << ran.err;
  const config::Loaded loaded = load(ran.out);
  EXPECT_TRUE(loaded.diagnostics.empty()) << lines(loaded) << ran.out;
  ASSERT_EQ(loaded.definition.journeys.size(), 1u) << ran.out;
  EXPECT_EQ(loaded.definition.journeys[0].name, "order");
  EXPECT_TRUE(loaded.definition.journeys[0].silent.watched);
  EXPECT_NE(
      ran.out.find("# POST /order in 6 visits, 6 of them from GET /cart; answered 4 times, broken (5xx) 1, without "
                   "answer 1."),
      std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("# After 4 good answers GET /thanks/{id} came next."), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("status: 3xx"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("# No cookie told visitors apart here"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("192.0.2"), std::string::npos) << "nobody's address";
}

TEST(Discover, FindsInTheTransactionsOfAReplayWhatItFindsInTheCapture) {
  const ScratchFiles scratch;
  ReplayOptions options;
  options.pcap = kCapture;
  options.trace_messages = true;
  const std::vector<std::string> shop{BELLROCK_SOURCE "/config/shop"};
  const auto replayed = replay(config::load(shop).definition, options);
  ASSERT_TRUE(replayed.ok());
  std::ostringstream lines_of_json;
  write_transactions(lines_of_json, *replayed);
  const Json from_lines =
      Json::parse(run({.transactions = scratch.write("t.jsonl", lines_of_json.str()), .output = "json"}).out);
  const Json from_capture = Json::parse(run({.pcap = kCapture, .output = "json"}).out);
  EXPECT_TRUE(from_lines["cookie"].is_null());
  for (const char* part : {"visits", "templates", "transitions", "journeys"}) {
    EXPECT_EQ(from_lines[part], from_capture[part]) << part;
  }
}

TEST(Discover, WritesNothingOfAVisitor) {
  ReplayOptions options;
  options.pcap = kCapture;
  options.trace_messages = true;
  const auto replayed = replay(config::load_texts({}).definition, options);
  ASSERT_TRUE(replayed.ok());
  std::string written = run({.pcap = kCapture, .output = "json"}).out + run({.pcap = kCapture, .output = "yaml"}).out;
  ASSERT_GT(replayed->transactions.size(), 100u);
  for (const auto& one : replayed->transactions) {
    const std::string client = address_text(one.client);
    EXPECT_EQ(written.find(client.substr(0, client.rfind(':'))), std::string::npos) << client;
    const std::size_t value = one.cookies.find("sid=");
    if (value == std::string::npos) continue;
    EXPECT_EQ(written.find(one.cookies.substr(value + 4, 8)), std::string::npos) << "a session's id";
  }
}

TEST(Discover, SaysWhenThereIsNothingToPropose) {
  const ScratchFiles scratch;
  const Ran ran = run({.transactions = scratch.write("none.jsonl", "")});
  EXPECT_EQ(ran.exit_code, kInconclusive);
  EXPECT_EQ(ran.err, "0 visits, 0 journeys proposed\n");
  EXPECT_TRUE(load(ran.out).ok()) << lines(load(ran.out));
  EXPECT_EQ(run({.pcap = kCapture, .visits_min = 1'000}).exit_code, kInconclusive);
}

TEST(Discover, RefusesWhatItCannotRead) {
  const ScratchFiles scratch;
  EXPECT_EQ(run({}).exit_code, kUsage);
  EXPECT_EQ(run({.pcap = "/nonexistent.pcap"}).exit_code, kUnusable);
  EXPECT_EQ(run({.transactions = "/nonexistent.jsonl"}).exit_code, kUnusable);
  const Ran ran = run({.transactions = scratch.write("bad.jsonl", "\n{\"target\": 5}\n")});
  EXPECT_EQ(ran.exit_code, kUnusable);
  EXPECT_NE(ran.err.find("bad.jsonl:2: not a transaction"), std::string::npos) << ran.err;
}

TEST(Discover, KeepsItsFeetOnHostileTransactions) {
  const ScratchFiles scratch;
  std::string text;
  for (int visit = 0; visit < 4; ++visit) {
    for (const char* target :
         {"/a%00/\xc3\xa9?\xc3\xa9=1&q=2", "/{x}/../*?q=1", "http://other/x?q=1", "/ok?q=1", "*", ""}) {
      for (const char* method : {"GET", "POST", "NONSENSE"}) {
        text += R"({"client":"[::1]:)" + std::to_string(visit) + R"(","method":")" + method + R"(","target":")" +
                target + R"(","status":200,"request_first_ns":-9223372036854775808,"request_last_ns":)" +
                (visit % 2 == 0 ? "9223372036854775807" : "-5") +
                R"(,"response_first_ns":9223372036854775807,"aborted":false})" + '\n';
      }
    }
  }
  const Ran ran = run({.transactions = scratch.write("hostile.jsonl", text)});
  if (ran.exit_code == kUnusable) FAIL() << ran.err;
  EXPECT_TRUE(load(ran.out).ok()) << lines(load(ran.out)) << ran.out;
}

TEST(DiscoveredPaths, TakeIdentifiersForPlaceholders) {
  for (const char* id : {"7", "1042", "order-1042", "0f8fad5b-d9cb-469f-a165-70867728950e", "deadbeef0"}) {
    EXPECT_TRUE(looks_like_id(id)) << id;
  }
  for (const char* word : {"", "v1", "payments", "h2o", "face", "2fa"}) EXPECT_FALSE(looks_like_id(word)) << word;
}

TEST(DiscoveredPaths, TakeAPlaceOfManyValuesForOne) {
  PathTemplates templates;
  for (int i = 0; i < 30; ++i) {
    const std::string word(static_cast<std::size_t>(1 + i % 26), static_cast<char>('a' + i % 26));
    templates.add("/product/" + word + "/reviews");
  }
  for (int i = 0; i < 5; ++i) templates.add("/about");
  templates.add("/product/");
  templates.settle();
  EXPECT_EQ(templates.template_of("/product/a/reviews"), "/product/{id}/reviews");
  EXPECT_EQ(templates.template_of("/about"), "/about");
  EXPECT_EQ(templates.template_of("/product/"), "/product/");
  EXPECT_EQ(templates.template_of("/"), "/{id}") << "not among what was added";
}

TEST(DiscoveredPaths, LeaveOutATemplateThatNothingTellsFromAnother) {
  Seen seen;
  Visit visit;
  for (const char* path : {"/{id}/new", "/{id}/new", "/user/{id}"}) {
    Step step;
    step.method = "GET";
    step.path_template = path;
    visit.push_back(step);
  }
  seen.visits.push_back(visit);
  const Discovery found = discover(seen, {});
  ASSERT_EQ(found.templates.size(), 1u);
  EXPECT_EQ(found.overlapping, std::vector<std::string>{"/user/{id}"});
  EXPECT_TRUE(load(to_configuration(seen, found, "/rum")).ok());
}

}  // namespace
}  // namespace bellrock::cli
