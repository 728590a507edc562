#include "control/config/fields.h"

#include <algorithm>
#include <utility>

namespace bellrock::config {
namespace {

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

}  // namespace

Fields::Fields(const Value& map) : map_(map), is_map_(map.is_map()) {
  if (!is_map_) map.error(Code::kWrongType, "here must be a mapping of keys to values", "write {key: value, …}");
}

std::optional<Value> Fields::find(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  if (!is_map_) return std::nullopt;
  const auto& keys = map_.node->keys;
  const auto found = std::find_if(keys.begin(), keys.end(), [key](const yaml::Key& k) { return k.text == key; });
  if (found == keys.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(found - keys.begin());
  return Value{&map_.node->items[index], map_.file, join(map_.path, key), map_.report};
}

std::optional<Value> Fields::need(std::string_view key, std::string fix) {
  auto value = find(key);
  if (!value && is_map_) {
    if (fix.empty()) fix = "add `" + std::string(key) + "`";
    map_.report->error(Code::kMissingKey, {map_.file, map_.node->mark, join(map_.path, key)},
                       "the key `" + std::string(key) + "` is missing", std::move(fix));
  }
  return value;
}

void Fields::later(std::initializer_list<std::string_view> keys, const std::string& fix) {
  if (!is_map_) return;
  for (const std::string_view key : keys) {
    for (const yaml::Key& written : map_.node->keys) {
      if (written.text != key) continue;
      map_.report->error(Code::kLater, {map_.file, written.mark, join(map_.path, key)},
                         "`" + std::string(key) + "` is not in this version",
                         fix.empty() ? "remove `" + std::string(key) + "`" : fix);
    }
  }
  asked_.insert(asked_.end(), keys.begin(), keys.end());
}

void Fields::finish() {
  if (!is_map_) return;
  for (const yaml::Key& key : map_.node->keys) {
    if (map_.report->full()) return;
    if (std::find(asked_.begin(), asked_.end(), key.text) != asked_.end()) continue;
    const std::string_view meant = nearest(key.text, asked_);
    map_.report->error(
        Code::kUnknownKey, {map_.file, key.mark, join(map_.path, clipped(key.text))},
        "the key " + shown(key.text) + " means nothing here",
        meant.empty() ? "remove it; known here: " + one_of(asked_) : "did you mean `" + std::string(meant) + "`?");
  }
}

}  // namespace bellrock::config
