import type { Transport } from '../../core/azure/http/transport.ts'
import type { Log } from '../../core/ports.ts'
import type { Agent } from '../../tasks/agent/agent.ts'
import type { ServiceConnection } from '../../tasks/agent/connection.ts'

type Given = {
  readonly inputs?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly connection?: ServiceConnection
}

/** An agent that keeps what it was told: lines, warnings, secrets, and the names of the inputs that were read. */
export class FakeAgent implements Agent {
  readonly lines: string[] = []
  readonly warnings: string[] = []
  readonly secrets: string[] = []
  readonly keeps = new Map<string, string>()
  readonly inputsRead = new Set<string>()
  private readonly given: Given

  constructor(given: Given = {}) {
    this.given = given
  }

  readonly log: Log = {
    info: (text) => void this.lines.push(text),
    warn: (text) => void this.warnings.push(text),
    progress: (percent, text) => void this.lines.push(`${percent}% ${text}`),
  }

  input(name: string): string | undefined {
    this.inputsRead.add(name)
    return this.given.inputs?.[name] || undefined
  }

  variable(name: string): string | undefined {
    return this.given.variables?.[name] || undefined
  }

  kept(name: string): string | undefined {
    return this.keeps.get(name)
  }

  keep(name: string, text: string): void {
    this.keeps.set(name, text)
  }

  secret(text: string): void {
    if (text !== '') this.secrets.push(text)
  }

  connection(inputName: string): ServiceConnection {
    if (this.given.connection) return this.given.connection
    throw new RangeError(`the fake agent has no service connection for input '${inputName}'`)
  }

  transport(): Transport {
    return { userAgent: 'test', proxyFor: () => undefined }
  }
}
