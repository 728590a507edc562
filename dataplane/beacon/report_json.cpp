#include "dataplane/beacon/report_json.h"

#include "dataplane/beacon/native_json.h"

namespace bellrock::beacon {
namespace {

constexpr std::size_t kInReport = 1;  // values open around a member's value
constexpr std::size_t kInBody = 2;

// Bodies are as many as kinds of reports: what no match can ask for is left out.
bool read_body(JsonWalker& walker, Draft& draft) {
  return each_member(walker, [&](std::string_view name) {
    const char first = walker.peek();
    const bool plain = first != '{' && first != '[' && first != 'n';
    return plain && draft.claim_attr(name) ? read_attr(walker, draft) : walker.skip_value(kInBody);
  });
}

bool read_text(JsonWalker& walker, Field field, Draft& draft) {
  std::string_view text;
  if (walker.peek() != '"') {
    draft.on_wrong_type();
    return walker.skip_value(kInReport);
  }
  if (!walker.take_string(text)) return false;
  draft.on_string(field, text);
  return true;
}

bool read_member(JsonWalker& walker, std::string_view key, Draft& draft) {
  if (key == "type" && draft.claim(Field::kName)) return read_text(walker, Field::kName, draft);
  if (key == "url" && draft.claim(Field::kPage)) return read_text(walker, Field::kPage, draft);
  const bool body = key == "body" && draft.claim(Field::kAttrs);
  if (body && walker.peek() == '{') return read_body(walker, draft);
  return walker.skip_value(kInReport);
}

}  // namespace

bool read_report(JsonWalker& walker, Draft& draft) {
  draft.begin_report();
  return each_member(walker, [&](std::string_view key) { return read_member(walker, key, draft); });
}

}  // namespace bellrock::beacon
