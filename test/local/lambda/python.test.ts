import { eventually } from '../../../harness/eventually';
import { isAlive } from '../../../harness/processes';
import { TestFunction } from '../fixtures/lambda';
import { describeWithPython } from '../fixtures/python';

describeWithPython('a Python function', () => {
  let fn: TestFunction;

  afterEach(async () => fn.stop());

  function create(code: string | Record<string, string>, overrides: ConstructorParameters<typeof TestFunction>[1] = {}): TestFunction {
    const python = { runtime: 'python3.13', program: 'python3' };
    fn = new TestFunction(typeof code === 'string' ? { 'index.py': code } : code, (directory) => (
      { ...python, ...(typeof overrides === 'function' ? overrides(directory) : overrides) }));
    return fn;
  }

  test('answers with the numbers that boto3 reads from tables', async () => {
    create('from decimal import Decimal\ndef handler(event, context):\n    return {"whole": Decimal("3"), "part": [Decimal("0.5")]}\n');
    expect(await fn.payloadOf({})).toEqual({ whole: 3, part: [0.5] });
  });

  test('gets the event and a context, and answers', async () => {
    create(`
import os
def handler(event, context):
    names = ["function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "log_group_name", "log_stream_name"]
    left = context.get_remaining_time_in_millis()
    return {"event": event, "context": {name: getattr(context, name) for name in names}, "id": context.aws_request_id,
            "left": left, "own": os.environ["OWN"], "where": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}
`);
    expect(await fn.payloadOf({ text: 'grüße' })).toEqual({
      event: { text: 'grüße' },
      context: {
        function_name: 'the-function',
        function_version: '$LATEST',
        invoked_function_arn: 'arn:aws:lambda:eu-west-1:111122223333:function:the-function',
        memory_limit_in_mb: '256',
        log_group_name: '/aws/lambda/the-function',
        log_stream_name: 'local',
      },
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      left: expect.any(Number),
      own: 'value',
      where: true,
    });
  });

  test('has only those variables of the host that processes need', async () => {
    const host = { HOST_SECRET: 'secret', AWS_PROFILE: 'mine', PYTHONPATH: '/host' };
    Object.assign(process.env, host);
    create('import os\ndef handler(event, context):\n    return dict(os.environ)\n');
    const variables = await fn.payloadOf({}) as Record<string, string>;
    for (const name of Object.keys(host)) {
      delete process.env[name];
      expect(variables).not.toHaveProperty(name);
    }
    expect(variables).toMatchObject({ OWN: 'value', AWS_REGION: 'eu-west-1', AWS_EXECUTION_ENV: 'AWS_Lambda_python3.13' });
  });

  test('is reused while it is free, and shows what it prints', async () => {
    create('import os\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n    print("called", count)\n    return [os.getpid(), count]\n');
    const [pid] = await fn.payloadOf({}) as number[];
    expect(await fn.payloadOf({})).toEqual([pid, 2]);
    await eventually(() => fn.logged('output').length === 2);
    expect(fn.logged('output')).toEqual(['called 1', 'called 2']);
  });

  test('in an environment that was killed while it was idle is called in another one', async () => {
    create('import os\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return [os.getpid(), count]\n');
    const [pid] = await fn.payloadOf({}) as number[];
    process.kill(pid, 'SIGKILL');
    expect(await fn.payloadOf({})).toEqual([expect.any(Number), 1]);
    expect(fn.logged('error')).toEqual([]);
  });

  test('finds its own modules, and its handler in a folder', async () => {
    create({ 'app/main.py': 'from helper import answer\ndef run(event, context):\n    return answer\n', 'helper.py': 'answer = 42\n' }, { handler: 'app/main.run' });
    expect(await fn.payloadOf({})).toBe(42);
  });

  test('that raises fails its invocation alone; the error is shown with the path and the stack', async () => {
    create('import os\ndef handler(event, context):\n    if event.get("fail"):\n        raise ValueError("no good")\n    return os.getpid()\n');
    const pid = await fn.payloadOf({});
    expect(await fn.lambda.invoke({ fail: true })).toMatchObject({ ok: false, errorType: 'ValueError', errorMessage: 'no good' });
    expect(fn.log.at(-1)).toMatchObject({ source: 'Stack/Function', event: 'error', detail: expect.stringMatching(/^ValueError: no good\n +File ".*index\.py", line 4/) });
    expect(fn.log.at(-1)!.detail).not.toContain('bootstrap.py');
    expect(await fn.payloadOf({})).toBe(pid);
  });

  test.each([
    ['cannot be found', '', 'nothing.handler', 'Runtime.ImportModuleError', /^Unable to import module 'nothing': No module named 'nothing'$/],
    ['needs boto3, which is not there', 'raise ModuleNotFoundError("No module named \'boto3\'", name="boto3")', 'index.handler', 'Runtime.ImportModuleError', /install it/],
    ['is not there', '', 'index.handler', 'Runtime.HandlerNotFound', /^Handler 'handler' missing on module 'index'$/],
    ['is no module and name', '', 'index', 'Runtime.MalformedHandlerName', /^Bad handler 'index'/],
    ['has an error of syntax', 'def', 'index.handler', 'Runtime.UserCodeSyntaxError', /^Syntax error in module 'index'/],
    ['cannot be loaded', 'raise KeyError("broken")', 'index.handler', 'KeyError', /broken/],
  ])('whose handler %s fails every invocation', async (_what, code, handler, errorType, message) => {
    create(code, { handler });
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorType, errorMessage: expect.stringMatching(message) });
    expect(await fn.lambda.invoke({})).toMatchObject({ ok: false, errorType });
  });

  test.each([
    ['an exit', 'import sys; sys.exit(3)', 'Runtime.ExitError'],
    ['an answer that is not JSON', 'return {1, 2}', 'Runtime.MarshalError'],
    ['too much memory', 'return len(bytearray(900 * 1024 * 1024)) + len([n for n in range(10 ** 9)])', 'Runtime.OutOfMemory'],
    ['too much time', 'while True: pass', 'Sandbox.Timedout'],
  ])('that fails by %s does not fail the next invocation', async (_what, statement, errorType) => {
    create(`def handler(event, context):\n    if event.get("fail"):\n        ${statement}\n    return "fine"\n`, { timeoutSeconds: 3 });
    expect(await fn.lambda.invoke({ fail: true })).toMatchObject({ ok: false, errorType });
    expect(await fn.payloadOf({})).toBe('fine');
  });

  test('has the libraries of its layers', async () => {
    create({ 'index.py': 'from shared import answer\ndef handler(event, context):\n    return answer\n', 'layer/python/shared.py': 'answer = 42\n' },
      (directory) => ({ layers: [`${directory}/layer`] }));
    expect(await fn.payloadOf({})).toBe(42);
  });

  test('finds files at their paths on Lambda, and modules on paths that it adds', async () => {
    create({
      'index.py': `
import os, pathlib, sys
sys.path.append("/opt/more")
sys.path.append("/var/task/vendored")
import added, vendored
class Accessor:  # as in the pathlib of Python before 3.11
    open = os.open
    stat = os.stat
def handler(event, context):
    Accessor().stat("/opt/data.txt")
    os.close(Accessor().open("/opt/data.txt", os.O_RDONLY))
    with open("/var/task/own.txt") as own, open(file="/opt/data.txt") as data:
        return [own.read(), data.read(), pathlib.Path("/opt/data.txt").read_text(), os.path.exists("/opt/none"), os.path.isdir("/opt/more"),
                sorted(os.listdir("/var/task/vendored"))[:1], added.value, vendored.value, os.path.exists("/optional"), len(sys.argv)]
`,
      'own.txt': 'own',
      'vendored/vendored.py': 'value = "vendored"\n',
      'one/more/added.py': 'value = "added"\n',
      'one/data.txt': 'first',
      'two/data.txt': 'second',
    }, (directory) => ({ layers: [`${directory}/one`, `${directory}/two`] }));
    expect(await fn.payloadOf({})).toEqual(['own', 'first', 'first', false, true, ['vendored.py'], 'added', 'vendored', false, 1]);
  });

  test('prints what it logs with Lambda\'s root logger, at the level that it sets', async () => {
    create(`
import logging
logging.getLogger().setLevel(logging.INFO)
def handler(event, context):
    logging.debug("too little")
    logging.getLogger("own").info("of %s", "interest")
    return context.aws_request_id
`);
    const id = await fn.payloadOf({}) as string;
    const [line] = await eventually(() => fn.logged('output').length > 0 && fn.logged('output'));
    expect(line).toMatch(new RegExp(`^\\[INFO\\]\\t\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\.\\d{3}Z\\t${id}\\tof interest$`));
  });

  test('ends when it is stopped, though it is busy', async () => {
    create('import os\ndef handler(event, context):\n    print(os.getpid())\n    while True: pass\n');
    void fn.lambda.invoke({});
    const pid = Number(await eventually(() => fn.logged('output')[0]));
    await fn.lambda.stop();
    expect(isAlive(pid)).toBe(false);
  });
});
