import { CASES } from '../../harness/conformance/cases';
import { runCase } from '../../harness/conformance/run-case';
import { Rig } from '../../harness/rig';
import { shippedBundle } from '../../harness/shipped-bundle';

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
