import { parseArgs } from 'node:util';
import { stress } from './stress';

/*
 * Appends with many processes to the embedded database while readers reconnect at random:
 *
 *     npx projen stress:log -- --messages 100000 [--writers 8] [--readers 4]
 */
async function main(): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  // projen passes the dashes on.
  const args = process.argv.slice(2).filter((arg) => arg !== '--');
  const { values } = parseArgs({ args, options: { messages: text('100000'), writers: text('8'), readers: text('4') } });
  const started = Date.now();
  let shown = 0;
  const progress = (placed: number) => {
    if (placed < shown + 5_000) return;
    shown = placed;
    console.log(`${placed} of ${values.messages} messages, ${Math.round((Date.now() - started) / 1_000)} s`);
  };
  const result = await stress({
    writers: Number(values.writers), messages: Number(values.messages), readers: Number(values.readers), atOnce: 4, torn: 0.001, kills: 3, progress,
  });
  console.log(JSON.stringify(result, undefined, 2));
  process.exitCode = result.faults.length > 0 ? 1 : 0;
}

void main();
