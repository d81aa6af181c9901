import { Report } from '../../../lambda-src/aws/report';
import { DeliveryDeniedError, MessageTooLargeError } from '../../../lambda-src/core/errors';
import { emptyTally, type Tally } from '../../../lambda-src/core/tally';
import { METRIC, METRIC_DIMENSION, METRIC_NAMESPACE } from '../../../src/private/contract';

type Line = Record<string, unknown> & { readonly level?: string; readonly message?: string };

const environment = process.env;
let lines: Line[];

/** Powertools reads the environment when it is made, and writes to a console of its own unless told otherwise. */
function newReport(): Report {
  process.env = { ...environment, POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_SERVICE_NAME: 'abc123' };
  return new Report();
}

beforeEach(() => {
  lines = [];
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

test('a broadcast that went well is one line of metrics, with every count and the id', () => {
  newReport().broadcast('m1', { tally: tally({ recipients: 3, delivered: 2, gone: 1 }) });
  expect(lines).toHaveLength(1);
  const [line] = lines;
  expect(line).toMatchObject({ messageId: 'm1', [METRIC_DIMENSION]: 'abc123', [METRIC.recipients]: 3, [METRIC.delivered]: 2, [METRIC.gone]: 1 });
  expect(line._aws).toMatchObject({ CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]] }] });
  for (const metric of Object.values(METRIC)) expect(line).toHaveProperty(metric);
});

test.each(['failed', 'abandoned', 'unread', 'unpruned', 'unbudgeted', 'expired'] as const)('%s is said with its count and the cure', (count) => {
  newReport().broadcast('m1', { tally: tally({ [count]: 4 }) });
  expect(said()).toEqual([expect.objectContaining({ level: 'WARN', messageId: 'm1', [count]: 4, message: expect.stringMatching(/.{30}/) })]);
});

test('why the table was not read to its end is said', () => {
  newReport().broadcast('m1', { tally: tally({ unread: 1 }), readFailure: new Error('throttled') });
  expect(said().map(({ level }) => level)).toEqual(['WARN', 'ERROR']);
  expect(said()[1]).toMatchObject({ error: { message: 'throttled' } });
});

test.each(['failure', 'brokenOff'] as const)('one thing that went wrong for all is one line (%s)', (member) => {
  newReport().broadcast('m1', { tally: tally({ failed: 20, abandoned: 30 }), [member]: new DeliveryDeniedError() });
  expect(said()).toEqual([expect.objectContaining({ level: 'ERROR', message: expect.stringContaining('execute-api:ManageConnections') })]);
});

test('what no later receipt can mend is counted as refused, what may be mended is only said', () => {
  const report = newReport();
  report.failed('m1', new Error('busy'));
  expect(lines).toHaveLength(1);
  report.failed('m2', new MessageTooLargeError(200_000, 131_072));
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatchObject({ messageId: 'm2', Refused: 1 });
});
