import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'

export type Azurite = { readonly connectionString: string; stop(): Promise<void> }

const account = 'devstoreaccount1'
// Azurite's well-known key, printed in its documentation.
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Starts an Azurite of one's own on free ports, in memory. */
export async function startAzurite(): Promise<Azurite> {
  const script = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js')
  const ports = ['--blobPort', '0', '--queuePort', '0', '--tablePort', '0']
  const options = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', ...ports]
  const child = spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  const found = await addresses(child)
  const endpoints = ['Blob', 'Queue', 'Table'].map((kind) => `${kind}Endpoint=${found.get(kind) ?? ''}/${account};`)
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${endpoints.join('')}`,
    stop: () => stop(child),
  }
}

function addresses(child: ChildProcess): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const found = new Map<string, string>()
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const [, kind, url] of output.matchAll(/Azurite (\w+) service is successfully listening at (\S+)/g)) {
        if (kind && url) found.set(kind, url)
      }
      if (found.size === 3) resolve(found)
    })
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('exit', () => reject(new Error(`Azurite ended before it listened: ${output}`)))
  })
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
