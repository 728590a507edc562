#include "control/config/loader.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "control/config/documents.h"
#include "control/config/files.h"
#include "control/config/path_template.h"
#include "control/config/versions.h"
#include "control/config/visitors.h"

namespace bellrock::config {
namespace {

// In the order in which they are read: a journey refers to identities and sites.
enum class DocumentKind { kSite, kVisitors, kIdentity, kJourney, kPolicy, kComposite, kEdge, kAgent, kCentral };
constexpr Choice<DocumentKind> kKinds[] = {
    {"Site", DocumentKind::kSite},       {"Visitors", DocumentKind::kVisitors}, {"Identity", DocumentKind::kIdentity},
    {"Journey", DocumentKind::kJourney}, {"Policy", DocumentKind::kPolicy},     {"Composite", DocumentKind::kComposite},
    {"Edge", DocumentKind::kEdge},       {"Agent", DocumentKind::kAgent},       {"Central", DocumentKind::kCentral}};
// OpenSLO kinds, and kinds of ours that come later.
constexpr std::string_view kLaterKinds[] = {
    "SLO",     "SLI",   "Service", "AlertPolicy", "AlertCondition", "DataSource", "AlertNotificationTarget",
    "Rollout", "Signal"};

struct Document {
  DocumentKind kind;
  Fields top;
};

// The document's kind, when it is one of ours.
std::optional<Document> read_head(const Value& value) {
  Document document{DocumentKind::kSite, Fields(value)};
  if (!document.top.is_map()) return std::nullopt;
  const auto version = document.top.need("apiVersion", "add apiVersion: bellrock/v1");
  if (version && version->is_scalar() && version->node->text.starts_with("openslo/")) {
    version->later(version->node->text, "have `bellrock slo import` make policies of it");
    return std::nullopt;
  }
  if (version && !(version->is_scalar() && version->node->text == "bellrock/v1")) {
    version->error(Code::kApiVersion, "the apiVersion is not bellrock/v1");
    return std::nullopt;
  }
  const auto kind = document.top.need(
      "kind", "add kind: Site, Visitors, Identity, Journey, Policy, Composite, Edge, Agent or Central");
  if (kind && refuse_later(*kind, kLaterKinds, "remove the document")) return std::nullopt;
  const auto known = kind ? read_choice(*kind, kKinds) : std::nullopt;
  if (!known) return std::nullopt;
  document.kind = *known;
  return document;
}

bool is_one_of_many(DocumentKind kind) {
  return kind == DocumentKind::kSite || kind == DocumentKind::kIdentity || kind == DocumentKind::kJourney ||
         kind == DocumentKind::kPolicy || kind == DocumentKind::kComposite;
}

class Loader {
 public:
  explicit Loader(Report& report) : report_(report), tables_(report) {
    tables_.definition.visitors = builtin_visitors();
  }

  void add_stream(const std::string& file, const yaml::Stream& stream) {
    for (const yaml::Problem& problem : stream.problems) {
      report_.error(problem.code, {file, problem.mark, ""}, problem.message);
    }
    for (const yaml::Node& node : stream.documents) {
      if (node.type == yaml::NodeType::kNull) continue;
      ++document_count_;
      if (auto document = read_head({&node, file, "", &report_})) documents_.push_back(std::move(*document));
    }
  }

  Loaded finish() {
    std::stable_sort(documents_.begin(), documents_.end(),
                     [](const Document& a, const Document& b) { return a.kind < b.kind; });
    bool sites_read = false;
    for (Document& document : documents_) {
      if (!sites_read && document.kind != DocumentKind::kSite) add_default_site(), sites_read = true;
      read_document(document);
    }
    if (!sites_read) add_default_site();
    finish_coverage(tables_);
    check_policies(policies_, tables_);
    check_overlaps();
    if (central_.given) check_retention();
    Loaded loaded;
    // Versions follow references, which hold only in a definition without errors.
    if (!report_.has_errors()) set_versions(tables_.definition);
    loaded.definition = std::move(tables_.definition);
    loaded.agent = std::move(agent_);
    loaded.central = std::move(central_);
    loaded.policies = std::move(policies_);
    loaded.composites = std::move(composites_);
    loaded.tests = std::move(tables_.tests);
    loaded.places = std::move(tables_.places);
    return loaded;
  }

  [[nodiscard]] std::size_t document_count() const { return document_count_; }

 private:
  void add_default_site() {
    auto& sites = tables_.definition.sites;
    if (sites.empty()) sites.push_back({"default", {}, {std::string(kDefaultBeaconPath)}});
  }

  std::string read_document_name(Document& document, Fields& metadata) {
    const bool needed = is_one_of_many(document.kind);
    const auto value = needed ? metadata.need("name") : metadata.find("name");
    if (!value || !read_name(*value)) return value && value->is_scalar() ? value->node->text : std::string{};
    const std::string& name = value->node->text;
    if (needed && !names_[document.kind].try_emplace(name, value->file).second) {
      value->error(
          Code::kDuplicateName,
          "another " + std::string(kKinds[static_cast<std::size_t>(document.kind)].first) + " is named " + shown(name));
    }
    return name;
  }

  void read_document(Document& document) {
    static const yaml::Node kEmptyMap{.type = yaml::NodeType::kMap};
    const auto metadata_value = is_one_of_many(document.kind) ? document.top.need("metadata", "add metadata: {name: …}")
                                                              : document.top.find("metadata");
    const auto spec_value = document.top.need("spec");
    document.top.finish();
    if (!spec_value) return;
    const Value no_metadata{&kEmptyMap, spec_value->file, "metadata", &report_};
    Fields metadata(metadata_value.value_or(no_metadata));
    const std::string name = metadata_value ? read_document_name(document, metadata) : std::string{};
    Fields spec(*spec_value);
    if (!is_one_of_many(document.kind) && !singles_.insert({document.kind, spec_value->file}).second) {
      spec_value->error(Code::kSecondDocument, std::string(kKinds[static_cast<std::size_t>(document.kind)].first) +
                                                   " was read already, from " + singles_[document.kind]);
      return;
    }
    if (spec.is_map()) read_spec(document.kind, name, metadata, spec);
    metadata.finish();
    spec.finish();
  }

  void read_spec(DocumentKind kind, const std::string& name, Fields& metadata, Fields& spec) {
    switch (kind) {
      case DocumentKind::kSite:
        return read_site(name, spec, tables_);
      case DocumentKind::kVisitors:
        return read_visitors(spec, tables_);
      case DocumentKind::kIdentity:
        return read_identity(name, spec, tables_);
      case DocumentKind::kJourney:
        return read_journey(name, metadata, spec, tables_);
      case DocumentKind::kPolicy:
        return read_policy(name, spec.map(), spec, tables_, policies_);
      case DocumentKind::kComposite:
        return read_composite(name, spec.map(), spec, tables_, composites_);
      case DocumentKind::kEdge:
        return read_edge(spec, tables_);
      case DocumentKind::kAgent:
        return read_agent(spec, agent_);
      case DocumentKind::kCentral:
        return read_central(spec, central_);
    }
  }

  // At the window, or where that is not written at what it is too long for.
  void check_window(Duration window, const Place& at, const std::string& whose) {
    if (window <= central_.retention) return;
    report_.warning(Code::kKeptShorter, at.file.empty() ? central_.retention_at : at,
                    "counts are not kept for as long as the window of " + whose);
  }

  void check_retention() {
    for (const Policy& policy : policies_) check_window(policy.window, policy.window_at, shown(policy.name));
    for (const Composite& one : composites_)
      check_window(one.window, one.window_at, "the composite " + shown(one.name));
    for (const auto& journey : tables_.definition.journeys) {
      for (const auto& objective : journey.objectives) {
        if (policy_of(policies_, journey.name, objective.name) != nullptr) continue;
        return check_window(Policy{}.window, {}, "objectives that no policy names");
      }
    }
  }

  void check_overlaps() {
    const auto& templates = tables_.definition.templates;
    for (std::size_t later = 1; later < templates.size(); ++later) {
      for (std::size_t earlier = 1; earlier < later && !report_.full(); ++earlier) {
        if (!overlap(templates[earlier], templates[later])) continue;
        const Place& other = tables_.template_places[earlier];
        report_.error(Code::kOverlap, tables_.template_places[later],
                      shown(templates[later].text) + " and " + shown(templates[earlier].text) + " (" + other.file +
                          ':' + std::to_string(other.mark.line) +
                          ") match one path, and neither is the more literal one");
      }
    }
  }

  Report& report_;
  Tables tables_;
  AgentSettings agent_;
  CentralSettings central_;
  std::vector<Policy> policies_;
  std::vector<Composite> composites_;
  std::vector<Document> documents_;
  std::map<DocumentKind, std::map<std::string, std::string>> names_;
  std::map<DocumentKind, std::string> singles_;  // the file of each kind that exists once
  std::size_t document_count_ = 0;
};

}  // namespace

bool Loaded::ok() const {
  return std::all_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) { return d.warning; });
}

Loaded load_sources(std::span<const SourceText> texts, Report& report) {
  // Values point into these until the loader is done.
  std::vector<yaml::Stream> streams;
  streams.reserve(texts.size());
  Loader loader(report);
  for (const SourceText& source : texts) {
    streams.push_back(check_text(source, report) ? yaml::parse(source.text) : yaml::Stream{});
    loader.add_stream(source.file, streams.back());
  }
  if (loader.document_count() == 0 && !report.has_errors()) {
    report.error(Code::kNothing, {texts.empty() ? "configuration" : texts.front().file, {1, 1}, ""},
                 "there is no document", "write one that begins with apiVersion: bellrock/v1, a kind, and a spec");
  }
  Loaded loaded = loader.finish();
  for (const SourceText& source : texts) loaded.files.push_back(source.file);
  loaded.diagnostics = report.take();
  return loaded;
}

Loaded load_texts(std::span<const SourceText> texts) {
  Report report;
  return load_sources(texts, report);
}

Loaded load(std::span<const std::string> files_or_directories) {
  Report report;
  const std::vector<SourceText> texts = read_files(files_or_directories, report);
  Loaded loaded = load_sources(texts, report);
  for (Diagnostic& found : loaded.diagnostics) report.put_back(std::move(found));
  check_named_files(loaded, report);
  loaded.diagnostics = report.take();
  return loaded;
}

}  // namespace bellrock::config
