// What an error is counted under: the code that its beacon says; else a hash of its message; else its name. A code or
// name that is too long to be shown, or not of visible ASCII, is a hash as well. Called by the matcher, on its core.
//
// A hash is not keyed, so that all nodes and all days have the same for one text. Who has the text can find its errors;
// nobody can read it from the hash, and the text itself goes nowhere. Only hashes begin with #.
#pragma once

#include <cstddef>
#include <span>

#include "dataplane/base/limits.h"
#include "dataplane/flow/beacon.h"

namespace bellrock::journey {

// How many bytes of `into` it took; 0: the beacon says nothing of the three. What is written is_top_text.
std::size_t write_error_code(const Beacon& beacon, std::span<char, kTopTextBytesMax> into);

}  // namespace bellrock::journey
