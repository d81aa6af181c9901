import { CASES } from '../../harness/conformance/cases';
import { runCase } from '../../harness/conformance/run-case';
import { naiveBundle } from '../../harness/naive-bundle';
import { Rig } from '../../harness/rig';

/*
 * The suite has to tell a good broadcaster from one written the way tutorials do. That one counts nothing, which is left
 * out here.
 */
describe('a naive broadcaster', () => {
  let rig: Rig | undefined;

  beforeAll(async () => {
    rig = await Rig.start();
  });

  afterAll(async () => {
    await rig?.stop();
  });

  const kindsOf = async (given: (typeof CASES)[number]) => {
    const violations = await runCase(rig!, naiveBundle(rig!.children), given);
    return new Set(violations.map(({ kind }) => kind).filter((kind) => kind !== 'counts'));
  };

  test.each(CASES.filter(({ naive }) => naive === 'right'))('gets it right: $name', async (given) => {
    expect([...await kindsOf(given)]).toEqual([]);
  });

  test.each(CASES.filter(({ naive }) => naive && naive !== 'right'))('gets it wrong: $name', async (given) => {
    const kinds = await kindsOf(given);
    expect((given.naive as readonly string[]).filter((kind) => !kinds.has(kind as never))).toEqual([]);
    // A naive broadcaster takes ten times the CPU.
  }, 120_000);
});
