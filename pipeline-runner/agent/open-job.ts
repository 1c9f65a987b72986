import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Variables } from '../variables.ts'
import { setPredefinedVariables } from './job-variables.ts'
import type { Job, JobFolders, SystemSettings } from './job.ts'
import { SecretMasker } from './secret-masker.ts'
import type { ServiceConnection } from './service-connection.ts'
import { secretsOf } from './service-connection.ts'
import type { Patience } from './task-process.ts'
import { agentPatience } from './task-process.ts'

export type JobOptions = {
  readonly variables?: Readonly<Record<string, string>> | undefined
  readonly secretVariables?: Readonly<Record<string, string>> | undefined
  readonly connections?: readonly ServiceConnection[] | undefined
  readonly system?: SystemSettings | undefined
  readonly nodePath?: string | undefined
  readonly caFile?: string | undefined
  readonly extraEnv?: Readonly<Record<string, string>> | undefined
  /** Kept afterwards; when not given, a temporary folder that `dispose` deletes. */
  readonly workFolder?: string | undefined
  /** Shared between the jobs of one run. */
  readonly masker?: SecretMasker | undefined
  readonly patience?: Patience | undefined
}

/** Makes the folders, variables and masks of a job. */
export function openJob(options: JobOptions): Job & { dispose: () => void } {
  const work = options.workFolder ?? mkdtempSync(join(tmpdir(), 'pipeline-'))
  const folders = makeFolders(work)
  const masker = options.masker ?? new SecretMasker()
  const system = options.system ?? {}
  const connections = options.connections ?? []
  for (const secret of connections.flatMap(secretsOf)) masker.add(secret)
  const variables = new Variables((secret) => masker.add(secret))
  setPredefinedVariables(variables, folders, system)
  for (const [name, value] of Object.entries(options.variables ?? {})) variables.set(name, value)
  for (const [name, value] of Object.entries(options.secretVariables ?? {})) {
    masker.add(Buffer.from(value).toString('base64')) // The agent masks this form too, Worker.cs.
    variables.set(name, value, { secret: true })
  }
  return {
    ...{ variables, masker, connections, system, folders, prependedPath: [] },
    nodePath: options.nodePath ?? process.execPath,
    caFile: options.caFile,
    extraEnv: options.extraEnv ?? {},
    patience: options.patience ?? agentPatience,
    dispose: () => {
      if (options.workFolder === undefined) rmSync(work, { recursive: true, force: true })
    },
  }
}

function makeFolders(work: string): JobFolders {
  const root = join(work, '1')
  const folders = {
    ...{ root, work, sources: join(root, 's'), staging: join(root, 'a'), binaries: join(root, 'b') },
    ...{ temp: join(work, '_temp'), tools: join(work, '_tool') },
  }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  return folders
}
