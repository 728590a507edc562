#include "dataplane/journey/session_keys.h"

#include <array>
#include <string_view>

#include "dataplane/base/check.h"

namespace bellrock::journey {

// What is hashed for visitors begins with an identity's name, which is never empty: a zero byte keeps the two apart.
SipKey next_session_key(SipKey current) {
  static constexpr std::string_view kText("\0next day", 9);
  const Hash128 hash = siphash128(current, bytes(kText));
  return {hash.low, hash.high};
}

void rotate_to(KeyChain& chain, std::int64_t day, Journal& journal) {
  DCHECK(journal.empty());
  if (day <= chain.day) return;
  KeyChain next = chain;
  for (std::int64_t at = chain.day == 0 ? day : chain.day; at < day; ++at) {
    next.previous = next.current;
    next.current = next_session_key(next.previous);
  }
  next.day = day;
  journal.set_record(chain, next);
  journal.commit_and_forget();
}

SessionKeys keys_at(const KeyChain& chain, Instant now, Duration keep) {
  const Instant begin{(chain.day - 1) * kKeyLife};
  const bool any = chain.previous.k0 != 0 || chain.previous.k1 != 0;
  return {chain.current, chain.previous, any && now - begin <= keep};
}

}  // namespace bellrock::journey
