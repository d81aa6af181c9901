import type { Environment, Identify, Identity } from './identity';
import { arn, digest, globalArn, hash, text, uuid } from './names';

/*
 * Identities of resources that are not emulated, in AWS's form: code parses ARNs and host names, and calls with them are refused by name.
 * Other types get a made-up name as their `Ref`, and the `Arn` that most services would use.
 */
type Property = (name: string) => unknown;

/** Resource with a name: `Ref` is the name in the template, or a made-up one, and `Arn` ends with it. */
function named(service: string, nameProperty: string, resource: (name: string) => string = (name) => name): Identify {
  return (made, environment, property) => {
    const name = text(property(nameProperty)) ?? made;
    return { ref: name, attributes: { Arn: arn(environment, service, resource(name)), Name: name } };
  };
}

/** Resource with an ARN: `Ref` is the ARN itself. */
function byArn(service: string, nameProperty: string, resource: (name: string) => string = (name) => name): Identify {
  return (made, environment, property) => {
    const name = text(property(nameProperty)) ?? made;
    const ref = arn(environment, service, resource(name));
    return { ref, attributes: { Arn: ref, Name: name, Id: ref } };
  };
}

/** Resource without a region. */
function global(service: string, nameProperty: string, kind: string, refersTo: 'name' | 'arn'): Identify {
  return (made, environment, property) => {
    const name = text(property(nameProperty)) ?? made;
    const Arn = globalArn(environment, service, `${kind}/${name}`);
    return { ref: refersTo === 'arn' ? Arn : name, attributes: { Arn, [`${kind[0].toUpperCase()}${kind.slice(1)}Id`]: `AROA${hash(Arn, 17).toUpperCase()}` } };
  };
}

/** Resource with a prefixed id, such as `vpc-0123456789abcdef0`. */
function prefixed(prefix: string, attribute: string): Identify {
  return (made) => {
    const ref = `${prefix}-${digest(made).slice(0, 17)}`;
    return { ref, attributes: { [attribute]: ref, Id: ref } };
  };
}

const invented: Readonly<Record<string, Identify>> = {
  'AWS::IAM::Role': global('iam', 'RoleName', 'role', 'name'),
  'AWS::IAM::User': global('iam', 'UserName', 'user', 'name'),
  'AWS::IAM::ManagedPolicy': global('iam', 'ManagedPolicyName', 'policy', 'arn'),
  'AWS::S3::Bucket': bucket,
  'AWS::SNS::Topic': (made, environment, property) => {
    const TopicName = text(property('TopicName')) ?? made;
    const ref = arn(environment, 'sns', TopicName);
    return { ref, attributes: { TopicArn: ref, TopicName } };
  },
  'AWS::SNS::Subscription': (made, _environment, property) => {
    const ref = `${text(property('TopicArn')) ?? made}:${uuid(made)}`;
    return { ref, attributes: { Arn: ref } };
  },
  'AWS::Cognito::UserPool': (made, environment) => {
    const ref = `${environment.region}_${mixedCase(made, 9)}`;
    const ProviderName = `cognito-idp.${environment.region}.${environment.urlSuffix}/${ref}`;
    return { ref, attributes: { UserPoolId: ref, Arn: arn(environment, 'cognito-idp', `userpool/${ref}`), ProviderName, ProviderURL: `https://${ProviderName}` } };
  },
  'AWS::Cognito::UserPoolClient': (made) => ({ ref: hash(made, 26), attributes: { ClientId: hash(made, 26), Name: made } }),
  'AWS::Cognito::IdentityPool': (made, environment) => {
    const ref = `${environment.region}:${uuid(made)}`;
    return { ref, attributes: { Id: ref, Name: made } };
  },
  'AWS::Events::EventBus': named('events', 'Name', (name) => `event-bus/${name}`),
  'AWS::Events::ApiDestination': named('events', 'Name', (name) => `api-destination/${name}`),
  'AWS::Events::Connection': named('events', 'Name', (name) => `connection/${name}`),
  'AWS::SecretsManager::Secret': (made, environment, property) => {
    const Name = text(property('Name')) ?? made;
    const ref = arn(environment, 'secretsmanager', `secret:${Name}-${mixedCase(made, 6)}`);
    return { ref, attributes: { Id: ref, Arn: ref, Name } };
  },
  'AWS::SSM::Parameter': (made, environment, property) => {
    const name = text(property('Name')) ?? made;
    const value = property('Value');
    const known: Identity['attributes'] = value === undefined ? {} : { Value: String(value) };
    return { ref: name, attributes: { Arn: arn(environment, 'ssm', `parameter/${name.replace(/^\//, '')}`), Type: text(property('Type')) ?? 'String', ...known } };
  },
  'AWS::StepFunctions::StateMachine': byArn('states', 'StateMachineName', (name) => `stateMachine:${name}`),
  'AWS::Kinesis::Stream': named('kinesis', 'Name', (name) => `stream/${name}`),
  'AWS::KinesisFirehose::DeliveryStream': named('firehose', 'DeliveryStreamName', (name) => `deliverystream/${name}`),
  'AWS::KMS::Key': (made, environment) => ({ ref: uuid(made), attributes: { KeyId: uuid(made), Arn: arn(environment, 'kms', `key/${uuid(made)}`) } }),
  'AWS::ECS::Cluster': named('ecs', 'ClusterName', (name) => `cluster/${name}`),
  'AWS::CertificateManager::Certificate': (made, environment) => {
    const ref = arn(environment, 'acm', `certificate/${uuid(made)}`);
    return { ref, attributes: { Id: ref } };
  },
  'AWS::CloudFront::Distribution': (made) => {
    const ref = `E${hash(made, 13).toUpperCase()}`;
    return { ref, attributes: { Id: ref, DomainName: `d${hash(made, 13)}.cloudfront.net` } };
  },
  'AWS::ApiGateway::RestApi': (made) => ({ ref: hash(made, 10), attributes: { RestApiId: hash(made, 10), RootResourceId: hash(`${made}/`, 10) } }),
  'AWS::ApiGatewayV2::DomainName': (made, environment, property) => ({
    ref: text(property('DomainName')) ?? made,
    attributes: { RegionalDomainName: `d-${hash(made, 10)}.execute-api.${environment.region}.${environment.urlSuffix}`, RegionalHostedZoneId: `Z${hash(made, 20).toUpperCase()}` },
  }),
  'AWS::AppSync::GraphQLApi': (made, environment) => {
    const ApiId = hash(made, 26);
    const Arn = arn(environment, 'appsync', `apis/${ApiId}`);
    return { ref: Arn, attributes: { ApiId, Arn, GraphQLUrl: `https://${ApiId}.appsync-api.${environment.region}.${environment.urlSuffix}/graphql` } };
  },
  'AWS::EC2::VPC': prefixed('vpc', 'VpcId'),
  'AWS::EC2::Subnet': prefixed('subnet', 'SubnetId'),
  'AWS::EC2::SecurityGroup': prefixed('sg', 'GroupId'),
  'AWS::RDS::DBInstance': database,
  'AWS::RDS::DBCluster': database,
};

/** Returns the identity function for a type that is not emulated. */
export function inventedIdentity(type: string): Identify {
  if (Object.hasOwn(invented, type)) return invented[type];
  const service = type.split('::')[1]?.toLowerCase() ?? '';
  return (made, environment) => ({ ref: made, attributes: { Arn: arn(environment, service, made), Id: made } });
}

/** Bucket names have lower-case letters only, and are unique in the whole partition. */
function bucket(made: string, environment: Environment, property: Property): Identity {
  const ref = text(property('BucketName')) ?? made.toLowerCase();
  const { partition, region, urlSuffix } = environment;
  return {
    ref,
    attributes: {
      Arn: `arn:${partition}:s3:::${ref}`,
      DomainName: `${ref}.s3.${urlSuffix}`,
      RegionalDomainName: `${ref}.s3.${region}.${urlSuffix}`,
      DualStackDomainName: `${ref}.s3.dualstack.${region}.${urlSuffix}`,
      WebsiteURL: `http://${ref}.s3-website-${region}.${urlSuffix}`,
    },
  };
}

function database(made: string, { region, urlSuffix }: Environment): Identity {
  const ref = made.toLowerCase();
  const host = `${ref}.${hash(made, 12)}.${region}.rds.${urlSuffix}`;
  return { ref, attributes: { 'Endpoint.Address': host, 'Endpoint.Port': '5432' } };
}

function mixedCase(input: string, length: number): string {
  return Array.from(digest(input).slice(0, length), (digit, index) => (index % 2 ? digit.toUpperCase() : digit)).join('');
}
