// Path templates from the paths that were seen: what looks like an identifier, or takes many values at one place, is
// {id}. Pure, any thread; bounded by the paths given.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace bellrock::cli {

// A number, a UUID, a long hexadecimal word, or a word with three digits or more.
bool looks_like_id(std::string_view segment);

class PathTemplates {
 public:
  // From this many different values at one place on, most of them seen seldom, the place is {id}.
  static constexpr std::size_t kValuesMax = 20;

  // All paths first, then settle() once; template_of for paths that were added.
  void add(std::string_view path);
  void settle();
  [[nodiscard]] std::string template_of(std::string_view path) const;

 private:
  struct Node {
    std::uint64_t count = 0;
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  };
  static void merge(Node& into, std::unique_ptr<Node> from);
  static void settle(Node& node);

  Node root_;
};

}  // namespace bellrock::cli
