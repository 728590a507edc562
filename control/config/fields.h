// One mapping being read. Every key that means something is asked for, once; `finish` then refuses what remains, with
// the key that was probably meant. Start-up only.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/value.h"

namespace bellrock::config {

class Fields {
 public:
  // A value that is not a mapping is reported, and reads as an empty one whose missing keys are not reported again.
  explicit Fields(const Value& map);

  [[nodiscard]] bool is_map() const { return is_map_; }
  [[nodiscard]] const Value& map() const { return map_; }

  std::optional<Value> find(std::string_view key);
  std::optional<Value> need(std::string_view key, std::string fix = {});
  // Keys of later versions: refused by name. An empty `fix`: to remove them.
  void later(std::initializer_list<std::string_view> keys, const std::string& fix = {});
  void finish();

  // out = read(value of key, extra…) when the key is there and reads well.
  template <typename T, typename Read, typename... Extra>
  bool into(std::string_view key, T& out, Read read, const Extra&... extra) {
    const auto value = find(key);
    return value && assign(out, read(*value, extra...));
  }
  template <typename T, typename Read, typename... Extra>
  bool need_into(std::string_view key, T& out, Read read, const Extra&... extra) {
    const auto value = need(key);
    return value && assign(out, read(*value, extra...));
  }

 private:
  template <typename T, typename Read>
  static bool assign(T& out, const Read& result) {
    if (result) out = static_cast<T>(*result);
    return result.has_value();
  }

  Value map_;
  bool is_map_;
  std::vector<std::string_view> asked_;
};

}  // namespace bellrock::config
