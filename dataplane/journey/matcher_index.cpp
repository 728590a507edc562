// What the matcher looks messages up in: made once, of the definition.
#include <algorithm>

#include "dataplane/journey/matcher.h"

namespace bellrock::journey {

void Matcher::index_leaves() {
  const std::size_t template_count = std::max<std::size_t>(definition_.templates.size(), 1);
  request_leaves_.resize(template_count);
  response_leaves_.resize(template_count);
  for (std::size_t i = 0; i < definition_.leaves.size(); ++i) {
    const Leaf& leaf = definition_.leaves[i];
    const auto index = static_cast<std::uint16_t>(i);
    asks_host_ = asks_host_ || !leaf.host.empty();
    if (leaf.kind == LeafKind::kHttpRequest) request_leaves_[leaf.path_template.index()].push_back(index);
    if (leaf.kind == LeafKind::kBeacon) beacon_leaves_.add(leaf.event, index);
    if (leaf.kind == LeafKind::kReport) report_leaves_.add(leaf.event, index);
    if (leaf.kind != LeafKind::kHttpResponse || response_leaf_.size() == kResponseLeavesMax) continue;
    response_leaves_[leaf.path_template.index()].push_back(static_cast<std::uint16_t>(response_leaf_.size()));
    response_leaf_.push_back(index);
  }
  beacon_leaves_.finish();
  report_leaves_.finish();
}

void Matcher::index_expected() {
  for (std::size_t j = 0; j < definition_.journeys.size(); ++j) {
    const Journey& journey = definition_.journeys[j];
    if (!journey.silent.watched || !journey.silent.by_http) continue;
    ExpectedStep step;
    step.match = {JourneyId{j}, journey.silent.expect, true};
    step.identity = journey.identity;
    add_response_leaves(journey.steps[journey.silent.expect.index()].root, step);
    expected_.push_back(step);
  }
}

void Matcher::add_response_leaves(std::uint16_t node, ExpectedStep& step) const {
  const Node& here = definition_.nodes[node];
  for (std::uint16_t i = 0; here.op != NodeOp::kLeaf && i < here.count; ++i) {
    add_response_leaves(static_cast<std::uint16_t>(here.first + i), step);
  }
  for (std::size_t bit = 0; here.op == NodeOp::kLeaf && bit < response_leaf_.size(); ++bit) {
    if (response_leaf_[bit] == here.first) step.leaves[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

void Matcher::index_covered() {
  const std::vector<TemplateId>& pages = definition_.coverage_pages;
  if (pages.empty() && definition_.coverage_calls.empty()) return;
  covered_page_of_.resize(definition_.templates.size());
  std::uint8_t number = 0;
  for (const TemplateId page : pages) covered_page_of_[page.index()] = ++number;
  for (const CoverageCall& call : definition_.coverage_calls) {
    call_events_.add(call.event, static_cast<std::uint16_t>(number - pages.size()));
    covered_page_of_[call.path.index()] = ++number;
  }
  call_events_.finish();
}

}  // namespace bellrock::journey
