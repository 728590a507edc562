// Nearly right requests, read by the server and by Node's HTTP parser in strict mode (llhttp): what one takes, the
// other takes in the same way, or the difference has its rule here.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "tests/property/server/mutations.h"
#include "tests/property/server/readings.h"
#include "tests/property/server/rules.h"

namespace bellrock::server::test {
namespace {

constexpr std::size_t kBatch = 20'000;

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

void write(const std::string& path, const std::vector<std::string>& requests) {
  std::ofstream out(path, std::ios::binary);
  for (const std::string& request : requests) {
    for (unsigned shift = 0; shift < 32; shift += 8) out.put(static_cast<char>(request.size() >> shift));
    out << request;
  }
}

std::string printable(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
    out += c == '\r' ? "\\r" : c == '\n' ? "\\n\n" : c >= ' ' && c < '\x7f' ? std::string(1, c) : std::string(escaped);
  }
  return out;
}

// Counts every rule that explains a difference.
using Tally = std::map<std::string, std::size_t>;

void compare(const std::vector<std::string>& requests, std::istream& verdicts, Tally& tally) {
  OurReader reader;
  for (const std::string& request : requests) {
    Reading node;
    ASSERT_TRUE(read_next(verdicts, node)) << "Node gave fewer verdicts than it was asked for";
    const OurReading ours = reader.read(request);
    const std::string rule = explain(request, ours, node, reader);
    ++tally[rule];
    if (rule.starts_with("unexplained") && tally[rule] <= 2) {
      ADD_FAILURE() << rule << "\nours: " << ours.requests.size() << " " << ours.error << (ours.closed ? " closed" : "")
                    << "\nNode: " << node.requests.size() << " " << node.error << "\n"
                    << printable(request);
    }
  }
}

TEST(Differential, NodeReadsTheSameOrThereIsARuleForIt) {
  const std::size_t wanted = from_environment("BELLROCK_DIFFERENTIAL_REQUESTS", kBatch);
  Mutator mutator(from_environment("BELLROCK_DIFFERENTIAL_SEED", 1));
  const std::string base = testing::TempDir() + "bellrock-requests-" + std::to_string(getpid());
  Tally tally;
  for (std::size_t done = 0; done < wanted && !testing::Test::HasFatalFailure(); done += kBatch) {
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < std::min(kBatch, wanted - done); ++i) requests.push_back(mutator.next());
    write(base, requests);
    const std::string command =
        "node " BELLROCK_SOURCE "/tests/property/server/node_reader.js " + base + " " + base + ".verdicts";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream verdicts(base + ".verdicts");
    compare(requests, verdicts, tally);
  }
  std::remove(base.c_str());
  std::remove((base + ".verdicts").c_str());
  std::size_t all = 0;
  for (const auto& [rule, count] : tally) {
    std::printf("%8zu  %s\n", count, rule.c_str());
    all += count;
  }
  EXPECT_EQ(all, wanted);
  EXPECT_GT(tally["both take the same"], wanted / 20);
  EXPECT_GT(tally["both refuse at the same request"], wanted / 20);
}

}  // namespace
}  // namespace bellrock::server::test
