// Puts what the tracker decides into cells: which key, total and dimensioned, counted or measured. The cells that every
// definition needs are reserved at start, in an order that only the definition decides, and reached without a lookup.
#pragma once

#include <array>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/flow/cell.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/distinct.h"
#include "dataplane/flow/effect_cell.h"
#include "dataplane/flow/feedback.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/page_sight.h"
#include "dataplane/flow/recovery.h"
#include "dataplane/flow/stray.h"
#include "dataplane/flow/vital.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/verdict.h"

namespace bellrock::journey {

// Of a journey's dimensions, as they are counted.
using Values = std::array<std::uint8_t, kJourneyDimensionsMax>;

template <class Cells>
class Recorder {
 public:
  Recorder(const Definition& definition, Cells& cells) : cells_(cells) {
    for (std::size_t i = 0; i < definition.journeys.size(); ++i) reserve(JourneyId{i}, definition.journeys[i]);
    vitals_ = totals_.size();
    const std::size_t pages = definition.vital_pages.empty() ? 0 : 1 + definition.vital_pages.size();
    for (std::size_t page = 0; page < pages; ++page) reserve_vitals(page);
    clicks_ = totals_.size();
    const std::size_t clicked = definition.click_pages.empty() ? 0 : 1 + definition.click_pages.size();
    for (std::size_t page = 0; page < clicked; ++page) {
      reserve_run(JourneyId{page}, CellKind::kClick, kClickKinds, 1, true);
    }
    frustration_ = totals_.size();
    const std::size_t viewed = definition.frustration.on ? 1 + definition.frustration_pages.size() : 0;
    for (std::size_t page = 0; page < viewed; ++page) {
      reserve_run(JourneyId{page}, CellKind::kFrustration, kFrustrationKinds, 1, true);
    }
    const std::size_t covered = definition.coverage.on ? 1 + definition.coverage_pages.size() : 0;
    splits_ = definition.coverage.split;
    for (std::size_t page = 0; page < covered; ++page) {
      if (page == 0) coverage_ = totals_.size();
      reserve_run(JourneyId{page}, CellKind::kCoverage, kCoverageItems, 1, true);
      if (splits_) reserve_run(JourneyId{page}, CellKind::kSplit, kSplitItems, 1, true);
    }
    calls_ = totals_.size();
    covered_ = covered;
    for (std::size_t call = 0; call < definition.coverage_calls.size(); ++call) {
      reserve_run(JourneyId{covered + call}, CellKind::kSplit, kSplitItems, 1, true);
    }
    errors_ = totals_.size();
    const std::size_t failing = definition.error_top != 0 ? 1 + definition.error_pages.size() : 0;
    for (std::size_t page = 0; page < failing; ++page) reserve_run(JourneyId{page}, CellKind::kError, 1, 1, true);
  }

  void start(JourneyId journey, const SessionKey& visitor) {
    cells_.count_at(totals_[row(journey).start]);
    if (!row(journey).distinct) return;
    const Coupon coupon = coupon_of(visitor, journey);
    cells_.add_at(totals_[row(journey).coupons + coupon.cell], coupon_times_[coupon.slot]);
  }
  void step(JourneyId journey, StepId step, Duration since_start) {
    cells_.add_at(totals_[row(journey).steps + step.index()], since_start);
  }
  void outcome(JourneyId journey, Outcome outcome, const Values& values, Duration duration) {
    const auto item = static_cast<std::uint8_t>(outcome);
    cells_.add_at(totals_[row(journey).outcomes + item], duration);
    if (row(journey).dimensioned) cells_.add(key(journey, CellKind::kOutcome, item, 0, values), duration);
  }
  void value(JourneyId journey, Outcome outcome, const Values& values, std::uint64_t amount) {
    const auto item = static_cast<std::uint8_t>(outcome);
    cells_.sum_at(totals_[row(journey).values + item], amount);
    if (row(journey).dimensioned) cells_.sum(key(journey, CellKind::kValue, item, 0, values), amount);
  }
  void verdict(JourneyId journey, ObjectiveId objective, const Values& values, const Judgement& judged) {
    const auto detail = static_cast<std::uint8_t>(judged.verdict);
    const auto cell = totals_[row(journey).verdicts + kVerdicts * objective.index() + detail];
    judged.measured ? cells_.add_at(cell, judged.latency) : cells_.count_at(cell);
    if (!row(journey).dimensioned) return;
    const CellKey by_dimension = key(journey, CellKind::kObjective, objective.value, detail, values);
    judged.measured ? cells_.add(by_dimension, judged.latency) : cells_.count(by_dimension);
  }
  // `strata`: values of the effect's strata, in their order.
  void effect(JourneyId journey, std::size_t effect, Outcome outcome, std::uint8_t slot, const Values& strata,
              bool stratified, Duration waited) {
    const std::size_t row_of_effect = effect * kOutcomes + static_cast<std::size_t>(outcome);
    const std::uint64_t amount = waited_amount(waited);
    cells_.sum_at(totals_[row(journey).effects + row_of_effect * kWaitSlots + slot], amount);
    if (stratified) cells_.sum(key(journey, CellKind::kEffect, effect_item(effect, outcome), slot, strata), amount);
  }

  // `band`: answer_band_of the latency that answers are counted by, 0 where it was not measured.
  void answer(JourneyId journey, Question question, Outcome outcome, std::uint8_t answer, std::uint8_t band,
              bool by_latency) {
    const auto asked = static_cast<std::size_t>(question), ended = static_cast<std::size_t>(outcome);
    cells_.count_at(totals_[row(journey).answers + (asked * kOutcomes + ended) * kAnswerSlots + answer]);
    Values values{};
    values[0] = band;
    if (by_latency) cells_.count(key(journey, CellKind::kFeedback, feedback_item(asked, ended), answer, values));
  }

  void stray(JourneyId journey, StraySuccess what) {
    cells_.count_at(totals_[row(journey).strays + static_cast<std::size_t>(what)]);
  }
  // `step`: a failure, of a journey that follows its errors.
  void recovery(JourneyId journey, StepId step, RecoveryKind kind) {
    cells_.count_at(totals_[row(journey).recoveries + step.index() * kRecoveryKinds + static_cast<std::size_t>(kind)]);
  }

  // One of a page view's; milliseconds of CLS stand for thousandths.
  void vital(const VitalValues& view, Vital vital) {
    const auto item = static_cast<std::size_t>(vital);
    const auto detail = static_cast<std::size_t>(rating_of(vital, view.values[item]));
    const Duration value = Duration{view.values[item]} * kMicrosecond;
    cells_.add_at(totals_[vitals_ + (view.page * kVitals + item) * kRatings + detail], value);
    Values values{};
    values[0] = view.device;
    values[1] = view.connection;
    cells_.add(key(JourneyId{std::size_t{view.page}}, CellKind::kVital, static_cast<std::uint8_t>(item),
                   static_cast<std::uint8_t>(detail), values),
               value);
  }

  void click(const Click& click) {
    const auto item = static_cast<std::uint8_t>(click.kind);
    cells_.count_at(totals_[clicks_ + click.page * kClickKinds + item]);
    Values values{};
    values[0] = click.device;
    cells_.count(key(JourneyId{std::size_t{click.page}}, CellKind::kClick, item, 0, values));
  }

  // `seat`: of the error's code (top_values.h); 0: none is told apart.
  void error(std::uint8_t page, std::uint8_t seat) {
    cells_.count_at(totals_[errors_ + page]);
    Values values{};
    values[0] = seat;
    cells_.count(key(JourneyId{std::size_t{page}}, CellKind::kError, 0, 0, values));
  }

  void frustration(const Frustrated& sign) {
    const auto item = static_cast<std::uint8_t>(sign.kind);
    cells_.count_at(totals_[frustration_ + sign.page * kFrustrationKinds + item]);
    Values values{};
    values[0] = sign.device;
    cells_.count(key(JourneyId{std::size_t{sign.page}}, CellKind::kFrustration, item, 0, values));
  }

  void coverage(std::uint8_t page, CoverageItem what, std::uint8_t browser, std::uint8_t place) {
    const auto item = static_cast<std::uint8_t>(what);
    cells_.count_at(totals_[covered_row(page) + item]);
    Values values{};
    values[0] = browser;
    values[1] = place;
    cells_.count(key(JourneyId{std::size_t{page}}, CellKind::kCoverage, item, 0, values));
  }

  // Where no split is asked for it is not counted. `took` of what is measured.
  void split(std::uint8_t page, SplitItem what, std::uint8_t device, Duration took = 0) {
    if (!splits_) return;
    const auto item = static_cast<std::uint8_t>(what);
    const std::uint32_t total = totals_[split_row(page) + item];
    Values values{};
    values[0] = device;
    const CellKey by_device = key(JourneyId{std::size_t{page}}, CellKind::kSplit, item, 0, values);
    is_measured(what) ? cells_.add_at(total, took) : cells_.count_at(total);
    is_measured(what) ? cells_.add(by_device, took) : cells_.count(by_device);
  }

 private:
  static constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::kCount);
  static constexpr std::size_t kVerdicts = static_cast<std::size_t>(Verdict::kCount);

  // Where a journey's cells begin in totals_.
  struct Row {
    std::size_t start = 0, steps = 0, outcomes = 0, verdicts = 0, values = 0, effects = 0, answers = 0, coupons = 0;
    std::size_t recoveries = 0, strays = 0;
    bool dimensioned = false, distinct = false;
  };

  [[nodiscard]] const Row& row(JourneyId journey) const { return rows_[journey.index()]; }

  static CellKey key(JourneyId journey, CellKind kind, std::uint8_t item, std::uint8_t detail, const Values& values) {
    return {.journey = journey,
            .kind = kind,
            .scope = CellScope::kDimensioned,
            .item = item,
            .detail = detail,
            .values = values};
  }

  void reserve(JourneyId id, const Journey& journey) {
    Row row{.start = totals_.size(), .dimensioned = !journey.dimensions.empty()};
    reserve_run(id, CellKind::kStart, 1, 1, false);
    row.steps = totals_.size();
    reserve_run(id, CellKind::kStep, journey.steps.size(), 1, false);
    row.outcomes = totals_.size();
    reserve_run(id, CellKind::kOutcome, kOutcomes, 1, row.dimensioned);
    row.verdicts = totals_.size();
    reserve_run(id, CellKind::kObjective, journey.objectives.size(), kVerdicts, row.dimensioned);
    row.values = totals_.size();
    if (journey.value.amount != 0) reserve_run(id, CellKind::kValue, kOutcomes, 1, row.dimensioned);
    row.effects = totals_.size();
    for (std::size_t i = 0; i < journey.effects.size(); ++i) reserve_effect(id, i, !journey.effects[i].strata.empty());
    row.answers = totals_.size();
    if (journey.feedback.questions != 0) reserve_answers(id, journey.feedback);
    row.coupons = totals_.size();
    row.distinct = journey.distinct_sessions;
    if (row.distinct) reserve_coupons(id);
    row.recoveries = totals_.size();
    if (journey.recovery.within != 0) reserve_recoveries(id, journey);
    row.strays = totals_.size();
    reserve_run(id, CellKind::kStray, kStrays, 1, false);
    rows_.push_back(row);
  }

  [[nodiscard]] std::size_t covered_row(std::uint8_t page) const {
    return coverage_ + page * (kCoverageItems + (splits_ ? kSplitItems : 0));
  }

  // Calls are behind the pages.
  [[nodiscard]] std::size_t split_row(std::uint8_t page) const {
    return page < covered_ ? covered_row(page) + kCoverageItems : calls_ + (page - covered_) * kSplitItems;
  }

  // What cannot be has a place in totals_, and no cell.
  void reserve_answers(JourneyId journey, const Feedback& feedback) {
    for (std::size_t question = 0; question < kQuestions; ++question) {
      const bool asked = (feedback.questions >> question & 1) != 0;
      for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
        for (std::size_t answer = 0; answer < kAnswerSlots; ++answer) {
          const bool can = asked && can_answer(static_cast<Question>(question), answer);
          const std::uint8_t item = feedback_item(question, outcome);
          totals_.push_back(can ? reserve_two(journey, CellKind::kFeedback, item, answer, feedback.has_latency) : 0);
        }
      }
    }
  }
  // What is no failure has a place in totals_, and no cell.
  void reserve_recoveries(JourneyId id, const Journey& journey) {
    for (std::size_t step = 0; step < journey.steps.size(); ++step) {
      const bool fails = journey.steps[step].kind == StepKind::kFailure;
      for (std::size_t kind = 0; kind < kRecoveryKinds; ++kind) {
        totals_.push_back(fails ? reserve_two(id, CellKind::kRecovery, step, kind, false) : 0);
      }
    }
  }
  void reserve_vitals(std::size_t page) {
    for (std::size_t item = 0; item < kVitals; ++item) {
      for (std::size_t detail = 0; detail < kRatings; ++detail) {
        const bool can = can_be(static_cast<Vital>(item), static_cast<Rating>(detail));
        totals_.push_back(can ? reserve_two(JourneyId{page}, CellKind::kVital, item, detail, true) : 0);
      }
    }
  }

  void reserve_run(JourneyId journey, CellKind kind, std::size_t items, std::size_t details, bool overflow) {
    for (std::size_t item = 0; item < items; ++item) {
      reserve_item(journey, kind, static_cast<std::uint8_t>(item), details, overflow);
    }
  }
  void reserve_coupons(JourneyId journey) {
    reserve_run(journey, CellKind::kDistinct, kDistinctCells, 1, false);
    for (std::size_t slot = coupon_times_.size(); slot < kDistinctLevels * kDistinctPerCell; ++slot) {
      coupon_times_.push_back(coupon_time(slot));
    }
  }
  void reserve_effect(JourneyId journey, std::size_t effect, bool overflow) {
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      const std::uint8_t item = effect_item(effect, static_cast<Outcome>(outcome));
      reserve_item(journey, CellKind::kEffect, item, kWaitSlots, overflow);
    }
  }

  // The overflow cells are the shard's to find; here they only get their place.
  void reserve_item(JourneyId journey, CellKind kind, std::uint8_t item, std::size_t details, bool overflow) {
    for (std::size_t detail = 0; detail < details; ++detail) {
      totals_.push_back(reserve_two(journey, kind, item, detail, overflow));
    }
  }
  std::uint32_t reserve_two(JourneyId journey, CellKind kind, std::size_t item, std::size_t detail, bool overflow) {
    CellKey total{.journey = journey,
                  .kind = kind,
                  .item = static_cast<std::uint8_t>(item),
                  .detail = static_cast<std::uint8_t>(detail)};
    const std::uint32_t cell = cells_.reserve(total);
    total.scope = CellScope::kOverflow;
    if (overflow) cells_.reserve(total);
    return cell;
  }

  Cells& cells_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> totals_;
  std::vector<Duration> coupon_times_;  // by slot; empty where no journey asks
  std::size_t vitals_ = 0, clicks_ = 0, frustration_ = 0, coverage_ = 0,
              errors_ = 0;               // where those of pages begin in totals_
  std::size_t calls_ = 0, covered_ = 0;  // where those of calls do, and how many pages come before them
  bool splits_ = false;
};

}  // namespace bellrock::journey
