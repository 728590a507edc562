#include "control/config/versions.h"

#include <openssl/sha.h>

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/loader.h"
#include "dataplane/base/bytes.h"
#include "dataplane/journey/snapshot.h"
#include "dataplane/journey/visits.h"

namespace bellrock::config {
namespace {

using journey::Condition;
using journey::Definition;
using journey::Journey;
using journey::Leaf;
using journey::Node;
using journey::NodeOp;
using journey::Objective;
using journey::Source;
using journey::Step;

using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

Digest sha256(Bytes data) {
  Digest digest;
  SHA256(data.data(), data.size(), digest.data());
  return digest;
}

// The meaning of a journey as text, each part preceded by its length so that no two meanings are written alike.
// Table indices never appear: what they point to does.
class Meaning {
 public:
  explicit Meaning(const Definition& definition) : definition_(definition) {}

  template <typename... T>
  Meaning& add(const T&... parts) {
    (one(parts), ...);
    return *this;
  }
  [[nodiscard]] std::uint64_t hash() const { return load_le64(sha256(bytes(text_)).data()); }

 private:
  void one(std::string_view part) {
    text_ += std::to_string(part.size());
    text_ += ':';
    text_ += part;
  }
  void one(const std::string& part) { one(std::string_view(part)); }
  template <std::integral T>
  void one(T number) {
    one(std::string_view(std::to_string(number)));
  }
  template <typename T>
  requires std::is_enum_v<T>
  void one(T value) { one(static_cast<int>(value)); }
  template <typename T>
  void one(const std::vector<T>& list) {
    one(list.size());
    for (const T& item : list) one(item);
  }

  void one(TemplateId id) { one(definition_.templates[id.index()].segments); }
  void one(const Source& source) { add(source.kind, source.name, source.subfield); }
  void one(const Condition& condition) {
    add(condition.name, condition.op, condition.values.size());
    for (const journey::Literal& value : condition.values) add(value.type, value.text);
  }
  void one(const Leaf& leaf) {
    add(leaf.kind, leaf.host, leaf.method, leaf.path_template, leaf.query, leaf.status_classes, leaf.statuses);
    add(leaf.none, leaf.aborted, leaf.event, leaf.url_template, leaf.attrs);
  }
  void one(const Node& node) {
    add(node.op, node.count);
    if (node.op == NodeOp::kLeaf) {
      one(definition_.leaves[node.first]);
      return;
    }
    for (std::size_t i = 0; i < node.count; ++i) one(definition_.nodes[node.first + i]);
  }
  void one(const journey::SilentFailure& silent) {
    add(silent.watched, silent.after.value, silent.expect.value, silent.within);
  }
  void one(const Step& step) {
    add(step.name, step.kind, step.failure_class, step.optional, step.repeatable, step.within);
    one(definition_.nodes[step.root]);
  }

  const Definition& definition_;
  std::string text_;
};

// What a journey does without adds nothing, so that its version is what it was before there was such a thing.
std::uint64_t version_of(const Definition& definition, const Journey& journey) {
  const journey::Identity& identity = definition.identities[journey.identity.index()];
  Meaning meaning(definition);
  meaning.add(journey.name, identity.name, identity.keys, identity.max, journey.idle, journey.strict_order,
              journey.restart_continues, journey.silent, journey.steps);
  if (journey.correlate != 0)
    meaning.add(std::string_view("correlate"), definition.correlates[journey.correlate - 1u].from);
  if (journey.synthetic) meaning.add(std::string_view("synthetic"));
  if (identity.reorder_wait != 0) meaning.add(std::string_view("reorder_wait"), identity.reorder_wait);
  return meaning.hash();
}

std::uint64_t version_of(const Definition& definition, const Journey& journey, const Objective& o) {
  Meaning meaning(definition);
  meaning.add(journey.version, o.name, o.sli);
  if (is_per_visit(journey, o))
    meaning.add(std::string_view("visits"), definition.identities[journey.identity.index()].idle);
  if (o.sli == journey::Sli::kConsistency) {
    return meaning.add(journey.objectives[o.of.index()].version, o.min_attempts).hash();
  }
  if (o.sli == journey::Sli::kSuccess) {
    return meaning.add(o.count_from.value, o.bad, o.exclude, o.waited_over).hash();
  }
  meaning.add(o.from.value, o.to.value, o.or_equal, o.threshold, o.failed, o.superseded, o.has_client_clock,
              o.edge_clock);
  if (o.has_client_clock) {
    const journey::Clock& clock = definition.clocks[o.client_clock.index()];
    meaning.add(clock.is_attr, clock.attr);
  }
  return meaning.hash();
}

std::uint64_t version_of(const Definition& definition, const Journey& journey, const journey::MoneyValue& value) {
  return Meaning(definition)
      .add(journey.version, definition.amounts[value.amount - 1u], value.at.value, value.currency)
      .hash();
}

std::uint64_t version_of(const Definition& definition, const Journey& journey, const journey::Effect& effect) {
  Meaning meaning(definition);
  meaning.add(journey.version, std::string_view("effect"), effect.name, journey.objectives[effect.of.index()].version);
  for (const std::uint8_t stratum : effect.strata) {
    if (stratum == journey::Effect::kReturning) {
      meaning.add(std::string_view("returning"));
    } else {
      const journey::Dimension& dimension = definition.dimensions[journey.dimensions[stratum].index()];
      meaning.add(dimension.name, dimension.source);
      if (!dimension.bounds.empty()) meaning.add(dimension.values);
    }
  }
  return meaning.hash();
}

std::uint64_t version_of(const Definition& definition, const Journey& journey, const journey::Feedback& feedback) {
  Meaning meaning(definition);
  meaning.add(journey.version, std::string_view("feedback"));
  if (feedback.has_latency) meaning.add(journey.objectives[feedback.of.index()].version);
  return meaning.hash();
}

std::uint64_t version_of(const Definition& definition, const Journey& journey, const journey::Recovery& recovery) {
  Meaning meaning(definition);
  meaning.add(journey.version, std::string_view("recovery"), recovery.within);
  return meaning.hash();
}

}  // namespace

void set_versions(Definition& definition) {
  for (Journey& journey : definition.journeys) {
    journey.version = version_of(definition, journey);
    if (journey.value.amount != 0) journey.value.version = version_of(definition, journey, journey.value);
    // What follows from another one comes after it.
    for (const bool follows : {false, true}) {
      for (Objective& objective : journey.objectives) {
        if ((objective.sli == journey::Sli::kConsistency) != follows) continue;
        objective.version = version_of(definition, journey, objective);
      }
    }
    for (journey::Effect& effect : journey.effects) effect.version = version_of(definition, journey, effect);
    if (journey.recovery.within != 0) journey.recovery.version = version_of(definition, journey, journey.recovery);
    if (journey.feedback.questions != 0) journey.feedback.version = version_of(definition, journey, journey.feedback);
  }
}

std::array<std::uint8_t, 32> content_hash(const Definition& definition) {
  Definition shared = definition;
  shared.limits = {};
  shared.port = {};
  return sha256(journey::encode(shared));
}

}  // namespace bellrock::config
