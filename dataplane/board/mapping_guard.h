// What a process does when the file of a board that it has mapped is cut: the kernel raises SIGBUS at the first touch
// of a page that is gone, at any instruction. Both ways are for the whole process and may be asked for again. The table
// is read by the signal handler, so it is fixed: kMappingsMax boards are guarded, one past them is not.
#pragma once

#include <cstddef>

namespace bellrock::board {

inline constexpr std::size_t kMappingsMax = 64;

// The agent's way: the whole mapping becomes private zeros, `mapping_torn` says so from then on, and the instruction is
// done again. Whoever works on a board reads hostile bytes anyway, and looks before he believes what he has read. Not
// for boards on hugetlbfs, where the process ends as it would have.
void survive_torn_boards();

// The edge's way: says what happened and ends with `exit_code`. Also for bus errors elsewhere (a capture that is cut).
void die_of_torn_boards(int exit_code);

// Used by Board. The number of the mapping's place in the table; -1: the table is full.
int guard_mapping(void* base, std::size_t bytes);
void unguard_mapping(int number);
[[nodiscard]] bool mapping_torn(int number);

}  // namespace bellrock::board
