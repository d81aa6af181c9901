import { FakeWebSocket } from './fake-web-socket';
import { connect } from '../../client/src/broadcast-client';

/* Computers set their clocks, by hours when they wake up. */

const MINUTE = 60_000;
const PING = '{"action":"ping"}';

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0);
  FakeWebSocket.made = [];
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test.each([-12, 12])('a clock that is set by %d hours changes nothing', async (hours) => {
  const client = connect({ url: 'wss://example.test', WebSocket: FakeWebSocket });
  const gaps = jest.fn();
  client.on('gap', gaps);
  await jest.advanceTimersByTimeAsync(0);
  const socket = FakeWebSocket.last.greet();
  await jest.advanceTimersByTimeAsync(4 * MINUTE);
  jest.setSystemTime(Date.now() + hours * 60 * MINUTE);
  await jest.advanceTimersByTimeAsync(5 * MINUTE - 1);
  expect(socket.sent).toEqual([PING]);
  await jest.advanceTimersByTimeAsync(1);
  expect(socket.sent).toEqual([PING, PING]);
  socket.answerPings();
  expect(client.state).toBe('open');
  expect(FakeWebSocket.made).toHaveLength(1);
  client.close();
  expect(jest.getTimerCount()).toBe(0);
});

test('when the next attempt comes is told by the clock on the wall', async () => {
  jest.setSystemTime(1_800_000_000_000);
  const states: unknown[] = [];
  const client = connect({ url: 'wss://example.test', WebSocket: FakeWebSocket });
  client.on('state', (state) => states.push(state));
  await jest.advanceTimersByTimeAsync(0);
  FakeWebSocket.last.greet().break();
  expect(states.at(-1)).toEqual({ state: 'reconnecting', retryAt: Date.now() + 4_000 });
  client.close();
});
