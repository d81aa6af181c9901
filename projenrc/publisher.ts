/*
 * Names of the publisher, not of the code. Set them here, and nowhere else, before the first release:
 * each is permanent once something has been published under it.
 */
export const publisher = {
  name: 'cdk-broadcast-websocket-api authors',
  url: 'https://github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api',
  repository: 'https://github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api.git',
  npmPackage: 'cdk-broadcast-websocket-api',
  /** The package in local/; also the name of its command. */
  runnerPackage: 'broadcast-local',
  /** The package in client/. */
  clientPackage: 'broadcast-websocket-client',
  pypiPackage: 'cdk-broadcast-websocket-api',
  pythonModule: 'cdk_broadcast_websocket_api',
  mavenGroupId: 'io.github.cdkbroadcastwebsocketapi',
  mavenArtifactId: 'cdk-broadcast-websocket-api',
  nuGetNamespace: 'CdkBroadcastWebsocketApi',
  goModule: 'github.com/cdk-broadcast-websocket-api/cdk-broadcast-websocket-api-go',
};
