// Which path template a request's path is: a trie over raw segments. A literal segment beats {id} at the first place
// where two templates differ; matching is exact on case and on a trailing slash; {id} is one non-empty segment.
// Built once; lookups allocate nothing and visit each node of the trie at most once. Any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

class TemplateMatcher {
 public:
  // Views into `templates`, which outlives the matcher. Of two equal templates the first counts.
  explicit TemplateMatcher(const std::vector<PathTemplate>& templates);

  // 0: no template. Paths of more than kTemplateSegmentsMax segments match none.
  [[nodiscard]] TemplateId match(std::string_view path) const;

 private:
  struct Child {
    std::string_view segment;
    std::uint32_t node = 0;
  };
  struct Node {
    std::vector<Child> literals;  // sorted by segment
    std::uint32_t placeholder = 0;
    TemplateId end;
  };

  std::uint32_t add_child(std::uint32_t node, const std::string& segment);
  [[nodiscard]] TemplateId match_from(std::uint32_t node, std::string_view rest, std::size_t depth) const;

  std::vector<Node> nodes_;  // [0] is the root; no node has it as a child
};

}  // namespace bellrock::journey
