import { Report } from '../../../lambda-src/aws/report';
import { BroadcastRefusedError, DeliveryDeniedError, MessageTooLargeError } from '../../../lambda-src/core/errors';
import { emptyTally, type Tally } from '../../../lambda-src/core/tally';
import { METRIC, METRIC_DIMENSION, METRIC_DURATION, METRIC_NAMESPACE, METRIC_REJECTED_MESSAGES } from '../../../src/private/contract';

type Line = Record<string, unknown> & { readonly level?: string; readonly message?: string };

const environment = process.env;
let lines: Line[];

/** Powertools reads the environment when it is created, and writes to a console of its own unless configured otherwise. */
function newReport(): Report {
  process.env = { ...environment, POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_SERVICE_NAME: 'abc123' };
  return new Report();
}

beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line)) as Line) > 0);
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((...line: unknown[]) => void lines.push(JSON.parse(String(line[0])) as Line));
  }
});

afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
});

const tally = (counts: Partial<Tally>): Tally => ({ ...emptyTally(), ...counts });
const said = () => lines.filter((line) => line.level !== undefined);

/** Returns the metrics that a line declares, with their units. */
function declared(line: Line): Record<string, string> {
  const { CloudWatchMetrics: [{ Metrics }] } = line._aws as { CloudWatchMetrics: [{ Metrics: { Name: string; Unit: string }[] }] };
  return Object.fromEntries(Metrics.map(({ Name, Unit }) => [Name, Unit]));
}

test('a broadcast that went well is one line of metrics, with every count, its duration and the id', () => {
  newReport().broadcast('m1', { tally: tally({ recipients: 3, delivered: 2, gone: 1 }), durationMillis: 42 });
  expect(lines).toHaveLength(1);
  const [line] = lines;
  expect(line).toMatchObject({ messageId: 'm1', [METRIC_DIMENSION]: 'abc123', [METRIC.recipients]: 3, [METRIC.gone]: 1, [METRIC_DURATION]: 42 });
  expect(line._aws).toMatchObject({ CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]] }] });
  for (const metric of Object.values(METRIC)) expect(line).toHaveProperty(metric);
});

test('a count of 0 is in the line, but is a metric only if every broadcast sends that metric', () => {
  const report = newReport();
  report.broadcast('m1', { tally: tally({ recipients: 3, delivered: 2, gone: 1 }), durationMillis: 0 });
  report.broadcast('m2', { tally: tally({}), durationMillis: 7 });
  const steady = { [METRIC.recipients]: 'Count', [METRIC.delivered]: 'Count', [METRIC_DURATION]: 'Milliseconds' };
  expect(lines.map(declared)).toEqual([{ ...steady, [METRIC.gone]: 'Count' }, steady]);
  expect(lines[1]).toMatchObject({ [METRIC.failed]: 0, [METRIC.recipients]: 0 });
});

test('a broadcast that was dropped for its age has no duration', () => {
  newReport().broadcast('m1', { tally: tally({ expired: 1 }) });
  expect(declared(lines[1])).toHaveProperty(METRIC.expired);
  expect(lines[1]).not.toHaveProperty(METRIC_DURATION);
});

test('a message that was refused because the rate is reserved counts as refused, beside its recipients', () => {
  newReport().broadcast('m1', { tally: tally({ recipients: 90, abandoned: 90 }), durationMillis: 3, failure: new BroadcastRefusedError(9_000) });
  expect(lines[1]).toMatchObject({ [METRIC_REJECTED_MESSAGES]: 1, [METRIC.abandoned]: 90 });
  expect(declared(lines[1])).toHaveProperty(METRIC_REJECTED_MESSAGES);
});

test.each([
  'failed', 'abandoned', 'incompleteReads', 'staleConnections', 'rateLimitFallbacks', 'expired',
] as const)('%s is logged with its count and the fix', (count) => {
  newReport().broadcast('m1', { tally: tally({ [count]: 4 }) });
  expect(said()).toEqual([expect.objectContaining({ level: 'WARN', messageId: 'm1', [count]: 4, message: expect.stringMatching(/.{30}/) })]);
});

test('the error that ended the read of the table is logged', () => {
  newReport().broadcast('m1', { tally: tally({ incompleteReads: 1 }), readFailure: new Error('throttled') });
  expect(said().map(({ level }) => level)).toEqual(['WARN', 'ERROR']);
  expect(said()[1]).toMatchObject({ error: { message: 'throttled' } });
});

test.each(['failure', 'brokenOff'] as const)('one cause for all recipients is one line (%s)', (member) => {
  newReport().broadcast('m1', { tally: tally({ failed: 20, abandoned: 30 }), [member]: new DeliveryDeniedError() });
  expect(said()).toEqual([expect.objectContaining({ level: 'ERROR', message: expect.stringContaining('execute-api:ManageConnections') })]);
});

test('an error that no later attempt can fix counts as refused, any other is only logged', () => {
  const report = newReport();
  report.failed('m1', new Error('busy'));
  expect(lines).toHaveLength(1);
  report.failed('m2', new MessageTooLargeError(200_000, 131_072));
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatchObject({ messageId: 'm2', [METRIC_REJECTED_MESSAGES]: 1 });
});
