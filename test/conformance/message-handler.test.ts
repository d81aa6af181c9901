import { CASES } from './cases';
import { Rig } from './rig/rig';
import { shippedBundle } from './rig/shipped-bundle';
import { runCase } from './run-case';

describe('the message handler as it is shipped', () => {
  const bundle = shippedBundle('message-handler');
  let rig: Rig | undefined;

  beforeAll(async () => {
    rig = await Rig.start();
  });

  afterAll(async () => {
    await rig?.stop();
  });

  test.each(CASES)('$name', async (given) => {
    expect(await runCase(rig!, bundle, given)).toEqual([]);
  });
});
