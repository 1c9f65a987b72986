import { agentPassword } from './agent-passwords.ts'

import { readFileSync } from 'node:fs'

import tl from 'azure-pipelines-task-lib/task.js'

import type { Transport } from '../../core/azure/http/transport.ts'
import type { Log } from '../../core/ports.ts'
import { neutralise } from '../../core/remote-text.ts'
import type { Agent } from './agent.ts'
import type { ServiceConnection } from './connection.ts'
import { readConnection } from './connection.ts'
import { readTransport } from './http-settings.ts'
import { ProgressLines } from './progress-lines.ts'
import { quietly } from './silence.ts'

/** The agent behind azure-pipelines-task-lib: inputs and connections from its vault, everything said as logging commands. */
export class AzureAgent implements Agent {
  private readonly secrets = new Set<string>()
  private readonly progressLines = new ProgressLines()

  readonly log: Log = {
    info: (text) => process.stdout.write(`${this.printable(text)}\n`),
    warn: (text) => tl.warning(this.printable(text), tl.IssueSource.TaskInternal),
    progress: (percent, text) => {
      const whole = Math.min(100, Math.max(0, Math.round(percent)))
      tl.command('task.setprogress', { value: String(whole) }, this.printable(text))
      this.progressLines.say(this.printable(text), (line) => process.stdout.write(`${line}\n`))
    },
  }

  input(name: string): string | undefined {
    return quietly(() => tl.getInput(name)) || undefined
  }

  variable(name: string): string | undefined {
    return agentPassword(name) ?? (quietly(() => tl.getVariable(name)) || undefined)
  }

  kept(name: string): string | undefined {
    return quietly(() => tl.getTaskVariable(name)) || undefined
  }

  keep(name: string, text: string): void {
    tl.command('task.settaskvariable', { variable: name, issecret: 'false' }, this.printable(text))
  }

  secret(text: string): void {
    // A secret of more than one line throws in task-lib, and the agent masks line by line.
    for (const line of text.split(/[\r\n]+/)) {
      const value = line.trim()
      // The lines that frame a PEM text are no secret, and masking them would hide them everywhere.
      if (value === '' || value.startsWith('-----') || this.secrets.has(value)) continue
      this.secrets.add(value)
      tl.setSecret(value)
    }
  }

  connection(inputName: string): ServiceConnection {
    return readConnection(inputName, {
      input: (name) => this.input(name),
      variable: (name) => this.variable(name),
      secret: (text) => this.secret(text),
      url: (id) => quietly(() => tl.getEndpointUrl(id, true)) || undefined,
      scheme: (id) => quietly(() => tl.getEndpointAuthorizationScheme(id, true)) || undefined,
      parameter: (id, key) => quietly(() => tl.getEndpointAuthorizationParameter(id, key, true)) || undefined,
      data: (id, key) => quietly(() => tl.getEndpointDataParameter(id, key, true)) || undefined,
    })
  }

  transport(): Transport {
    return readTransport({
      variable: (name) => this.variable(name),
      secret: (text) => this.secret(text),
      readFile: (path) => readFileSync(path, 'utf8'),
      warn: (text) => this.log.warn(text),
    })
  }

  /** What may be printed or written to a file: no logging command in it, and no secret, since attachments are not masked. */
  printable(text: string): string {
    let plain = text.split(/\r?\n/).map(neutralise).join('\n')
    for (const secret of this.longestFirst()) plain = plain.replaceAll(secret, '***')
    return plain
  }

  /** A very short secret would be found in ordinary words; masking it in the log is left to the agent. */
  private longestFirst(): string[] {
    return [...this.secrets].filter((secret) => secret.length >= 4).sort((left, right) => right.length - left.length)
  }
}
