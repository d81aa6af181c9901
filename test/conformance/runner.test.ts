import { isPlayable, ThroughRunner } from './through-runner';
import { CASES } from '../../harness/conformance/cases';

/*
 * The cases again, where real clients can play them: shipped handlers, routes, table and the @connections endpoint, all in the local
 * runner with signature checks.
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
