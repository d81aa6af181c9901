'use strict';

/* Calls handlers and interprets their results like Lambda's runtimes. */
const { PassThrough } = require('node:stream');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/** Major version of the function's runtime, even if another version of Node.js runs it. */
const version = Number(/\d+/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[0] ?? 24);

/** Global of every nodejs runtime. */
exports.awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = 'response';
    handler.options = options;
    return handler;
  },
  HttpResponseStream: {
    /** Writes the prelude, which describes how the answer begins, before the body. */
    from(stream, prelude) {
      stream.write(JSON.stringify(prelude) + '\0'.repeat(8));
      return stream;
    },
  },
};

/** Returns the reason for which Lambda would refuse a handler, if there is one. */
exports.refusalOf = (handler) => (version >= 24 && !handler[STREAMING] && handler.length >= 3
  ? 'Node.js 24 has no callback handlers: make the handler an async function' : undefined);

/** Calls a handler. Resolves with its result as JSON. */
exports.invoke = async (handler, event, context) => {
  if (handler[STREAMING]) return streamed(handler, event, context);
  const result = version >= 24 ? await handler(event, context) : await byCallback(handler, event, context);
  return JSON.stringify(result === undefined ? null : result);
};

/**
 * Calls a handler of Node.js 22 or older: it answers by a promise, a callback, or the old functions of the context. Any other return value
 * is dropped.
 */
function byCallback(handler, event, context) {
  return new Promise((resolve, reject) => {
    let onIdle = () => resolve(null);
    const whenIdle = () => onIdle();
    process.once('beforeExit', whenIdle);
    const settle = (finish) => {
      process.off('beforeExit', whenIdle);
      finish();
    };
    const succeed = (result) => settle(() => resolve(result));
    const fail = (error) => settle(() => reject(error ?? 'handled'));
    const callback = (error, result) => {
      if (error !== undefined && error !== null) return fail(error);
      if (!context.callbackWaitsForEmptyEventLoop) return succeed(result);
      onIdle = () => resolve(result);
      return undefined;
    };
    Object.assign(context, { succeed, fail, done: (error, result) => (error ? fail(error) : succeed(result)) });
    try {
      const returned = handler(event, context, callback);
      if (typeof returned?.then === 'function') returned.then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  });
}

async function streamed(handler, event, context) {
  const stream = Object.assign(new PassThrough(), { setContentType: () => undefined });
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
  await handler(event, stream, context);
  await ended;
  return answerOf(Buffer.concat(chunks).toString());
}

/** An answer with a prelude is an HTTP answer. */
function answerOf(text) {
  const [prelude, ...body] = text.split('\0'.repeat(8));
  return body.length === 0 ? text : JSON.stringify({ ...JSON.parse(prelude), body: body.join('\0'.repeat(8)) });
}
