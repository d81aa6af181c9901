import { handleTicks, writeTick } from '../../../../lambda-src/core/presence/presence-batch';
import type { Tick } from '../../../../lambda-src/core/presence/presence-table';

const record = (messageId: string, body: string, receipts = 1) => ({ messageId, body, receipts });

function ports(hasPresence: (channel: string) => boolean = () => true) {
  const ticks: [Tick, boolean][] = [];
  const errors: string[] = [];
  const tick = async (each: Tick, isRepeated: boolean) => {
    if (each.channel === 'broken') throw new Error('the table is gone');
    ticks.push([each, isRepeated]);
  };
  return { ticks, errors, ports: { ticker: { tick }, hasPresence, report: { failed: (id: string, error: Error) => void errors.push(`${id} ${error.message}`) } } };
}

test('each tick makes a list, and only a failed one is received again', async () => {
  const { ticks, errors, ports: given } = ports();
  const records = [
    record('1', writeTick({ channel: 'a', turn: 3 })), record('2', writeTick({ channel: 'broken' })), record('3', writeTick({ channel: 'b', wakeAt: 5 }), 2), record('4', 'none'),
  ];
  expect((await handleTicks(records, given)).sort()).toEqual(['2', '4']);
  expect(errors.map((each) => each[0]).sort()).toEqual(['2', '4']);
  expect(ticks).toEqual([[{ channel: 'a', turn: 3 }, false], [{ channel: 'b', wakeAt: 5 }, true]]);
});

test('a channel whose rule no longer has presence makes no list', async () => {
  const { ticks, ports: given } = ports((channel) => channel !== 'a');
  expect(await handleTicks([record('1', writeTick({ channel: 'a' }))], given)).toEqual([]);
  expect(ticks).toEqual([]);
});

test.each(['room:secret', '"room:secret"', '["room:secret"]', '{"channel":["room:secret"]}', '{"channel":"room:secret"', 'null'])('%s is not a tick, and its error repeats nothing of it', async (body) => {
  const { ticks, errors, ports: given } = ports();
  expect(await handleTicks([record('1', body)], given)).toEqual(['1']);
  expect(ticks).toEqual([]);
  expect(errors).toEqual([expect.stringMatching(/^1 a tick must /)]);
  expect(errors[0]).not.toContain('secret');
});
