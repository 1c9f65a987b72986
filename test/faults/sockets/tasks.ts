// The four tasks as the agent runs them, in this process: their inputs with the defaults of task.json, the real clients of
// `connect`, and the ending that runTask would tell.
import { readFileSync } from 'node:fs'
import type { Transport } from '../../../core/azure/http/transport.ts'
import type { Report } from '../../../core/report/report.ts'
import { connect } from '../../../tasks/agent/connect.ts'
import { endingOfError, endingOfReport } from '../../../tasks/agent/ending.ts'
import { readCheckInputs } from '../../../tasks/CheckNoRunningOrchestrations/CheckNoRunningOrchestrationsV1/inputs.ts'
import { checkNoRunningOrchestrations } from '../../../tasks/CheckNoRunningOrchestrations/run.ts'
import { readCleanupInputs } from '../../../tasks/CleanupTaskHub/CleanupTaskHubV1/inputs.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import { readRotateInputs } from '../../../tasks/RotateTaskHub/RotateTaskHubV1/inputs.ts'
import { rotateTaskHub } from '../../../tasks/RotateTaskHub/run.ts'
import { slotSwap } from '../../../tasks/SlotSwap/run.ts'
import { readSlotSwapInputs } from '../../../tasks/SlotSwap/SlotSwapV1/inputs.ts'
import { FakeAgent } from '../../support/fake-agent.ts'
import type { World } from './world.ts'
import { appName } from './world.ts'

export type TaskName = 'CheckNoRunningOrchestrations' | 'RotateTaskHub' | 'SlotSwap' | 'CleanupTaskHub'

export type Ended = {
  readonly result: 'succeeded' | 'succeededWithIssues' | 'failed'
  readonly message: string
  readonly outputs: Readonly<Record<string, string>>
  readonly said: readonly string[]
}

const bodies: Record<TaskName, (agent: FakeAgent, signal: AbortSignal) => Promise<Report>> = {
  CheckNoRunningOrchestrations: (agent, signal) =>
    checkNoRunningOrchestrations(readCheckInputs(agent), connect(agent), signal),
  RotateTaskHub: (agent, signal) =>
    rotateTaskHub(readRotateInputs(agent), { ...connect(agent), readHostJson: noPackage }, signal),
  SlotSwap: (agent, signal) => slotSwap(readSlotSwapInputs(agent), connect(agent), signal),
  CleanupTaskHub: (agent, signal) => cleanupTaskHub(readCleanupInputs(agent), connect(agent), signal),
}

/** What runs a task; a suite that is checked for whether it can fail gets another one. */
export type RunTask = typeof runTask

/** Runs a task to its end. `build` tells runs apart. */
export async function runTask(
  world: World,
  task: TaskName,
  inputs: Readonly<Record<string, string>>,
  build = '1',
): Promise<Ended> {
  const agent = new OnLoopback(world, { ...defaultsOf(task), azureSubscription: 'azure', appName, ...inputs }, build)
  const never = new AbortController().signal
  const ending = await bodies[task](agent, never).then(
    (report) => endingOfReport(report, false),
    (error: unknown) => endingOfError(error, false),
  )
  // Each task signs in by connections of its own.
  world.time.requests.hangUp(new URL(world.azure.authorityUrl).host)
  const said = [...agent.lines, ...agent.warnings.map((text) => `warning: ${text}`)]
  return { result: ending.result, message: ending.message, outputs: ending.report?.outputs ?? {}, said }
}

class OnLoopback extends FakeAgent {
  readonly #transport: Transport

  constructor(world: World, inputs: Readonly<Record<string, string>>, build: string) {
    super({
      inputs,
      connection: world.connection,
      variables: {
        'System.TeamProject': 'shop',
        'System.TeamFoundationCollectionUri': 'https://dev.azure.com/shop/',
        'Build.BuildId': build,
        'Build.BuildNumber': `20240101.${build}`,
      },
    })
    this.#transport = world.transport
  }

  override transport(): Transport {
    return this.#transport
  }
}

function noPackage(): Promise<string> {
  return Promise.reject(new Error('no package is given'))
}

const defaults = new Map<TaskName, Readonly<Record<string, string>>>()

function defaultsOf(task: TaskName): Readonly<Record<string, string>> {
  const known = defaults.get(task)
  if (known) return known
  const file = new URL(`../../../tasks/${task}/${task}V1/task.json`, import.meta.url)
  const { inputs } = JSON.parse(readFileSync(file, 'utf8')) as { inputs: { name: string; defaultValue?: string }[] }
  const read = Object.fromEntries(inputs.map(({ name, defaultValue }) => [name, defaultValue ?? '']))
  defaults.set(task, read)
  return read
}
