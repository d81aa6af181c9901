import childProcess, { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../harness/eventually';
import { isAlive } from '../../../harness/processes';
import { Door } from '../../../local/aws/door';
import { childScript } from '../../../local/lambda/child-scripts';
import { Environment } from '../../../local/lambda/environment';
import { RuntimeApi } from '../../../local/lambda/runtime-api';
import type { LocalEvent } from '../../../local/log';
import { TestFunction } from '../fixtures/lambda';
import { hasPython } from '../fixtures/python';

let fn: TestFunction;

afterEach(async () => fn?.stop());

function create(...options: ConstructorParameters<typeof TestFunction>): void {
  fn = new TestFunction(...options);
}

const payloadOf = (event: unknown) => fn.payloadOf(event);
const logged = (event: LocalEvent['event']) => fn.logged(event);

describe('an environment', () => {
  test('has its own variables, and only those of the host that processes need', async () => {
    process.env.HOST_SECRET = 'secret';
    create('exports.handler = async () => process.env;');
    const variables = await payloadOf({}) as Record<string, string>;
    delete process.env.HOST_SECRET;
    expect(variables).toMatchObject({
      OWN: 'value',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'the-function',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      NODE_EXTRA_CA_CERTS: expect.stringMatching(/certificates-1\.pem$/),
      TZ: ':UTC',
    });
    const fromHost = Object.keys(process.env).filter((name) => name in variables && process.env[name] === variables[name]);
    expect(fromHost.filter((name) => !['PATH', 'TMPDIR', 'LANG', 'TZ'].includes(name))).toEqual([]);
    expect(variables).not.toHaveProperty('HOST_SECRET');
  });

  test('that cannot be started fails the invocation, not the next one', async () => {
    create('exports.handler = async () => "fine";');
    const start = jest.spyOn(Environment, 'start').mockRejectedValueOnce(new Error('spawn EMFILE'));
    expect(await fn.lambda.invoke({})).toEqual({ ok: false, errorType: 'Runtime.StartError', errorMessage: 'spawn EMFILE' });
    start.mockRestore();
    expect(logged('error')).toEqual(['Runtime.StartError: spawn EMFILE']);
    expect(await payloadOf({})).toBe('fine');
  });

  test.each([
    ['because too many files are open', () => {
      const child = new ChildProcess();
      // As Node.js does it then: without any streams.
      process.nextTick(() => child.emit('error', new Error('spawn EMFILE')));
      return child;
    }, 'spawn EMFILE'],
    ['at all', () => { throw new Error('spawn E2BIG'); }, 'spawn E2BIG'],
  ])('whose process cannot be started %s leaves nothing behind', async (_why, spawned, message) => {
    create('exports.handler = async () => "fine";');
    await payloadOf({});
    const close = jest.spyOn(RuntimeApi.prototype, 'close');
    const spawning = jest.spyOn(childProcess, 'spawn').mockImplementationOnce(spawned);
    const outcomes = await Promise.all([fn.lambda.invoke({}), fn.lambda.invoke({})]);
    spawning.mockRestore();
    expect(outcomes).toEqual([{ ok: true, payload: 'fine' }, { ok: false, errorType: expect.stringMatching(/^Runtime\./), errorMessage: expect.stringContaining(message) }]);
    expect(close).toHaveBeenCalledTimes(1);
    close.mockRestore();
  });

  test('whose access to AWS cannot be opened fails the invocation, not the next one', async () => {
    create('exports.handler = async () => "fine";');
    const open = jest.spyOn(Door, 'open').mockRejectedValueOnce(new Error('listen EMFILE'));
    expect(await fn.lambda.invoke({})).toEqual({ ok: false, errorType: 'Runtime.StartError', errorMessage: 'listen EMFILE' });
    expect(await payloadOf({})).toBe('fine');
    open.mockRestore();
  });

  test('that is being started ends when the function is stopped', async () => {
    create('exports.handler = async () => "fine";');
    let started: Environment | undefined;
    let isUsable: Promise<boolean | undefined> | undefined;
    const { start } = Environment;
    const starting = jest.spyOn(Environment, 'start').mockImplementationOnce(async (options) => {
      isUsable = fn.lambda.stop().then(() => started?.usable);
      started = await start(options);
      return started;
    });
    const invoked = fn.lambda.invoke({});
    expect(await invoked).toMatchObject({ ok: false });
    expect(await isUsable).toBe(false);
    starting.mockRestore();
  });

  test('is reused while it is free', async () => {
    create('let count = 0; exports.handler = async () => ({ count: ++count, pid: process.pid });');
    const first = await payloadOf({}) as { pid: number };
    expect(await payloadOf({})).toEqual({ count: 2, pid: first.pid });
    expect(logged('invoke')).toEqual([expect.stringMatching(/^cold start in \d+ ms$/)]);
  });

  test('that was killed while it was idle is replaced, and its next invocation does not fail', async () => {
    create('let count = 0; exports.handler = async () => ({ count: ++count, pid: process.pid });');
    const { pid } = await payloadOf({}) as { pid: number };
    // In the same turn of the event loop: the runner has not noticed yet.
    process.kill(pid, 'SIGKILL');
    expect(await payloadOf({})).toEqual({ count: 1, pid: expect.any(Number) });
    expect(logged('error')).toEqual([]);
  });

  test('whose code was called is not replaced when it ends: the invocation fails once', async () => {
    create('exports.handler = async ({ file }) => { if (file) { require("fs").appendFileSync(file, "called "); process.kill(process.pid, "SIGKILL"); } };');
    await payloadOf({});
    const file = `${fn.directory}/calls`;
    expect(await fn.lambda.invoke({ file })).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
    expect(readFileSync(file, 'utf8')).toBe('called ');
  });

  test('runs one invocation at a time: others get environments of their own', async () => {
    create('exports.handler = async () => { await new Promise((r) => setTimeout(r, 300)); return process.pid; };');
    const pids = await Promise.all([payloadOf({}), payloadOf({}), payloadOf({})]);
    expect(new Set(pids).size).toBe(3);
  });

  test('is not created beyond the concurrency: invocations wait for their turn', async () => {
    create('let busy = 0; exports.handler = async () => { busy++; await new Promise((r) => setTimeout(r, 20)); return [process.pid, busy--]; };', { concurrency: 2 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => payloadOf({}))) as number[][];
    expect(new Set(answers.map(([pid]) => pid)).size).toBe(2);
    expect(answers.every(([, busy]) => busy === 1)).toBe(true);
  });

  test('is ended at the timeout, and the next invocation gets a new one', async () => {
    create('exports.handler = async ({ hang }) => { console.log(`pid ${process.pid}`); if (hang) for (;;); return "fine"; };', { timeoutSeconds: 0.5 });
    expect(await fn.lambda.invoke({ hang: true })).toEqual({
      ok: false, errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 0.50 seconds', trace: undefined,
    });
    const pid = Number(logged('output')[0].slice(4));
    await eventually(() => !isAlive(pid));
    expect(await payloadOf({})).toBe('fine');
  });

  test.each([
    ['objects', 'const all = []; for (;;) all.push(new Array(100000).fill({}));'],
    ['buffers, which are not in the heap', 'const all = []; for (;;) { all.push(Buffer.alloc(4e6, 1)); await new Promise((r) => setTimeout(r, 1)); }'],
  ])('is ended when it needs more memory than it has, for %s', async (_what, statement) => {
    create(`exports.handler = async ({ fail }) => { if (fail) { ${statement} } return "fine"; };`, { memoryMegabytes: 128 });
    const outcome = await fn.lambda.invoke({ fail: true });
    // V8 may give up before the watch notices.
    expect(outcome).toMatchObject({ ok: false, errorType: expect.stringMatching(/^Runtime\.(OutOfMemory|ExitError)$/), errorMessage: expect.stringMatching(/^Runtime exited with error: signal: / ) });
    expect(await payloadOf({})).toBe('fine');
  });

  test('that is ended because of its buffers reports that it was out of memory, with its path', async () => {
    create('exports.handler = async () => { const held = Buffer.alloc(200e6, 1); await new Promise((r) => setTimeout(r, 60000)); return held.length; };', { memoryMegabytes: 128 });
    await fn.lambda.invoke({});
    expect(fn.log.at(-1)).toEqual({ source: 'Stack/Function', event: 'error', detail: 'Runtime.OutOfMemory: Runtime exited with error: signal: killed' });
  });

  test('has the memory that it was given', async () => {
    create('exports.handler = async () => Buffer.alloc(120e6, 1).length;', { memoryMegabytes: 256 });
    expect(await payloadOf({})).toBe(120e6);
  });

  test('ends the processes that it started when it ends by itself', async () => {
    create('exports.handler = async () => { const { pid } = require("child_process").spawn("sleep", ["60"], { stdio: "ignore" }); console.log(pid); process.exit(1); };');
    await fn.lambda.invoke({});
    const pid = Number(await eventually(() => logged('output')[0]));
    await eventually(() => !isAlive(pid));
  });

  describe.each([
    ['in a session of its own', 'spawn("sleep", ["60"], { detached: true, stdio: "ignore" })'],
    ['in a session of its own, without variables', 'spawn(require("fs").existsSync("/bin/sleep") ? "/bin/sleep" : "/usr/bin/sleep", ["60"], { detached: true, stdio: "ignore", env: {} })'],
    ['by a program that has ended since', 'spawn("node", ["-e", \'const { pid } = require("child_process").spawn("sleep", ["60"], { detached: true, stdio: "ignore" }); console.log(pid); process.exit();\'])'],
  ])('ends processes that it started %s', (_how, started) => {
    const code = `const { spawn } = require("child_process"); const { once } = require("events"); exports.handler = async ({ fail }) => {
      const child = ${started};
      const [pid] = child.stdout ? await once(child.stdout, "data") : [child.pid];
      console.log(Number(pid));
      if (child.stdout) await once(child, "exit");
      if (fail) for (;;);
    };`;
    const startedPid = async () => Number(await eventually(() => logged('output')[0]));

    test('when it is stopped', async () => {
      create(code);
      await payloadOf({});
      const pid = await startedPid();
      expect(isAlive(pid)).toBe(true);
      await fn.lambda.stop();
      await eventually(() => !isAlive(pid));
    });

    test('at its timeout', async () => {
      create(code, { timeoutSeconds: 2 });
      expect(await fn.lambda.invoke({ fail: true })).toMatchObject({ errorType: 'Sandbox.Timedout' });
      const pid = await startedPid();
      await eventually(() => !isAlive(pid));
    });
  });

  test('ends processes in sessions of their own when it ends by itself', async () => {
    create('exports.handler = async () => { console.log(require("child_process").spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).pid); process.exit(1); };');
    await fn.lambda.invoke({});
    const pid = Number(await eventually(() => logged('output')[0]));
    await eventually(() => !isAlive(pid));
  });

  test('that ends does not end the processes of others', async () => {
    create('exports.handler = async ({ fail }) => { console.log(require("child_process").spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).pid); if (fail) { await new Promise((r) => setTimeout(r, 500)); process.exit(1); } };');
    const failing = fn.lambda.invoke({ fail: true });
    await payloadOf({});
    await failing;
    const pids = (await eventually(() => logged('output').length === 2 && logged('output'))).map(Number);
    await eventually(() => pids.filter(isAlive).length < 2);
    await sleep(300);
    expect(pids.filter(isAlive)).toHaveLength(1);
  });

  test('ends together with the processes that it started', async () => {
    create('exports.handler = async () => require("child_process").spawn("sleep", ["60"], { stdio: "ignore" }).pid;');
    const pid = await payloadOf({}) as number;
    expect(isAlive(pid)).toBe(true);
    await fn.lambda.stop();
    await eventually(() => !isAlive(pid));
  });
});

const ES_MODULE = 'import { SQSClient } from "@aws-sdk/client-sqs"; export const handler = async () => typeof SQSClient;';

describe('a handler', () => {
  test('gets the event and a context', async () => {
    create('exports.handler = async (event, context) => ({ event, ...context, left: context.getRemainingTimeInMillis() });');
    expect(await payloadOf({ a: 1 })).toEqual({
      event: { a: 1 },
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'the-function',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:the-function',
      left: expect.any(Number),
      logGroupName: '/aws/lambda/the-function',
      logStreamName: 'local',
      memoryLimitInMB: '256',
    });
  });

  test.each<[string, Record<string, string>, string]>([
    ['an ES module', { 'index.mjs': 'export const handler = async () => "esm";' }, 'index.handler'],
    ['an ES module by its package', { 'package.json': '{"type":"module"}', 'index.js': 'export const handler = async () => "esm";' }, 'index.handler'],
    ['an inner member', { 'main.cjs': 'exports.inner = { run: () => "esm" };' }, 'main.inner.run'],
  ])('may be %s', async (_what, files, handler) => {
    create(files, { handler });
    expect(await payloadOf({})).toBe('esm');
  });

  test.each<[string, Record<string, string>]>([
    ['CommonJS', { 'index.js': 'const { SQSClient } = require("@aws-sdk/client-sqs"); exports.handler = async () => typeof SQSClient;' }],
    ['an ES module', { 'index.mjs': ES_MODULE }],
    ['an ES module by its package', { 'package.json': '{"type":"module"}', 'index.js': ES_MODULE }],
    ['an ES module by what is in it', { 'index.js': ES_MODULE }],
  ])('that brings no AWS SDK finds the one of the project, from %s', async (_what, files) => {
    create(files);
    expect(await payloadOf({})).toBe('function');
  });

  test.each<[string, Record<string, string>, string]>([
    ['CommonJS', { 'asset/index.js': 'exports.handler = async () => require("@aws-sdk/client-nothing").name;' }, 'index.handler'],
    ['an ES module', { 'asset/index.mjs': 'import sdk from "@aws-sdk/client-nothing"; export const handler = async () => sdk.name;' }, 'index.handler'],
  ])('finds the AWS SDK of another package of the repository, from %s', async (_what, files, handler) => {
    const before = process.cwd();
    create({
      ...files,
      'repository/.git/HEAD': '',
      'repository/cdk/package.json': '{}',
      'repository/packages/functions/node_modules/@aws-sdk/client-nothing/index.js': 'exports.name = "of another package";',
      'unrelated/node_modules/@aws-sdk/client-nothing/index.js': 'exports.name = "unrelated";',
    }, (directory) => ({ directory: `${directory}/asset`, handler }));
    process.chdir(`${fn.directory}/repository/cdk`);
    try {
      expect(await payloadOf({})).toBe('of another package');
    } finally {
      process.chdir(before);
    }
  });

  test('finds the AWS SDK of a project whose packages Yarn keeps in archives', async () => {
    const before = process.cwd();
    create({
      'index.js': 'exports.handler = async () => require("@aws-sdk/client-nothing");',
      'client.js': 'module.exports = globalThis.unpacked;',
      // In Yarn's format: the exports return the file of a package, after archives have been made readable.
      '.pnp.cjs': 'exports.setup = () => { globalThis.unpacked = "archives can be read"; }; exports.resolveRequest = (name, from) => name === "@aws-sdk/client-nothing" && from.endsWith("/") ? from + "client.js" : null;',
    });
    process.chdir(fn.directory);
    try {
      expect(await payloadOf({})).toBe('archives can be read');
    } finally {
      process.chdir(before);
    }
  });

  test.each([
    ['nodejs16.x', 'the second'],
    ['nodejs18.x', "Cannot find module 'aws-sdk'"],
  ])('finds version 2 of the AWS SDK where its runtime has it: %s', async (runtime, expected) => {
    const before = process.cwd();
    create({ 'asset/index.js': 'exports.handler = async () => require("aws-sdk").name;', 'project/node_modules/aws-sdk/index.js': 'exports.name = "the second";' },
      (directory) => ({ runtime, directory: `${directory}/asset` }));
    process.chdir(`${fn.directory}/project`);
    try {
      const outcome = await fn.lambda.invoke({});
      expect(outcome.ok ? outcome.payload : outcome.errorMessage).toEqual(expect.stringContaining(expected));
    } finally {
      process.chdir(before);
    }
  });

  test('that needs a client that is not installed gets an error with the folder to install it in', async () => {
    create('require("@aws-sdk/client-nothing");');
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorMessage: expect.stringContaining('install it in the project in which you start the runner') });
  });

  test('finds no other package of the project', async () => {
    create('require("typescript");');
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorMessage: expect.stringMatching(/^Cannot find module 'typescript'/) });
  });

  test('has the libraries of its layers, those of the last layer first', async () => {
    const library = (name: string) => ({ [`${name}/nodejs/node_modules/shared/index.js`]: `module.exports = "${name}";` });
    create(
      { 'index.js': 'exports.handler = async () => require("shared");', ...library('first'), ...library('last') },
      (directory) => ({ layers: [`${directory}/last`, `${directory}/first`] }),
    );
    expect(await payloadOf({})).toBe('last');
  });

  test.each<[string, Record<string, string>]>([
    ['libraries', { 'index.mjs': 'import { own } from "own"; import { module } from "a-module"; export const handler = async () => own + " " + module;' }],
    ['files, where they are on Lambda', {
      'index.mjs': 'import { own } from "/opt/nodejs/node_modules/own/index.js"; const { part } = await import("/var/task/part.mjs"); export const handler = async () => own + " " + part;',
      'part.mjs': 'export const part = "module";',
    }],
  ])('that is an ES module has the %s of its layers', async (_what, files) => {
    const library = (own: string) => ({ [`${own}/nodejs/node_modules/own/index.js`]: `exports.own = '${own}';` });
    create({
      ...files,
      ...library('one'),
      ...library('two'),
      'two/nodejs/node22/node_modules/a-module/package.json': '{"type":"module","exports":"./main.js"}',
      'two/nodejs/node22/node_modules/a-module/main.js': 'export const module = "module";',
    }, (directory) => ({ runtime: 'nodejs22.x', layers: [`${directory}/one`, `${directory}/two`] }));
    expect(await payloadOf({})).toBe('one module');
  });

  test('may call back on runtimes that still have it, and not on Node.js 24', async () => {
    const code = 'exports.handler = (event, context, callback) => callback(null, "called");';
    create(code, { runtime: 'nodejs22.x' });
    expect(await payloadOf({})).toBe('called');
    await fn.lambda.stop();
    create(code);
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  test('of an authorizer that refuses a client has not failed', async () => {
    create('exports.handler = async () => { throw new Error("Unauthorized"); };');
    const refusal = { ok: false, errorType: 'Error', errorMessage: 'Unauthorized' };
    expect(await fn.lambda.invoke({ type: 'REQUEST', methodArn: 'arn:aws:execute-api:eu-west-1:111122223333:api/prod/$connect' })).toMatchObject(refusal);
    expect(logged('error')).toEqual([]);
    expect(await fn.lambda.invoke({})).toMatchObject(refusal);
    expect(logged('error')).toHaveLength(1);
  });

  test('that throws fails its invocation alone; the error is shown with the path and the stack', async () => {
    create('exports.handler = async ({ fail }) => { if (fail) throw new TypeError("no good"); return process.pid; };');
    const pid = await payloadOf({});
    expect(await fn.lambda.invoke({ fail: true })).toMatchObject({ ok: false, errorType: 'TypeError', errorMessage: 'no good' });
    expect(fn.log.at(-1)).toMatchObject({ source: 'Stack/Function', event: 'error', detail: expect.stringMatching(/^TypeError: no good\n +at .*index\.js/) });
    expect(await payloadOf({})).toBe(pid);
  });

  test('that cannot be parsed is reported with place and error, without the line, which may be a whole bundle', async () => {
    create('const code = "a line of code"; syntax error');
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorType: 'SyntaxError' });
    const [shown] = logged('error');
    expect(shown).toMatch(/^SyntaxError: .*\n +at .*index\.js:1\n +at /);
    expect(shown).not.toContain('a line of code');
  });

  test('whose error has a message of several lines shows it once', async () => {
    create('exports.handler = async () => { throw new Error("one\\ntwo"); };');
    await fn.lambda.invoke({});
    expect(logged('error')[0]).toMatch(/^Error: one\ntwo\n +at /);
  });

  test('that throws between two invocations prints the stack, without the line', async () => {
    create('exports.handler = async () => { setTimeout(() => { throw new Error("la" + "te"); }, 20); };');
    await payloadOf({});
    await eventually(() => logged('output').some((line) => line === 'Error: late'));
    await eventually(() => logged('output').some((line) => /^ +at .*index\.js/.test(line)));
    expect(logged('output').join('\n')).not.toContain('"la" + "te"');
  });

  test('that gets input that is not JSON fails only that invocation', async () => {
    create('exports.handler = async () => "fine";');
    const event: { self?: unknown } = {};
    event.self = event;
    expect(await fn.lambda.invoke(event)).toMatchObject({ ok: false, errorMessage: expect.stringContaining('circular') });
    expect(await payloadOf({})).toBe('fine');
  });

  test.each([
    ['an unhandled rejection', 'Promise.reject(new Error("lost")); await new Promise(() => {});', 'Runtime.UnhandledPromiseRejection'],
    ['an uncaught exception', 'setTimeout(() => { throw new Error("lost"); }); await new Promise(() => {});', 'Runtime.UncaughtException'],
    ['an exit', 'process.exit(3);', 'Runtime.ExitError'],
  ])('that ends its environment by %s fails the invocation, not the next one', async (_what, statement, errorType) => {
    create(`exports.handler = async ({ fail }) => { if (fail) { ${statement} } return "fine"; };`);
    expect(await fn.lambda.invoke({ fail: true })).toMatchObject({ ok: false, errorType });
    expect(await payloadOf({})).toBe('fine');
  });

  test.each([
    ['cannot be found', '', 'nothing.handler', 'Runtime.ImportModuleError', /^Cannot find module 'nothing' in /],
    ['is not exported', '', 'index.handler', 'Runtime.HandlerNotFound', /^index\.handler is undefined or not exported$/],
    ['cannot be loaded', 'throw new RangeError("broken");', 'index.handler', 'RangeError', /^broken$/],
  ])('that %s fails every invocation', async (_what, code, handler, errorType, message) => {
    create(code, { handler });
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorType, errorMessage: expect.stringMatching(message) });
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorType });
  });

  test.each<[string, string, string, string]>([
    ['null', 'throw null;', 'object', 'null'],
    ['an object without a prototype', 'throw Object.create(null);', 'object', 'what was thrown cannot be shown as text'],
    ['a name that is a number', 'throw Object.assign(new Error("x"), { name: 42 });', '42', 'x'],
    ['a name with a line break', 'throw Object.assign(new Error("x"), { name: "a\\nb" });', 'a\nb', 'x'],
    ['a name that no header takes', 'throw Object.assign(new Error("x"), { name: "错误" });', '错误', 'x'],
    ['no name', 'throw Object.assign(new Error("x"), { name: "" });', 'Error', 'x'],
    ['a stack that is not text', 'throw Object.assign(new Error("x"), { stack: 42 });', 'Error', 'x'],
    ['a stack that throws', 'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } });', 'object', 'what was thrown cannot be shown as text'],
  ])('may throw %s, and goes on', async (_what, statement, errorType, errorMessage) => {
    create(`exports.handler = async ({ fail }) => { if (fail) { ${statement} } return process.pid; };`);
    const pid = await payloadOf({});
    expect(await fn.lambda.invoke({ fail: true })).toMatchObject({ ok: false, errorType, errorMessage });
    expect(await payloadOf({})).toBe(pid);
  });

  test('that uses the Runtime API itself may report anything as its error', async () => {
    create({
      'index.js': `
        const path = (id, what) => 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/' + id + '/' + what;
        exports.handler = async (body, { awsRequestId }) => {
          await fetch(path(awsRequestId, 'error'), { method: 'POST', body: JSON.stringify(body) });
        };`,
    });
    for (const body of [{ errorType: 42, errorMessage: {}, trace: 'none' }, { errorType: null, trace: [1] }, 7, 'text', null]) {
      expect(await fn.lambda.invoke(body)).toMatchObject({ ok: false, errorType: 'Error', errorMessage: '' });
    }
  });

  test('prints its output', async () => {
    create('exports.handler = async () => { console.log("to stdout"); console.error("to stderr"); };');
    await payloadOf({});
    await eventually(() => logged('output').length === 2);
    expect(logged('output').sort()).toEqual(['to stderr', 'to stdout']);
  });
});

test('stopping ends every environment, also one that is busy for ever', async () => {
  create('exports.handler = async ({ hang }) => { console.log(process.pid); if (hang) for (;;); };');
  const busy = fn.lambda.invoke({ hang: true });
  await fn.lambda.invoke({});
  await eventually(() => logged('output').length === 2);
  await fn.lambda.stop();
  expect(await busy).toMatchObject({ ok: false });
  expect(logged('output').map(Number).filter(isAlive)).toEqual([]);
  expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toContain(fn.directory);
});

describe('an environment whose runner ended before it could start it', () => {
  const scripts = [['bootstrap.js', process.execPath], ['bootstrap.py', 'python3']] as const;

  test.each(scripts.filter(([, program]) => program !== 'python3' || hasPython))('ends without running any code: %s', async (script, program) => {
    create({ 'index.js': 'for (;;);', 'index.py': 'while True: pass' });
    const env = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1', LAMBDA_TASK_ROOT: fn.directory, _HANDLER: 'index.handler' };
    const child = spawn(program, [childScript(script), process.cwd()], { env: { ...process.env, ...env }, stdio: ['pipe', 'inherit', 'inherit'] });
    child.stdin!.end();
    const [code] = await once(child, 'exit') as [number | null];
    expect(code).toBe(0);
  });
});
