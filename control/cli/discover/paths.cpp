#include "control/cli/discover/paths.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace bellrock::cli {
namespace {

constexpr std::string_view kId = "{id}";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

bool looks_like_id(std::string_view segment) {
  if (segment.empty()) return false;
  const auto digits = std::count_if(segment.begin(), segment.end(), is_digit);
  const bool hex = std::all_of(segment.begin(), segment.end(), [](char c) { return is_hex(c) || c == '-'; });
  return static_cast<std::size_t>(digits) == segment.size() || digits >= 3 ||
         (hex && digits > 0 && segment.size() >= 8);
}

void PathTemplates::add(std::string_view path) {
  Node* at = &root_;
  for (const std::string_view segment : segments_of(path)) {
    const bool id = looks_like_id(segment);
    auto& child = at->children[std::string(id ? kId : segment)];
    if (!child) child = std::make_unique<Node>();
    at = child.get();
    ++at->count;
  }
}

void PathTemplates::merge(Node& into, std::unique_ptr<Node> from) {
  into.count += from->count;
  for (auto& [segment, child] : from->children) {
    auto& own = into.children[segment];
    own ? merge(*own, std::move(child)) : static_cast<void>(own = std::move(child));
  }
}

void PathTemplates::settle(Node& node) {
  const auto seldom = std::count_if(node.children.begin(), node.children.end(),
                                    [](const auto& child) { return child.second->count <= 2; });
  if (node.children.size() > kValuesMax && 2 * static_cast<std::size_t>(seldom) > node.children.size()) {
    auto all = std::make_unique<Node>();
    auto empty = node.children.extract("");  // a slash at the end is no value
    for (auto& [segment, child] : node.children) merge(*all, std::move(child));
    node.children.clear();
    if (!empty.empty()) node.children.insert(std::move(empty));
    node.children.emplace(kId, std::move(all));
  }
  for (auto& [segment, child] : node.children) settle(*child);
}

void PathTemplates::settle() { settle(root_); }

std::string PathTemplates::template_of(std::string_view path) const {
  std::string text;
  const Node* at = &root_;
  for (const std::string_view segment : segments_of(path)) {
    const auto own = at == nullptr ? decltype(at->children.begin()){} : at->children.find(segment);
    const bool known = at != nullptr && !looks_like_id(segment) && own != at->children.end();
    text += '/' + std::string(known ? segment : kId);
    if (at == nullptr) continue;
    const auto next = known ? own : at->children.find(kId);
    at = next == at->children.end() ? nullptr : next->second.get();
  }
  return text;
}

}  // namespace bellrock::cli
