// Remembers where the parts of journeys, and of `frustration`, stand, for findings about the whole. Reads names only;
// what is wrong with them is the readers' to tell.
#include <algorithm>

#include "control/config/documents.h"
#include "control/config/journey_scope.h"

namespace bellrock::config {
namespace {

std::optional<Value> child_of(const Value& map, std::string_view key) {
  if (!map.is_map()) return std::nullopt;
  const auto& keys = map.node->keys;
  const auto found = std::find_if(keys.begin(), keys.end(), [key](const yaml::Key& k) { return k.text == key; });
  if (found == keys.end()) return std::nullopt;
  return Value{&map.node->items[static_cast<std::size_t>(found - keys.begin())], map.file,
               map.path + '.' + std::string(key), map.report};
}

std::string name_in(const Value& map) {
  const auto name = child_of(map, "name");
  return name && name->is_scalar() ? name->node->text : std::string{};
}

class Keeper {
 public:
  explicit Keeper(Places& places) : places_(places) {}

  void keep(const std::string& name, const Value& value) {
    places_[name] = {value.file, value.node->mark.line, value.node->mark.column, value.path};
  }
  // The value itself and what it maps.
  void keep_map(const std::string& name, const Value& value) {
    keep(name, value);
    if (!value.is_map()) return;
    for (const yaml::Key& key : value.node->keys) keep(name + '/' + key.text, *child_of(value, key.text));
  }

 private:
  Places& places_;
};

std::vector<Value> list_in(const Value& spec, std::string_view key) {
  const auto list = child_of(spec, key);
  return list && list->is_list() ? elements(*list, list->node->items.size()) : std::vector<Value>{};
}

}  // namespace

void keep_places(const Value& spec, JourneyScope& scope) {
  Keeper keeper(scope.tables.places);
  const std::string& journey = scope.journey.name;
  keeper.keep(journey, spec);
  for (const Value& step : list_in(spec, "steps")) {
    const std::string name = name_in(step);
    keeper.keep(journey + "/steps/" + name, step);
    if (const auto latency = child_of(step, "latency")) keeper.keep_map(journey + "/objectives/" + name, *latency);
  }
  for (const Value& objective : list_in(spec, "objectives")) {
    keeper.keep_map(journey + "/objectives/" + name_in(objective), objective);
  }
  if (const auto silent = child_of(spec, "silent_failure")) keeper.keep_map(journey + "/silent_failure", *silent);
}

void keep_frustration_places(const Value& frustration, Tables& tables) {
  Keeper keeper(tables.places);
  keeper.keep_map("frustration", frustration);
  for (const Value& page : list_in(frustration, "pages")) {
    const auto path = child_of(page, "path");
    const Value& named = path ? *path : page;
    if (named.is_scalar()) keeper.keep_map("frustration/pages/" + named.node->text, page);
  }
}

}  // namespace bellrock::config
