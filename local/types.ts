import type { LocalEvent } from './log';

export interface LocalOptions {
  /**
   * The cloud assembly directory, such as `cdk.out`, or `app.synth().directory`.
   * @default - the app is synthesised, by {@link app}
   */
  readonly assembly?: string;
  /**
   * Command that synthesises the app. Its output goes to stderr, without that of its bundling tools.
   * @default - "app" of the `cdk.json` in the current directory
   */
  readonly app?: string;
  /**
   * Reloads the app, as {@link Local.reload} does, when its sources change: the files that `cdk watch` would watch, or the {@link assembly}
   * directory if it is set.
   * @default false
   */
  readonly watch?: boolean;
  /**
   * Port of the first API; each further one gets the next, HTTP APIs after WebSocket APIs.
   * @default 0, any that is free
   */
  readonly port?: number;
  /** Directory of static files to serve beside the first API. */
  readonly serve?: string;
  /**
   * Factor by which connections go idle, connections reach their maximum age, and schedules fire faster than on AWS.
   * @default 1
   */
  readonly timeScale?: number;
  /**
   * Refuses calls of @connections whose signature is missing or wrong, as AWS does. Functions sign with the credentials of their environment.
   * A backend outside needs the same: access key `LOCALLOCALLOCALLOCAL`, secret and session token `local`.
   * @default false
   */
  readonly checkSignatures?: boolean;
  /**
   * Values of template parameters by logical id, and of SSM parameters by name.
   * @default - the defaults of the templates, and the SSM parameters in them
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Values of secrets, by their names or ARNs.
   * @default - the secrets that are in the templates
   */
  readonly secrets?: Readonly<Record<string, string>>;
  /**
   * Address of an emulator that you run, such as MiniStack, moto or LocalStack. Functions reach it for every service that is not emulated
   * here. Create the resources that your app needs there.
   * @default - other services are refused
   */
  readonly awsEndpoint?: string;
  /**
   * Token issuers that the runner replaces, by their https addresses. It uses its own keys, so that it can make tokens with
   * {@link Local.token}; the issuers' real tokens are refused.
   * @default - the user pools of Cognito
   */
  readonly issuers?: readonly string[];
  /**
   * Faults to inject, such as `429=0.1`, `latency=200ms` or `unplug=20s@#1`: see `--fault` in `broadcast-local --help`.
   * @default - none
   */
  readonly faults?: readonly string[];
  /**
   * Seed of the faults. With the same seed, and clients that connect in the same order, the same calls fail again.
   * @default - a new seed each time
   */
  readonly faultSeed?: number;
  /**
   * Directory that keeps the rows of the tables from one run to the next. Queues are not kept. At the start, `$disconnect` runs for the
   * connections that were open when the previous run ended.
   * @default - tables begin empty
   */
  readonly persist?: string;
  /**
   * Serves a page that shows connections, messages and rows, and can send and disconnect. True, or its port.
   * @default false
   */
  readonly inspector?: boolean | number;
  /**
   * Receives every event, as a line for people and as an object.
   * @default - errors go to stderr
   */
  readonly log?: (line: string, event: LocalEvent) => void;
  /**
   * Withholds the output of the app's command unless it fails.
   * @default false
   */
  readonly quiet?: boolean;
  /** Aborts a start that is under way, which then rejects. */
  readonly signal?: AbortSignal;
}

/** One stage of a WebSocket API that is served. */
export interface LocalApi {
  /** Construct path of the API. */
  readonly path: string;
  readonly logicalId: string;
  readonly stage: string;
  /** Address for clients: `ws://127.0.0.1:{port}/{stage}`. */
  readonly url: string;
  /** Address on AWS, which functions and outputs show: `wss://{api}.execute-api.{region}.amazonaws.com/{stage}`. */
  readonly awsUrl: string;
  /** Endpoint for a client of the @connections API: `http://127.0.0.1:{port}/{stage}`. */
  readonly callbackUrl: string;
}

/** One stage of an HTTP API that is served. */
export interface LocalHttpApi {
  /** Construct path of the API. */
  readonly path: string;
  readonly logicalId: string;
  readonly stage: string;
  /** Address for clients: `http://127.0.0.1:{port}`, with the stage unless it is `$default`. */
  readonly url: string;
  /** Address on AWS, which functions and outputs show. */
  readonly awsUrl: string;
}

/** An app that is served. Its values are from the start or the last reload. */
export interface Local {
  /** Address for clients of the first API: `ws://127.0.0.1:{port}/{stage}`. */
  readonly url: string;
  readonly apis: readonly LocalApi[];
  readonly httpApis: readonly LocalHttpApi[];
  /** Endpoint for a DynamoDB client; any credentials will do. */
  readonly dynamoDbEndpoint: string;
  /** Table names by logical id, or by construct path where several stacks have the same logical id. */
  readonly tables: Readonly<Record<string, string>>;
  /** Endpoint for an SQS client; any credentials will do. */
  readonly sqsEndpoint: string;
  /** Queue URLs with the same keys; dead-letter queues come last. */
  readonly queues: Readonly<Record<string, string>>;
  /** Construct paths of the queues with the same keys. */
  readonly queuePaths: Readonly<Record<string, string>>;
  /** Outputs of the stacks by `Stack.Output`, as AWS would show them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Address of the static page, which knows the first API's address. */
  readonly page?: string;
  /** Relevant parts of the assembly that are not emulated. */
  readonly notices: readonly string[];
  /** Address of the inspector, if it was requested. */
  readonly inspector?: string;
  /** Seed that repeats the faults of this run, for {@link LocalOptions.faultSeed}. */
  readonly faultSeed: number;
  /**
   * Reloads the app; synthesises it if the start did. Connections stay open, tables and queues keep their content, and functions whose code
   * and configuration are unchanged stay warm.
   * @throws LocalError when the app cannot be served as it is now; the previous app is still served then
   */
  reload(): Promise<void>;
  /**
   * Replaces the faults, except stale reads, which can be set only at the start.
   * @throws LocalError when one is invalid
   */
  setFaults(faults: readonly string[]): void;
  /**
   * Makes a JSON Web Token that the app's JWT authorizers accept: of its user pool, or of another issuer (see {@link LocalOptions.issuers}).
   * By default it is for `user`, for an hour, and for the audience that the app names.
   * @param claims claims of the token; those that are undefined are left out
   * @throws LocalError when the app trusts no issuer, or one that the runner does not replace
   */
  token(claims?: Readonly<Record<string, unknown>>): string;
  /** Ends every connection, process and server. */
  stop(): Promise<void>;
}
