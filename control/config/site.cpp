#include <algorithm>

#include "control/config/documents.h"
#include "control/config/path_template.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

std::optional<std::string> read_beacon_path(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const ParsedPath parsed = parse_path_template(*text);
  if (!parsed.problem.empty()) {
    value.error(Code::kPath, shown(*text) + ": " + parsed.problem, parsed.fix);
    return std::nullopt;
  }
  if (text->find('{') != std::string::npos) {
    value.error(Code::kPath, shown(*text) + ": a beacon path has no placeholders", "write each path in full");
    return std::nullopt;
  }
  return text;
}

void warn_of_repeat(const Value& path, TemplateId id, const Tables& tables) {
  path.warning(Code::kTemplateTwice, shown(path.node->text) + " is " +
                                         shown(tables.definition.templates[id.index()].text) +
                                         " again: the names of placeholders make no difference");
}

}  // namespace

void read_pages(const Value& list, std::size_t max, const char* what, std::vector<TemplateId>& pages, Tables& tables) {
  for (const Value& path : read_list(list, max).value_or(std::vector<Value>{})) {
    const auto id = read_template(path, tables);
    if (!id || std::find(pages.begin(), pages.end(), *id) != pages.end()) continue;
    if (pages.size() == max) {
      path.error(Code::kTooMany, "more than " + std::to_string(max) + " pages with " + what);
      return;
    }
    pages.push_back(*id);
  }
}

namespace {

// One grid for all sites, so that two which ask for different ones cannot both have theirs.
void read_click_grid(const Value& value, Tables& tables) {
  journey::ClickGrid grid{.on = true};
  Fields fields(value);
  fields.into("suppress_below", grid.suppress_below, read_unsigned, std::uint64_t{1}, std::uint64_t{kSuppressBelowMax});
  if (const auto every = fields.find("every")) {
    const auto period = read_duration(*every);
    if (period && (*period < kMinute || *period > kClickPeriodMax || *period % kWindow != 0)) {
      every->error(Code::kRange, shown(every->node->text) + " is no period of a grid",
                   "write whole windows of 10s, from 1m to 24h");
    } else if (period) {
      grid.every = *period;
    }
  }
  fields.finish();
  journey::ClickGrid& known = tables.definition.click_grid;
  if (known.on && (known.suppress_below != grid.suppress_below || known.every != grid.every)) {
    value.error(Code::kRange, "another site asks for another grid", "write the same grid at every site");
  }
  known = grid;
}

// A list of pages, or what there is to say beside it.
void read_clicks(const Value& value, Tables& tables) {
  journey::Definition& definition = tables.definition;
  if (!value.is_map()) return read_pages(value, kClickPagesMax, "clicks", definition.click_pages, tables);
  Fields fields(value);
  if (const auto pages = fields.need("pages")) {
    read_pages(*pages, kClickPagesMax, "clicks", definition.click_pages, tables);
  }
  if (const auto grid = fields.find("grid")) read_click_grid(*grid, tables);
  fields.finish();
}

}  // namespace

std::optional<std::string> read_host(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const bool good = std::all_of(text->begin(), text->end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '[' || c == ']' || c == ':';
  });
  const bool has_port = text->find(':') != std::string::npos && !text->starts_with('[');
  if (good && !has_port) return text;
  value.error(Code::kText, shown(*text) + " is not a host as requests are compared with",
              "write the name in lower case, without port: shop.example");
  return std::nullopt;
}

void read_site(const std::string& name, Fields& spec, Tables& tables) {
  journey::Site site{name, {}, {}};
  if (const auto hosts = spec.find("hosts"); hosts && !hosts->is_word("any")) {
    for (const Value& host : read_list(*hosts, kSiteHostsMax).value_or(std::vector<Value>{})) {
      if (const auto text = read_host(host)) site.hosts.push_back(*text);
    }
  }
  const auto paths = spec.find("beacon_paths");
  if (!paths) site.beacon_paths.emplace_back(kDefaultBeaconPath);
  if (paths) {
    for (const Value& path : read_list(*paths, kSitePathsMax).value_or(std::vector<Value>{})) {
      if (const auto text = read_beacon_path(path)) site.beacon_paths.push_back(*text);
    }
  }
  if (const auto templates = spec.find("templates")) {
    std::vector<TemplateId> listed;
    for (const Value& path : read_list(*templates, kTemplatesMax).value_or(std::vector<Value>{})) {
      const auto id = read_template(path, tables);
      if (!id) continue;
      if (std::find(listed.begin(), listed.end(), *id) != listed.end()) warn_of_repeat(path, *id, tables);
      listed.push_back(*id);
    }
  }
  journey::Definition& definition = tables.definition;
  if (const auto vitals = spec.find("vitals")) {
    read_pages(*vitals, kVitalPagesMax, "web vitals", definition.vital_pages, tables);
  }
  if (const auto clicks = spec.find("clicks")) {
    read_clicks(*clicks, tables);
  }
  if (const auto frustration = spec.find("frustration")) read_frustration(*frustration, tables);
  if (const auto errors = spec.find("errors")) read_errors(*errors, tables);
  if (const auto coverage = spec.find("coverage")) read_coverage(*coverage, tables);
  tables.definition.sites.push_back(std::move(site));
}

}  // namespace bellrock::config
