// What the API answers, as control/plane/openapi.json describes it: times are Unix seconds, latencies nanoseconds,
// ratios 0..1; null means that there is no such figure.

export interface Counts { good: number; bad: number; unknown: number }
export interface Share extends Counts { ratio: number | null }

export interface Reading extends Share { burn_rate: number | null }
export interface BurnPair {
  severity: 'page' | 'ticket'; long_s: number; short_s: number; factor: number; error_ratio: number; can_fire: boolean;
  full_outage_s: number | null; long: Reading | null; short: Reading | null; judged_long: (Reading & {from_unix_s: number}) | null; enough_failures: boolean | null; holds: boolean | null;
}
export type State = 'met' | 'missed' | 'unproven' | 'no_data' | 'no_target';
export interface SloCounts extends Counts {
  bad_failed: number; bad_ended: number; board_lost: number; excluded: number; censored: number; funnel: number;
}
export interface Budget {
  allowed: number; left: number; left_ratio: number | null; left_ratio_lower: number | null; left_ratio_upper: number | null;
}
export interface Latency { measured: number; p50: number; p75: number; p95: number; p99: number; mean: number; min: number; max: number }
export interface Slo {
  journey: string; objective: string; version: string; sli: 'success' | 'latency' | 'consistency'; rule: string; target: number;
  target_text: string; strict: boolean; threshold_ns: number | null; state: State; partial: boolean; partial_because: string[]; counts: SloCounts;
  ratio: number | null; lower: number | null; upper: number | null; budget: Budget | null; latency_ns: Latency | null;
  other_versions: number; window_s: number; data: 'none' | 'quiet' | 'partial' | 'full'; burned: number | null;
  burned_upper: number | null; budget_action: 'notify' | 'gate' | 'freeze' | null;
  alert: {severity: 'page' | 'ticket'; since_unix_s: number} | null; burn_rates: BurnPair[];
  corrected: {counts: Share; state: State; burned: number | null} | null;
  course?: [number, number, number, number][];  // slice, good, bad, unknown
}
export interface Frame { range: string; from_unix_s: number; to_unix_s: number; step_s: number }
export interface Slos { now_unix_s: number; window: {from_unix_s: number; to_unix_s: number; seconds: number}; course?: Frame; slos: Slo[]; composites: Composite[] }
export interface Composite {
  name: string; kind: 'attempt' | 'weighted' | 'least_healthy'; target: number | null; target_text: string | null; strict: boolean;
  window_s: number; state: State; partial: boolean; counts: Share; lower: number | null; upper: number | null; left: number | null;
  left_lower: number | null; left_upper: number | null; worst: string | null;
  corrected: {counts: Share; state: State; left: number | null; worst: string | null} | null;
  parts: {journey: string; objective: string; weight: number; target_text: string | null; counts: Share; state: State | null; left: number | null}[];
}

export interface Slice extends Share { start_unix_s: number }
export interface BurnSlice extends Slice { burn_rate: number | null; burned: number | null }
export interface Dimension { name: string; values: (Share & {value: string})[] }
export type Outcomes = Record<string, number>;
export interface Explained {
  now_unix_s: number; slo: Slo; explanation: string[]; course: Frame & {slices: Slice[]}; outcomes: Outcomes; stray_successes: StraySuccesses; nearest_change: NearestChange | null; dimensions: Dimension[];
}
export interface BudgetCourse {
  now_unix_s: number; from_unix_s: number; to_unix_s: number; step_s: number; counts: Share; board_lost: number;
  slices: (BurnSlice & {left: number | null; left_lower: number | null})[];
}
export interface BurnCourse extends Frame {
  now_unix_s: number; windows_s: number[];
  points: {at_unix_s: number; readings: [number | null, number, number, number][]}[];  // burn rate, good, bad, unknown
}
export interface Heatmap extends Frame {
  journey: string; objective: string; columns: number; threshold_ns: number | null; measured: number; below_range: number;
  above_range: number; rows: {lower_ns: number; upper_ns: number}[]; cells: [number, number, number][];
}
export interface EffectEstimate {
  verdict: 'raises' | 'lowers' | 'none_seen' | 'not_enough_data'; reason: string | null; n: number; events: number;
  per_100ms: number | null; low: number | null; high: number | null;
}
export interface TableBand {
  from_ns: number; to_ns: number | null; mean_ns: number; n: number; events: number; unknown: number; share: number | null;
  low: number | null; high: number | null;
}
export interface HazardBand {
  from_ns: number; to_ns: number | null; at_risk: number; left: number; answered: number; waited_ns: number;
  per_100ms: number | null; low: number | null; high: number | null;
}
export interface EffectMethod<Band> {
  estimate: EffectEstimate; crude: EffectEstimate; bands: Band[]; strata_in_all: number;
  strata: {values: Record<string, string>; estimate: EffectEstimate}[];
}
export interface Effect {
  journey: string; effect: string; step: string; from: string; outcomes: string[]; strata: string[]; attempts: number; unknown: number;
  undated: number; unplaced: number; other_versions: number; table: EffectMethod<TableBand> | null; hazard: EffectMethod<HazardBand> | null;
}
export interface Effects { now_unix_s: number; effects: Effect[] }
export interface RatedVital {
  vital: 'lcp' | 'inp' | 'cls' | 'fcp' | 'ttfb' | 'dcl' | 'load'; count: number; good: number; needs_improvement: number; poor: number;
  unrated: number; p75: number | null;  // seconds; cls has no unit
}
export interface VitalGroup { device: string; connection: string; vitals: RatedVital[] }
export interface VitalGroups { now_unix_s: number; page: string; groups: VitalGroup[] }
export interface VitalPage { page: string; vitals: RatedVital[] }
export interface Vitals { now_unix_s: number; pages: VitalPage[] }
interface Scored { answers: number; reason: string | null; counts: Outcomes | null; mean: number | null; score: number | null }
export interface Answers extends Scored {
  question: 'ces' | 'csat' | 'nps'; response_rate: number | null;
  by_latency: (Scored & {latency: 'unmeasured' | '0ms' | '200ms' | '400ms' | '800ms' | '1600ms' | '3200ms' | '6400ms'})[];
}
export interface Feedback {
  journey: string; step: string | null; other_versions: number; unplaced: number;
  outcomes: {outcome: string; attempts: number; questions: Answers[]}[];
}
export interface FeedbackOfJourneys { now_unix_s: number; min_answers: number; feedback: Feedback[] }
interface Clicked { click: number; rage: number; dead: number; error: number }
export interface Clicks { now_unix_s: number; pages: (Clicked & {page: string; devices: (Clicked & {device: string})[]})[] }
interface Rate { value: number | null; low: number | null; high: number | null }
interface RecoveryStep { step: string; errors: number; recovered: number; not_recovered: number; unknown: number; rate: Rate }
export interface Recovery { now_unix_s: number; recovery: {journey: string; within_s: number; other_versions: number; steps: RecoveryStep[]}[] }
interface Frustrated { views: number; back: number; loop: number; thrash: number; retry: number }
export interface Frustration { now_unix_s: number; pages: (Frustrated & {page: string; devices: (Frustrated & {device: string})[]})[] }
export interface CoverageCounts {
  seen: number; covered: number; uncovered: number; share: number | null;
  unknown: {restart: number; forgotten: number; crowded: number; no_key: number}; beacons: {further: number; unseen: number; no_key: number};
}
export interface Coverage { now_unix_s: number; pages: (CoverageCounts & {page: string; groups: (CoverageCounts & {browser: string; place: string | null})[]})[] }
export interface SplitPart { part: 'server' | 'network' | 'client'; count: number; clamped: number; p50_ns: number | null; p75_ns: number | null; p95_ns: number | null }
export interface SplitTimes {
  parts: SplitPart[]; unmatched: {no_timing: number; forgotten: number; not_followed: number; no_page: number};
  devices: {device: string; parts: SplitPart[]}[];
}
export interface Split {
  now_unix_s: number;
  pages: (SplitTimes & {page: string})[];
  calls: (SplitTimes & {call: string})[];
}
export interface SlowPage {
  rank: number | null; page: string; count: number; unmeasured: number; p50_ns: number | null; p95_ns: number | null; p95_to_p50: number | null;
  reason: 'few_page_loads' | null;
}
export interface Slow { now_unix_s: number; min_page_loads: number; pages: SlowPage[] }
export interface ErrorCode { code: string; errors: number }
export interface Errors { now_unix_s: number; errors: number; codes: ErrorCode[]; pages: {page: string; errors: number; codes: ErrorCode[]}[] }
interface ClickMapKind {
  kind: keyof Clicked; clicks: number; placed: number; suppressed: number; unplaced: number; no_room: number; places: [number, number, number][];
}
export interface ClickMap {
  now_unix_s: number; page: string; device: string | null; columns: number; rows: number; suppress_below: number | null; kinds: ClickMapKind[];
}
export interface StraySuccesses { orphan: number; late: number; duplicate: number; split_bound: number }
export interface Storyboard {
  window_unix_s: number; lasted_ms: number; waited_ms: number | null; dimensions: Record<string, string>;
  steps: {offset_ms: number; step: string; channel: 'request' | 'response' | 'end' | 'beacon' | 'report'; page: string | null; status: number | null; took_ms: number | null}[];
  steps_left_out: number;
  clicks: {offset_ms: number; page: string | null; kind: keyof Clicked; column: number | null; row: number | null}[];
  clicks_left_out: number; replay: string | null;
}
export interface ToldAttempts {
  outcome: 'failed.user' | 'failed.business' | 'failed.system' | 'silent_failure' | 'abandoned' | 'abandoned.waiting';
  attempts: number; storyboards: Storyboard[];
}
export interface Storyboards { now_unix_s: number; journey: string; outcome: string | null; outcomes: ToldAttempts[] }
export interface Sessions {
  now_unix_s: number; standard_error: number;
  sessions: {journey: string; sessions: number; low: number; high: number; starts: number; other_versions: number}[];
}
export interface Breakdown extends Frame { dimensions: Dimension[] }

export interface Incident {
  id: number; key: string; journey: string; objective: string; severity: 'page' | 'ticket'; state: 'open' | 'closed';
  onset_unix_s: number; detected_unix_s: number; paged_unix_s: number | null; recovered_unix_s: number | null;
  closed_unix_s: number | null; known_unix_s: number | null; withdrawn: boolean; retired: boolean; seconds_to_detect: number; seconds_to_recover: number | null; pair: number; counts: Share;
}
export interface Change { id: number; at_unix_s: number; journey: string; version: string; who: string; what: string }
export interface NearestChange { id: number; at_unix_s: number; journey: string; version: string; who: string; what: string; before_s: number }
export interface Correction {
  id: number; made_unix_s: number; journey: string; objective: string; from_unix_s: number; to_unix_s: number; who: string;
  why: string; revokes: number | null;
}
export interface Timeline extends Frame { now_unix_s: number; incidents: Incident[]; changes: Change[]; corrections: Correction[] }
export interface Incidents { now_unix_s: number; incidents: Incident[]; older: number }
export interface Changes { now_unix_s: number; changes: Change[]; older: number }
export interface Comparison {
  journey: string; objective: string; verdict: 'good' | 'bad' | 'inconclusive'; reason: string; before: Share; after: Share;
}
export interface ChangeReview { now_unix_s: number; compared_s: number; change: Change & {objectives?: Comparison[]} }
export interface ValueLost { currency: string; attempts: number; minor_units: number; unknown_attempts: number; unknown_minor_units: number }
export interface UserMinutes { at_most: number; estimate: number | null }
export interface IncidentReview {
  now_unix_s: number; incident: Incident; changes: Change[]; target_text?: string; budget_share?: number | null; postmortem?: boolean;
  corrected?: {counts: Share; counted: Share | null; corrections: Correction[]} | null;
  dimensions?: Dimension[]; outcomes?: Outcomes; storyboards?: ToldAttempts[]; value_lost?: ValueLost[];
  minutes_kept?: boolean; user_minutes?: UserMinutes | null;
  course?: {from_unix_s: number; to_unix_s: number; step_s: number; slices: BurnSlice[]};
}

export interface Ledger { starts: number; ended: number; open: number; board_lost: number; balanced: boolean }
export interface Journey {
  name: string; owner: string; starts: number;
  funnel: {step: string; kind: string; count: number; p50_ns: number | null; p95_ns: number | null; p99_ns: number | null}[];
  outcomes: Outcomes; slices: {start_unix_s: number; outcomes: Outcomes}[]; ledger: Ledger;
}
export interface Journeys extends Frame { now_unix_s: number; outcome_names: string[]; journeys: Journey[] }

export interface Node {
  node: string; boot: string; board_id: string; snapshot: string; newest_seq: number; oldest_seq_held: number;
  frames: {applied: number; repeated: number; conflicts: number; lost: number; unexplained: number}; recorded: number;
  first_seen_unix_ms: number; last_seen_unix_ms: number; age_s: number; stale: boolean;
  edge: {running: boolean; since_unix_ms: number} | null;
  clock_offset_ms: number | null; clock_uncertain_ms: number | null; clock_wrong: boolean; open: Record<string, number>; counters: Record<string, number>;
}
export interface Nodes { now_unix_s: number; nodes: Node[] }
export interface Status {
  title: string; version: string; wire_schema: number; now_unix_s: number; started_unix_s: number; healthy: boolean; problems: string[];
  nodes: {total: number; stale: number; gone: number; edges_down: number; last_frame_unix_ms: number};
  frames: {applied: number; repeated: number; conflicts: number; refused: number; lost: number; unexplained: number; kept_aside: number; told_to_wait: number};
  recorded: {recorded: number; kept: number; trimmed: number; balanced: boolean};
  journeys: ({name: string} & Ledger)[];
}
