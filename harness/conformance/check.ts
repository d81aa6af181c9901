import { createHash } from 'node:crypto';
import type { Case, Count, Violation, ViolationKind } from './case';
import { countsOf, type Counts } from './counts';
import { rateOverrun } from './rate';
import { METRIC, METRIC_REJECTED_MESSAGES, RESERVED_KEY_PREFIX } from '../../src/private/contract';
import type { Post, Report } from '../endpoint/protocol';
import type { Invocation } from '../handler/handler';

/** Result of a case. */
export interface Observation {
  readonly text: string;
  readonly sender: string;
  /** Posts that had arrived when the environments were frozen at their return. */
  readonly report: Report;
  /** Posts that arrived after they were thawed. */
  readonly afterThaw: readonly Post[];
  /** Ids of the connections that are in the table afterwards. */
  readonly left: readonly string[];
  readonly invocations: readonly Invocation[];
  /** Calls of Scan. */
  readonly scans: number;
}

/** In any window w, all invocations send at most rate × (w + this). */
const GRACE_SECONDS = 0.25;
/** Sends that each broadcast may make beside the shared rate. */
const FREE_SENDS = 20;
const SHOWN = 5;

export function violationsOf(given: Case, observed: Observation): Violation[] {
  return [
    ...deliveries(given, observed),
    ...rows(given, observed),
    ...observed.invocations.flatMap((invocation) => [...answer(given, invocation), ...counts(given, invocation, observed)]),
    ...afterlife(observed),
    ...pace(given, observed),
    ...observed.report.refused.slice(0, SHOWN).map((reason) => violation('signature', reason)),
    ...privacy(observed),
  ];
}

function violation(kind: ViolationKind, what: string): Violation {
  return { kind, what };
}

function deliveries({ expect, broadcasts = 1 }: Case, { text, sender, report }: Observation): Violation[] {
  const write = expect.body ?? ((said: string, by: string) => JSON.stringify({ message: `${by} says: ${said}` }));
  const body = createHash('sha256').update(write(text, sender)).digest('hex');
  const taken = new Map<string, Post[]>();
  for (const post of report.posts) if (post.accepted) taken.set(post.connectionId, [...taken.get(post.connectionId) ?? [], post]);
  const times = (id: string) => taken.get(id)?.length ?? 0;
  const mayRepeat = new Set(expect.mayRepeat);
  const expected = new Set(expect.delivered);
  const received = [...taken.keys()];
  return [
    ...list('delivery', 'did not get the message', expect.isPartial ? [] : expect.delivered.filter((id) => times(id) < broadcasts)),
    ...list('stray', 'got the message although they should not', received.filter((id) => !expected.has(id))),
    ...list('stray', 'got another message', received.filter((id) => taken.get(id)!.some((post) => post.body !== body))),
    ...list('repetition', 'got the message twice', received.filter((id) => times(id) > broadcasts * (mayRepeat.has(id) ? 2 : 1))),
  ];
}

function rows({ rows: before, expect: { pruned = [] } }: Case, { left }: Observation): Violation[] {
  const gone = new Set(pruned);
  const present = new Set(left);
  const connections = before.map(({ id }) => id).filter((id) => !id.startsWith(RESERVED_KEY_PREFIX));
  return [
    ...list('pruning', 'lost their rows', connections.filter((id) => !gone.has(id) && !present.has(id))),
    ...list('pruning', 'are gone but kept their rows', pruned.filter((id) => present.has(id))),
  ];
}

function answer({ expect }: Case, { settled, output }: Invocation): Violation[] {
  if (!settled) return [violation('answer', `the handler did not return in time, or crashed: ${output.slice(-300)}`)];
  const { error, result } = settled;
  if (expect.error) return error?.name === expect.error ? [] : [violation('answer', `threw ${error?.name ?? 'nothing'}, not ${expect.error}`)];
  if (error) return [violation('answer', `threw ${error.name}: ${error.message}`)];
  const { statusCode, ...rest } = (result ?? {}) as Record<string, unknown>;
  const isRight = statusCode === (expect.statusCode ?? 200) && Object.keys(rest).length === 0;
  return isRight ? [] : [violation('answer', `returned ${JSON.stringify(result)}`)];
}

function counts({ expect, broadcasts = 1 }: Case, { settled, output }: Invocation, { report }: Observation): Violation[] {
  if (expect.statusCode) return isRefusalCounted(output) ? [] : [violation('counts', 'the refusal was not counted, or not logged')];
  // An error before the first send has its own way to be counted: Lambda's.
  if (expect.error && Object.keys(expect.counts).length === 0) return [];
  const counted = settled && countsOf(output);
  if (!counted) return [violation('counts', 'nothing was counted')];
  const wrong = Object.keys(METRIC).flatMap((name) => {
    const count = counted[name as keyof Counts];
    const wanted = expect.counts[name as keyof Counts] ?? 0;
    return isWithin(count, wanted) ? [] : [violation('counts', `${name}: ${count}, not ${String(wanted)}`)];
  });
  const ends = counted.delivered + counted.gone + counted.failed + counted.abandoned;
  if (ends !== counted.recipients) wrong.push(violation('counts', `${counted.recipients} recipients, but the ends add up to ${ends}`));
  const took = new Set(report.posts.filter(({ accepted }) => accepted).map(({ connectionId }) => connectionId)).size;
  const inTheDark = expect.isPartial || expect.mayRepeat ? Infinity : 0;
  if (broadcasts === 1 && (counted.delivered > took || counted.delivered + inTheDark < took)) {
    wrong.push(violation('counts', `${counted.delivered} counted as delivered, but ${took} got the message`));
  }
  return wrong;
}

/** A refusal that throws no error is one in the metrics, and a line that says why. */
function isRefusalCounted(output: string): boolean {
  return output.includes(`"${METRIC_REJECTED_MESSAGES}":1`) && output.includes('the message is empty');
}

function afterlife({ report, afterThaw }: Observation): Violation[] {
  return [
    ...list('afterlife', 'were sent to after the return', afterThaw.map(({ connectionId }) => connectionId)),
    ...(report.inFlight > 0 ? [violation('afterlife', `${report.inFlight} sends were in flight at the return`)] : []),
  ];
}

function pace({ expect, broadcasts = 1 }: Case, { report, scans }: Observation): Violation[] {
  const { posts, promptly, rate } = expect;
  const violations: Violation[] = [];
  violations.push(...calls('scans', scans, expect.scans), ...calls('POSTs', report.posts.length, posts));
  if (promptly) {
    const except = new Set(promptly.except);
    const late = report.posts.filter(({ at, connectionId }) => !except.has(connectionId) && at > report.times[0] + promptly.millis);
    violations.push(...list('pace', `were sent to later than ${promptly.millis} ms`, late.map(({ connectionId }) => connectionId)));
  }
  if (rate !== undefined) {
    const over = rateOverrun(report.times, rate) - rate * (GRACE_SECONDS + report.stalledMillis / 1_000) - FREE_SENDS * broadcasts;
    if (over > 0) violations.push(violation('pace', `${Math.ceil(over)} sends more than the rate allows`));
  }
  return violations;
}

/** More calls than there should be harm the account; fewer are missing somewhere. */
function calls(what: string, count: number, wanted: Count | undefined): Violation[] {
  if (wanted === undefined || isWithin(count, wanted)) return [];
  return [violation(isWithin(count, [0, [wanted].flat()[0]]) ? 'counts' : 'pace', `${count} ${what}, not ${String(wanted)}`)];
}

function privacy({ text, invocations }: Observation): Violation[] {
  // A text of a character or two is in any log by chance.
  const isLogged = text.length >= 8 && invocations.some(({ output }) => output.includes(text) || output.includes(JSON.stringify(text).slice(1, -1)));
  return isLogged ? [violation('privacy', 'the message is in the log')] : [];
}

function isWithin(count: number, wanted: Count): boolean {
  const [least, most] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
  return count >= least && count <= most;
}

function list(kind: ViolationKind, what: string, ids: readonly string[]): Violation[] {
  if (ids.length === 0) return [];
  return [violation(kind, `${ids.length} ${what}: ${ids.slice(0, SHOWN).join(', ')}${ids.length > SHOWN ? ', …' : ''}`)];
}
