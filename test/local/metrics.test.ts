import { formatEvent } from '../../local/log';
import { formatMetrics, readMetrics } from '../../local/metrics';

const directive = (...Metrics: object[]) => ({ Namespace: 'N', Dimensions: [['service', 'pattern']], Metrics });
const line = (members: object, ...directives: object[]) => JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: directives }, service: 'x', pattern: 'room:*', ...members });

test('metrics are read with their units, and with the dimensions by which lines of a function differ', () => {
  const metrics = readMetrics(line({ Gone: 0, Latency: [3, 5], reason: 'slow', Failed: 0 }, directive({ Name: 'Gone', Unit: 'Count' }), directive({ Name: 'Latency', Unit: 'Milliseconds' })))!;
  expect(metrics).toEqual({
    metrics: [{ name: 'Gone', unit: 'Count', values: [0] }, { name: 'Latency', unit: 'Milliseconds', values: [3, 5] }],
    dimensions: { pattern: 'room:*' },
    properties: { reason: 'slow', Failed: 0 },
  });
  expect(formatMetrics(metrics)).toBe('Gone 0, Latency 3 5 ms (pattern room:*); reason slow');
});

test.each([
  ['something else', 'Gone 1'],
  ['another object', '{"level":"INFO","message":"_aws"}'],
  ['an object that is cut off', '{"_aws":{"CloudWatchMetrics":[{'],
  ['no metrics', line({})],
  ['a metric without a value', line({}, directive({ Name: 'Gone' }))],
  ['a metric by whose name every object has something', line({}, directive({ Name: 'constructor' }))],
  ['no directives', JSON.stringify({ _aws: { CloudWatchMetrics: 7 } })],
  ['directives of another kind', JSON.stringify({ _aws: { CloudWatchMetrics: [null, { Metrics: 7 }, { Metrics: [null] }] } })],
])('there are none in %s', (_what, text) => {
  expect(readMetrics(text)).toBeUndefined();
});

test('a line of the log has the metrics in place of the printed text', () => {
  const at = new Date(2026, 10, 30, 12, 0, 1);
  const detail = line({ Gone: 1 }, directive({ Name: 'Gone', Unit: 'constructor' }));
  expect(formatEvent({ source: 'Chat/Fn', event: 'output', detail }, at)).toBe('12:00:01 Chat/Fn metrics Gone 1 (pattern room:*)');
  expect(formatEvent({ source: 'Chat/Fn', event: 'output', detail: 'said' }, at)).toBe('12:00:01 [Chat/Fn] said');
});
