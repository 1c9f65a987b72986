import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type ServiceProcess = { readonly url: string; stop(): Promise<void> }

const script = fileURLToPath(new URL('../../state-service/cli.ts', import.meta.url))

/** Starts the service as `npm run state-service` does, on a free port. Throws where it ends before it listens. */
export async function startServiceProcess(settings: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...settings },
  })
  const url = await listensOn(createInterface(child.stdout))
  // What it says later is not kept, and must not fill the pipe.
  child.stdout.resume()
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function listensOn(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const [, url] = /listens on (http\S+\/api\/v1)\b/.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error('The state service ended before it listened.')
}
