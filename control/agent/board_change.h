// Why a board has to make room for another one, in words for the log. Pure, any thread.
#pragma once

#include <string>

#include "dataplane/journey/definition.h"

namespace bellrock::agent {

// Whether both count the same things: they differ in nothing but limits and port.
bool counts_the_same(const journey::Definition& one, const journey::Definition& other);

// `have` is the board's, `want` the files'. "limits.sessions_per_core is 100000 and was 65536", with each limit that
// gives a board its size; or that the two count different things.
std::string why_new_board(const journey::Definition& have, const journey::Definition& want);

}  // namespace bellrock::agent
