'use strict';

/*
 * The runtime of one execution environment: loads the handler, then asks the Lambda Runtime API for one invocation after another. It is
 * plain JavaScript without imports of TypeScript, because it runs in a process of its own.
 */
const http = require('node:http');
/** Some functions are newer than its types, or missing from them. @type {any} */
const module_ = require('node:module');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const invocation = require('./invocation.js');
const { importsOf, mapLambdaPaths } = require('./lambda-paths.js');
const { sdkRootsOf } = require('./sdk-roots.js');

/** Node.js version of the function's runtime. */
const RUNTIME = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[1]);

/** Packages beside Lambda's runtime, which bundles may leave out: version 2 of the SDK until Node.js 16. */
const PROVIDED = RUNTIME <= 16 ? /^(@(aws-sdk|smithy)\/|aws-sdk(\/|$))/ : /^@(aws-sdk|smithy)\//;

/** Time for the reaper to end this process and all that it started. */
const REAPER_MILLIS = 1_000;

const [sdkRoot, ...layers] = process.argv.splice(2);
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** Handles errors that nothing catches. Node.js itself would print the line of code, which may be a whole bundle. */
/** @type {(name: string, error: unknown) => void} */
let onUncaught = (_name, error) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
};
process.on('uncaughtException', (error) => onUncaught('Runtime.UncaughtException', error));
process.on('unhandledRejection', (error) => onUncaught('Runtime.UnhandledPromiseRejection', error));

let hasBegun = false;

// The runner holds the other end: this process exits when the runner is gone.
process.stdin.on('error', leave).on('end', leave).on('close', leave);
// The runner says when to begin: once the reaper watches this process. Otherwise code that never yields could outlive the runner.
process.stdin.once('data', () => {
  hasBegun = true;
  process.stdin.unref?.();
  main().catch(leave);
});

async function main() {
  let handler;
  try {
    mapLambdaPaths(process.env.LAMBDA_TASK_ROOT, layers);
    provideSdk(sdkRoot);
    globalThis.awslambda = invocation.awslambda;
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    await report('/runtime/init/error', error);
    process.exit(1);
  }
  for (;;) {
    const { headers, body } = await call('GET', '/runtime/invocation/next');
    await invoke(handler, headers, body);
  }
}

async function invoke(handler, headers, body) {
  const id = headers['lambda-runtime-aws-request-id'];
  const fail = async (name, error) => {
    await report(`/runtime/invocation/${id}/error`, error, name);
    process.exit(1);
  };
  const whenIdle = onUncaught;
  onUncaught = (name, error) => void fail(name, error).catch(leave);
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? '';
  await call('POST', `/runtime/invocation/${id}/started`);
  try {
    const answer = await invocation.invoke(handler, JSON.parse(body), createContext(headers));
    await call('POST', `/runtime/invocation/${id}/response`, answer);
  } catch (error) {
    await report(`/runtime/invocation/${id}/error`, error);
  }
  onUncaught = whenIdle;
}

function createContext(headers) {
  const { env } = process;
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** Loads a handler: `folder/file.name.inner` is `inner` of `name` of the exports of `folder/file`, a CommonJS or an ES module. */
async function loadHandler(root, specification) {
  const [, folder, base] = /^(.*\/)?([^/]*)$/.exec(specification);
  const [file, ...names] = base.split('.');
  const path = join(root, folder ?? '', file);
  const extension = ['.js', '.mjs', '.cjs'].find((candidate) => existsSync(path + candidate));
  if (!extension) throw named('Runtime.ImportModuleError', `Cannot find module '${file}' in ${root}`);
  const loaded = await load(path + extension);
  const handler = names.reduce((value, name) => value?.[name], loaded);
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${specification} is undefined or not exported`);
  const refusal = invocation.refusalOf(handler);
  if (refusal !== undefined) throw named('Runtime.CallbackHandlerDeprecated', refusal);
  return handler;
}

async function load(file) {
  try {
    return file.endsWith('.mjs') ? await importModule(file) : await requireOrImport(file);
  } catch (error) {
    const [, name] = /^Cannot find (?:module|package) '([^']+)'/.exec(error?.message ?? '') ?? [];
    if (name !== undefined && PROVIDED.test(name)) error.message += `; Lambda provides it, the local runner takes it from ${sdkRoot}: install it in the project in which you start the runner`;
    throw error;
  }
}

/** Lets code without its own AWS SDK use the project's. */
function provideSdk(root) {
  const resolve = module_._resolveFilename;
  module_._resolveFilename = (specifier, parent, isMain, options) => {
    try {
      return resolve(specifier, parent, isMain, options);
    } catch (error) {
      if (!PROVIDED.test(specifier)) throw error;
      return installedByPlugAndPlay(root, specifier) ?? resolve(specifier, parent, isMain, { paths: sdkRootsOf(root) });
    }
  };
  const whereItIs = importsOf(process.env.LAMBDA_TASK_ROOT, layers);
  // For ES modules. Node.js before 22.15 does not have it: see `importModule`.
  module_.registerHooks?.({
    resolve(specifier, context, next) {
      const path = whereItIs(specifier);
      try {
        return next(path, context);
      } catch (error) {
        if (/^[./]|^\w+:/.test(path) || !context.conditions.includes('import')) throw error;
        return resolvedFrom([...layerURLs(), ...(PROVIDED.test(path) ? addressesIn(sdkRootsOf(root)) : [])], (parentURL) => next(path, { ...context, parentURL }), error);
      }
    },
  });
}

/** Returns addresses in layers from which to resolve imports of ES modules: Node.js itself uses `NODE_PATH` for `require` only. */
function layerURLs() {
  return addressesIn(layers.map((layer) => join(layer, 'nodejs', `node${RUNTIME}`)));
}

/** Returns addresses of files, real or not, from which to resolve imports. */
function addressesIn(directories) {
  return directories.map((directory) => pathToFileURL(join(directory, 'index.js')).href);
}

/** Returns the first result that does not throw; otherwise throws the given error. */
function resolvedFrom(parents, attempt, error) {
  for (const parent of parents) {
    try {
      return attempt(parent);
    } catch {
      // Try the next one.
    }
  }
  throw error;
}

/** Returns the file of a package in a Yarn Plug'n'Play project; undefined in any other project. */
function installedByPlugAndPlay(root, specifier) {
  const file = join(root, '.pnp.cjs');
  if (!existsSync(file)) return undefined;
  const yarn = require(file);
  // Reads packages from Yarn's archives from here on.
  yarn.setup();
  return yarn.resolveRequest(specifier, join(root, '/')) ?? undefined;
}

async function requireOrImport(path) {
  try {
    return require(path);
  } catch (error) {
    if (!isModule(error, path)) throw error;
    return importModule(path, { isModule: true });
  }
}

/** Whether `require` failed because this file, or one that it requires, is an ES module. */
function isModule({ code, name, message, stack }, path) {
  if (['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_MODULE_NOT_FOUND'].includes(code)) return true;
  // Node.js before 20.19 does not detect that a `.js` file is one.
  return name === 'SyntaxError' && stack.startsWith(`${path}:`)
    && /^(Cannot use import statement outside a module|Unexpected token 'export'|await is only valid in)/.test(message);
}

/**
 * @param {string} path
 * @param {{ isModule?: boolean }} options whether the file is one, though its name does not say so
 */
function importModule(path, options = {}) {
  const url = pathToFileURL(path).href;
  if (!module_.registerHooks) {
    // The hooks run in their own thread, so only functions that are ES modules load them.
    const data = {
      task: process.env.LAMBDA_TASK_ROOT, layers, provided: PROVIDED, layerURLs: layerURLs(), sdkURLs: addressesIn(sdkRootsOf(sdkRoot)),
      moduleURL: options.isModule ? url : undefined,
    };
    module_.register('./es-module-hooks.mjs', pathToFileURL(__filename).href, { data });
  }
  return import(url);
}

function report(path, error, name) {
  const described = describe(error, name);
  // Headers hold visible ASCII only.
  const header = described.errorType.replace(/[^\x21-\x7e]/g, '?');
  return call('POST', path, JSON.stringify(described), { 'Lambda-Runtime-Function-Error-Type': header });
}

/** Describes any thrown value; its members can be anything, too. */
function describe(error, name) {
  try {
    const isError = error instanceof Error;
    return {
      errorType: name ?? (isError ? String(error.name) : typeof error),
      errorMessage: String(isError ? error.message : error),
      trace: isError && typeof error.stack === 'string' ? error.stack.split('\n') : [],
    };
  } catch {
    return { errorType: name ?? typeof error, errorMessage: 'what was thrown cannot be shown as text', trace: [] };
  }
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, agent, path: `/2018-06-01${path}`, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Exits when the Runtime API stops answering: the runner is gone, or gives this environment up. */
function leave() {
  // Exits later, so that the reaper still finds the processes that the code started.
  if (hasBegun) setTimeout(() => process.exit(0), REAPER_MILLIS);
  else process.exit(0);
}
