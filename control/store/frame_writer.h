// Applies frames inside the caller's transaction: the rows of their sources, their cells, their levels. Cells are
// merged in memory and written by `finish`, once for all frames of a commit. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "control/store/cell_cache.h"
#include "control/store/novelty.h"
#include "control/store/series_index.h"
#include "control/store/series_store.h"
#include "control/store/sqlite.h"

namespace bellrock::store {

class FrameWriter {
 public:
  FrameWriter(Connection& connection, SeriesIndex& index, Novelty& novelty);

  // kTooMany may leave changes behind in the tables: the caller undoes them.
  Applied apply(const ReceivedFrame& received);
  // Before the commit: writes what is held back.
  void finish();
  // After a rollback, or when somebody else has written to the tables: what is held is not what is there.
  void forget();

 private:
  struct Source {
    std::int64_t id = 0;
    std::uint64_t newest_seq = 0, base_seq = 0, oldest_seq_held = 0, forgotten_below = 0;
  };

  // None: the node has come under too many boots.
  std::optional<Source> source_of(const ReceivedFrame& received);
  std::optional<Applied> known(const Source& source, const ReceivedFrame& received);
  bool is_newer(const Source& source, const ReceivedFrame& received);
  Applied add(const Source& source, const ReceivedFrame& received);
  [[nodiscard]] std::set<control::SeriesKey> excess(const ReceivedFrame& received);
  [[nodiscard]] bool counts_fit(const control::DeltaFrame& frame);
  void add_cells(const control::DeltaFrame& frame);
  void add_storyboards(const control::DeltaFrame& frame);
  std::int64_t series_id(const control::SeriesKey& key);
  void write_board_lost(const control::DeltaFrame& frame, std::int64_t at_unix_s);
  std::int64_t add_lost(const Source& source, const ReceivedFrame& received);
  bool declared_lost(const Source& source, std::uint64_t seq);
  void update_source(const Source& source, const ReceivedFrame& received, std::int64_t lost);

  SeriesIndex& index_;
  Novelty& novelty_;
  Statement find_source_, insert_source_, find_digest_, insert_frame_, forget_frames_, count_repeat_, count_conflict_;
  Statement find_lost_, lost_within_, frames_within_, delete_lost_, insert_lost_, note_loss_;
  Statement newest_minute_, note_minute_;
  Statement insert_series_;
  Statement insert_story_, fewest_stories_, drop_stories_;
  CellCache cells_, hours_;
  std::unordered_map<std::int64_t, std::uint64_t> ever_;  // by series: not yet added to its row
  std::vector<std::int64_t> ids_;                         // of the series of the frame in hand
  Statement add_ever_, add_board_lost_ever_, add_board_lost_, insert_heard_, update_source_, update_levels_,
      update_edge_, forget_edge_, update_clock_, forget_clock_, drop_old_levels_;
};

}  // namespace bellrock::store
