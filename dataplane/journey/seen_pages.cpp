#include "dataplane/journey/seen_pages.h"

#include "dataplane/base/check.h"

namespace bellrock::journey {

SeenPages::SeenPages(std::span<std::byte> memory, std::uint32_t pages, Duration within, Journal& journal)
    : capacity_(pages), within_(within), journal_(journal) {
  if (!on()) return;
  CHECK(memory.size() >= bytes_needed(pages));
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
  header_ = reinterpret_cast<Header*>(memory.data());
  auto* const records = reinterpret_cast<SeenPage*>(header_ + 1);
  records_ = {records, pages};
  buckets_ = {reinterpret_cast<Place*>(records + pages), buckets_of(pages)};
}

std::uint64_t SeenPages::open() const {
  std::uint64_t count = 0;
  each([&count](const SeenPage& page, bool) { count += page.open() ? 1U : 0U; });
  return count;
}

void SeenPages::forget_oldest() {
  if (oldest().found()) leave_bucket(oldest_place());
  journal_.add(header_->first, 1);
}

bool SeenPages::crowded(const VisitorKey& visitor, TemplateId path) const {
  std::size_t all = 0, same = 0;
  for (Place place = bucket(visitor.hash); place != 0; place = at(place).next) {
    ++all;
    same += at(place).is_of(visitor) && at(place).path == path ? 1U : 0U;
  }
  return all >= kPagesInBucketMax || same >= kPagesOfVisitorMax;
}

void SeenPages::add(const VisitorKey& visitor, const SeenPage& page) {
  const auto place = static_cast<Place>(header_->end % capacity_ + 1);
  SeenPage record = page;
  record.key = visitor.key;
  record.hash = visitor.hash;
  record.next = record.before = 0;
  journal_.set_record(records_[place - 1], record);
  if (record.found()) enter_bucket(place);
  journal_.add(header_->end, 1);
}

// The newest of a bucket is its first, unless it was another visitor's before.
SeenPages::Place SeenPages::find(const VisitorKey& visitor, const PageSight& beacon, Instant time) const {
  Place open = 0, either = 0;
  for (Place place = bucket(visitor.hash); place != 0; place = at(place).next) {
    const SeenPage& page = at(place);
    if (!page.is_of(visitor) || page.path != beacon.path || time < page.seen || time - page.seen > within_) continue;
    if (page.is_call()) continue;
    if (!page.covered()) {
      if (open == 0 || age_rank(place) < age_rank(open)) open = place;
    } else if (beacon.view != 0 && page.view == beacon.view) {
      return place;
    } else if ((beacon.view == 0 || page.view == 0) && (either == 0 || age_rank(place) > age_rank(either))) {
      either = place;
    }
  }
  return open != 0 ? open : either;
}

// The beacon comes after it was sent, so that the browser asked for the page at `time - age` at the latest; the request
// was here before the answer's first byte was there.
SeenPages::Place SeenPages::find_load(const VisitorKey& visitor, const PageSight& beacon, Instant time) const {
  const Instant latest = time - Duration{beacon.age_ms} * kMillisecond + Duration{beacon.first_us} * kMicrosecond;
  Place newest = 0;
  for (Place place = bucket(visitor.hash); place != 0; place = at(place).next) {
    const SeenPage& page = at(place);
    if (page.is_call() || !page.is_of(visitor) || page.path != beacon.path) continue;
    if (time < page.seen || time - page.seen > within_) continue;
    if (page.seen - Duration{page.server_us} * kMicrosecond > latest) continue;
    if (newest == 0 || age_rank(place) > age_rank(newest)) newest = place;
  }
  return newest;
}

// Its request was whole here after the browser had sent it, so since then no more has passed than the call took there
// and the beacon was late.
SeenPages::Place SeenPages::find_call(const VisitorKey& visitor, const PageSight& beacon, Instant time) const {
  const std::uint32_t took_us = beacon.load_us == kNoPageTime ? beacon.first_us : beacon.load_us;
  const Duration since_max = Duration{took_us} * kMicrosecond + kCallBeaconLagMax;
  Place oldest = 0;
  for (Place place = bucket(visitor.hash); place != 0; place = at(place).next) {
    const SeenPage& call = at(place);
    if (!call.is_call() || !call.is_of(visitor) || call.path != beacon.path || time < call.seen) continue;
    const Duration since = time - call.seen;
    if (since > within_ || since + Duration{call.server_us} * kMicrosecond > since_max) continue;
    if (oldest == 0 || age_rank(place) < age_rank(oldest)) oldest = place;
  }
  return oldest;
}

void SeenPages::cover(Place place, std::uint32_t view) {
  SeenPage& page = records_[place - 1];
  journal_.set(page.state, static_cast<std::uint8_t>(page.state | SeenPage::kCovered));
  journal_.set(page.view, view);
}

void SeenPages::set_timed(Place place) {
  SeenPage& page = records_[place - 1];
  if (page.is_call()) leave_bucket(place);
  journal_.set(page.state, static_cast<std::uint8_t>(page.state | SeenPage::kTimed));
}

void SeenPages::rename(const VisitorKey& from, const VisitorKey& into) {
  if (empty()) return;
  for (Place place = bucket(from.hash), next = 0; place != 0; place = next) {
    SeenPage& page = records_[place - 1];
    next = page.next;
    if (!page.is_of(from) || crowded(into, page.path)) continue;
    leave_bucket(place);
    journal_.set(page.key.words[0], into.key.words[0]);
    journal_.set(page.key.words[1], into.key.words[1]);
    journal_.set(page.hash, into.hash);
    enter_bucket(place);
  }
}

void SeenPages::enter_bucket(Place place) {
  SeenPage& page = records_[place - 1];
  Place& first = bucket(page.hash);
  if (first != 0) journal_.set(records_[first - 1].before, place);
  journal_.set(page.next, first);
  journal_.set(page.before, Place{0});
  journal_.set(first, place);
}

void SeenPages::leave_bucket(Place place) {
  const SeenPage& page = at(place);
  journal_.set(page.before == 0 ? bucket(page.hash) : records_[page.before - 1].next, page.next);
  if (page.next != 0) journal_.set(records_[page.next - 1].before, page.before);
}

}  // namespace bellrock::journey
