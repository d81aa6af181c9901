import { readFileSync } from 'node:fs';
import { END_OF_OUTPUT, type Invoke, type Loaded, type Settled } from './protocol';

/*
 * Runs one handler bundle as Lambda does: loads it once, then calls it with an event and a context at a time.
 */

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const cpuBefore = process.cpuUsage();
const loadingSince = performance.now();
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { handler } = require(process.argv[2]) as { handler: Handler };
const { user, system } = process.cpuUsage(cpuBefore);
const loaded: Loaded = { kind: 'loaded', initCpuMicros: user + system, initMillis: performance.now() - loadingSince };

/** As the runtime of Lambda shows an error in the log: with what can be enumerated of it, its causes included. */
function asLogged(_member: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { errorType: name, errorMessage: message, ...value, ...(cause !== undefined && { cause }), stack: stack?.split('\n') };
}

/** In kilobytes. On Linux, `maxRSS` of a process begins with the memory of the one that started it. */
function mostMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

async function invoke({ event, timeoutMillis }: Invoke): Promise<Settled> {
  const startedAt = Date.now();
  const cpuAtStart = process.cpuUsage();
  const context = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    awsRequestId: `${process.pid}-${startedAt}`,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, startedAt + timeoutMillis - Date.now()),
  };
  let outcome: Pick<Settled, 'result' | 'error'>;
  try {
    outcome = { result: await handler(event, context) };
  } catch (error) {
    process.stderr.write(`${new Date().toISOString()}\t${context.awsRequestId}\tERROR\tInvoke Error\t${JSON.stringify(error, asLogged)}\n`);
    const { name, message } = error as Error;
    outcome = { error: { name, message } };
  }
  const cpu = process.cpuUsage(cpuAtStart);
  return {
    kind: 'settled',
    ...outcome,
    startedAt,
    settledAt: Date.now(),
    cpuMicros: cpu.user + cpu.system,
    maxRssKilobytes: mostMemory(),
  };
}

process.on('message', (request: Invoke) => {
  void invoke(request).then((settled) => {
    process.stdout.write(`\n${END_OF_OUTPUT}\n`);
    process.send!(settled);
  });
});
process.on('disconnect', () => process.exit());
process.send!(loaded);
