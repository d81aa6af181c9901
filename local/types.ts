import type { LocalEvent } from './log';

export interface LocalOptions {
  /**
   * The cloud assembly directory, such as `cdk.out`, or `app.synth().directory`.
   * @default - the app is synthesised, by {@link app}
   */
  readonly assembly?: string;
  /**
   * Command that synthesises the app. What it prints goes to stderr, but for what its tools print when they bundle code.
   * @default - "app" of the `cdk.json` in the current directory
   */
  readonly app?: string;
  /**
   * Loads the app again, as {@link Local.reload} does, when its sources change: the files that `cdk watch` would watch, or with
   * {@link assembly} that directory.
   * @default false
   */
  readonly watch?: boolean;
  /**
   * Port of the first API; each further one gets the next, HTTP APIs after WebSocket APIs.
   * @default 0, any that is free
   */
  readonly port?: number;
  /** A directory of static files to serve beside the first API. */
  readonly serve?: string;
  /**
   * How many times faster than on AWS connections go idle and reach their maximum age, and schedules fire.
   * @default 1
   */
  readonly timeScale?: number;
  /**
   * Refuses calls of @connections whose signature is missing or wrong, as AWS does. Functions sign with what is in their environment;
   * a backend outside needs the same: access key `LOCALLOCALLOCALLOCAL`, secret and session token `local`.
   * @default false
   */
  readonly checkSignatures?: boolean;
  /**
   * Values of parameters: those of the templates by their logical ids, those of SSM by their names.
   * @default - the defaults of the templates, and the SSM parameters that are in them
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Values of secrets, by their names or ARNs.
   * @default - the secrets that are in the templates
   */
  readonly secrets?: Readonly<Record<string, string>>;
  /**
   * The address of an emulator that you run, such as MiniStack, moto or LocalStack: functions reach it for every service that is not
   * emulated here. What an app has there has to be made there.
   * @default - other services are refused
   */
  readonly awsEndpoint?: string;
  /**
   * Issuers of tokens that the runner stands in for, by their https addresses: their keys are its own, so that it can make tokens by
   * {@link Local.token}, and their real tokens are refused.
   * @default - the user pools of Cognito
   */
  readonly issuers?: readonly string[];
  /**
   * What is to go wrong, such as `429=0.1`, `latency=200ms` or `lost-disconnect=#2`: see `--fault` in `broadcast-local --help`.
   * @default - nothing
   */
  readonly faults?: readonly string[];
  /**
   * A number: with the same one, and clients that come in the same order, the same calls fail again.
   * @default - another one every time
   */
  readonly faultSeed?: number;
  /**
   * A directory that keeps the rows of the tables, from one run to the next. Queues are not kept. At the start the app is told, by
   * `$disconnect`, of the connections that were open when the run before ended.
   * @default - tables begin empty
   */
  readonly persist?: string;
  /**
   * Serves a page that shows connections, messages and rows, and lets send and disconnect. True, or its port.
   * @default false
   */
  readonly inspector?: boolean | number;
  /**
   * Receives everything that happens, as a line for a person and as it is.
   * @default - errors go to stderr
   */
  readonly log?: (line: string, event: LocalEvent) => void;
  /**
   * Holds back what the command of the app prints, unless it fails.
   * @default false
   */
  readonly quiet?: boolean;
  /** Breaks off a start that is under way, which then fails. */
  readonly signal?: AbortSignal;
}

/** One stage of a WebSocket API, being served. */
export interface LocalApi {
  /** Construct path of the API. */
  readonly path: string;
  readonly logicalId: string;
  readonly stage: string;
  /** Where clients connect: `ws://127.0.0.1:{port}/{stage}`. */
  readonly url: string;
  /** Where it would be on AWS: `wss://{api}.execute-api.{region}.amazonaws.com/{stage}`, as functions and outputs have it. */
  readonly awsUrl: string;
  /** Endpoint for a client of the @connections API: `http://127.0.0.1:{port}/{stage}`. */
  readonly callbackUrl: string;
}

/** One stage of an HTTP API, being served. */
export interface LocalHttpApi {
  /** Construct path of the API. */
  readonly path: string;
  readonly logicalId: string;
  readonly stage: string;
  /** Where clients send requests: `http://127.0.0.1:{port}`, with the stage unless that is `$default`. */
  readonly url: string;
  /** Where it would be on AWS, as functions and outputs have it. */
  readonly awsUrl: string;
}

/** An app that is being served. What it says is as it was at the start or the last reload. */
export interface Local {
  /** Where clients of the first API connect: `ws://127.0.0.1:{port}/{stage}`. */
  readonly url: string;
  readonly apis: readonly LocalApi[];
  readonly httpApis: readonly LocalHttpApi[];
  /** Endpoint for a DynamoDB client; any credentials will do. */
  readonly dynamoDbEndpoint: string;
  /** Names of the tables by their logical ids; by their constructs' paths where several stacks have the same logical id. */
  readonly tables: Readonly<Record<string, string>>;
  /** Endpoint for an SQS client; any credentials will do. */
  readonly sqsEndpoint: string;
  /** URLs of the queues, by the same; dead-letter queues come last. */
  readonly queues: Readonly<Record<string, string>>;
  /** Their constructs' paths, by the same. */
  readonly queuePaths: Readonly<Record<string, string>>;
  /** Outputs of the stacks by `Stack.Output`, as AWS would show them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Address of the static page, told where the first API is. */
  readonly page?: string;
  /** What the assembly holds that matters and is not emulated. */
  readonly notices: readonly string[];
  /** Address of the inspector, if it was asked for. */
  readonly inspector?: string;
  /** What repeats the faults of this run, as {@link LocalOptions.faultSeed}. */
  readonly faultSeed: number;
  /**
   * Loads the app again, synthesising it if it was synthesised at the start. Connections stay open, tables and queues keep what is in
   * them, functions whose code and configuration are the same stay warm.
   * @throws LocalError when the app cannot be served as it is now; what was served before goes on
   */
  reload(): Promise<void>;
  /**
   * Replaces the faults, but for stale reads, which are there from the start or not at all.
   * @throws LocalError when one cannot be read
   */
  setFaults(faults: readonly string[]): void;
  /**
   * Makes a JSON Web Token that the app's JWT authorizers accept: of its user pool, or of another issuer (see {@link LocalOptions.issuers}).
   * Who bears it is `user`, for an hour, for the audience that the app names, unless the claims say otherwise.
   * @param claims of the token; those that are undefined are left out
   * @throws LocalError when the app trusts no issuer, or one that the runner does not stand in for
   */
  token(claims?: Readonly<Record<string, unknown>>): string;
  /** Ends every connection, process and server. */
  stop(): Promise<void>;
}
