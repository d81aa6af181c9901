import { ApiParts, functionInUri, identityOfApi, idOf, isWebSocket, partsOfApis, textsOf, type ApiIdentity, type ApiPart, type StageModel } from './api-parts';
import type { Properties } from '../template/properties';
import type { StackScope } from '../template/stack-scope';
import { Unavailable } from '../template/unavailable';

/** Integration of a route. */
export type IntegrationModel =
  | { readonly type: 'lambda'; readonly functionArn: string; /** Timeout if it is shorter than API Gateway's own. */ readonly timeoutMillis?: number }
  | MockIntegrationModel
  | { readonly type: 'unsupported'; readonly what: string };

export type Templates = Readonly<Record<string, string>>;

/** An integration that answers by itself. */
export interface MockIntegrationModel {
  readonly type: 'mock';
  readonly requestTemplates: Templates;
  readonly requestSelection?: string;
  readonly responses: readonly MockResponse[];
  /** Expression for the key of the response; it sees the {@link STATUS_VARIABLE}. */
  readonly responseSelection?: string;
}

export const STATUS_VARIABLE = 'integration.response.statuscode';

export interface MockResponse {
  readonly key: string;
  readonly templates: Templates;
  readonly selection?: string;
}

export interface RouteModel {
  readonly key: string;
  readonly path: string;
  /** Absent when the route has no target. */
  readonly integration?: IntegrationModel;
  /** Whether the integration's result is sent to the client. */
  readonly returnsResponse: boolean;
  /** `NONE`, `CUSTOM` or `AWS_IAM`. */
  readonly authorization: string;
  /** Authorizer of `CUSTOM` routes; without one, every client is refused. */
  readonly authorizer?: AuthorizerModel;
  readonly needsApiKey?: boolean;
}

/** A Lambda function that authorizes handshakes. */
export interface AuthorizerModel {
  readonly functionArn: string;
  /** Values that a request must have before the authorizer is called, such as `route.request.querystring.token`. */
  readonly identitySources: readonly string[];
}

/** A WebSocket API with its routes and stages. */
export interface ApiModel extends ApiIdentity {
  readonly routeSelectionExpression: string;
  readonly routes: ReadonlyMap<string, RouteModel>;
  readonly stages: readonly StageModel[];
}

/**
 * Reads the WebSocket APIs of an app.
 *
 * @param notices receives a sentence for each part that is not available here
 */
export function readApis(scopes: readonly StackScope[], notices: string[]): ApiModel[] {
  return partsOfApis(scopes, isWebSocket).map(({ api, parts }) => {
    const ours = new ApiReader(parts, notices);
    return {
      ...identityOfApi(api),
      routeSelectionExpression: api.properties.text('RouteSelectionExpression') ?? '$request.body.action',
      routes: ours.routes(),
      stages: ours.stages(),
    };
  });
}

/** Reads the parts of one API. */
class ApiReader extends ApiParts {
  routes(): Map<string, RouteModel> {
    const answering = new Set(this.ofType('RouteResponse').map(({ properties }) => properties.text('RouteId')));
    return new Map(this.ofType('Route').flatMap((part): [string, RouteModel][] => {
      const route = this.available(part, () => this.route(part, answering.has(idOf(part))));
      return route ? [[route.key, route]] : [];
    }));
  }

  private route(part: ApiPart, returnsResponse: boolean): RouteModel {
    const { path, properties } = part;
    const target = properties.text('Target');
    return {
      key: properties.requiredText('RouteKey'),
      path,
      integration: target === undefined ? undefined : this.integration(target.replace(/^integrations\//, '')),
      returnsResponse,
      authorization: properties.text('AuthorizationType') ?? 'NONE',
      authorizer: this.available(part, () => this.authorizer(properties)),
      needsApiKey: properties.flag('ApiKeyRequired'),
    };
  }

  private authorizer(route: Properties): AuthorizerModel | undefined {
    if (route.text('AuthorizationType') !== 'CUSTOM') return undefined;
    const id = route.text('AuthorizerId') ?? '';
    const found = this.find('Authorizer', id);
    if (!found) throw new Unavailable(`its authorizer '${id}' is not in this cloud assembly: nobody is let in`);
    const functionArn = functionInUri(found.properties.text('AuthorizerUri'));
    if (functionArn === undefined) throw new Unavailable(`its authorizer ${found.path} invokes no Lambda function: nobody is let in`);
    return { functionArn, identitySources: found.properties.texts('IdentitySource') };
  }

  private integration(id: string): IntegrationModel {
    const found = this.find('Integration', id);
    if (!found) return { type: 'unsupported', what: `the target 'integrations/${id}', which is not in this cloud assembly,` };
    const { properties } = found;
    const type = properties.text('IntegrationType') ?? '';
    if (type === 'MOCK') {
      return {
        type: 'mock',
        requestTemplates: templates(properties, 'RequestTemplates'),
        requestSelection: properties.text('TemplateSelectionExpression'),
        responses: this.mockResponses(id),
        responseSelection: properties.text('IntegrationResponseSelectionExpression'),
      };
    }
    const functionArn = functionInUri(properties.text('IntegrationUri'));
    if (type === 'AWS_PROXY' && functionArn !== undefined) return { type: 'lambda', functionArn, timeoutMillis: properties.number('TimeoutInMillis') };
    return { type: 'unsupported', what: `${type} integration` };
  }

  private mockResponses(integrationId: string): MockResponse[] {
    return this.ofType('IntegrationResponse')
      .filter(({ properties }) => properties.text('IntegrationId') === integrationId)
      .map(({ properties }) => ({
        key: properties.text('IntegrationResponseKey') ?? '$default',
        templates: templates(properties, 'ResponseTemplates'),
        selection: properties.text('TemplateSelectionExpression'),
      }));
  }
}

function templates(properties: Properties, name: string): Templates {
  return textsOf(properties.object(name));
}
