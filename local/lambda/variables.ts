import { CREDENTIALS } from '../credentials';
import type { FunctionModel } from '../model/functions';

/** Variables of the host that a process needs to find programs and its libraries; no others are passed on. */
const HOST_VARIABLES = ['PATH', 'SystemRoot', 'TEMP', 'TMPDIR'];

/** Returns the environment variables of a function's code. */
export function environmentVariables(
  model: FunctionModel, runtimeApi: string, aws: Readonly<Record<string, string>>, host: NodeJS.ProcessEnv,
): Record<string, string> {
  const fromHost = Object.fromEntries(HOST_VARIABLES.flatMap((name) => (host[name] === undefined ? [] : [[name, host[name]]])));
  return {
    ...fromHost,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    // The SDK would warn about the Node.js version of the runner.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...model.variables,
    ...aws,
    AWS_REGION: model.region,
    AWS_DEFAULT_REGION: model.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${model.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${model.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    // As on AWS except for the address: traces stay on this machine.
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    LAMBDA_TASK_ROOT: model.directory,
    _HANDLER: model.handler,
  };
}
