import { parseFault, type Fault } from '../../../local/faults/parse';

test.each<[string, Fault]>([
  ['429=0.1', { kind: 'status', status: 429, target: { rate: 0.1 } }],
  ['410=25%', { kind: 'status', status: 410, target: { rate: 0.25 } }],
  ['503=1', { kind: 'status', status: 503, target: { rate: 1 } }],
  ['500=#2', { kind: 'status', status: 500, target: { connections: [[2, 2]] } }],
  ['403=#1,#4-9', { kind: 'status', status: 403, target: { connections: [[1, 1], [4, 9]] } }],
  ['latency=200ms', { kind: 'latency', minMillis: 200, maxMillis: 200, target: { rate: 1 } }],
  ['latency=50ms-2s@0.5', { kind: 'latency', minMillis: 50, maxMillis: 2000, target: { rate: 0.5 } }],
  [' latency = 1.5s @ #3 ', { kind: 'latency', minMillis: 1500, maxMillis: 1500, target: { connections: [[3, 3]] } }],
  ['stale=500ms', { kind: 'stale', lagMillis: 500, rate: 1 }],
  ['stale=1s@.5', { kind: 'stale', lagMillis: 1000, rate: 0.5 }],
  ['lost-disconnect=#1', { kind: 'lost-disconnect', target: { connections: [[1, 1]] } }],
  ['unplug=20s', { kind: 'unplug', minMillis: 20_000, maxMillis: 20_000, target: { rate: 1 } }],
  ['unplug=0s@#1', { kind: 'unplug', minMillis: 0, maxMillis: 0, target: { connections: [[1, 1]] } }],
  ['unplug=1s-1.5s@10%', { kind: 'unplug', minMillis: 1000, maxMillis: 1500, target: { rate: 0.1 } }],
])('%s', (text, expected) => {
  expect(parseFault(text)).toEqual(expected);
});

test.each([
  '', '429', '429=', '=0.1', '429=1.1', '429=-1', '429=101%', '429=x', '429=#0', '429=#', '429=#3-2', '429=#1,0.1', '200=0.1', '404=0.1', '600=0.1',
  '429=0.1@0.5', 'latency=200', 'latency=2m', 'latency=2s-1s', 'latency=1s-2s-3s', 'latency=61s', 'latency=1s@', 'latency=1s@2',
  'unplug', 'unplug=', 'unplug=20', 'unplug=#1', 'unplug=0.1', 'unplug=61s', 'unplug=2s-1s', 'unplug=1s@', 'unplug=1s@1s',
  'stale=#1', 'stale=1s@#1', 'lost-disconnect=1s', 'drop=0.1',
])('%p is an error that shows how it is written', (text) => {
  expect(() => parseFault(text)).toThrow(`'--fault' must be like 410=0.1, 429=#2, 503=0.05, latency=200ms, latency=50ms-2s@0.1, stale=500ms, lost-disconnect=0.5 or unplug=20s@#1, got '${text}'`);
});
