import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpApiAuthorization } from './authorization';
import { isPreflight, preflightResponse, withCors } from './cors';
import { routeEvent, type Caller } from './events';
import { readRequest, type HttpApiRequest } from './request';
import { failed, gatewayResponse, readResponse, type HttpApiResponse } from './response';
import { selectRoute, type Selected } from './route-selection';
import { CREDENTIALS } from '../credentials';
import { namesThisMachine } from '../cross-site';
import { stackOf } from '../errors';
import { listenOn } from '../gateway/ports';
import type { AccountRates } from '../gateway/rates';
import { SignatureCheck } from '../gateway/signature';
import { Throttles } from '../gateway/throttles';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { HttpApiModel } from '../model/http-apis';
import { readBody } from '../request-body';
import type { JwtChecks } from '../tokens/jwt';

export interface HttpApiOptions {
  readonly api: HttpApiModel;
  readonly rates: AccountRates;
  readonly tokens: JwtChecks;
  readonly invoke: Invoke;
  readonly log: Log;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Longest wait for a function. */
const INTEGRATION_TIMEOUT_MILLIS = 30_000;

/** Front end of one HTTP API, on its own port. */
export class HttpApi {
  static async listen(options: HttpApiOptions, port: number): Promise<HttpApi> {
    const api = new HttpApi(options);
    await listenOn(api.server, port);
    return api;
  }

  private readonly server: Server = createServer((request, response) => {
    // AWS would not serve a foreign name that resolves to this machine either.
    if (namesThisMachine(request, this.port)) this.serve(request, response);
    else send(response, gatewayResponse(403, 'Forbidden'));
  });
  private readonly authorization: HttpApiAuthorization;
  private readonly throttles: Throttles;

  private constructor(private options: HttpApiOptions) {
    const { api, rates, tokens, invoke } = options;
    this.authorization = new HttpApiAuthorization({ invoke, tokens, signatures: new SignatureCheck(api.region, CREDENTIALS) });
    this.throttles = new Throttles(api.stages, rates);
  }

  /** API that is served, as last loaded. */
  get api(): HttpApiModel {
    return this.options.api;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Updates the API. */
  update(api: HttpApiModel): void {
    this.options = { ...this.options, api };
    this.authorization.reset();
    this.throttles.update(api.stages);
  }

  /** Answers a request from this port, or from a function's endpoint. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    this.answer(request, response).catch((error: unknown) => {
      // Limits an error of the runner itself to one request.
      this.options.log({ source: this.api.path, event: 'error', detail: stackOf(error) });
      if (response.headersSent) response.destroy();
      else send(response, failed('the runner failed'));
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = Date.now();
    const body = await readBody(request, MAX_BODY_BYTES).catch(() => undefined);
    if (body === undefined) return;
    const answered = body === 'too large' ? gatewayResponse(413, 'Request Entity Too Large') : await this.respond(request, body);
    const [path] = (request.url ?? '/').split('?');
    this.options.log({
      source: this.api.path,
      event: 'request',
      detail: `${request.method} ${path} ${answered.status} in ${Date.now() - started} ms${answered.why === undefined ? '' : ` (${answered.why})`}`,
    });
    send(response, answered);
  }

  private async respond(incoming: IncomingMessage, body: Buffer): Promise<HttpApiResponse> {
    const { api } = this.options;
    const { origin } = incoming.headers;
    const preflight = isPreflight(incoming.method, incoming.headers);
    const request = readRequest(incoming, body, api.stages, api.host);
    const selected = request && selectRoute(api.routes, request.method, request.routePath);
    if (request && !this.throttles.admits(request.stage.name, selected?.route.key ?? '$default')) return gatewayResponse(429, 'Too Many Requests');
    // A route that matches everything also gets preflights, and its authorization applies to them.
    if (preflight && !selected && api.cors) return preflightResponse(api.cors, String(origin));
    if (!request || !selected) return gatewayResponse(404, 'Not Found');
    const signed = { method: request.method, path: incoming.url ?? '/', headers: incoming.headers, body };
    const authorized = await this.authorization.authorize({ api, request, selected, signed });
    if ('refusal' in authorized) return authorized.refusal;
    return withCors(await this.integrate(request, selected, authorized.caller), api.cors, origin, preflight);
  }

  /** Calls the function. After the timeout the answer is 503, and the function runs on. */
  private async integrate(request: HttpApiRequest, selected: Selected, caller: Caller): Promise<HttpApiResponse> {
    const { integration } = selected.route;
    if (integration.type === 'unsupported') return failed(`${integration.what} is not emulated`);
    const { functionArn, format, timeoutMillis = INTEGRATION_TIMEOUT_MILLIS } = integration;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<HttpApiResponse>((resolve) => {
      timer = setTimeout(() => resolve(gatewayResponse(503, 'Service Unavailable', 'timeout')), Math.min(timeoutMillis, INTEGRATION_TIMEOUT_MILLIS)).unref();
    });
    const answer = this.options.invoke(functionArn, routeEvent(format, this.api, request, selected, caller));
    const response = answer.then((outcome) => (outcome.ok ? readResponse(format, outcome.payload) : failed(outcome.errorType)));
    const result = await Promise.race([response, timeout]);
    clearTimeout(timer);
    return { ...result, headers: { ...result.headers, 'apigw-requestid': request.id } };
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpApiResponse): void {
  const hasBody = status !== 204 && status !== 304 && status >= 200;
  response.writeHead(status < 200 ? 500 : status, { ...headers as Record<string, string | string[]>, ...hasBody && { 'content-length': body.length } });
  response.end(hasBody ? body : undefined);
}
