import { isPlayable, ThroughRunner } from './through-runner';
import { CASES } from '../../harness/conformance/cases';

/*
 * The cases again, as far as real clients can play them: the handlers as they are shipped, their routes, their table and the @connections
 * endpoint, all in the local runner, with signatures checked.
 */
describe('in the local runner, the message handler as it is shipped', () => {
  const playable = CASES.filter(isPlayable);
  let runner: ThroughRunner | undefined;

  beforeAll(async () => {
    runner = await ThroughRunner.start();
  });

  afterAll(async () => {
    await runner?.stop();
  });

  test('is tried in a good part of the cases', () => {
    expect(playable.length).toBeGreaterThanOrEqual(20);
  });

  test.each(playable)('$name', async (given) => {
    expect(await runner!.run(given)).toEqual([]);
  }, 60_000);
});
