import { join } from 'node:path';
import { type CfnFunction, Code, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** The handlers that have a layered bundle beside the base one. */
export type LayeredHandler = 'connection-handler' | 'message-handler' | 'queued-message-handler' | 'delivery-handler';

const BUNDLES = join(__dirname, '../../../assets/lambda-src');

/**
 * Gives a function its layered bundle in place of the base one.
 *
 * For functions that were created before a layer was switched on by a method: whether there will be one is not known then. The base bundle
 * stays among the assets of the stack, which no function uses.
 */
export function runLayered(handler: LambdaFunction, name: LayeredHandler): void {
  const code = Code.fromAsset(join(BUNDLES, `layered-${name}.lambda`));
  handler.node.tryRemoveChild('Code');
  const { s3Location } = code.bind(handler);
  const resource = handler.node.defaultChild as CfnFunction;
  resource.code = { s3Bucket: s3Location!.bucketName, s3Key: s3Location!.objectKey };
  code.bindToResource(resource);
}
