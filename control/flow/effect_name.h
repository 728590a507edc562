// How a cell of CellKind::kEffect is called in frames and in the store: "answered/283ms/abandoned.waiting",
// "ended/0ms/cancelled", "undated/unknown". Pure, any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/flow/effect_cell.h"

namespace bellrock::control {

struct EffectName {
  std::size_t slot = 0;  // of effect_cell.h
  Outcome outcome = Outcome::kUnknown;
};

inline std::string effect_detail(std::size_t slot, Outcome outcome) {
  const Wait wait = wait_of(slot);
  std::string text{kWaitNames[static_cast<std::size_t>(wait)]};
  text += '/';
  if (wait != Wait::kUndated) {
    text += kBandNames[band_of_slot(slot)];
    text += '/';
  }
  text += kOutcomeNames[static_cast<std::size_t>(outcome)];
  return text;
}

namespace detail {
template <typename Names>
std::optional<std::size_t> find_name(const Names& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}
}  // namespace detail

// Nothing for what is no such name: frames come from outside.
inline std::optional<EffectName> read_effect_detail(std::string_view text) {
  const auto take = [&text] {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
  };
  const auto wait = detail::find_name(kWaitNames, take());
  if (!wait) return std::nullopt;
  const bool banded = static_cast<Wait>(*wait) != Wait::kUndated;
  const auto band = banded ? detail::find_name(kBandNames, take()) : std::optional<std::size_t>{0};
  const auto outcome = detail::find_name(kOutcomeNames, text);
  if (!band || !outcome) return std::nullopt;
  return EffectName{wait_slot(static_cast<Wait>(*wait), *band), static_cast<Outcome>(*outcome)};
}

}  // namespace bellrock::control
