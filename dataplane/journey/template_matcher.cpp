#include "dataplane/journey/template_matcher.h"

#include <algorithm>

#include "dataplane/base/limits.h"

namespace bellrock::journey {
namespace {

bool before(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

}  // namespace

TemplateMatcher::TemplateMatcher(const std::vector<PathTemplate>& templates) : nodes_(1) {
  for (std::size_t i = 1; i < templates.size(); ++i) {
    std::uint32_t node = 0;
    for (const std::string& segment : templates[i].segments) node = add_child(node, segment);
    if (nodes_[node].end.value == 0) nodes_[node].end = TemplateId{i};
  }
}

std::uint32_t TemplateMatcher::add_child(std::uint32_t node, const std::string& segment) {
  const auto added = static_cast<std::uint32_t>(nodes_.size());
  if (segment.empty()) {
    if (nodes_[node].placeholder != 0) return nodes_[node].placeholder;
    nodes_[node].placeholder = added;
  } else {
    const std::string_view literal = segment == kEmptySegment ? std::string_view{} : std::string_view{segment};
    auto& literals = nodes_[node].literals;
    const auto at = std::lower_bound(literals.begin(), literals.end(), literal,
                                     [](const Child& child, std::string_view s) { return before(child.segment, s); });
    if (at != literals.end() && at->segment == literal) return at->node;
    literals.insert(at, {literal, added});
  }
  nodes_.emplace_back();
  return added;
}

TemplateId TemplateMatcher::match(std::string_view path) const {
  if (path.empty() || path[0] != '/') return {};
  return match_from(0, path.substr(1), 1);
}

// `rest` begins with the segment that leads on from `node`. Depth is bounded, so the recursion is.
TemplateId TemplateMatcher::match_from(std::uint32_t node, std::string_view rest, std::size_t depth) const {
  if (depth > kTemplateSegmentsMax) return {};
  const std::size_t slash = rest.find('/');
  const bool last = slash == std::string_view::npos;
  const std::string_view segment = rest.substr(0, slash);
  const auto on = [&](std::uint32_t child) {
    return last ? nodes_[child].end : match_from(child, rest.substr(slash + 1), depth + 1);
  };
  const auto& literals = nodes_[node].literals;
  const auto at = std::lower_bound(literals.begin(), literals.end(), segment,
                                   [](const Child& child, std::string_view s) { return before(child.segment, s); });
  if (at != literals.end() && at->segment == segment) {
    if (const TemplateId found = on(at->node); found.value != 0) return found;
  }
  const std::uint32_t placeholder = nodes_[node].placeholder;
  return placeholder != 0 && !segment.empty() ? on(placeholder) : TemplateId{};
}

}  // namespace bellrock::journey
