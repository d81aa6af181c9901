import { formatEvent } from '../../local/log';

const formatted = (detail: string) => formatEvent({ source: 'Stack/Function', event: 'output', detail }, new Date()).replace(/^[\d:]{8} /, '');
const printed = (record: object) => formatted(JSON.stringify(record));

test('a line of Powertools is shown by its level, its message and what was logged with it', () => {
  const context = { timestamp: '2026-01-01T00:00:00.000Z', service: 'api', sampling_rate: 0, xray_trace_id: '1-2-3', cold_start: true, function_name: 'f' };
  expect(printed({ level: 'INFO', message: 'a client was refused', ...context })).toBe('[Stack/Function] INFO a client was refused');
  expect(printed({ level: 'ERROR', message: 'no', ...context, messageId: 'm1', count: 3, error: { name: 'TypeError', message: 'x is none', location: 'file:1', stack: 'TypeError…' } }))
    .toBe('[Stack/Function] ERROR no; messageId m1, count 3, error TypeError: x is none');
});

test('a line of Lambda\'s own JSON format is shown in the same way', () => {
  expect(printed({ timestamp: 'T', level: 'warn', requestId: 'r', message: 'careful' })).toBe('[Stack/Function] WARN careful');
});

test.each([
  'plain text', '{', '{}', '[]', '{"level":"INFO"}', '{"message":"x"}', '{"level":30,"msg":"pino"}', '{"level":"INFO","message":{"x":1}}', '{"level":"INFO","message":"cut',
])('%s is shown as it is', (line) => {
  expect(formatted(line)).toBe(`[Stack/Function] ${line}`);
});
