/** A file or directory that the CDK CLI would upload. */
export interface FileAsset {
  readonly path: string;
  readonly packaging: 'zip' | 'file';
}

/** An entry of `manifest.json`. */
export interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly file?: string; readonly directoryName?: string };
  readonly metadata?: Metadata;
  readonly additionalMetadataFile?: string;
}

/** Metadata of a stack, by construct path. */
export type Metadata = Record<string, { readonly type: string; readonly data?: unknown }[]>;
