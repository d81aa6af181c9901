import { TestFunction } from '../fixtures/lambda';

let fn: TestFunction;

afterEach(async () => fn.stop());

async function answerOf(code: string, runtime = 'nodejs22.x', overrides: ConstructorParameters<typeof TestFunction>[1] = {}): Promise<unknown> {
  fn = new TestFunction(code, (directory) => ({ runtime, ...(typeof overrides === 'function' ? overrides(directory) : overrides) }));
  return fn.payloadOf({ a: 1 });
}

test.each([
  ['a promise', 'exports.handler = async (event) => event.a;', 1],
  ['the callback', 'exports.handler = (event, context, callback) => callback(null, event.a);', 1],
  ['the callback, among the arguments', 'exports.handler = (...args) => args[2](null, args[0].a);', 1],
  ['the callback, once all is done', 'let n = 0; exports.handler = (event, context, callback) => { setTimeout(() => { n = 2; }, 50); callback(null, { toJSON: () => n }); };', 2],
  ['the callback at once, where nothing is waited for',
    'let n = 1; exports.handler = (e, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => { n = 2; }, 50); callback(null, { toJSON: () => n }); };', 1],
  ['context.succeed', 'exports.handler = (event, context) => { setTimeout(() => context.succeed(event.a), 10); };', 1],
  ['context.done', 'exports.handler = (event, context) => { setTimeout(() => context.done(null, event.a), 10); };', 1],
  ['nothing: what is returned otherwise is dropped', 'exports.handler = (event) => event.a;', null],
  ['nothing, with a promise that is never kept', 'exports.handler = () => new Promise(() => undefined);', null],
  ['a stream', 'exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write("["); stream.end(event.a + "]"); });', [1]],
  ['a stream with a prelude', `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); stream.end("text"); });`, { statusCode: 201, body: 'text' }],
])('until nodejs22.x a handler answers by %s', async (_how, code, expected) => {
  expect(await answerOf(code)).toEqual(expected);
});

test.each([
  ['context.fail', 'exports.handler = (event, context) => { setTimeout(() => context.fail(new Error("no")), 10); };'],
  ['context.done', 'exports.handler = (event, context) => { context.done(new Error("no")); };'],
  ['the callback', 'exports.handler = (event, context, callback) => { setInterval(() => 0, 1e6); callback(new Error("no")); };'],
  ['an error', 'exports.handler = () => { throw new Error("no"); };'],
])('until nodejs22.x a handler fails by %s', async (_how, code) => {
  await expect(answerOf(code)).rejects.toThrow('Error: no');
});

test('from nodejs24.x on a handler answers with its return value, and gets no callback', async () => {
  expect(await answerOf('exports.handler = (...args) => [args.length, typeof args[1].succeed];', 'nodejs24.x')).toEqual([2, 'undefined']);
});

test('ES modules that import file functions by name find files at their paths on Lambda, too', async () => {
  const code = `
    import { existsSync, readFileSync } from 'node:fs';
    import { readFile } from 'node:fs/promises';
    export const handler = async () => [readFileSync('/opt/data.txt', 'utf8'), await readFile('/var/task/own.txt', 'utf8'), existsSync('/opt/none')];`;
  fn = new TestFunction({ 'index.mjs': code, 'own.txt': 'own', 'one/data.txt': 'data' }, (directory) => ({ layers: [`${directory}/one`] }));
  expect(await fn.payloadOf({})).toEqual(['data', 'own', false]);
});

test('files are found at their paths on Lambda, by imports and by reads', async () => {
  const code = `
    const { hello } = require('/opt/nodejs/shared');
    const fs = require('node:fs');
    exports.handler = async () => [hello, fs.readFileSync('/opt/data.txt', 'utf8'), fs.existsSync('/var/task/index.js'), fs.existsSync('/opt/none'),
      (await fs.promises.readFile('/var/task/index.js', 'utf8')).length > 10, fs.existsSync('/optional')];`;
  fn = new TestFunction({ 'index.js': code, 'one/nodejs/shared.js': 'exports.hello = "first";', 'two/nodejs/shared.js': 'exports.hello = "second";', 'two/data.txt': 'data' },
    (directory) => ({ layers: [`${directory}/one`, `${directory}/two`] }));
  expect(await fn.payloadOf({})).toEqual(['first', 'data', true, false, true, false]);
});
