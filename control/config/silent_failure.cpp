#include "control/config/journey_scope.h"

namespace bellrock::config {
namespace {

using journey::StepKind;

// A step of one kind; nothing, reported, when it is of another.
std::optional<StepId> read_step_of(Fields& fields, std::string_view key, StepKind kind, std::string_view kind_name,
                                   const JourneyScope& scope) {
  const auto value = fields.need(key);
  const auto step = value ? read_step_name(*value, scope) : std::nullopt;
  if (!step) return std::nullopt;
  if (scope.journey.steps[step->index()].kind == kind) return step;
  value->error(Code::kSilentFailure, shown(value->node->text) + " is not of kind " + std::string(kind_name),
               "name the " + std::string(kind_name) + " step that " +
                   (kind == StepKind::kAck ? "promises the success" : "is expected after it"));
  return std::nullopt;
}

}  // namespace

// {after: pay_ok, expect: confirmed, within: 30s}
void read_silent_failure(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  journey::SilentFailure silent;
  const auto after = read_step_of(fields, "after", StepKind::kAck, "ack", scope);
  const auto expect = read_step_of(fields, "expect", StepKind::kSuccess, "success", scope);
  const bool timed = fields.need_into("within", silent.within, read_duration);
  fields.finish();
  if (!after || !expect || !timed) return;
  const std::uint8_t channels = scope.notes[expect->index()].channels;
  if (channels == kReportChannel) {
    value.error(Code::kSilentFailure, "what is expected comes as a report only, and nobody knows when reports come",
                "expect a step that a beacon or HTTP carries");
    return;
  }
  silent.watched = channels != 0;
  silent.after = *after;
  silent.expect = *expect;
  silent.by_http = (channels & kHttpChannels) != 0;
  silent.by_beacon = (channels & kBeaconChannel) != 0;
  scope.journey.silent = silent;
  const auto& identities = scope.tables.definition.identities;
  const std::size_t identity = scope.journey.identity.index();
  if (identity >= identities.size() || silent.within < identities[identity].max) return;
  value.error(Code::kTimes, "no attempt of this identity lasts until the window's end",
              "shorten `within`, or lengthen the identity's lifetime.max");
}

}  // namespace bellrock::config
