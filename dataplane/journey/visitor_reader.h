// Who sends a request, by the visitor rules. What was read once is kept: a small table, found by the User-Agent's hash
// and compared in full, so that a request of a browser that came before costs a hash and a comparison of its headers.
// Its hash has no key: whoever makes two texts meet in one place makes each of them cost one pass (token_scanner.h).
// One for each core, used by its thread; allocates when it is made only. Memory: 132 KiB, and the automata.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/flow/message.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/journey/token_scanner.h"
#include "dataplane/journey/visitor_rules.h"

namespace bellrock::journey {

class VisitorReader {
 public:
  using Texts = std::array<std::string_view, static_cast<std::size_t>(VisitorField::kCount)>;

  explicit VisitorReader(const VisitorRules& rules);

  // Of header lines that came before it is known by their number.
  [[nodiscard]] VisitorSigns read(const HttpRequest& request) {
    if (request.header_block == 0) return read(texts_of(request));
    Known& known = known_[request.header_block % kKept];
    if (known.header_block != request.header_block) known = {request.header_block, read(texts_of(request))};
    return known.signs;
  }
  [[nodiscard]] VisitorSigns read(const Texts& texts);
  // Whether it asks not to be followed: "DNT: 1" (W3C Tracking Preference Expression, 5.2) or "Sec-GPC: 1" (Global
  // Privacy Control, 3.2).
  [[nodiscard]] static bool opts_out(const HttpRequest& request) {
    return request.header(Header::kDnt) == "1" || request.header(Header::kSecGpc) == "1";
  }
  // Why a message of this visitor begins no attempt. `synthetic`: it says so itself.
  [[nodiscard]] Filter filter(VisitorSigns signs, const HttpRequest& request, bool synthetic) const;

  // By the rules, with nothing kept: for tests and measurements.
  [[nodiscard]] VisitorSigns evaluate(const Texts& texts) const;
  static Texts texts_of(const HttpRequest& request);

 private:
  static constexpr std::size_t kKept = 256;
  static constexpr std::size_t kKeptBytes = 496;  // of all fields; longer ones are read again each time

  struct Kept {
    std::array<std::uint16_t, 4> sizes{};
    VisitorSigns signs;
    std::array<char, kKeptBytes> text{};
  };
  struct Known {
    std::uint64_t header_block = 0;
    VisitorSigns signs;
  };
  struct Rule {
    std::uint8_t field = 0, value = 0;
    std::uint16_t token = kAnything, lacks_from = 0, lacks_to = 0;
  };
  static constexpr std::uint16_t kAnything = 0xffff;

  using Found = std::array<TokenSet, static_cast<std::size_t>(VisitorField::kCount)>;
  [[nodiscard]] std::uint8_t first_of(VisitorAspect aspect, const Texts& texts, const Found& found) const;

  std::vector<TokenScanner> scanners_;      // by field
  std::array<std::vector<Rule>, 3> rules_;  // by aspect
  std::vector<std::uint16_t> lacks_;
  std::uint8_t filtered_;
  std::unique_ptr<std::array<Kept, kKept>> kept_;
  std::array<Known, kKept> known_{};
};

}  // namespace bellrock::journey
