#include "tools/impair/options.h"

#include <CLI/CLI.hpp>
#include <charconv>

namespace bellrock::impair {
namespace {

constexpr const char* kDescription =
    R"(Forwards frames between two interfaces and impairs them on the way, the same for the same seed.

Every impairment takes one value for both directions, or two with a comma between them: first from A to B, then back.
Chances are from 0 to 1 and independent. Frames that are not IP (ARP) are only delayed. Needs CAP_NET_RAW; switch
tso, gso, gro, tx and txvlan off on both ends of both pairs (ethtool -K), for merged frames cannot be forwarded.
Ends on SIGTERM, SIGINT or after --duration, and then writes what happened as JSON to standard output.
Exit codes: 0 done, 2 usage, 10 an interface cannot be used.)";

constexpr const char* kExamples = R"(
Examples
  bellrock-impair va vb --seed 7 --loss 0.05 --duplicate 0.05 --reorder 0.1 --segment 1-64
  bellrock-impair va vb --loss 0.05,0 --delay 20 --duration 60
  bellrock-impair va vb --mtu 1280)";

// A value, or two with a comma between.
template <typename Parse>
void add(CLI::App& app, const std::string& name, const std::string& help, Parse parse) {
  const auto take = [name, parse](const std::string& text) {
    const std::size_t comma = text.find(',');
    const std::string there = text.substr(0, comma), back = comma == std::string::npos ? there : text.substr(comma + 1);
    if (!parse(there, 0U) || !parse(back, 1U)) throw CLI::ValidationError(name, "cannot be " + text);
  };
  app.add_option_function<std::string>(name, take, help)->type_name("VALUE[,BACK]");
}

template <typename T>
bool read(const std::string& text, T low, T high, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
}

// "64" or "1-64".
bool read_pieces(const std::string& text, PieceSizes& pieces) {
  constexpr std::uint32_t kMax = 65'535;
  const std::size_t dash = text.find('-');
  if (dash == std::string::npos) return read(text, 1U, kMax, pieces.max) && ((pieces.min = pieces.max), true);
  return read(text.substr(0, dash), 1U, kMax, pieces.min) && read(text.substr(dash + 1), pieces.min, kMax, pieces.max);
}

bool read_ms(const std::string& text, std::int64_t& us) {
  double ms = 0;
  if (!read(text, 0.0, 60'000.0, ms)) return false;
  us = static_cast<std::int64_t>(ms * 1'000);
  return true;
}

void add_chances(CLI::App& app, std::array<Rates, 2>& rates) {
  const auto chance = [&](const std::string& name, double Rates::*which, const std::string& help) {
    add(app, name, help,
        [&rates, which](const std::string& text, std::size_t d) { return read(text, 0.0, 1.0, rates[d].*which); });
  };
  chance("--loss", &Rates::loss, "Frames that never arrive");
  chance("--duplicate", &Rates::duplicate, "Frames that arrive twice");
  chance("--reorder", &Rates::reorder, "Frames held back by --reorder-by, so that later ones overtake");
  chance("--corrupt", &Rates::corrupt, "Frames with one byte changed and their checksums left");
}

void add_others(CLI::App& app, std::array<Rates, 2>& rates) {
  const auto time = [&](const std::string& name, std::int64_t Rates::*which, const std::string& help) {
    add(app, name, help,
        [&rates, which](const std::string& text, std::size_t d) { return read_ms(text, rates[d].*which); });
  };
  time("--delay", &Rates::delay_us, "Milliseconds for every frame");
  time("--jitter", &Rates::jitter_us, "Up to so many milliseconds more; may reorder");
  time("--reorder-by", &Rates::reorder_us, "Milliseconds for frames that are held back (5)");
  add(app, "--segment", "Cut TCP payload into pieces of N bytes, or of N-M at random",
      [&rates](const std::string& text, std::size_t d) { return read_pieces(text, rates[d].pieces); });
  add(app, "--mtu", "Drop larger IP packets and tell their sender, as a router does",
      [&rates](const std::string& text, std::size_t d) { return read(text, 68U, 65'535U, rates[d].mtu); });
}

}  // namespace

int read_options(int argc, const char* const* argv, Options& options) {
  CLI::App app{kDescription};
  app.footer(kExamples);
  app.add_option("A", options.interfaces[0], "One interface")->required();
  app.add_option("B", options.interfaces[1], "The other")->required();
  app.add_option("--seed", options.seed, "Same seed, options and frames: same impairments")->capture_default_str();
  app.add_option("--duration", options.duration_s, "Seconds; 0: until a signal")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  add_chances(app, options.rates);
  add_others(app, options.rates);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return -1;
}

}  // namespace bellrock::impair
