#include "control/config/yaml_tree.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "control/config/diagnostic.h"

namespace bellrock::config::yaml {
namespace {

Mark from(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// yaml-cpp 0.7 takes a quoted text for whole that the end of the file ends, and says nothing. `at`: of the quote.
bool is_unclosed(std::string_view text, std::size_t at) {
  const char quote = at < text.size() ? text[at] : '\0';
  if (quote != '"' && quote != '\'') return false;  // a block of text
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    const bool doubled = quote == '\'' && i + 1 < text.size() && text[i] == quote && text[i + 1] == quote;
    if (doubled || (quote == '"' && text[i] == '\\')) {
      ++i;
    } else if (text[i] == quote) {
      return false;
    }
  }
  return true;
}

// Receives one document's events. `open_` are the lists and maps that have begun and not ended.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::vector<Problem>& problems, std::string_view text) : problems_(problems), text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // yaml-cpp does not count it
  }

  Node take_document() { return std::exchange(document_, Node{}); }
  // Where the document began, in bytes and as a place.
  [[nodiscard]] int start() const { return start_; }
  [[nodiscard]] Mark start_mark() const { return start_mark_; }
  [[nodiscard]] bool found_unclosed() const { return found_unclosed_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    open_.clear();
    start_ = mark.pos;
    start_mark_ = from(mark);
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, "", Node{}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "an alias (*name) is not read");
    put(Node{.mark = from(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (tag == "!" && is_unclosed(text_, static_cast<std::size_t>(mark.pos))) {
      problems_.push_back({Code::kSyntax, from(mark), "the quote that opens here is not closed"});
      found_unclosed_ = true;
    }
    leaf(mark, anchor, tag, Node{.type = NodeType::kScalar, .text = value, .quoted = tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor, tag, NodeType::kList);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor, tag, NodeType::kMap);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Node node;
    bool key_is_next = true;  // of a map
    std::unordered_set<std::string> names;
  };

  void refuse(const YAML::Mark& mark, std::string message) {
    problems_.push_back({Code::kYamlFeature, from(mark), std::move(message)});
  }
  void inspect(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    if (anchor != YAML::NullAnchor) refuse(mark, "an anchor (&name) is not read");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "a tag (" + shown(tag) + ") is not read");
  }
  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node node) {
    inspect(mark, anchor, tag);
    node.mark = from(mark);
    put(std::move(node));
  }
  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, NodeType type) {
    inspect(mark, anchor, tag);
    open_.push_back({Node{.type = type, .mark = from(mark)}, true, {}});
  }
  void end() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    if (open_.empty()) {
      document_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.type == NodeType::kMap && parent.key_is_next) {
      put_key(parent, node);
      return;
    }
    // yaml-cpp places an absent value at the next token, which may be lines away: its key is where it belongs.
    if (parent.node.type == NodeType::kMap) {
      if (node.type == NodeType::kNull) node.mark = parent.node.keys.back().mark;
      parent.key_is_next = true;
    }
    parent.node.items.push_back(std::move(node));
  }
  void put_key(Open& parent, Node& node) {
    parent.key_is_next = false;
    if (node.type != NodeType::kScalar) {
      problems_.push_back({Code::kWrongType, node.mark, "a key must be a word"});
    } else if (!parent.names.insert(node.text).second) {
      problems_.push_back({Code::kDuplicateKey, node.mark, "the key " + shown(node.text) + " is written twice"});
    } else if (node.text == "<<" && !node.quoted) {
      problems_.push_back({Code::kYamlFeature, node.mark, "a merge key (<<) is not read"});
    }
    parent.node.keys.push_back({std::move(node.text), node.mark});
  }

  std::vector<Problem>& problems_;
  std::string_view text_;
  bool found_unclosed_ = false;
  std::vector<Open> open_;
  Node document_;
  int start_ = -1;
  Mark start_mark_;
};

// yaml-cpp marks the end of the file, however far above it the quote or bracket was opened.
std::string in_words(const std::string& message) {
  if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return "the file ends in a quoted text: an earlier quote is not closed";
  const bool flow = message == YAML::ErrorMsg::END_OF_SEQ_FLOW || message == YAML::ErrorMsg::END_OF_MAP_FLOW;
  return flow ? message + ": an earlier bracket, brace or quote may not be closed" : message;
}

}  // namespace

Stream parse(const std::string& text) {
  Stream stream;
  TreeBuilder builder(stream.problems, text);
  try {
    std::istringstream input(text);
    YAML::Parser parser(input);
    for (int previous = -1; parser.HandleNextDocument(builder); previous = builder.start()) {
      // On a bracket that closes nothing yaml-cpp 0.7 gives empty documents without end, all from one place.
      if (builder.start() == previous) {
        stream.problems.push_back({Code::kSyntax, builder.start_mark(), "nothing can stand here"});
        break;
      }
      stream.documents.push_back(builder.take_document());
    }
  } catch (const YAML::DeepRecursion& error) {
    stream.problems.push_back({Code::kSyntax, from(error.mark), "lists and mappings are nested too deeply"});
  } catch (const YAML::Exception& error) {
    // Behind an open quote the end of the file is no finding of its own.
    if (!builder.found_unclosed()) stream.problems.push_back({Code::kSyntax, from(error.mark), in_words(error.msg)});
  }
  return stream;
}

}  // namespace bellrock::config::yaml
