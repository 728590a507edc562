// How large a frame can become whatever the traffic is, from the encoder itself: what it makes of one part with every
// field at its largest. Bytes, before compression unless they are called wire bytes. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bellrock::proto {

// A frame without windows, names, levels, counters and declared losses.
std::size_t head_bytes_max();
std::size_t lost_bytes_max();    // every range that a frame may declare lost, after a spool that was full
std::size_t window_bytes_max();  // a window without series
// What a series has beside its count.
enum class SeriesHas : std::uint8_t { kNothing, kSum, kHistogram };
// One series with so many dimensions; the packed buckets of a histogram come on top of it.
std::size_t series_bytes_max(std::size_t dimensions, SeriesHas has);
// One occupied bucket of a histogram, when no count is larger than `count_max` and every bucket may be occupied. Gaps
// cost nothing on top: a gap's bytes are fewer than those of the buckets that it leaves out.
std::size_t bucket_bytes_max(std::uint64_t count_max);
// The same where few buckets are occupied: with the gap before each.
std::size_t lone_bucket_bytes_max(std::uint64_t count_max);
std::size_t name_bytes(std::string_view name);  // in the frame's table of names
std::size_t level_bytes_max();                  // one entry of open or board_lost
std::size_t counter_bytes_max();                // one counter, without its name

// What zstd makes of a message of so many bytes at most (it can grow by little).
std::size_t wire_bytes_max(std::size_t message_bytes);

}  // namespace bellrock::proto
