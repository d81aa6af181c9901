import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REGION } from '../../../harness/credentials';
import { closedPort } from '../../../harness/loopback';
import { ROOT } from '../../../harness/root';
import { fetched, output, type Availability } from '../support/availability';
import { startServer } from '../support/processes';

/** As in the fixtures of the runner's queues. */
const ACCOUNT = '111122223333';
const VERSION = '1.7.1';
const CACHE = join(ROOT, 'node_modules', '.cache');
const REPOSITORY = join(CACHE, 'maven');

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>witness</groupId><artifactId>elasticmq</artifactId><version>1</version>
  <dependencies><dependency><groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId><version>${VERSION}</version></dependency></dependencies>
</project>
`;

/** Returns the class path of ElasticMQ from Maven Central, or the reason for its absence. */
export function elasticMqClassPath(): Availability<string> {
  return fetched(() => {
    output('java', ['-version']);
    const folder = join(CACHE, `elasticmq-${VERSION}`);
    const file = join(folder, 'class-path');
    if (existsSync(file) && readFileSync(file, 'utf8').split(':').every((jar) => existsSync(jar))) return readFileSync(file, 'utf8');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pom.xml'), POM);
    output('mvn', ['-q', '-B', `-Dmaven.repo.local=${REPOSITORY}`, 'dependency:build-classpath', `-Dmdep.outputFile=${file}`], { cwd: folder });
    return readFileSync(file, 'utf8');
  });
}

export interface ElasticMq {
  readonly endpoint: string;
  arnOf(queue: string): string;
  stop(): Promise<void>;
}

/** Starts ElasticMQ without queues. Its limits are SQS's; it stores nothing on disk and has no web page. */
export async function startElasticMq(classPath: string): Promise<ElasticMq> {
  const port = await closedPort();
  const folder = mkdtempSync(join(tmpdir(), 'elasticmq-'));
  const config = join(folder, 'elasticmq.conf');
  writeFileSync(config, `include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }
aws { region = "${REGION}", accountId = "${ACCOUNT}" }
pekko.loglevel = "WARNING"
`);
  const server = await startServer('java', ['-Xmx256m', '-XX:TieredStopAtLevel=1', `-Dconfig.file=${config}`, '-cp', classPath, 'org.elasticmq.server.Main'], {
    cwd: folder, isReady: (text) => text.includes(`ElasticMQ server (${VERSION}) started`),
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    arnOf: (queue) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
