import { newApi, resourcesOf, templateOf } from '../../construct-fixture';

describe('heartbeat', () => {
  const api = newApi();
  const [route] = resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) => Properties.RouteKey === 'ping');
  const integrationId = route.Properties.Target['Fn::Join'][1][1].Ref;

  test('answers a ping by a mock integration, which runs no function', () => {
    const integration = templateOf(api).toJSON().Resources[integrationId];
    expect(integration.Properties).toEqual({
      ApiId: route.Properties.ApiId,
      IntegrationType: 'MOCK',
      IntegrationUri: '',
      RequestTemplates: { $default: '{"statusCode":200}' },
      TemplateSelectionExpression: '\\$default',
    });
  });

  test('answers with a pong', () => {
    const [response, ...others] = resourcesOf(api, 'AWS::ApiGatewayV2::IntegrationResponse');
    expect(others).toEqual([]);
    expect(response.Properties).toEqual({
      ApiId: route.Properties.ApiId,
      IntegrationId: { Ref: integrationId },
      IntegrationResponseKey: '$default',
      ResponseTemplates: { $default: '{"action":"pong"}' },
      TemplateSelectionExpression: '\\$default',
    });
  });

  test('sends the answer to the client: only this route has a route response', () => {
    expect(route.Properties.RouteResponseSelectionExpression).toBe('$default');
    const [response, ...others] = resourcesOf(api, 'AWS::ApiGatewayV2::RouteResponse');
    expect(others).toEqual([]);
    expect(response.Properties).toMatchObject({ ApiId: route.Properties.ApiId, RouteResponseKey: '$default' });
    expect(Object.entries(templateOf(api).findResources('AWS::ApiGatewayV2::Route')).find(([, { Properties }]) => Properties.RouteKey === 'ping')![0])
      .toBe(response.Properties.RouteId.Ref);
  });

  test('is a message like any other when it is off', () => {
    const silent = newApi(() => ({ heartbeat: false }));
    const keys = resourcesOf(silent, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);
    expect(keys.sort()).toEqual(['$connect', '$default', '$disconnect']);
    templateOf(silent).resourceCountIs('AWS::ApiGatewayV2::IntegrationResponse', 0);
    templateOf(silent).resourceCountIs('AWS::ApiGatewayV2::RouteResponse', 0);
  });
});
