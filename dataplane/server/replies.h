// The answers' bytes, registered in the core's ReplyTable: constant ones at construction, those that name an origin
// when they are first wanted (reply_cache.h). Nothing is allocated after construction. One thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/counters.h"
#include "dataplane/responder/reply_table.h"
#include "dataplane/server/answers.h"
#include "dataplane/server/config.h"
#include "dataplane/server/header_values.h"
#include "dataplane/server/reply_cache.h"

namespace bellrock::server {

class Replies {
 public:
  // The table outlives it and is not used for its replies afterwards.
  Replies(const Config& config, responder::ReplyTable& table, Counters& counters);

  // closes: it says that the connection ends.
  [[nodiscard]] responder::ReplyId plain(Answer answer, bool closes) const {
    return plain_[static_cast<std::size_t>(answer)][closes ? 1 : 0];
  }
  // Made so that a page of this origin may read it. The plain one where the value is none that a browser sends, or the
  // table of replies is full: the beacon is counted, the page only does not learn it. Both are counted.
  responder::ReplyId for_origin(Answer answer, bool closes, std::string_view origin) {
    const ReplyCache::Key key{kind_of(answer, closes), origin, {}};
    const responder::ReplyId id = answers_.find_last(key);
    return id != responder::kNoReply ? id : find_or_render(answer, closes, key);
  }
  // origin is one (is_origin), headers a list of names within its bound. kNoReply: the table of replies is full.
  responder::ReplyId preflight(bool closes, std::string_view origin, std::string_view headers);

  // The validators of the snippet as it is and compressed; empty: it is not there.
  [[nodiscard]] std::string_view etag(bool gzip) const { return etags_[gzip ? 1 : 0]; }

 private:
  static std::uint8_t kind_of(Answer answer, bool closes) {
    return static_cast<std::uint8_t>(2 * static_cast<unsigned>(answer) + (closes ? 1u : 0u));
  }
  responder::ReplyId count(const ReplyCache::Added& added);
  responder::ReplyId find_or_render(Answer answer, bool closes, const ReplyCache::Key& key);
  void add_plain(Answer answer, std::string_view headers, std::string_view body);
  void add_snippet(const SnippetConfig& config);

  responder::ReplyTable& table_;
  Counters& counters_;
  ReplyCache answers_;
  ReplyCache preflights_;
  std::string max_age_;  // the header line
  std::array<std::string, 2> etags_;
  std::array<std::array<responder::ReplyId, 2>, kAnswers> plain_{};
  std::vector<std::unique_ptr<std::uint8_t[]>> memory_;
};

}  // namespace bellrock::server
