import { join } from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnIntegrationResponse, WebSocketApi, type WebSocketIntegration, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration, WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Code, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { report } from './report';

/*
 * The resources of the construct, by hand.
 */

const app = new App();
const stack = new Stack(app, 'Chat');

const table = new Table(stack, 'Connections', {
  partitionKey: { name: 'connectionId', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  timeToLiveAttribute: 'ttl',
  removalPolicy: RemovalPolicy.DESTROY,
});

const createHandler = (id: string, name: string, environment: Record<string, string>) => new LambdaFunction(stack, id, {
  runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS),
  architecture: Architecture.ARM_64,
  handler: 'index.handler',
  code: Code.fromAsset(join(__dirname, '..', '..', '..', 'assets', 'lambda-src', `${name}.lambda`)),
  memorySize: 1024,
  timeout: Duration.seconds(28),
  environment: { CONNECTIONS_TABLE_NAME: table.tableName, ...environment },
  logGroup: new LogGroup(stack, `${id}Logs`, { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
});
const connectionHandler = createHandler('ConnectionHandler', 'connection-handler', { CONNECTION_TTL_SECONDS: '10800' });
const messageHandler = createHandler('MessageHandler', 'message-handler', { EXCLUDE_SENDER: 'false', MESSAGE_FORMAT: 'ATTRIBUTED' });

const api = new WebSocketApi(stack, 'Api', { routeSelectionExpression: '$request.body.action' });
api.addRoute('$connect', { integration: new WebSocketLambdaIntegration('ConnectIntegration', connectionHandler) });
api.addRoute('$disconnect', { integration: new WebSocketLambdaIntegration('DisconnectIntegration', connectionHandler) });
api.addRoute('$default', { integration: new WebSocketLambdaIntegration('DefaultIntegration', messageHandler) });
const ping = api.addRoute('ping', {
  integration: new WebSocketMockIntegration('HeartbeatIntegration', {
    requestTemplates: { $default: '{"statusCode":200}' },
    templateSelectionExpression: '\\$default',
  }),
  returnResponse: true,
});
new CfnIntegrationResponse(ping, 'IntegrationResponse', {
  apiId: api.apiId,
  integrationId: (ping.node.findChild('HeartbeatIntegration') as WebSocketIntegration).integrationId,
  integrationResponseKey: '$default',
  templateSelectionExpression: '\\$default',
  responseTemplates: { $default: '{"action":"pong"}' },
});
const stage = new WebSocketStage(stack, 'Stage', { webSocketApi: api, stageName: 'prod', autoDeploy: true });

for (const handler of [connectionHandler, messageHandler]) table.grantReadWriteData(handler);
messageHandler.addEnvironment('WS_CALLBACK_URL', stage.callbackUrl);
stage.grantManagementApiAccess(messageHandler);

report(app, stack);
