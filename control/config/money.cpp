#include <algorithm>
#include <utility>

#include "control/config/journey_scope.h"

namespace bellrock::config {
namespace {

using journey::Source;
using journey::SourceKind;

std::optional<std::string> read_currency(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text->size() == 3 && std::all_of(text->begin(), text->end(), is_capital)) return text;
  value.error(Code::kText, shown(*text) + " is not a currency", "write its three capital letters, for example EUR");
  return std::nullopt;
}

// Whether a message that is the step could carry the source. An answer's own headers are not read.
bool can_carry(const Source& source, std::uint8_t channels) {
  const bool of_beacon = source.kind == SourceKind::kBeaconField || source.kind == SourceKind::kBeaconAttr;
  return (channels & (of_beacon ? kBeaconChannel : kBeaconChannel | kRequestChannel)) != 0;
}

}  // namespace

// {from: header.x-cart-total-minor, currency: EUR, at: pay}
void read_value(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  const auto from = fields.need("from", "add from, for example from: header.x-cart-total-minor");
  const auto currency = fields.need("currency", "add currency, for example currency: EUR");
  const auto at = fields.need("at", "add at: the step that says what the attempt is worth");
  fields.finish();
  if (!from || !currency || !at) return;
  auto source = read_source(*from, scope.tables);
  const auto name = read_currency(*currency);
  const auto step = read_step_name(*at, scope);
  if (!source || !name || !step) return;
  const std::uint8_t channels = scope.notes[step->index()].channels;
  if (channels != 0 && !can_carry(*source, channels)) {
    at->error(Code::kValueStep, "no message that is " + shown(at->node->text) + " carries " + shown(from->node->text));
    return;
  }
  const auto amount = add_amount(*from, std::move(*source), scope.tables);
  if (amount) scope.journey.value = {*amount, *step, *name, 0};
}

}  // namespace bellrock::config
