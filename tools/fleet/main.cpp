// bellrock-fleet: see README.md.
#include <chrono>
#include <cstdio>
#include <fstream>

#include "tools/fleet/options.h"
#include "tools/fleet/run.h"
#include "tools/fleet/shop.h"

namespace {

using namespace bellrock;

constexpr int kDone = 0, kInvalidConfiguration = 3, kUnusable = 10;

int write(const std::string& path, const std::string& text) {
  if (path.empty()) return std::fputs(text.c_str(), stdout) < 0 ? kUnusable : kDone;
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (file) return kDone;
  std::fprintf(stderr, "bellrock-fleet: %s cannot be written\n", path.c_str());
  return kUnusable;
}

bool has_objectives(const journey::Definition& definition) {
  for (const auto& journey : definition.journeys) {
    if (!journey.objectives.empty()) return true;
  }
  return false;
}

int simulate(const fleet::Options& options) {
  const auto loaded = config::load(options.config);
  for (const auto& one : loaded.diagnostics) std::fprintf(stderr, "%s\n", config::to_line(one).c_str());
  if (!loaded.ok()) return kInvalidConfiguration;
  if (!has_objectives(loaded.definition)) {
    std::fputs("bellrock-fleet: the configuration has no journey with an objective\n", stderr);
    return kInvalidConfiguration;
  }
  const auto plan = fleet::make_plan(options.plan, loaded.definition);
  fleet::Truth truth;
  if (options.plan_only) return write(options.truth, truth_json(truth, plan, loaded));
  const auto begin = std::chrono::steady_clock::now();
  const auto sent = fleet::run(options, plan, loaded, truth);
  if (!sent.ok()) {
    std::fprintf(stderr, "bellrock-fleet: %s\n", sent.error().message.c_str());
    return sent.error().exit_code;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::fprintf(stderr, "bellrock-fleet: %llu frames with %llu series deltas in %.1f s (%.0f deltas/s), %llu requests\n",
               static_cast<unsigned long long>(truth.frames), static_cast<unsigned long long>(truth.deltas), seconds,
               static_cast<double>(truth.deltas) / seconds, static_cast<unsigned long long>(sent->requests));
  return write(options.truth, truth_json(truth, plan, loaded));
}

}  // namespace

int main(int argc, char** argv) {
  fleet::Options options;
  if (const int code = fleet::read_options(argc, argv, options); code >= 0) return code;
  if (!options.shop.empty()) return write(options.shop, fleet::make_shop(options.journeys, options.objectives));
  return simulate(options);
}
