#include "control/cli/journey/message.h"

#include <algorithm>
#include <array>

#include "control/config/tables.h"
#include "control/config/units.h"

namespace bellrock::cli {
namespace {

using journey::Identity;
using journey::Source;
using journey::SourceKind;

constexpr std::array<std::string_view, 9> kMethods{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH"};

Method method_of(std::string_view text) {
  const auto found = std::find(kMethods.begin(), kMethods.end(), text);
  return static_cast<Method>(found - kMethods.begin());
}

std::string host_for(const journey::Definition& definition, const Wanted* wanted) {
  if (wanted != nullptr && !wanted->host.empty()) return wanted->host;
  for (const journey::Site& site : definition.sites) {
    if (!site.hosts.empty()) return site.hosts.front();
  }
  return "test.example";
}

std::string beacon_path_for(const journey::Definition& definition) {
  return definition.sites.empty() || definition.sites.front().beacon_paths.empty()
             ? std::string(config::kDefaultBeaconPath)
             : definition.sites.front().beacon_paths.front();
}

}  // namespace

std::string visitor_value(const config::TestEvent& event) { return "visitor-" + event.visitor; }

namespace {

// Which of the identity's keys have which of an event's several ids: each the next that such a message can carry.
std::vector<std::pair<const Source*, std::string>> keys_of(const Identity& identity, const config::TestEvent& event) {
  std::vector<std::pair<const Source*, std::string>> keys;
  std::vector<std::string> ids{event.visitor};
  ids.insert(ids.end(), event.more_visitors.begin(), event.more_visitors.end());
  for (const Source& key : identity.keys) {
    const bool by_request = key.kind == SourceKind::kCookie || key.kind == SourceKind::kHeader;
    const bool by_beacon = key.kind == SourceKind::kBeaconField || key.kind == SourceKind::kBeaconAttr;
    if (keys.size() == ids.size() || !(by_request || (by_beacon && event.beacon && !event.report))) continue;
    keys.emplace_back(&key, "visitor-" + ids[keys.size()]);
  }
  return keys;
}

}  // namespace

bool carries_all_ids(const Identity& identity, const config::TestEvent& event) {
  return event.more_visitors.empty() || keys_of(identity, event).size() == 1 + event.more_visitors.size();
}

std::string path_for(const journey::Definition& definition, TemplateId path) {
  if (path.value == 0) return "/some-other-page";
  std::string text;
  for (const std::string& segment : definition.templates[path.index()].segments) {
    text += '/' + (segment.empty() ? "1" : segment == journey::kEmptySegment ? std::string{} : segment);
  }
  return text;
}

MadeRequest::MadeRequest(const journey::Definition& definition, const Identity& identity, const Wanted* wanted,
                         const config::TestEvent& event, Instant at) {
  const bool carrier = event.beacon;
  method_ = carrier ? "POST" : wanted == nullptr || wanted->method.empty() ? "GET" : wanted->method;
  path_ = carrier               ? beacon_path_for(definition)
          : !event.page.empty() ? event.page
                                : path_for(definition, wanted == nullptr ? TemplateId{} : wanted->path);
  if (!carrier) {
    std::vector<journey::Condition> conditions = wanted == nullptr ? std::vector<journey::Condition>{} : wanted->query;
    // What the test says goes before what the match asks for.
    std::erase_if(conditions, [&event](const journey::Condition& condition) {
      return std::any_of(event.query.begin(), event.query.end(),
                         [&condition](const auto& given) { return given.first == condition.name; });
    });
    query_ = query_for(conditions);
    for (const auto& [name, value] : event.query) query_ += (query_.empty() ? "" : "&") + query_part(name, value);
  }
  texts_[static_cast<std::size_t>(Header::kHost)] = host_for(definition, wanted);
  event.more_visitors.empty() ? add_visitor(identity, visitor_value(event)) : add_visitors(identity, event);
  for (const auto& [name, value] : event.headers) {
    const auto index = config::header_index(definition, name);
    if (!index) continue;
    std::string& text = texts_[*index];
    const bool more = name == "cookie" && !text.empty();
    text = more ? text + "; " + value : value;
  }
  for (const auto& [index, text] : texts_) headers_[index] = text;
  request_.method = method_of(method_);
  request_.method_text = method_;
  request_.path = request_.target = path_;
  if (!query_.empty()) request_.query = query_;
  request_.headers = &headers_;
  request_.first = request_.last = at;
}

// The first of the identity's keys that a request carries.
void MadeRequest::add_visitor(const Identity& identity, const std::string& value) {
  for (const Source& key : identity.keys) {
    if (key.kind == SourceKind::kCookie) {
      texts_[static_cast<std::size_t>(Header::kCookie)] =
          key.name + '=' + (key.subfield.empty() ? value : key.subfield + '=' + value);
      return;
    }
    if (key.kind == SourceKind::kHeader) {
      texts_[key.header] = value;
      return;
    }
  }
}

void MadeRequest::add_visitors(const Identity& identity, const config::TestEvent& event) {
  for (const auto& [key, value] : keys_of(identity, event)) {
    if (key->kind == SourceKind::kHeader) texts_[key->header] = value;
    if (key->kind != SourceKind::kCookie) continue;
    std::string& cookies = texts_[static_cast<std::size_t>(Header::kCookie)];
    cookies +=
        (cookies.empty() ? "" : "; ") + key->name + '=' + (key->subfield.empty() ? "" : key->subfield + '=') + value;
  }
}

MadeBeacon::MadeBeacon(const journey::Definition& definition, const Identity& identity, const Wanted* wanted,
                       const config::TestEvent& event, Instant at, bool synthetic)
    : carrier_(definition, identity, wanted, event, at) {
  beacon_.type = event.report ? BeaconType::kReport : BeaconType::kStep;
  beacon_.synthetic = synthetic;
  if (wanted != nullptr && !wanted->event.empty()) beacon_.name = keep(wanted->event);
  if (wanted != nullptr && wanted->page.value != 0) beacon_.page = keep(path_for(definition, wanted->page));
  if (!event.page.empty()) beacon_.page = keep(event.page);
  for (const auto& [name, value] : event.attrs) add_attr(name, value);
  for (const auto& [name, value] : event.fields) set_field(name, value);
  if (event.number) beacon_.n = *event.number;
  if (!event.page_view.empty()) beacon_.pv = keep(event.page_view);
  if (wanted != nullptr) {
    for (const auto& [name, value] : attrs_for(wanted->attrs)) add_attr(name, value);
  }
  if (!event.report) add_visitor(identity, event);
}

void MadeBeacon::add_visitor(const Identity& identity, const config::TestEvent& event) {
  if (!event.more_visitors.empty()) {
    for (const auto& [key, value] : keys_of(identity, event)) {
      if (key->kind == SourceKind::kBeaconField) set_field(key->name, value);
      if (key->kind == SourceKind::kBeaconAttr) add_attr(key->name, {journey::ValueType::kString, value, 0});
    }
    return;
  }
  for (const Source& key : identity.keys) {
    if (key.kind == SourceKind::kBeaconField) set_field(key.name, visitor_value(event));
    if (key.kind == SourceKind::kBeaconAttr) {
      add_attr(key.name, {journey::ValueType::kString, visitor_value(event), 0});
    }
    // The first that a beacon has; cookies and headers are on its carrier.
    if (key.kind != SourceKind::kQuery && key.kind != SourceKind::kDevice && key.kind != SourceKind::kBrowser) break;
  }
}

std::string_view MadeBeacon::keep(std::string text) {
  texts_.push_back(std::make_unique<std::string>(std::move(text)));
  return *texts_.back();
}

// The first of a name counts, so what the test gives goes in before what the match asks for.
void MadeBeacon::add_attr(const std::string& name, const journey::Literal& value) {
  const auto end = beacon_.attrs.begin() + static_cast<std::ptrdiff_t>(beacon_.attr_count);
  const bool given = std::any_of(beacon_.attrs.begin(), end, [&name](const Attr& attr) { return attr.name == name; });
  if (given || beacon_.attr_count == beacon_.attrs.size()) return;
  beacon_.attrs[beacon_.attr_count++] = {keep(name), static_cast<Attr::Type>(value.type), keep(value.text),
                                         value.number};
}

void MadeBeacon::set_field(std::string_view name, const std::string& value) {
  const std::string_view text = keep(value);
  if (name == "sid") beacon_.sid = text;
  if (name == "rel") beacon_.rel = text;
  if (name == "exp") beacon_.exp = text;
  if (name == "conn") beacon_.conn = text;
  if (name == "cur") beacon_.cur = text;
  if (name == "kind") beacon_.kind = text;
  if (name == "code") beacon_.code = text;
  if (name == "name") beacon_.name = text;
  if (name == "dur") beacon_.dur = config::parse_number(value).value_or(Beacon::kAbsent);
}

}  // namespace bellrock::cli
