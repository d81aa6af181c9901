import { publisher } from '../projenrc/publisher';

/* The languages as pages show them: how to install the package, and the apps in examples/. */

export interface LanguageOfPages {
  readonly title: string;
  readonly fence: string;
  readonly install: string;
  /** Markdown that says how to begin. */
  readonly setUp: string;
  readonly folder: string;
  /** The small app. */
  readonly start: string;
  /** The larger app. */
  readonly source: string;
  /** Matches the lines that import this package. */
  readonly importsUs: RegExp;
  /** Makes such a line complete where it is one of a list. */
  readonly importPrefix: string;
}

const { mavenGroupId, mavenArtifactId, goModule, nuGetNamespace, npmPackage, pypiPackage } = publisher;
const importsUs = /broadcast_?-?websocket_?-?api/i;
const importPrefix = '';
const sh = (...lines: string[]) => `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;

export const LANGUAGES: readonly LanguageOfPages[] = [
  {
    title: 'TypeScript',
    fence: 'ts',
    install: `npm install ${npmPackage}`,
    setUp: `[Getting started](getting-started.md) begins with an empty folder. In an existing app:\n\n${sh(`npm install ${npmPackage}`)}`,
    folder: 'typescript',
    start: 'start.ts',
    source: 'app.ts',
    importsUs,
    importPrefix,
  },
  {
    title: 'Python',
    fence: 'python',
    install: `pip install ${pypiPackage}`,
    setUp: `${sh(`pip install aws-cdk-lib ${pypiPackage}`)}\n\n[Python](python.md) continues from here to a backend. Put this into \`app.py\`, and \`{"app":"python3 app.py"}\` into \`cdk.json\`:`,
    folder: 'python',
    start: 'start.py',
    source: 'app.py',
    importsUs: /^from cdk_broadcast/,
    importPrefix,
  },
  {
    title: 'Java',
    fence: 'java',
    install: `${mavenGroupId}:${mavenArtifactId}`,
    setUp: `Copy [pom.xml](../examples/java/pom.xml) and [cdk.json](../examples/java/cdk.json). In \`pom.xml\`, which depends on \`${mavenGroupId}:${mavenArtifactId}\`, set \`exec.mainClass\` to your class:`,
    folder: 'java',
    start: 'src/main/java/com/example/Start.java',
    source: 'src/main/java/com/example/BroadcastApp.java',
    importsUs: /^import .*cdkbroadcast/,
    importPrefix,
  },
  {
    title: 'Go',
    fence: 'go',
    install: `go get ${goModule}/cdkbroadcastwebsocketapi`,
    setUp: `${sh('go mod init example.com/chat', `go get ${goModule}/cdkbroadcastwebsocketapi`)}\n\nPut this into \`main.go\`, and \`{"app":"go mod tidy && go run ."}\` into \`cdk.json\`:`,
    folder: 'go',
    start: 'start/main.go',
    source: 'main.go',
    importsUs: /cdkbroadcastwebsocketapi"$/,
    importPrefix: 'import ',
  },
  {
    title: 'C#',
    fence: 'csharp',
    install: `dotnet add package ${nuGetNamespace}`,
    setUp: `${sh('dotnet new console', 'dotnet add package Amazon.CDK.Lib', `dotnet add package ${nuGetNamespace}`)}\n\nPut this into \`Program.cs\`, and \`{"app":"dotnet run"}\` into \`cdk.json\`:`,
    folder: 'csharp',
    start: 'start/Program.cs',
    source: 'Program.cs',
    importsUs: /^using CdkBroadcast/,
    importPrefix,
  },
];
