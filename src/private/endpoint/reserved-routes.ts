import { CfnResource } from 'aws-cdk-lib';
import { type CfnRoute, WebSocketApi, type WebSocketApiProps, type WebSocketRoute, type WebSocketRouteOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Construct } from 'constructs';

/** Says of a route who adds it, and how to do without. */
interface Reservation {
  readonly prop: string;
  readonly fix: string;
}

/** A WebSocket API that refuses a second route of a key that a prop has added, which API Gateway would refuse at the deployment. */
export class ReservingWebSocketApi extends WebSocketApi {
  private readonly reserved = new Map<string, Reservation>();

  constructor(scope: Construct, id: string, props: WebSocketApiProps) {
    super(scope, id, props);
    // Also routes that were added without `addRoute`.
    this.node.addValidation({ validate: () => this.conflicts() });
  }

  /** Throws if there is a route of this key already, also one that was added without `addRoute`. */
  public checkFree(routeKey: string, reservation: Reservation): void {
    if (this.routes().some((route) => route.routeKey === routeKey)) throw new Error(conflict(routeKey, reservation));
  }

  /** Adds a route that belongs to a prop from then on. */
  public reserveRoute(routeKey: string, options: WebSocketRouteOptions, reservation: Reservation): WebSocketRoute {
    const route = this.addRoute(routeKey, options);
    this.reserved.set(routeKey, reservation);
    return route;
  }

  public override addRoute(routeKey: string, options: WebSocketRouteOptions): WebSocketRoute {
    const reservation = this.reserved.get(routeKey);
    if (reservation) throw new Error(conflict(routeKey, reservation));
    return super.addRoute(routeKey, options);
  }

  private conflicts(): string[] {
    if (this.reserved.size === 0) return [];
    const routes = this.routes();
    return [...this.reserved].filter(([key]) => routes.filter(({ routeKey }) => routeKey === key).length > 1).map(([key, by]) => conflict(key, by));
  }

  private routes(): CfnRoute[] {
    return this.node.root.node.findAll().filter(isRoute).filter(({ apiId }) => apiId === this.apiId);
  }
}

function conflict(routeKey: string, { prop, fix }: Reservation): string {
  return `'${prop}' adds the route '${routeKey}', which this API has already; ${fix}`;
}

function isRoute(construct: unknown): construct is CfnRoute {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'AWS::ApiGatewayV2::Route';
}
