import type { Variables } from '../variables.ts'
import type { SecretMasker } from './secret-masker.ts'
import type { ServiceConnection } from './service-connection.ts'
import type { Patience } from './task-process.ts'

/** The agent's side of a job: everything that several steps share. */
export type Job = {
  readonly variables: Variables
  readonly masker: SecretMasker
  readonly connections: readonly ServiceConnection[]
  readonly system: SystemSettings
  readonly folders: JobFolders
  readonly nodePath: string
  /** PEM file of more trusted certificates, given to tasks as NODE_EXTRA_CA_CERTS; undefined: none. */
  readonly caFile: string | undefined
  readonly extraEnv: Readonly<Record<string, string>>
  /** Folders that `task.prependpath` put in front, the newest first. */
  readonly prependedPath: string[]
  readonly patience: Patience
}

export type JobFolders = {
  readonly root: string
  readonly work: string
  readonly sources: string
  readonly staging: string
  readonly binaries: string
  readonly temp: string
  readonly tools: string
}

/** What Azure DevOps and the agent's own configuration add to a job. */
export type SystemSettings = {
  /** The job's token, `System.AccessToken`. */
  readonly accessToken?: string
  readonly collectionUri?: string
  /** Where the job asks for an OIDC token of a federated service connection. */
  readonly oidcRequestUri?: string
  readonly proxy?: {
    readonly url: string
    readonly username?: string
    readonly password?: string
    /** Regular expressions, as the agent keeps them. */
    readonly bypass?: readonly string[]
  }
  readonly certificates?: {
    readonly caInfo?: string
    readonly clientCert?: string
    readonly clientCertKey?: string
    readonly clientCertArchive?: string
    readonly clientCertPassword?: string
  }
}
