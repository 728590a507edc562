// bellrock-traffic: see README.md.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tools/traffic/options.h"
#include "tools/traffic/traffic.h"
#include "tools/traffic/truth_json.h"

int main(int argc, char** argv) {
  using namespace bellrock::traffic;
  constexpr int kUnusable = 10;
  Options options;
  if (const int code = read_options(argc, argv, options); code >= 0) return code;
  Truth truth;
  if (!generate(options, truth)) {
    std::fprintf(stderr, "bellrock-traffic: %s: %s\n", options.out.c_str(), std::strerror(errno));
    return kUnusable;
  }
  if (!write_truth(options, truth)) {
    std::fprintf(stderr, "bellrock-traffic: cannot write the truth: %s\n", std::strerror(errno));
    return kUnusable;
  }
  std::printf("%llu packets, %llu bytes, %zu transactions, %zu attempts, %llu connections\n",
              static_cast<unsigned long long>(truth.packets), static_cast<unsigned long long>(truth.bytes),
              truth.transactions.size(), truth.attempts.size(), static_cast<unsigned long long>(truth.connections));
  return 0;
}
