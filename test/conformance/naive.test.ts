import { CASES } from '../../harness/conformance/cases';
import { runCase } from '../../harness/conformance/run-case';
import { naiveBundle } from '../../harness/naive-bundle';
import { Rig } from '../../harness/rig';

/*
 * The suite has to distinguish a good broadcaster from one written like the tutorials. The latter counts nothing, which is ignored here. Of
 * the cases with the same faults, one is enough: bench/naive/compare.ts runs all of them.
 */
const verdicts = CASES.map(({ naive }) => naive && JSON.stringify(naive));
const TELLING = CASES.filter(({ naive }, index) => naive && verdicts.indexOf(JSON.stringify(naive)) === index);

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

  test.each(TELLING.filter(({ naive }) => naive === 'right'))('gets it right: $name', async (given) => {
    expect([...await kindsOf(given)]).toEqual([]);
  });

  test.each(TELLING.filter(({ naive }) => naive !== 'right'))('gets it wrong: $name', async (given) => {
    const kinds = await kindsOf(given);
    expect((given.naive as readonly string[]).filter((kind) => !kinds.has(kind as never))).toEqual([]);
    // A naive broadcaster takes ten times the CPU.
  }, 120_000);
});
