import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import { Refusal } from '../../core/failures.ts'
import type { InputSource } from '../../tasks/agent/read-inputs.ts'
import { FakeAgent } from './fake-agent.ts'

type Values = Readonly<Record<string, string>>

/** What every agent task needs before its own inputs are looked at. */
export const needed: Values = { azureSubscription: 'c1', appName: 'shop' }

/** The inputs of one task, as its task.json gives them and its `inputs.ts` reads them. */
export function taskInputs<Wanted>(task: string, read: (source: InputSource) => Wanted, variables: Values = {}) {
  const manifest = new URL(`../../tasks/${task}/${task}V1/task.json`, import.meta.url)
  const declared = (JSON.parse(readFileSync(manifest, 'utf8')) as { inputs: { name: string; defaultValue?: string }[] })
    .inputs
  /** The agent passes the defaults of task.json for what a pipeline leaves out. */
  const defaults = Object.fromEntries(declared.map((input) => [input.name, input.defaultValue ?? '']))

  const agentWith = (inputs: Values, set: Values): FakeAgent =>
    new FakeAgent({ inputs: { ...defaults, ...needed, ...inputs }, variables: { ...variables, ...set } })
  return {
    declared: declared.map((input) => input.name).sort(),
    agentWith,
    wanted: (inputs: Values = {}, set: Values = {}): Wanted => read(agentWith(inputs, set)),
    refusal: (inputs: Values, set: Values = {}): string => {
      try {
        read(agentWith(inputs, set))
      } catch (error) {
        if (error instanceof Refusal) return error.message
        throw error
      }
      return assert.fail(`nothing was refused in ${JSON.stringify(inputs)}`)
    },
    namesRead: (inputs: Values = {}): string[] => {
      const agent = agentWith(inputs, {})
      read(agent)
      return [...agent.inputsRead].sort()
    },
  }
}
