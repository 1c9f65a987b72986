// npm run state-service: the whole service on this machine.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { systemClock } from '../core/azure/clock.ts'
import { httpClient } from '../core/azure/http/client.ts'
import type { Transport } from '../core/azure/http/transport.ts'
import { Cancelled, Refusal } from '../core/failures.ts'
import type { Log } from '../core/ports.ts'
import { neutralise, remoteText } from '../core/remote-text.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { connectService } from './connect.ts'
import { authenticateWith } from './http/entra.ts'
import { startServer } from './server.ts'
import type { StateService } from './service.ts'

const usage = `Runs the state service on this machine. Its settings are environment variables: docs/state-service.md lists them.

  npm run state-service -- [options]

  --port   where to listen            (7071)
  --host   address to listen on       (127.0.0.1; any other needs a certificate)
  --cert   PEM file of a certificate
  --key    PEM file of its key`

const reconcileEveryMs = 5 * 60_000

async function main(): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { port: text, host: text, cert: text, key: text, help: { type: 'boolean' } },
  })
  if (values.help === true) {
    process.stdout.write(`${usage}\n`)
    return
  }
  const { port = '7071', host = '127.0.0.1', cert, key } = values
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new Refusal(`--port is '${port}'. Give a number up to 65535.`)
  if ((cert === undefined) !== (key === undefined)) throw new Refusal('Give --cert and --key together, or neither.')
  const tls = cert !== undefined && key !== undefined ? { tls: { cert: pem(cert), key: pem(key) } } : {}
  const config = readConfig(process.env)
  const transport: Transport = { userAgent: 'durable-functions-state-service', proxyFor: () => undefined }
  const end = new AbortController()
  const connected = await connectService(config, { log: lines, version: versionOf(), transport })
  try {
    const authenticate = authenticateWith(config.access, { http: httpClient(transport), clock: systemClock })
    const handle = createApp({ service: connected.service, authenticate, clock: systemClock, log: lines })
    const server = await startServer({ handle, port: Number(port), host, ...tls })
    lines.info(
      `The state service listens on ${server.url}/api/v1. It watches ${config.apps.map(({ name }) => `'${name}'`).join(', ')}.`,
    )
    const reconciling = reconcileAgainAndAgain(connected.service, end.signal)
    await new Promise<void>((resolve) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve)
    })
    end.abort()
    await Promise.all([server.close(), reconciling])
  } finally {
    connected.close()
  }
}

async function reconcileAgainAndAgain(service: StateService, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await service.reconcile(signal)
      await systemClock.sleep(reconcileEveryMs, signal)
    } catch (error) {
      if (error instanceof Cancelled) continue
      lines.warn(
        `The apps could not be looked at: ${error instanceof Error ? remoteText(error.message) : 'no reason was given'}`,
      )
      await systemClock.sleep(reconcileEveryMs, signal).catch(() => undefined)
    }
  }
}

const lines: Log = {
  info: (line) => void process.stdout.write(`${new Date().toISOString()} ${neutralise(line)}\n`),
  warn: (line) => void process.stderr.write(`${new Date().toISOString()} warning: ${neutralise(line)}\n`),
  progress: () => undefined,
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(`File '${file}' cannot be read. Give a PEM file.`, { cause: error })
  }
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
