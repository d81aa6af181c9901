import { received } from '../../bench/received';
import type { Post } from '../../harness/endpoint/protocol';

const RECIPIENTS = ['a', 'b'];
const frame = (...positions: number[]) => JSON.stringify({ type: 'messages', messages: positions.map((position) => ({ position })) });

/** Frames as recipients got them, in turn, a millisecond each. */
function read(messages: number, ...got: (readonly [recipient: string, body: string])[]) {
  const posts = got.map(([connectionId, body], at): Post => ({ connectionId, at, body, accepted: true, answer: '200' }));
  return received({ posts, bodies: Object.fromEntries(got.map(([, body]) => [body, body])) }, messages, RECIPIENTS);
}

test('all is well when each recipient has each message once, in frames or alone', () => {
  const alone = JSON.stringify({ type: 'message', position: 3 });
  const { doneAt, ...faults } = read(3, ['a', frame(1, 2)], ['b', frame(1, 2)], ['b', alone], ['a', alone]);
  expect(faults).toEqual({ lost: 0, repeated: 0, disordered: 0, overtaken: 0 });
  expect([...doneAt]).toEqual([[1, 1], [2, 1], [3, 3]]);
});

test('a message that one recipient lacks is lost, and one that came again is repeated', () => {
  expect(read(3, ['a', frame(1, 2)], ['b', frame(1, 2)], ['a', frame(2, 3)])).toMatchObject({ lost: 1, repeated: 1 });
});

test('messages that are turned around in a frame are out of order; frames that are, came after a later one', () => {
  expect(read(2, ['a', frame(2, 1)], ['b', frame(1, 2)])).toMatchObject({ disordered: 1, overtaken: 0 });
  expect(read(2, ['a', frame(2)], ['a', frame(1)], ['b', frame(1, 2)])).toMatchObject({ disordered: 0, overtaken: 1 });
});

test('what was not taken does not count', () => {
  const post: Post = { connectionId: 'a', at: 1, body: 'x', accepted: false, answer: '429' };
  expect(received({ posts: [post], bodies: { x: frame(1) } }, 1, ['a']).lost).toBe(1);
});
